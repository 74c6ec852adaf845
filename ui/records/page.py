"""The page of a ledger: its list, and beside it the record that is looked at; on a narrow window one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gridworker.ledger.facts import Value
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.changes import Changes
from gridworker.operations.save import Saved
from ui.desk import Desk, Undoable
from ui.pages.page import Page, PrimaryAction
from ui.records.detail import DetailCard
from ui.records.list_card import ListCard
from ui.records.source import RecordSource
from ui.residents.aside import TwinsAside
from ui.theme import theme
from ui.widgets.stacking import line_in
from ui.widgets.undo_strip import UndoStrip

# Window width from which list and record lie side by side; the navigation takes its part of it.
_SIDE_BY_SIDE = 1280
_NAVIGATION = 168
_DETAIL = 420


class RecordsPage(Page):
    """Any ledger."""

    def __init__(self, desk: Desk, ledger_key: str) -> None:
        super().__init__(desk)
        self.ledger_key = ledger_key
        self.ledger = find_ledger(ledger_key)
        self.list = ListCard(RecordSource(desk.session, self.ledger), desk.jobs)
        self._detail: DetailCard | None = None
        self._strip = UndoStrip()
        self._read = False
        line = line_in(self, 12)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.list, 1)
        left.addWidget(self._strip)
        self._left = QWidget()
        left.setContentsMargins(0, 0, 0, 0)
        self._left.setLayout(left)
        line.addWidget(self._left, 1)
        self._line = line
        self.list.looked_at.connect(self._look)
        self.list.opened.connect(self._step_in)
        self.list.counted.connect(lambda _count: self.take_focus() if self.hasFocus() else None)
        self.list.pressed.connect(self._open)
        self.list.delete_requested.connect(self._delete)
        self.list.restore_requested.connect(self._restore)
        self.list.import_requested.connect(self._import)
        desk.undo_offered.connect(self._offer)
        self.twins = self._make_twins(left) if ledger_key in ("person", "household") else None

    @property
    def detail(self) -> DetailCard:
        """The record's card, made when it is first needed: a form of many inputs is the dearest part of a page."""
        if self._detail is None:
            self._detail = DetailCard(self.desk, self.ledger)
            self._detail.hide()
            self._detail.closed.connect(self.close_detail)
            self._detail.settled.connect(self._settled)
            if self.twins is not None:
                self._detail.twin_wanted.connect(self.twins.show_other)
                self._detail.compare_wanted.connect(self.twins.compare)
            self._line.addWidget(self._detail)
        return self._detail

    def is_open(self) -> bool:
        """Whether a record is shown."""
        return self._detail is not None and not self._detail.isHidden()

    def primary(self) -> PrimaryAction:
        return PrimaryAction(f"新建{self.ledger.label}", self.new)

    def enter(self, **given: object) -> None:
        record_id = given.get("record_id")
        if not self._read:
            self._read = True
            self.list.refresh()
            self._count_twins()
        if given.get("new"):
            fields = cast("Mapping[str, Value]", given.get("given") or {})
            shown = cast("Mapping[str, str]", given.get("shown") or {})
            self.new(str(given.get("draft") or ""), shown=shown, **fields)
        elif record_id:
            self._open(str(record_id))
            self.list.select(str(record_id))

    def refresh(self, changes: Changes | None = None) -> None:
        told = changes or Changes(bulk=True)
        if self._read:
            self.list.hear(told)
        if told.bulk or self.ledger_key in told.ledgers:
            self._count_twins()
        record = self.detail.record if self.is_open() else None
        if record and (told.bulk or record.id in told.ids or self._touches(told)):
            self.detail.refresh()

    def take_focus(self) -> None:
        if self._read and self.list.isVisible():
            self.list.take_focus()
        elif self.is_open():
            self.detail.top.take_focus()
        else:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def spot(self) -> dict[str, object]:
        if not self.is_open():
            return {}
        if self.detail.record is not None:
            return {"record_id": self.detail.record.id}
        return {"new": True, "given": self.detail.form.given()}

    def leave(self) -> None:
        if self._detail:
            self._detail.leave()

    def back(self) -> bool:
        if self.twins is not None and self.twins.back():
            return True
        if not self.is_open():
            return False
        if not self.detail.back():
            self.close_detail()
        return True

    def save(self) -> None:
        if self.is_open():
            self.detail.save()

    def print_preview(self) -> None:
        self.desk.open_page("exchange", tab="print", ledger=self.ledger_key)

    def new(self, draft: str = "", /, *, shown: Mapping[str, str] | None = None, **given: Value) -> None:
        """Begin a new record, or go on with a draft of one."""
        self.list.table.clearSelection()
        self.detail.open_new(shown, draft, **given)
        self._show_detail()
        self.focus_form()

    def focus_form(self) -> None:
        """Put the cursor into the first field that does not stand already."""
        given = self.detail.form.given()
        keys = [key for _title, group in self.ledger.form_groups for key in group if key in self.ledger]
        first = next((key for key in keys if key not in given), keys[0])
        self.detail.form.editor(first).focus_target().setFocus(Qt.FocusReason.OtherFocusReason)

    def show_record(self, record: Record) -> None:
        """Show a record that was read."""
        self.detail.show_record(record)
        self._show_detail()

    def close_detail(self) -> None:
        """Back to the list alone; what was typed is kept as a draft."""
        self.detail.leave()
        self.detail.record = None
        undoable = self.desk.undoable if not self.detail.strip.isHidden() else None
        self.detail.hide()
        # What was offered beside the record is offered beside the list.
        self._offer(undoable)
        self.lay_out()
        self.list.take_focus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lay_out()

    def lay_out(self) -> None:
        """Give list, record and what lies beside it their places."""
        wide = self._is_wide()
        aside = self.twins is not None and self.twins.is_open()
        self._left.setVisible((wide or not self.is_open()) and not aside)
        if self._detail is None:
            return
        self.detail.back_button.setVisible(not wide)
        self.detail.close_button.setVisible(wide)
        if wide or aside:
            self.detail.setFixedWidth(theme.px(_DETAIL))
        else:
            self.detail.setMinimumWidth(0)
            self.detail.setMaximumWidth(16777215)

    def _make_twins(self, left: QVBoxLayout) -> TwinsAside:
        twins = TwinsAside(self.desk, self.ledger_key, self._line, self.list.filter)
        left.insertWidget(0, twins.link, 0, Qt.AlignmentFlag.AlignLeft)
        twins.shown.connect(self.lay_out)
        twins.closing.connect(self._card_closing)
        twins.closed.connect(self._card_closed)
        twins.merged.connect(self._merged)
        return twins

    def _card_closing(self) -> None:
        # A list that is given the focus looks at a row, and the record being typed would be left.
        if self.is_open():
            self.focus_form()

    def _card_closed(self) -> None:
        self.lay_out()
        if not self.is_open():
            self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _merged(self, saved: Saved, record: Record) -> None:
        # Before the news: the other registration goes to the bin, and its card would close with it.
        self.show_record(record)
        self.list.keep(record.id)
        self.desk.saved(saved, "已合并重复登记")

    def _count_twins(self) -> None:
        if self.twins is not None:
            self.twins.count()

    def _touches(self, changes: Changes) -> bool:
        linked = {"household": {"person", "movement"}, "person": {"movement"}}
        return bool(linked.get(self.ledger_key, set()) & changes.ledgers)

    def _is_wide(self) -> bool:
        return self.width() >= _SIDE_BY_SIDE - _NAVIGATION - 48

    def _show_detail(self) -> None:
        self.detail.show()
        self.lay_out()

    def _look(self, record_id: str) -> None:
        # Beside the list the record follows the mark; alone it would hide the list with every arrow key.
        if self._is_wide():
            self._open(record_id)

    def _open(self, record_id: str) -> None:
        self.detail.open(record_id)
        self._show_detail()

    def _step_in(self, record_id: str) -> None:
        self._open(record_id)
        self.detail.top.take_focus()

    def _settled(self, record_id: str) -> None:
        if record_id:
            self.list.keep(record_id)
        else:
            self.close_detail()

    def _delete(self, record_id: str) -> None:
        self.detail.bin.delete(record_id)

    def _restore(self, record_id: str) -> None:
        self.detail.bin.restore(record_id)

    def _import(self) -> None:
        self.desk.open_page("exchange", tab="import", ledger=self.ledger_key)

    def _offer(self, undoable: Undoable | None) -> None:
        if undoable is None or not self.isVisible() or self.is_open():
            self._strip.hide()
        else:
            self._strip.offer(undoable.text, self.desk.undo_last)
