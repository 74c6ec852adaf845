"""The rooms of a building: which one, its plan, its legend, and how many of its households were visited this month."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gridworker.operations import browse, room_plan
from gridworker.operations.browse import BuildingChoice, HouseholdCard
from gridworker.operations.room_plan import RoomPlan
from ui.desk import Desk
from ui.legend import Legend
from ui.roomplan import RoomTable
from ui.widgets.card import Card
from ui.widgets.inputs import Choice
from ui.widgets.states import EmptyState
from ui.widgets.texts import label


class RoomsCard(Card):
    """The room plan of one building at a time."""

    buildings_known = Signal()

    def __init__(self, desk: Desk) -> None:
        self._visited = label("", "second")
        super().__init__("楼栋房间图", self._visited)
        self._desk = desk
        self.buildings: list[BuildingChoice] = []
        self._household = ""
        self.building = Choice()
        self.building.setAccessibleName("楼栋")
        self.building.setMinimumContentsLength(10)
        self.building.currentIndexChanged.connect(lambda _row: self._turn())
        self.head.insertWidget(1, self.building)
        self.rooms = RoomTable()
        self.legend = Legend()
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(8, 6, 8, 0)
        column.setSpacing(0)
        column.addWidget(self.rooms, 1)
        column.addWidget(self.legend)
        self._stack = QStackedWidget()
        self._stack.setObjectName("paper")
        self._stack.addWidget(shown)
        self._stack.addWidget(EmptyState(
            "building-2", "还没有住户", "把办公室给您的住户表格导入进来，或者一户一户登记。", "导入住户表格",
            lambda: desk.open_page("exchange", tab="import"),
        ))  # fmt: skip
        self.body.addWidget(self._stack)

    def read_buildings(self) -> None:
        """Read the buildings anew, then the rooms of the chosen one."""
        self._desk.call(browse.buildings, done=self._show_buildings, owner=self)

    def choose(self, household_id: str) -> None:
        """Mark a household's room, turning to its building where it is another one."""
        self._household = household_id
        self.rooms.choose(household_id)
        if not self.rooms.household():
            self._desk.call(browse.household_card, household_id, done=self._go_to, owner=self)

    def turn_to(self, name: str) -> bool:
        """Turn to a building by the name it is chosen by, and walk on in its rooms."""
        row = self.building.findText(name)
        if row >= 0:
            self.building.setCurrentIndex(row)
            self.rooms.setFocus(Qt.FocusReason.OtherFocusReason)
        return row >= 0

    def _show_buildings(self, found: list[BuildingChoice]) -> None:
        keep = self._building() or next(
            (one for one in found if one.label == self._desk.settings.last_building), None
        )  # fmt: skip
        if found != self.buildings:
            self.buildings = found
            self.building.blockSignals(True)
            self.building.clear()
            self.building.addItems([one.label for one in found])
            self.building.setCurrentIndex(found.index(keep) if keep in found else 0)
            self.building.blockSignals(False)
        self._stack.setCurrentIndex(0 if found else 1)
        self.building.setVisible(len(found) > 0)
        self.buildings_known.emit()
        self._read_rooms()

    def _building(self) -> BuildingChoice | None:
        row = self.building.currentIndex()
        return self.buildings[row] if 0 <= row < len(self.buildings) else None

    def _go_to(self, card: HouseholdCard) -> None:
        values = card.record.values
        wanted = (str(values.get("compound_name") or ""), str(values.get("building_no") or ""))
        for row, one in enumerate(self.buildings):
            if (one.compound_name, one.building_no) == wanted and row != self.building.currentIndex():
                self.building.setCurrentIndex(row)

    def _read_rooms(self) -> None:
        one = self._building()
        if one is not None:
            self._desk.call(room_plan.room_plan, one.compound_name, one.building_no, done=self._show, owner=self)

    def _show(self, shown: RoomPlan) -> None:
        self.rooms.show_plan(shown, self._household)
        self.legend.count(shown)
        lived_in = len(shown.cells) - shown.counts.get("vacant", 0)
        self._visited.setText(f"本月已走访 {shown.counts.get('done', 0)} / {lived_in} 户")

    def _turn(self) -> None:
        one = self._building()
        if one is not None and one.label != self._desk.settings.last_building:
            self._desk.change_settings(last_building=one.label)
        self._read_rooms()
