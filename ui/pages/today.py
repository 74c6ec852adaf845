"""今日工作: what is due, the rooms of a building, and the visit form beside them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from gridworker.operations import browse, plan, room_plan
from gridworker.operations.browse import BuildingChoice, HouseholdCard
from gridworker.operations.changes import Changes
from gridworker.operations.plan import DueItem
from gridworker.operations.room_plan import RoomPlan
from gridworker.operations.unfinished import Unfinished
from ui.desk import Desk
from ui.drafts_notice import DraftsNotice
from ui.legend import Legend
from ui.pages.page import Page, PrimaryAction
from ui.pages.registry import place_of_ledger
from ui.roomplan import RoomTable
from ui.tasks import TaskList
from ui.theme import theme
from ui.visit_card import VisitCard
from ui.widgets.card import Card
from ui.widgets.inputs import Choice
from ui.widgets.states import EmptyState
from ui.widgets.texts import day_text, label

_TASKS, _FORM, _ROOMS_LEAST = 272, 332, 400
_URGENT = ("overdue", "today")


class TodayPage(Page):
    """The page of the day."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        # Less than the three cards need: below that the form takes the place of the rooms.
        self.setMinimumSize(480, 360)
        self._items: list[DueItem] = []
        self._later = False
        self._buildings: list[BuildingChoice] = []
        self._narrow: bool | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        self.tasks_card = self._make_tasks()
        self.rooms_card = self._make_rooms()
        self.visit = VisitCard(desk)
        self._middle = QStackedWidget()
        self._middle.addWidget(self.rooms_card)
        self._line = line
        line.addWidget(self.tasks_card)
        line.addWidget(self._middle, 1)
        line.addWidget(self.visit)
        self.setFocusProxy(self.tasks)
        self.visit.next_wanted.connect(self._next)
        self.visit.household_wanted.connect(self.open_household)
        self.visit.back_wanted.connect(self.back)
        theme.changed.connect(self._fit)
        self.refresh()

    # -- what the frame asks

    def subtitle(self) -> str:
        return day_text(self.desk.session.today())

    def primary(self) -> PrimaryAction:
        return PrimaryAction("新建走访", self._new)

    def enter(self, **given: object) -> None:
        household = given.get("household_id")
        if isinstance(household, str):
            self.open_household(household)
        self._read_drafts()

    def refresh(self, changes: Changes | None = None) -> None:
        self.desk.call(plan.due, done=self._show_due, owner=self)
        self._read_drafts()
        if changes is None or changes.bulk or changes.ledgers & {"household", "person", "visit"}:
            self.desk.call(browse.buildings, done=self._show_buildings, owner=self)

    def spot(self) -> dict[str, object]:
        return {"household_id": self.visit.household} if self.visit.household else {}

    def leave(self) -> None:
        self.visit.form.keep_draft()

    def back(self) -> bool:
        self.rooms.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._narrow:
            self._middle.setCurrentWidget(self.rooms_card)
        return True

    def save(self) -> None:
        self.visit.save()

    def save_and_next(self) -> None:
        self.visit.save_and_next()

    def undo(self) -> None:
        self.visit.undo()

    # -- what a person does

    def open_household(self, household_id: str, *, person_id: str | None = None) -> None:
        """Show a household in its building and begin its visit."""
        self.visit.show_household(household_id, person_id=person_id)
        self.tasks.choose(household_id)
        self.rooms.choose(household_id)
        if not self.rooms.household():
            self.desk.call(browse.household_card, household_id, done=self._go_to_building, owner=self)
        if self._narrow:
            self._middle.setCurrentWidget(self.visit)

    def _read_drafts(self) -> None:
        self.drafts.read(but=f"visit:new:{self.visit.household}")

    def _go_on(self, one: Unfinished) -> None:
        """Go on with a draft where it was begun."""
        if one.record_id:
            self.desk.open_record(one.draft.ledger, one.record_id)
        elif one.household_id:
            self.open_household(one.household_id)
            self.visit.focus_form()
            self._read_drafts()
        else:
            self.desk.open_page(place_of_ledger(one.draft.ledger), new=True)

    def _choose_task(self, item: DueItem) -> None:
        if item.kind == "visit":
            self.open_household(item.household_id, person_id=item.person_id)
            return
        self.rooms.choose(item.household_id)
        self.visit.show_task(item)
        if self._narrow:
            self._middle.setCurrentWidget(self.visit)

    def _enter_task(self, item: DueItem) -> None:
        self._choose_task(item)
        self.visit.focus_form()

    def _enter_room(self, household_id: str) -> None:
        self.open_household(household_id)
        self.visit.focus_form()

    def _next(self, household_id: str) -> None:
        item = self.tasks.tasks.after(household_id)
        if item is None:
            self.visit.show_nothing()
            return
        self.open_household(item.household_id, person_id=item.person_id)
        self.visit.focus_form()

    def _new(self) -> None:
        if self.visit.household:
            self.visit.focus_form()
        elif self.rooms.rooms.rowCount():
            self.rooms.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.desk.open_page("exchange", tab="import")

    # -- what comes back

    def _show_due(self, items: list[DueItem]) -> None:
        self._items = items
        urgent = [item for item in items if item.group in _URGENT]
        self._today_count.setText(f"{len(urgent)} 项今天要完成" if urgent else "")
        shown = items if urgent or self._later else []
        self.tasks.show_items(shown, self.desk.session.today())
        self._tasks_stack.setCurrentWidget(self.tasks if shown else self._empty)
        self._say_empty(items)
        first = next((item for item in items if item.kind == "visit"), None)
        if self.visit.is_empty() and first and not self._narrow:
            self.open_household(first.household_id, person_id=first.person_id)
        elif self.visit.household:
            self.tasks.choose(self.visit.household)

    def _say_empty(self, items: list[DueItem]) -> None:
        """All done is something else than nothing to do yet."""
        if self._empty.action is not None:
            self._empty.action.setVisible(bool(items))
        if items or self._buildings:
            self._empty.say(
                "今天的事都做完了", "可以提前看看七天内和本月要走访的住户。" if items else "本月要走访的住户都走到了。"
            )
        else:
            self._empty.say("还没有待办", "有了住户以后，这里每天列出要走访的人家。")

    def _show_later(self) -> None:
        self._later = True
        self._show_due(self._items)
        self.tasks.setFocus()

    def _show_buildings(self, found: list[BuildingChoice]) -> None:
        keep = self._building() or next((one for one in found if one.label == self.desk.settings.last_building), None)
        if found != self._buildings:
            self._buildings = found
            self.building.blockSignals(True)
            self.building.clear()
            self.building.addItems([one.label for one in found])
            self.building.setCurrentIndex(found.index(keep) if keep in found else 0)
            self.building.blockSignals(False)
        self._rooms_stack.setCurrentIndex(0 if found else 1)
        self._say_empty(self._items)
        self.building.setVisible(len(found) > 0)
        self._read_rooms()

    def _building(self) -> BuildingChoice | None:
        row = self.building.currentIndex()
        return self._buildings[row] if 0 <= row < len(self._buildings) else None

    def _go_to_building(self, card: HouseholdCard) -> None:
        values = card.record.values
        wanted = (str(values.get("compound_name") or ""), str(values.get("building_no") or ""))
        for row, one in enumerate(self._buildings):
            if (one.compound_name, one.building_no) == wanted and row != self.building.currentIndex():
                self.building.setCurrentIndex(row)

    def _read_rooms(self) -> None:
        one = self._building()
        if one is not None:
            self.desk.call(room_plan.room_plan, one.compound_name, one.building_no, done=self._show_rooms, owner=self)

    def _show_rooms(self, shown: RoomPlan) -> None:
        self.rooms.show_plan(shown, self.visit.household)
        self.legend.count(shown)
        lived_in = len(shown.cells) - shown.counts.get("vacant", 0)
        self._visited.setText(f"本月已走访 {shown.counts.get('done', 0)} / {lived_in} 户")

    def _turn_to_building(self) -> None:
        one = self._building()
        if one is not None and one.label != self.desk.settings.last_building:
            self.desk.change_settings(last_building=one.label)
        self._read_rooms()

    # -- building

    def _make_tasks(self) -> Card:
        self.drafts = DraftsNotice(self.desk)
        self.drafts.wanted.connect(self._go_on)
        self._today_count = label("", "second")
        card = Card("待办", self._today_count)
        self.tasks = TaskList()
        self.tasks.chosen.connect(self._choose_task)
        self.tasks.entered.connect(self._enter_task)
        self._empty = EmptyState(
            "circle-check", "今天的事都做完了", "可以提前看看七天内和本月要走访的住户。", "查看以后的", self._show_later
        )
        self._tasks_stack = QStackedWidget()
        self._tasks_stack.setObjectName("paper")
        self._tasks_stack.addWidget(self.tasks)
        self._tasks_stack.addWidget(self._empty)
        card.body.setContentsMargins(0, 4, 2, 6)
        card.body.addWidget(self.drafts)
        card.body.addWidget(self._tasks_stack, 1)
        return card

    def _make_rooms(self) -> Card:
        self._visited = label("", "second")
        card = Card("楼栋房间图", self._visited)
        self.building = Choice()
        self.building.setAccessibleName("楼栋")
        self.building.setMinimumContentsLength(10)
        self.building.currentIndexChanged.connect(lambda _row: self._turn_to_building())
        card.head.insertWidget(1, self.building)
        self.rooms = RoomTable()
        self.rooms.chosen.connect(self.open_household)
        self.rooms.entered.connect(self._enter_room)
        self.legend = Legend()
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(8, 6, 8, 0)
        column.setSpacing(0)
        column.addWidget(self.rooms, 1)
        column.addWidget(self.legend)
        self._rooms_stack = QStackedWidget()
        self._rooms_stack.setObjectName("paper")
        self._rooms_stack.addWidget(shown)
        self._rooms_stack.addWidget(EmptyState(
            "building-2", "还没有住户", "把办公室给您的住户表格导入进来，就能看到楼栋和房间。", "导入住户表格",
            lambda: self.desk.open_page("exchange", tab="import"),
        ))  # fmt: skip
        card.body.addWidget(self._rooms_stack)
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Three cards where there is room; else the form takes the place of the rooms."""
        self.tasks_card.setFixedWidth(theme.px(_TASKS))
        narrow = self.width() - theme.px(_TASKS) - theme.px(_FORM) - 24 < theme.px(_ROOMS_LEAST)
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self.visit.set_alone(alone=narrow)
        if narrow:
            self.visit.setMinimumWidth(0)
            self.visit.setMaximumWidth(16_777_215)
            self._middle.addWidget(self.visit)
            self._middle.setCurrentWidget(self.rooms_card)
        else:
            self._line.addWidget(self.visit)
            self.visit.setFixedWidth(theme.px(_FORM))
            self.visit.show()
