"""The visit form beside the list: whose door it is, what was found there, 保存 and 保存并下一户."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import browse, drafts
from gridworker.operations.browse import HouseholdCard, MemberLine
from gridworker.operations.plan import DueItem
from gridworker.operations.save import Saved
from ui.day.task_note import TaskNote
from ui.desk import Desk, Undoable
from ui.form import LedgerForm
from ui.records.opened import OpenedNote
from ui.visit_head import VisitHead
from ui.widgets.buttons import PRIMARY, button
from ui.widgets.card import Card, rule, scrolled
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner, EmptyState
from ui.widgets.texts import Elided
from ui.widgets.undo_strip import UndoStrip

_GROUPS = (
    ("", ("visited_at", "met", "unmet_reason", "visit_mode", "visit_purpose", "interviewee_id")),
    ("情况", ("raised_issue", "change_note", "hazard_found", "outcome", "publicity_topics")),
    ("更多", ("satisfaction", "follow_up_on", "visitor_ids", "source_channel", "remark", "attachments")),
)
_HINTS = {
    "raised_issue": "居民说了什么、要办什么，例如楼道灯不亮。",
    "change_note": "人口、住处、身体、用火用电的变化。",
    "interviewee_id": "姓名或拼音",
}


class _Room(QWidget):
    """The place of a form that is made once a frame without it was on the screen."""

    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._line = QVBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)

    def hold(self, form: QWidget) -> None:
        """Give the place to the form."""
        self._line.addWidget(form)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._line.count():
            QTimer.singleShot(0, self, self._tell)

    def _tell(self) -> None:
        if not self._line.count():
            self.painted.emit()


class VisitCard(Card):
    """Records a visit at one household."""

    saved = Signal(object)
    """Saved, after 保存."""
    next_wanted = Signal(str)
    """The household after which the next one is wanted."""
    household_wanted = Signal(str)
    """The household whose visit was taken back."""
    back_wanted = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._household = ""
        self._shown_as = ""
        self._last_typed: tuple[str, dict[str, str]] | None = None
        self._form: LedgerForm | None = None
        self._waiting: tuple[HouseholdCard, str | None, MemberLine | None] | None = None
        self._stack = QStackedWidget()
        self._stack.setObjectName("paper")
        self.body.addWidget(self._stack)
        self.empty = EmptyState("door-open", "选一户开始登记", "在左边的待办或房间图里选一户。")
        self._stack.addWidget(self.empty)
        self._task = TaskNote(desk)
        self._stack.addWidget(self._task)
        self._page = self._make_page()
        self._stack.addWidget(self._page)
        self._stack.currentChanged.connect(self._suit_foot)
        desk.undo_offered.connect(self._offer_undo)

    @property
    def household(self) -> str:
        """The household whose visit is being recorded."""
        return self._household

    @property
    def form(self) -> LedgerForm:
        """The form itself: made after the first frame, which it would hold up, or as soon as it is asked for."""
        if self._form is None:
            self._form = self._make_form()
            if self._waiting is not None:
                waiting, self._waiting = self._waiting, None
                self._load(*waiting)
        return self._form

    def keep_draft(self) -> None:
        """Keep what was typed, if anything was."""
        if self._form is not None:
            self._form.keep_draft()

    def is_empty(self) -> bool:
        """Whether nothing has been chosen yet."""
        return self._stack.currentWidget() is self.empty

    def _is_writing(self) -> bool:
        return self._stack.currentWidget() is self._page

    def show_household(self, household_id: str, *, person_id: str | None = None) -> None:
        """Begin a visit at a household; what was typed for another one is kept as its draft."""
        if household_id == self._household and self._is_writing():
            return
        self._household = household_id
        self._banner.hide()
        self._stack.setCurrentWidget(self._page)
        self._desk.call(
            browse.household_card, household_id, done=lambda card: self._show_card(card, person_id), owner=self
        )

    def show_task(self, item: DueItem) -> None:
        """Show a due thing that is not a visit."""
        self.keep_draft()
        self._household = ""
        self._task.show_item(item)
        self._stack.setCurrentWidget(self._task)

    def show_nothing(self) -> None:
        """Say that a household can be chosen."""
        self.keep_draft()
        self._household = ""
        self._stack.setCurrentWidget(self.empty)

    def set_alone(self, *, alone: bool) -> None:
        """Whether the card has the place to itself and needs a way back."""
        self._head.back.setVisible(alone)

    def focus_form(self) -> None:
        """Put the cursor where writing begins."""
        target = self.form.editor("raised_issue") if self._is_writing() else self._task.open
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def save(self) -> None:
        """Save and stay."""
        self._save(self._stay)

    def save_and_next(self) -> None:
        """Save and go to the next household."""
        self._save(lambda _saved: self.next_wanted.emit(self._household))

    def _save(self, then: Callable[[Saved], object]) -> None:
        if not self._is_writing() or self.form.is_saving():
            return
        self._banner.hide()
        self._last_typed = (self._draft_key(), self.form.raw())
        where, household = self._shown_as, self._household

        def saved(result: Saved) -> None:
            self._desk.saved(result, f"已保存 {where}")
            self.opened.hear(result)
            self.saved.emit(result)
            if household == self._household:
                then(result)

        self.form.save(saved)

    def _stay(self, saved: Saved) -> None:
        # The saved visit stays in the form: pressing 保存 again changes it and makes no second one.
        self.form.load(saved.record)
        for problem in saved.warnings:
            self.form.show_problem(problem.field, problem.message, warning=True)
        # The head says when somebody was last met here, and that is now.
        person = str(saved.record.values.get("interviewee_id") or "") or None
        self._desk.call(
            browse.household_card, self._household, done=lambda card: self._show_head(card, person), owner=self
        )

    def undo(self) -> None:
        """Take the last save back and show what was typed again."""
        typed, self._last_typed = self._last_typed, None

        def undone(result: Saved) -> None:
            if typed and result.record.deleted:
                key, raw = typed
                home = key.rsplit(":", 1)[-1]
                self._desk.call(drafts.keep, key, "visit", raw, owner=self, done=lambda _at: self._again(home))

        self._desk.undo_last(undone)

    def _again(self, household_id: str) -> None:
        self._household = ""
        self.household_wanted.emit(household_id)

    def _offer_undo(self, undoable: Undoable | None) -> None:
        if undoable is None:
            self.strip.hide()
        else:
            self.strip.offer(undoable.text, self.undo)

    def _draft_key(self) -> str:
        return f"visit:new:{self._household}"

    def _show_card(self, card: HouseholdCard, person_id: str | None) -> None:
        if card.record.id != self._household:
            return
        who = self._show_head(card, person_id)
        if self._form is None:
            self._waiting = (card, person_id, who)
        else:
            self._load(card, person_id, who)

    def _load(self, card: HouseholdCard, person_id: str | None, who: MemberLine | None) -> None:
        if card.record.id != self._household:
            return
        given = {"household_id": self._household, "interviewee_id": person_id}
        shown = {"interviewee_id": who.name} if who and person_id else {}
        self.form.load_new(draft=self._draft_key(), shown=shown, **given)

    def _show_head(self, card: HouseholdCard, person_id: str | None) -> MemberLine | None:
        if card.record.id != self._household:
            return None
        self._shown_as = card.address
        return self._head.show_card(card, person_id, self._desk.session.today())

    def _make_page(self) -> QWidget:
        page = QWidget()
        self._head = VisitHead(self.back_wanted.emit, self._open_household)
        column = column_in(page, 0)
        column.addWidget(self._head)
        column.addWidget(rule())
        self._room = _Room()
        self._room.painted.connect(lambda: self.form)
        column.addWidget(self._room, 1)
        self._banner = Banner()
        self.strip = UndoStrip()
        self.opened = OpenedNote(self._desk)
        for widget in (self._banner, self.opened, self.strip):
            holder = QHBoxLayout()
            holder.setContentsMargins(10, 0, 10, 4)
            holder.addWidget(widget)
            column.addLayout(holder)
        self._make_foot()
        return page

    def _make_foot(self) -> None:
        foot = self.add_foot()
        self._foot = foot.parentWidget() or self
        self._foot.hide()
        self._draft = Elided("", "hint")
        foot.addWidget(self._draft, 1)
        self.save_button = button("保存", self.save, key="Ctrl+S")
        self.next_button = button("保存并下一户", self.save_and_next, kind=PRIMARY, key="Ctrl+Return")
        foot.addWidget(self.save_button)
        foot.addWidget(self.next_button)

    def _suit_foot(self, _at: int) -> None:
        self._foot.setVisible(self._is_writing())

    def _make_form(self) -> LedgerForm:
        form = LedgerForm(
            self._desk,
            find_ledger("visit"),
            groups=_GROUPS,
            folded=("更多",),
            columns=(12, 7),
            narrow=("interviewee_id",),
        )
        for key, hint in _HINTS.items():
            form.hint(key, hint)
        form.setContentsMargins(16, 14, 16, 8)
        form.refused.connect(self._refused)
        form.draft_kept.connect(self._draft.say)
        self._room.hold(scrolled(form))
        return form

    def _open_household(self) -> None:
        if self._household:
            self._desk.open_record("household", self._household)

    def _refused(self, error: AppError) -> None:
        self._banner.tell(error)
