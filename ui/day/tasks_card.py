"""待办: what is due, what was begun and never saved, what waits for another day, and the buildings nobody went to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gridworker.operations import campaigns, plan, snooze
from gridworker.operations.plan import DayPlan, DueItem, DueKey
from ui.day.forgotten import ForgottenBuildings
from ui.day.put_off_list import PutOffList
from ui.day.put_off_panel import PutOffPanel
from ui.desk import Desk
from ui.drafts_notice import DraftsNotice
from ui.tasks import TaskList
from ui.widgets.buttons import ICON, button, enable
from ui.widgets.card import Card
from ui.widgets.states import EmptyState
from ui.widgets.texts import label
from ui.widgets.undo_strip import UndoStrip

_URGENT = ("overdue", "today")
_NOTHING = DayPlan(date.min, (), (), ())
PUT_OFF_KEY = "Ctrl+D"


class TasksCard(Card):
    """The plan of the day as a list, and what is put off from it."""

    shown = Signal()
    """The due things were read and are on the screen."""

    def __init__(self, desk: Desk) -> None:
        self._count = label("", "second")
        self.later = button("推迟选中的待办", kind=ICON, icon="clock", key=PUT_OFF_KEY)
        super().__init__("待办", self._count, self.later)
        self._desk = desk
        self.day = _NOTHING
        self._unfolded = False
        self._has_homes = False
        self.head.setContentsMargins(16, 10, 8, 10)
        self.later.clicked.connect(lambda _checked=False: self.put_off_chosen())
        self.drafts = DraftsNotice(desk)
        self.tasks = TaskList(self._read_items)
        self._empty = EmptyState(
            "circle-check", "今天的事都做完了", "可以提前看看七天内和本月要走访的住户。", "查看以后的", self._show_later
        )
        self._stack = QStackedWidget()
        self._stack.setObjectName("paper")
        self._stack.addWidget(self.tasks)
        self._stack.addWidget(self._empty)
        self.body.setContentsMargins(0, 4, 2, 6)
        self.body.addWidget(self.drafts)
        self.body.addWidget(self._stack, 1)
        self._add_waiting()

    def read(self) -> None:
        """Read the day anew."""
        self._desk.call(plan.day, done=self._show_day, owner=self)

    def first_visit(self) -> DueItem | None:
        """The most urgent visit of those that are due; with the day done, none is begun for her."""
        due = (one for one in self.day.keys if one.kind == plan.VISIT and one.group in _URGENT)
        first = next(due, None)
        return self.tasks.tasks.said_of(first) if first is not None else None

    def know_homes(self, *, any_there: bool) -> None:
        """All done is something else than nothing to do yet."""
        self._has_homes = any_there
        self._say_empty()

    def put_off_chosen(self) -> None:
        """Ask until when the chosen task is to wait."""
        if self.tasks.item() is None and self.later.isEnabled():
            # The list chooses its first thing where none is chosen.
            self._focus_list()
        item = self.tasks.item()
        if item is not None:
            self.put_off.open_for(item)
            QTimer.singleShot(0, self, lambda: self.tasks.scrollTo(self.tasks.currentIndex()))

    def back(self) -> bool:
        """Leave the panel of 推迟 first."""
        if self.put_off.isHidden():
            return False
        self.put_off.close_panel()
        return True

    def undo(self) -> bool:
        """Take back what was put off a moment ago."""
        if self.strip.isHidden():
            return False
        self.strip.take_back()
        return True

    def _add_waiting(self) -> None:
        self.put_off = PutOffPanel(self._desk)
        self.put_off.put_off.connect(self._was_put_off)
        self.put_off.closed.connect(self._focus_list)
        self.put_off.unfolded.connect(self._make_room)
        self.strip = UndoStrip()
        held = QWidget()
        around = QVBoxLayout(held)
        around.setContentsMargins(8, 0, 8, 0)
        around.addWidget(self.strip)
        self.waiting = PutOffList()
        self.waiting.bring_back_wanted.connect(lambda one: self._bring_back(one.item))
        self.forgotten = ForgottenBuildings()
        for part in (self.put_off, held, self.waiting, self.forgotten):
            self.body.addWidget(part)

    def listen(self, page: QWidget) -> None:
        """Hear the key of 推迟 anywhere on a page."""
        key = QShortcut(QKeySequence(PUT_OFF_KEY), page, self.put_off_chosen)
        key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _show_day(self, found: DayPlan) -> None:
        self.day = found
        self._show()
        self.waiting.show_waiting(list(found.put_off))
        self.shown.emit()
        # Reads every household: only once the day itself is on the screen.
        QTimer.singleShot(0, self, self._read_forgotten)

    def _read_items(self, keys: Sequence[DueKey]) -> list[DueItem]:
        """What is said of the rows that come into sight: so few that the hand that scrolls does not feel it."""
        return plan.items(self._desk.session, keys, self.day.today)

    def _read_forgotten(self) -> None:
        self._desk.call(campaigns.forgotten_buildings, done=self.forgotten.show_buildings, owner=self)

    def _show(self) -> None:
        urgent = sum(self.day.by_group[group] for group in _URGENT)
        self._count.setText(f"{urgent} 项今天要完成" if urgent else "")
        shown = self.day.keys if urgent or self._unfolded else ()
        self.tasks.show_items(shown, self._desk.session.today(), self.day.first)
        had_focus = self.tasks.hasFocus()
        self._stack.setCurrentWidget(self.tasks if shown else self._empty)
        enable(self.later, on=bool(shown), why_not="没有可以推迟的待办。")
        self._say_empty()
        if had_focus and not shown and self._empty.action is not None:
            self._empty.action.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_empty(self) -> None:
        items = bool(self.day.keys)
        if self._empty.action is not None:
            self._empty.action.setVisible(items)
        if items or self._has_homes:
            later = "可以提前看看七天内和本月要走访的住户。"
            self._empty.say("今天的事都做完了", later if items else "本月没有要走访的住户了。")
        else:
            self._empty.say("还没有待办", "有了住户以后，这里每天列出要走访的人家。")

    def _show_later(self) -> None:
        self._unfolded = True
        self._show()
        self._focus_list()

    def _was_put_off(self, item: DueItem, until: str) -> None:
        day = date.fromisoformat(until)
        self.strip.offer(f"已推迟到 {day.month}月{day.day}日", lambda: self._bring_back(item))
        self.read()
        self._focus_list()

    def _bring_back(self, item: DueItem) -> None:
        def back(_nothing: object) -> None:
            self.strip.hide()
            self.read()
            self._focus_list()

        self._desk.call(snooze.bring_back, item.key, done=back, owner=self)

    def _make_room(self, unfolded: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        """On a low screen the panel needs the height of the lines below it."""
        for part in (self.waiting, self.forgotten):
            part.make_way(on=unfolded)

    def _focus_list(self) -> None:
        self.tasks.setFocus(Qt.FocusReason.OtherFocusReason)
