"""The page of a ledger: its list, and beside it the record that is looked at; on a narrow window one at a time."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gridworker.ledger.facts import Value
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.changes import Changes
from ui.desk import Desk, Undoable
from ui.pages.page import Page, PrimaryAction
from ui.records.detail import DetailCard
from ui.records.list_card import ListCard
from ui.records.source import RecordSource
from ui.theme import theme
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
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
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
        self.list.opened.connect(self._open)
        self.list.pressed.connect(self._open)
        self.list.delete_requested.connect(self._delete)
        self.list.restore_requested.connect(self._restore)
        self.list.import_requested.connect(self._import)
        desk.undo_offered.connect(self._offer)

    @property
    def detail(self) -> DetailCard:
        """The record's card, made when it is first needed: a form of many inputs is the dearest part of a page."""
        if self._detail is None:
            self._detail = DetailCard(self.desk, self.ledger)
            self._detail.hide()
            self._detail.closed.connect(self.close_detail)
            self._detail.settled.connect(self._settled)
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
        if given.get("new"):
            fields, shown = given.get("given") or {}, given.get("shown") or {}
            self.new(shown=shown, **fields)  # type: ignore[arg-type]
        elif record_id:
            self._open(str(record_id))
            self.list.select(str(record_id))

    def refresh(self, changes: Changes | None = None) -> None:
        told = changes or Changes(bulk=True)
        if self._read:
            self.list.hear(told)
        record = self.detail.record if self.is_open() else None
        if record and (told.bulk or record.id in told.ids or self._touches(told)):
            self.detail.refresh()

    def spot(self) -> dict[str, object]:
        if self.detail.isHidden():
            return {}
        if self.detail.record is not None:
            return {"record_id": self.detail.record.id}
        return {"new": True, "given": self.detail.form.given()}

    def leave(self) -> None:
        if self._detail:
            self._detail.leave()

    def back(self) -> bool:
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

    def new(self, *, shown: Mapping[str, str] | None = None, **given: Value) -> None:
        """Begin a new record."""
        self.list.table.clearSelection()
        self.detail.open_new(shown, **given)
        self._show_detail()
        first = self.ledger.form_groups[0][1][0]
        self.detail.form.editor(first).focus_target().setFocus(Qt.FocusReason.OtherFocusReason)

    def close_detail(self) -> None:
        """Back to the list alone; what was typed is kept as a draft."""
        self.detail.leave()
        self.detail.record = None
        self.detail.hide()
        self._left.show()
        self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _touches(self, changes: Changes) -> bool:
        return self.ledger_key == "household" and "person" in changes.ledgers

    def _is_wide(self) -> bool:
        return self.width() >= _SIDE_BY_SIDE - _NAVIGATION - 48

    def _lay_out(self) -> None:
        wide = self._is_wide()
        self._left.setVisible(wide or not self.is_open())
        if self._detail is None:
            return
        self.detail.back_button.setVisible(not wide)
        self.detail.close_button.setVisible(wide)
        if wide:
            self.detail.setFixedWidth(theme.px(_DETAIL))
        else:
            self.detail.setMinimumWidth(0)
            self.detail.setMaximumWidth(16777215)

    def _show_detail(self) -> None:
        self.detail.show()
        self._lay_out()

    def _look(self, record_id: str) -> None:
        # Beside the list the record follows the mark; alone it would hide the list with every arrow key.
        if self._is_wide():
            self._open(record_id)

    def _open(self, record_id: str) -> None:
        self.detail.open(record_id)
        self._show_detail()

    def _settled(self, record_id: str) -> None:
        if record_id:
            self.list.keep(record_id)
        else:
            self.close_detail()

    def _delete(self, record_id: str) -> None:
        self.detail.delete_id(record_id)

    def _restore(self, record_id: str) -> None:
        self.detail.restore_id(record_id)

    def _import(self) -> None:
        self.desk.open_page("exchange", tab="import", ledger=self.ledger_key)

    def _offer(self, undoable: Undoable | None) -> None:
        if undoable is None or not self.isVisible() or self.is_open():
            self._strip.hide()
        else:
            self._strip.offer(undoable.text, self.desk.undo_last)
