"""One record beside its list or as a page of its own: its household or next moves, its form, its past."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledger.facts import Severity, Value
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.operations import browse, remove, timeline, transition, undo
from gridworker.operations.save import Saved
from ui.desk import Desk, Undoable
from ui.editors import DeskChoices
from ui.form import LedgerForm
from ui.records.household_card import HouseholdCardView
from ui.records.move_drafts import MoveDrafts
from ui.records.moves import MovesPanel
from ui.records.timeline import Timeline
from ui.widgets.buttons import ICON, LINK, PRIMARY, button
from ui.widgets.card import Card, rule, scrolled
from ui.widgets.states import Banner
from ui.widgets.texts import Elided, label, restyle
from ui.widgets.undo_strip import UndoStrip


class DetailCard(Card):
    """Shows, changes, moves and deletes one record; the list beside it hears of it through the desk."""

    closed = Signal()
    stepped = Signal(int)
    settled = Signal(str)
    """The id of a record that was saved as new, or nothing when it was deleted."""

    def __init__(self, desk: Desk, ledger: Ledger) -> None:
        super().__init__()
        self._desk, self._ledger = desk, ledger
        self.record: Record | None = None
        self.form = LedgerForm(desk, ledger)
        self.moves = MovesPanel(DeskChoices(desk))
        self._move_drafts = MoveDrafts(desk, self.moves)
        self.members = HouseholdCardView(self._open_member, self._new_member, self._new_visit)
        self.past = Timeline()
        self.banner = Banner()
        self.strip = UndoStrip()
        self._build()
        self.form.saved.connect(self._saved)
        self.form.refused.connect(self.banner.tell)
        self.form.draft_kept.connect(self._draft.setText)
        self.moves.move_requested.connect(self._move)
        self.past.undo_requested.connect(self._undo_step)
        self.moves.unfolded.connect(lambda on: restyle(self.save_button, kind="plain" if on else "primary"))
        desk.undo_offered.connect(self._offer)

    # -- what is shown

    def open(self, record_id: str) -> None:
        """Show a record; what was typed into the one before is kept as its draft."""
        if self.record and self.record.id == record_id:
            return
        self._desk.call(browse.record, record_id, done=self.show_record, owner=self, failed=self.banner.tell)

    def show_record(self, record: Record) -> None:
        """Show a record that was read."""
        fresh = self.record is None or self.record.id != record.id
        self.record = record
        self._name()
        if fresh:
            self.banner.hide()
            self._past_title.setChecked(False)
            self.area.verticalScrollBar().setValue(0)
        if fresh or not (self.form.changed() or self.form.is_taking_in()):
            self.form.load(record)
        self._more.show()
        self._show_where_it_lies(deleted=record.deleted)
        self._read_around()

    def open_new(self, shown: Mapping[str, str] | None = None, **given: Value) -> None:
        """Begin a new record, or go on with the one that was begun."""
        self.record = None
        self.moves.put_away()
        self.banner.hide()
        self._show_where_it_lies(deleted=False)
        self.form.load_new(draft="", shown=shown, **given)
        self.title.setText(f"新建{self._ledger.label}")
        self._second.say("填好以后按“保存”，保存前随时可以离开。")
        self._state.hide()
        for part in (self._more, self.moves, self._moves_rule, self.members, self._members_rule):
            part.hide()
        self._delete.hide()
        self.area.verticalScrollBar().setValue(0)

    def refresh(self) -> None:
        """Read the record again; what was typed stays."""
        if self.record:
            self._desk.call(browse.record, self.record.id, done=self._reread, owner=self, failed=self.banner.tell)

    def save(self) -> None:
        """Ctrl+S: save, or confirm the move that is being filled in."""
        if self.record and self.record.deleted:
            self.restore_id(self.record.id)
        elif self.moves.is_open():
            self.moves.confirm.click()
        else:
            self.form.save()

    def leave(self) -> None:
        """Keep what was typed."""
        self.form.keep_draft()
        self.moves.keep_draft()

    def back(self) -> bool:
        """Leave the panel of a move first."""
        if self.moves.is_open():
            self.moves.close_panel()
            return True
        return False

    # -- building

    def _build(self) -> None:
        self.body.addWidget(self._make_head())
        self.body.addWidget(rule())
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(14)
        self._moves_rule, self._members_rule = rule(), rule()
        self._note = label("这条记录在回收站，只能看；恢复以后才能修改。", "second", wrap=True)
        self._note.hide()
        for part in (
            self.banner,
            self._note,
            self.moves,
            self._moves_rule,
            self.members,
            self._members_rule,
            self.form,
        ):
            column.addWidget(part)
        column.addWidget(self._make_past())
        column.addStretch(1)
        self.area: QScrollArea = scrolled(inner)
        self.body.addWidget(self.area, 1)
        strip = QVBoxLayout()
        strip.setContentsMargins(12, 0, 12, 8)
        strip.addWidget(self.strip)
        self.body.addLayout(strip)
        self._make_foot()

    def _make_head(self) -> QWidget:
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(16, 10, 10, 10)
        line.setSpacing(6)
        self.back_button = button("回到列表", self.closed.emit, kind=ICON, icon="arrow-left", key="Esc")
        line.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignTop)
        names = QVBoxLayout()
        names.setSpacing(2)
        self.title.setWordWrap(True)
        names.addWidget(self.title)
        self._second = Elided("", "second")
        names.addWidget(self._second)
        line.addLayout(names, 1)
        self._state = label("", "tag")
        line.addWidget(self._state, 0, Qt.AlignmentFlag.AlignTop)
        self.close_button = button("关闭", self.closed.emit, kind=ICON, icon="x", key="Esc")
        line.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        return holder

    def _make_past(self) -> QWidget:
        self._more = QWidget()
        column = QVBoxLayout(self._more)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(rule())
        self._past_title = button("改动记录", kind=LINK, icon="history", tip="谁在什么时候改了什么")
        self._past_title.setCheckable(True)
        self._past_title.toggled.connect(self._unfold_past)
        column.addWidget(self._past_title, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.past)
        self.past.hide()
        return self._more

    def _make_foot(self) -> None:
        foot = self.add_foot()
        self._delete = button("移到回收站", self.delete, kind=ICON, icon="trash-2", key="Delete")
        foot.addWidget(self._delete)
        self._draft = Elided("", "second")
        foot.addWidget(self._draft, 1)
        self.discard = button("放弃修改", self.form.discard, tip="回到已保存的内容")
        self.save_button = button("保存", self.save, kind=PRIMARY, key="Ctrl+S")
        self.restore_button = button("恢复", self.save, kind=PRIMARY, icon="undo-2", key="Ctrl+S", tip="放回原来的列表")
        foot.addWidget(self.discard)
        foot.addWidget(self.save_button)
        foot.addWidget(self.restore_button)
        self.discard.hide()
        self.restore_button.hide()
        self.form.edited.connect(self._suit)
        self.form.loaded.connect(self._suit)
        self.form.draft_kept.connect(lambda _text: self._suit())

    # -- around the form

    def _name(self) -> None:
        record = self.record
        if record is None:
            return
        self.title.setText(self._ledger.title(record.values))
        self._second.say(str(record.values.get("record_no") or ""))
        self._state.setVisible(self._ledger.workflow is not None)
        if self._ledger.workflow:
            self._state.setText(self._ledger.workflow.label_of(record.status))
            final = next((one.final for one in self._ledger.workflow.states if one.key == record.status), False)
            restyle(self._state, tone="ok" if final else "")

    def _read_around(self) -> None:
        record = self.record
        if record is None:
            return
        lived_in = record.ledger == "household" and not record.deleted
        self.members.setVisible(lived_in)
        self._members_rule.setVisible(lived_in)
        if lived_in:
            self._desk.call(browse.household_card, record.id, done=self._show_card, owner=self)
        moving = self._ledger.workflow is not None and not record.deleted
        self.moves.setVisible(moving)
        self._moves_rule.setVisible(moving)
        if moving:
            self._desk.call(
                transition.offered, record.id, done=lambda offers: self._show_offers(record, offers), owner=self
            )
        if self._past_title.isChecked():
            self._read_past()

    def _show_card(self, card: browse.HouseholdCard) -> None:
        if self.record and card.record.id == self.record.id:
            self.members.show_card(card)

    def _show_offers(self, record: Record, offers: list[transition.Offer]) -> None:
        if self.record and self.record.id == record.id:
            self.moves.show_offers(self._ledger, record, offers)
            self._move_drafts.take_up(record)

    def _unfold_past(self, unfolded: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self.past.setVisible(unfolded)
        if unfolded:
            self._read_past()

    def _read_past(self) -> None:
        if self.record:
            can_undo = not self.record.deleted
            self._desk.call(
                timeline.timeline, self.record.id, owner=self,
                done=lambda steps: self.past.show_steps(steps, can_undo=can_undo),
            )  # fmt: skip

    def _show_where_it_lies(self, *, deleted: bool) -> None:
        """In the recycle bin a record is read and restored; elsewhere it is changed and saved."""
        self._note.setVisible(deleted)
        self.form.setEnabled(not deleted)
        self._delete.setVisible(not deleted)
        self.save_button.setVisible(not deleted)
        self.restore_button.setVisible(deleted)

    def _reread(self, record: Record) -> None:
        if self.record and record.id == self.record.id:
            if record.deleted and not self.record.deleted:
                self._gone()
            else:
                self.show_record(record)

    def _suit(self) -> None:
        self.discard.setVisible(bool(self.form.changed()) and self.form.isEnabled())

    # -- acting

    def _saved(self, saved: Saved) -> None:
        new = self.record is None or self.record.id != saved.record.id
        self.record = saved.record
        self._desk.saved(saved, f"已保存 {self._ledger.title(saved.record.values)}")
        warnings = [one.message for one in saved.warnings if one.severity is Severity.WARNING]
        if warnings:
            self.banner.say("已保存。" + "".join(warnings), tone="warn")
        else:
            self.banner.hide()
        self._name()
        self.form.load(saved.record)
        self._more.show()
        self._read_around()
        if new:
            self.settled.emit(saved.record.id)

    def _move(self, event: str, args: dict[str, str]) -> None:
        record = self.record
        if record is None:
            return
        self.form.keep_draft()

        def moved(saved: Saved) -> None:
            self._move_drafts.forget(record)
            self._desk.publish(saved.changes)
            if self.record and self.record.id == record.id:
                self.moves.close_panel()
                self.show_record(saved.record)

        self._desk.call(transition.move, record.id, event, args, done=moved, owner=self, failed=self.moves.tell)

    def delete(self) -> None:
        """Move the record to the recycle bin; 撤销 takes it out again."""
        if self.record:
            self.delete_id(self.record.id)

    def delete_id(self, record_id: str) -> None:
        """Move any record of the list to the recycle bin."""

        def deleted(saved: Saved) -> None:
            self._desk.saved(saved, f"已移到回收站 {self._ledger.title(saved.record.values)}")
            if self.record and self.record.id == record_id:
                self._gone()

        self._desk.call(remove.delete, record_id, done=deleted, owner=self, failed=self._refused)

    def restore_id(self, record_id: str) -> None:
        """Take any record out of the recycle bin; 撤销 puts it back."""

        def restored(saved: Saved) -> None:
            self._desk.saved(saved, f"已恢复 {self._ledger.title(saved.record.values)}")
            if self.record and self.record.id == record_id:
                self.show_record(saved.record)

        self._desk.call(remove.restore, record_id, done=restored, owner=self, failed=self._refused)

    def _undo_step(self, step: timeline.Step) -> None:
        if self.record is None:
            return

        def undone(saved: Saved) -> None:
            self._desk.saved(saved, f"已撤销 {step.at_text} 的“{step.what}”")

        self.form.keep_draft()
        self._desk.call(undo.undo, step.op_id, done=undone, owner=self, failed=self.past.tell)

    def _gone(self) -> None:
        self.record = None
        self.settled.emit("")

    def _refused(self, error: AppError) -> None:
        if self.isVisible():
            self.banner.tell(error)
            self.area.verticalScrollBar().setValue(0)
        else:
            self._desk.failed.emit(error)

    def _offer(self, undoable: Undoable | None) -> None:
        if undoable is None:
            self.strip.hide()
        elif self.isVisible():
            self.strip.offer(undoable.text, self._desk.undo_last)

    def _open_member(self, record_id: str) -> None:
        self._desk.open_record("person", record_id)

    def _new_member(self) -> None:
        if self.record:
            shown = {"household_id": self._ledger.title(self.record.values)}
            self._desk.open_page("people", new=True, given={"household_id": self.record.id}, shown=shown)

    def _new_visit(self) -> None:
        if self.record:
            shown = {"household_id": self._ledger.title(self.record.values)}
            self._desk.open_page("visits", new=True, given={"household_id": self.record.id}, shown=shown)
