"""今日工作: what is due, the rooms of a building, and the visit form beside them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget

from gridworker.operations import plan
from gridworker.operations.changes import Changes
from gridworker.operations.plan import DueItem
from gridworker.operations.unfinished import Unfinished
from ui.day.rooms_card import RoomsCard
from ui.day.tasks_card import TasksCard
from ui.desk import Desk
from ui.pages.page import Page, PrimaryAction
from ui.pages.registry import place_of_ledger
from ui.theme import theme
from ui.visit_card import VisitCard
from ui.widgets.stacking import line_in
from ui.widgets.texts import day_text

_TASKS, _FORM, _ROOMS_LEAST = 272, 332, 400


class TodayPage(Page):
    """The page of the day."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        # Less than the three cards need: below that the form takes the place of the rooms.
        self.setMinimumSize(480, 360)
        self._narrow: bool | None = None
        self._has_no_homes = False
        line = line_in(self, 12)
        self.tasks_card = TasksCard(desk)
        self.rooms_card = RoomsCard(desk)
        self.visit = VisitCard(desk)
        self.drafts, self.tasks, self.rooms = self.tasks_card.drafts, self.tasks_card.tasks, self.rooms_card.rooms
        self._middle = QStackedWidget()
        self._middle.addWidget(self.rooms_card)
        self._line = line
        line.addWidget(self.tasks_card)
        line.addWidget(self._middle, 1)
        line.addWidget(self.visit)
        self.setFocusProxy(self.tasks)
        self._connect()
        self.refresh()

    # -- what the frame asks

    def subtitle(self) -> str:
        return day_text(self.desk.session.today())

    def primary(self) -> PrimaryAction:
        if self._has_no_homes:
            # Without a household there is nobody to visit.
            return PrimaryAction("新建住户", lambda: self.desk.open_page("homes", new=True))
        return PrimaryAction("新建走访", self._new)

    def enter(self, **given: object) -> None:
        household = given.get("household_id")
        if isinstance(household, str):
            self.open_household(household)
        self._read_drafts()

    def refresh(self, changes: Changes | None = None) -> None:
        self.tasks_card.read()
        self._read_drafts()
        if changes is None or changes.bulk or changes.ledgers & {"household", "person", "visit"}:
            self.rooms_card.read_buildings()

    def spot(self) -> dict[str, object]:
        return {"household_id": self.visit.household} if self.visit.household else {}

    def leave(self) -> None:
        self.visit.keep_draft()

    def back(self) -> bool:
        if not self.tasks_card.back():
            self.rooms.setFocus(Qt.FocusReason.OtherFocusReason)
            if self._narrow:
                self._middle.setCurrentWidget(self.rooms_card)
        return True

    def save(self) -> None:
        self.visit.save()

    def save_and_next(self) -> None:
        self.visit.save_and_next()

    def undo(self) -> None:
        if not self.tasks_card.undo():
            self.visit.undo()

    # -- what a person does

    def open_household(self, household_id: str, *, person_id: str | None = None) -> None:
        """Show a household in its building and begin its visit."""
        self.visit.show_household(household_id, person_id=person_id)
        self.tasks.choose(household_id)
        self.rooms_card.choose(household_id)
        if self._narrow:
            self._middle.setCurrentWidget(self.visit)

    def _connect(self) -> None:
        self.drafts.wanted.connect(self._go_on)
        self.tasks.chosen.connect(self._choose_task)
        self.tasks.entered.connect(self._enter_task)
        self.tasks_card.shown.connect(self._begin)
        self.tasks_card.forgotten.wanted.connect(self._show_building)
        self.tasks_card.listen(self)
        self.rooms.chosen.connect(self.open_household)
        self.rooms.entered.connect(self._enter_room)
        self.rooms_card.buildings_known.connect(self._know_homes)
        self.visit.next_wanted.connect(self._next)
        self.visit.household_wanted.connect(self.open_household)
        self.visit.back_wanted.connect(self.back)
        theme.changed.connect(self._fit)

    def _read_drafts(self) -> None:
        self.drafts.read(but=f"visit:new:{self.visit.household}")

    def _go_on(self, one: Unfinished) -> None:
        """Go on with a draft where it was begun."""
        if one.record_id:
            self.desk.open_record(one.draft.ledger, one.record_id)
        elif one.household_id and one.draft.ledger == plan.VISIT:
            self.open_household(one.household_id)
            self.visit.focus_form()
            self._read_drafts()
        else:
            self.desk.open_page(place_of_ledger(one.draft.ledger), new=True, draft=one.draft.key)

    def _choose_task(self, item: DueItem) -> None:
        if item.kind == plan.VISIT:
            self.open_household(item.household_id, person_id=item.person_id)
            return
        if item.household_id:
            self.rooms_card.choose(item.household_id)
        self.visit.show_task(item)
        if self._narrow:
            self._middle.setCurrentWidget(self.visit)

    def _enter_task(self, item: DueItem) -> None:
        if item.kind != plan.VISIT:
            self.desk.open_record(item.kind, item.record_id)
            return
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
        else:
            self.rooms.setFocus(Qt.FocusReason.OtherFocusReason)

    def _know_homes(self) -> None:
        self._has_no_homes = not self.rooms_card.buildings
        self.tasks_card.know_homes(any_there=not self._has_no_homes)
        self.title_changed.emit()

    def _show_building(self, name: str) -> None:
        if self._narrow:
            self._middle.setCurrentWidget(self.rooms_card)
        self.rooms_card.turn_to(name)

    # -- what comes back

    def _begin(self) -> None:
        first = self.tasks_card.first_visit() if self.visit.is_empty() and not self._narrow else None
        if first is not None:
            self.open_household(first.household_id, person_id=first.person_id)
        elif self.visit.household:
            self.tasks.choose(self.visit.household)

    # -- laying out

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
