"""One record beside its list or as a page of its own: what is around it or its next moves, its form, its past."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledger.facts import Severity, Value
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.operations import browse, transition
from gridworker.operations.save import Saved
from ui.desk import Desk, Undoable
from ui.editors import DeskChoices
from ui.form import LedgerForm
from ui.records.bin import RecycleBin
from ui.records.course import Course
from ui.records.detail_foot import DetailFoot
from ui.records.detail_head import DetailHead
from ui.records.move_drafts import MoveDrafts
from ui.records.moves import MovesPanel
from ui.records.opened import OpenedNote
from ui.records.past import PastSection
from ui.residents.registry import around_for
from ui.widgets.card import Card, rule, scrolled
from ui.widgets.pinned import Pinned
from ui.widgets.states import Banner
from ui.widgets.texts import label
from ui.widgets.undo_strip import UndoStrip


class DetailCard(Card):
    """Shows, changes, moves and deletes one record; the list beside it hears of it through the desk."""

    closed = Signal()
    stepped = Signal(int)
    twin_wanted = Signal(str)
    """A record that is probably the same as the one being typed, which is to be looked at beside it."""
    compare_wanted = Signal(str, str)
    """Two persons who are probably one."""
    settled = Signal(str)
    """The id of a record that was saved as new, or nothing when it was deleted."""

    def __init__(self, desk: Desk, ledger: Ledger) -> None:
        super().__init__()
        self._desk, self._ledger = desk, ledger
        self.record: Record | None = None
        self.form = LedgerForm(desk, ledger)
        self.moves = MovesPanel(DeskChoices(desk))
        self._move_drafts = MoveDrafts(desk, self.moves)
        self.around = around_for(desk, ledger)
        self.course = Course(desk, ledger)
        self._more = PastSection(desk)
        self.past, self._past_title = self._more.timeline, self._more.title
        self.top = DetailHead(self.title, self.closed.emit)
        self.back_button, self.close_button, self._state = self.top.back_button, self.top.close_button, self.top.state
        self.banner = Banner()
        self.opened = OpenedNote(desk)
        self.strip = UndoStrip()
        self.bin = RecycleBin(desk, ledger, self)
        self._build()
        self._connect()

    def _connect(self) -> None:
        desk, ledger = self._desk, self._ledger
        self.bin.deleted.connect(self._deleted)
        self.bin.restored.connect(self._restored)
        self.bin.refused.connect(self._refused)
        self.form.saved.connect(self._saved)
        self.form.refused.connect(self.banner.tell)
        self.moves.move_requested.connect(self._move)
        self.past.undo_requested.connect(lambda _step: self.form.keep_draft())
        self.moves.notice_requested.connect(
            lambda kind: desk.open_page("exchange", tab="print", ledger=ledger.key, month="", notice=kind)
        )
        self.moves.unfolded.connect(self.foot.calm)
        self.moves.unfolded.connect(self._show_step)
        if self.around is not None:
            self.around.acted.connect(self._acted)
            self.around.compare_wanted.connect(self.compare_wanted)
            self.around.unfolded.connect(self.foot.calm)
            self.around.scrolled_to.connect(self.area.verticalScrollBar().setValue)
        self.form.twin_wanted.connect(self.twin_wanted)
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
        self.top.show_record(self._desk.session, self._ledger, record)
        if fresh:
            self.banner.hide()
            self.opened.hide()
            self.area.verticalScrollBar().setValue(0)
        if fresh or not (self.form.changed() or self.form.is_taking_in()):
            self.form.load(record)
        self._more.show()
        self._show_where_it_lies(deleted=record.deleted)
        self._more.show_record(record, fresh=fresh)
        self._read_around()

    def open_new(self, shown: Mapping[str, str] | None = None, draft: str = "", /, **given: Value) -> None:
        """Begin a new record, or go on with the one that was begun."""
        self.record = None
        self.moves.put_away()
        self.banner.hide()
        self._show_where_it_lies(deleted=False)
        self.opened.hide()
        self.form.load_new(draft=draft or _draft_key(self._ledger, given), shown=shown, **given)
        self.top.show_new(self._ledger)
        for part in (self._more, self.moves, self.course, self._moves_rule, self.around, self._around_rule):
            if part is not None:
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
            self.bin.restore(self.record.id)
        elif self.moves.is_open():
            self.moves.confirm.click()
        elif self.around is not None and self.around.panel is not None:
            self.around.panel.send()
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
        if self.around is not None and self.around.panel is not None:
            self.around.close_panel()
            return True
        return False

    # -- building

    def _build(self) -> None:
        self.body.addWidget(self.top)
        self.body.addWidget(rule())
        self.body.addWidget(Pinned(self.banner, self.opened))
        self.area: QScrollArea = scrolled(self._make_column())
        self.body.addWidget(self.area, 1)
        strip = QVBoxLayout()
        strip.setContentsMargins(12, 0, 12, 8)
        strip.addWidget(self.strip)
        self.body.addLayout(strip)
        self.foot = DetailFoot(self.add_foot(), self.form, self.save, self.delete)
        self._delete, self.save_button, self.restore_button = self.foot.delete, self.foot.save, self.foot.restore

    def _make_column(self) -> QWidget:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(14)
        self._moves_rule, self._around_rule = rule(), rule()
        self._note = label("这条记录在回收站，只能看；恢复以后才能修改。", "second", wrap=True)
        self._note.hide()
        around = () if self.around is None else (self.around,)
        for part in (self._note, self.moves, self.course, self._moves_rule, *around):
            column.addWidget(part)
        for part in (self._around_rule, self.form, self._more):
            column.addWidget(part)
        column.addStretch(1)
        return inner

    def _read_around(self) -> None:
        record = self.record
        if record is None:
            return
        self._around_rule.setVisible(self.around is not None and not record.deleted)
        if self.around is not None:
            self.around.setVisible(not record.deleted)
            if not record.deleted:
                self.around.show_record(record)
        self.course.show_record(record)
        moving = self._ledger.workflow is not None and not record.deleted
        self.moves.setVisible(moving)
        self._moves_rule.setVisible(moving)
        if moving:
            self._desk.call(
                transition.offered, record.id, done=lambda offers: self._show_offers(record, offers), owner=self
            )

    def _show_offers(self, record: Record, offers: list[transition.Offer]) -> None:
        if self.record and self.record.id == record.id:
            self.moves.show_offers(self._ledger, record, offers)
            self._move_drafts.take_up(record)

    def _show_where_it_lies(self, *, deleted: bool) -> None:
        """In the recycle bin a record is read and restored; elsewhere it is changed and saved."""
        self._note.setVisible(deleted)
        self.form.setEnabled(not deleted)
        self.foot.show_deleted(deleted=deleted)

    def _reread(self, record: Record) -> None:
        if self.record and record.id == self.record.id:
            if record.deleted and not self.record.deleted:
                self._gone()
            else:
                self.show_record(record)

    def _show_step(self, unfolded: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        """Which step is being filled in stands above what it asks."""
        if unfolded:
            top = self.area.verticalScrollBar().setValue
            QTimer.singleShot(0, self, lambda: top(max(0, self.moves.y() - 12)))

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
        self.opened.hear(saved)
        self.top.show_record(self._desk.session, self._ledger, saved.record)
        self.form.load(saved.record)
        self._more.show()
        self._more.show_record(saved.record, fresh=new)
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
                self.opened.hear(saved)

        self._desk.call(transition.move, record.id, event, args, done=moved, owner=self, failed=self.moves.tell)

    def _acted(self, saved: Saved, text: str) -> None:
        """An act around the record is done: tell it, and what people must look at now."""
        self._desk.saved(saved, text)
        if saved.warnings:
            self.banner.say(f"{text}。" + "".join(one.message for one in saved.warnings), tone="warn")
            self.area.verticalScrollBar().setValue(0)

    def delete(self) -> None:
        """Move the record to the recycle bin; 撤销 takes it out again."""
        if self.record:
            self.bin.delete(self.record.id)

    def _deleted(self, record_id: str) -> None:
        if self.record and self.record.id == record_id:
            self._gone()

    def _restored(self, record: Record) -> None:
        if self.record and self.record.id == record.id:
            self.show_record(record)

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
            # What was said of it is no longer so.
            for told in (self.strip, self.banner, self.opened):
                told.hide()
        elif self.isVisible():
            self.strip.offer(undoable.text, self._desk.undo_last)


def _draft_key(ledger: Ledger, given: Mapping[str, Value]) -> str:
    """What is begun for one household or person is another draft than what is begun for the next."""
    return ":".join([ledger.key, "new", *(str(one) for one in given.values() if one)])
