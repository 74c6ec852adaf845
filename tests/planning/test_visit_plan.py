"""When a visit is due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.planning.rooms import floor_of, natural_key, walking_order
from gridworker.planning.visit_plan import Dwelling, due_date, group_of, strictest

TODAY = date(2026, 4, 21)
LONG_AGO = date(2024, 1, 1)


def due(level: str | None, last: date | None, registered: date = LONG_AGO, *, vacant: bool = False) -> date | None:
    """The due date of a dwelling."""
    return due_date(Dwelling("h", level, last, registered, vacant), TODAY)


@pytest.mark.parametrize(
    ("level", "last", "expected"),
    [
        ("high", date(2026, 4, 18), date(2026, 4, 25)),
        ("key", date(2026, 3, 2), date(2026, 4, 30)),
        ("key", date(2026, 4, 2), date(2026, 5, 31)),
        ("key", date(2026, 12, 31), date(2027, 1, 31)),
        ("general", date(2026, 3, 31), date(2026, 6, 30)),
        ("general", date(2025, 11, 1), date(2026, 3, 31)),
        (None, date(2025, 6, 1), date(2026, 6, 1)),
    ],
)
def test_due_follows_the_last_contact(level: str | None, last: date, expected: date) -> None:
    """7 days, once a calendar month, once a quarter, once a year."""
    assert due(level, last) == expected


def test_a_vacant_dwelling_is_never_due() -> None:
    """Nobody lives there."""
    assert due("high", None, vacant=True) is None


def test_a_household_registered_today_is_not_overdue() -> None:
    """A freshly imported grid is not late as a whole."""
    for level in ("high", "key", "general", None):
        due_on = due(level, None, TODAY)
        assert due_on is not None
        assert due_on >= TODAY


@given(
    st.dates(date(2020, 1, 1), date(2026, 4, 20)),
    st.integers(1, 400),
    st.sampled_from(["high", "key", "general", None]),
)
def test_a_later_contact_never_makes_the_visit_due_earlier(last: date, later: int, level: str | None) -> None:
    """Due dates run forwards."""
    first, second = due(level, last), due(level, last + timedelta(days=later))
    assert first is not None
    assert second is not None
    assert second >= first
    assert first > last


def test_groups_split_late_today_week_and_month() -> None:
    """The week is the seven days that begin today."""
    assert group_of(date(2026, 4, 20), TODAY) == "overdue"
    assert group_of(TODAY, TODAY) == "today"
    assert group_of(date(2026, 4, 27), TODAY) == "week"
    assert group_of(date(2026, 4, 28), TODAY) == "month"
    assert group_of(date(2026, 5, 1), TODAY) is None


def test_the_neediest_member_decides() -> None:
    """A household is visited as often as its strictest level asks."""
    assert strictest(["general", "high"]) == "high"
    assert strictest([]) is None


def test_rooms_sort_as_people_walk() -> None:
    """2号楼 before 10号楼, 201 before 1001."""
    places = [("", "10", "1", "101"), ("", "2", "1", "1001"), ("", "2", "1", "201")]
    assert walking_order(places) == [places[2], places[1], places[0]]
    assert natural_key("2") < natural_key("10")


@pytest.mark.parametrize(("room", "floor"), [("501", 5), ("1203", 12), ("5", None), ("西户", None), ("B301", 3)])
def test_floors_come_from_room_numbers(room: str, floor: int | None) -> None:
    """A number that does not tell says so."""
    assert floor_of(room) == floor
