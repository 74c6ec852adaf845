"""The room plan and the task list: honest models, walked by arrows, spoken in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication

from gridworker.operations.plan import DueItem
from gridworker.operations.room_plan import RoomCell, RoomPlan
from ui.room_model import spoken
from ui.roomplan import RoomTable
from ui.tasks import TaskList, when_words

TODAY = date(2026, 4, 21)


def _cell(unit: str, floor: int, tail: str, state: str = "todo", *, star: bool = False) -> RoomCell:
    return RoomCell(f"{unit}-{floor}{tail}", unit, floor, f"{floor}{tail}", "李 1人", state, star)


@pytest.fixture
def plan() -> RoomPlan:
    """Two units of two floors; 202 of unit 1 is missing."""
    cells = (
        _cell("1", 2, "01", "done"), _cell("1", 1, "01"), _cell("1", 1, "02", "vacant"),
        _cell("2", 2, "01", "late", star=True), _cell("2", 1, "01"),
    )  # fmt: skip
    return RoomPlan("3号楼", ("1", "2"), (2, 1), cells, {"done": 1, "todo": 2, "vacant": 1, "late": 1}, 1)


def _item(key: str, due_on: date, group: str, kind: str = "visit") -> DueItem:
    return DueItem(
        key,
        f"走访 {key}",
        "3号楼 2单元 501",
        due_on,
        max(0, (TODAY - due_on).days),
        group,
        "每月探访",
        "key",
        None,
        kind,
        key,
    )


def test_the_models_are_honest(plan: RoomPlan, dressed: QApplication, qtmodeltester: object) -> None:
    """Qt's own tester finds nothing wrong with either model."""
    table, tasks = RoomTable(), TaskList()
    table.show_plan(plan)
    tasks.show_items([_item("a", TODAY, "today")], TODAY)
    qtmodeltester.check(table.rooms)
    qtmodeltester.check(tasks.tasks)


def test_rooms_stand_above_one_another(plan: RoomPlan, dressed: QApplication) -> None:
    """201 is above 101 even where a room between them is missing, and floors go down."""
    table = RoomTable()
    table.show_plan(plan)
    upper, lower = table.rooms.index_of("1-201"), table.rooms.index_of("1-101")
    assert (upper.column(), upper.row() + 1) == (lower.column(), lower.row())
    assert table.rooms.headerData(0, Qt.Orientation.Vertical) == "2层"


def test_a_room_is_spoken_in_words(plan: RoomPlan, dressed: QApplication) -> None:
    """A screen reader hears place, state, family and care, none of it from a colour."""
    table = RoomTable()
    table.show_plan(plan)
    late = table.rooms.index_of("2-201")
    assert table.rooms.data(late, Qt.ItemDataRole.AccessibleTextRole) == "2单元 201，已逾期，李 1人，重点关注"
    assert spoken(plan.cells[2]) == "1单元 102，空置"


def test_arrows_walk_over_gaps(plan: RoomPlan, dressed: QApplication, qtbot: object) -> None:
    """From the last room of a unit the right arrow goes to the next unit; each step is told."""
    table = RoomTable()
    qtbot.addWidget(table)
    table.resize(500, 300)
    table.show()
    table.show_plan(plan)
    table.choose("1-201")
    walked: list[str] = []
    table.chosen.connect(walked.append)
    qtbot.keyClick(table, Qt.Key.Key_Right)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert walked == ["2-201", "2-101", "1-102"]


def test_enter_goes_to_the_form(plan: RoomPlan, dressed: QApplication, qtbot: object) -> None:
    """Enter on a room tells that writing begins there."""
    table = RoomTable()
    qtbot.addWidget(table)
    table.show_plan(plan, "2-101")
    entered: list[str] = []
    table.entered.connect(entered.append)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert entered == ["2-101"]


def test_a_refresh_keeps_the_chosen_room(plan: RoomPlan, dressed: QApplication) -> None:
    """Reading the plan again neither moves the choice nor tells of one."""
    table = RoomTable()
    table.show_plan(plan, "2-101")
    told: list[str] = []
    table.chosen.connect(told.append)
    table.show_plan(plan)
    assert (table.household(), told) == ("2-101", [])


def test_tasks_stand_in_their_groups(dressed: QApplication) -> None:
    """Late before today before this week, each with a title and its count; titles cannot be chosen."""
    tasks = TaskList()
    late, today = _item("a", TODAY - timedelta(2), "overdue"), _item("b", TODAY, "today")
    tasks.show_items([late, today, _item("c", TODAY + timedelta(3), "week")], TODAY)
    model = tasks.tasks
    texts = [model.data(model.index(row)) for row in range(model.rowCount())]
    assert [texts[0], texts[2], texts[4]] == ["已逾期 1", "今天 1", "七天内 1"]
    assert model.flags(model.index(0)) == Qt.ItemFlag.NoItemFlags
    assert "逾期 2 天" in texts[1]


@pytest.mark.parametrize(
    ("days", "group", "words"),
    [(-3, "overdue", "逾期 3 天"), (0, "today", "今天"), (3, "week", "周五"), (7, "month", "4月28日")],
)
def test_when_is_said_in_words(days: int, group: str, words: str) -> None:
    """Lateness in days, this week by weekday, later by date."""
    assert when_words(_item("a", TODAY + timedelta(days), group), TODAY) == words


def test_the_next_visit_follows_the_walk(dressed: QApplication) -> None:
    """保存并下一户 goes down the list, from the last to the first that is left, and skips what is no visit."""
    tasks = TaskList()
    tasks.show_items(
        [_item("a", TODAY, "today"), _item("h", TODAY, "today", "hazard"), _item("b", TODAY, "today")], TODAY
    )
    assert tasks.tasks.after("a").household_id == "b"
    assert tasks.tasks.after("b").household_id == "a"
    assert tasks.tasks.after("elsewhere").household_id == "a"
    tasks.show_items([_item("a", TODAY, "today")], TODAY)
    assert tasks.tasks.after("a") is None
    assert tasks.tasks.item(QModelIndex()) is None
