"""Counting working days through shifted working days, year ends and years without a notice."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.planning.calendar_years import YearTable
from gridworker.planning.due import ChangedDue, Counted, changed_due_dates
from gridworker.planning.working_days import (
    UNKNOWN_YEAR,
    Calendar,
    DayCount,
    DueDay,
    calendar_in_force,
    use_years,
    years_in_force,
)

ROOT = Path(__file__).parent.parent.parent
CALENDAR = Calendar()
SPRING_2027 = YearTable(
    2027,
    (
        (date(2026, 12, 31), "元旦"),
        (date(2027, 1, 1), "元旦"),
        (date(2027, 2, 5), "春节"),
        (date(2027, 2, 8), "春节"),
    ),
    (date(2027, 1, 3), date(2027, 2, 14)),
    "演示",
)
DAYS = st.dates(date(2003, 6, 1), date(2031, 12, 31))


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 2, 13), 3, date(2026, 2, 25)),
        (date(2026, 4, 30), 3, date(2026, 5, 8)),
        (date(2026, 5, 8), 3, date(2026, 5, 12)),
        (date(2026, 9, 18), 3, date(2026, 9, 22)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
    ],
)
def test_counting_follows_the_notice_of_the_year(start: date, days: int, expected: date) -> None:
    """Holidays are passed over, a worked Saturday counts."""
    assert CALENDAR.add_working_days(start, days) == DueDay(expected)
    assert CALENDAR.add_working_days(start, days).text == ""
    assert CALENDAR.working_days_between(start, expected) == DayCount(days)


def test_every_day_the_library_knows_is_answered_as_the_library_answers() -> None:
    """No day of 2004 to 2026 is counted otherwise than chinesecalendar says."""
    first, last = date(2004, 1, 1), date(2026, 12, 31)
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    assert [day for day in days if CALENDAR.is_working_day(day) != chinese_calendar.is_workday(day)] == []


def test_a_count_across_an_unknown_year_says_so() -> None:
    """The last days of a year run into a year whose notice is not out: weekdays and 元旦 are all that is known."""
    due = CALENDAR.add_working_days(date(2026, 12, 30), 3)
    assert due == DueDay(date(2027, 1, 5), (2027,))
    assert due.text == UNKNOWN_YEAR == "该年放假安排未导入"
    assert CALENDAR.working_days_between(date(2026, 12, 30), date(2027, 1, 5)) == DayCount(3, (2027,))
    assert CALENDAR.working_days_between(date(2026, 12, 30), date(2027, 1, 5)).text == UNKNOWN_YEAR
    assert CALENDAR.add_working_days(date(2026, 12, 30), 1) == DueDay(date(2026, 12, 31))


def test_an_unknown_year_rests_on_its_fixed_days() -> None:
    """元旦, 劳动节 and the three days of 国庆 are the only holidays that are sure, before the data and after it."""
    for year in (2003, 2027, 2028):
        assert not CALENDAR.knows(year)
        resting = [date(year, 1, 1), date(year, 5, 1), *(date(year, 10, day) for day in (1, 2, 3))]
        assert not any(CALENDAR.is_working_day(day) for day in resting)
    assert CALENDAR.is_working_day(date(2027, 5, 3))
    assert CALENDAR.is_working_day(date(2027, 10, 4))
    assert CALENDAR.is_working_day(date(2028, 2, 29))


def test_only_the_years_that_were_counted_through_are_named() -> None:
    """The day a count starts from is not counted, so its year is asked nothing where the count leaves it at once."""
    known_2027 = Calendar((SPRING_2027,))
    assert known_2027.add_working_days(date(2027, 1, 4), 3).unknown_years == ()
    assert CALENDAR.add_working_days(date(2003, 12, 31), 1) == DueDay(date(2004, 1, 2))
    assert CALENDAR.add_working_days(date(2026, 6, 1), 600).unknown_years == (2027, 2028)
    assert CALENDAR.add_working_days(date(2029, 6, 1), 0) == DueDay(date(2029, 6, 1))


def test_an_imported_year_takes_the_place_of_the_guess() -> None:
    """Holidays rest, shifted Sundays are worked, and 元旦 may reach into the December before."""
    calendar = Calendar((SPRING_2027,))
    assert calendar.knows(2027)
    assert not calendar.knows(2028)
    assert not calendar.is_working_day(date(2026, 12, 31))
    assert calendar.is_working_day(date(2027, 1, 3))
    assert calendar.name_of(date(2027, 2, 5)) == "春节"
    assert calendar.name_of(date(2026, 10, 1)) == "国庆节"
    assert calendar.name_of(date(2027, 2, 6)) == ""
    assert calendar.add_working_days(date(2026, 12, 30), 3) == DueDay(date(2027, 1, 5))
    assert calendar.add_working_days(date(2027, 2, 4), 2) == DueDay(date(2027, 2, 10))


def test_an_imported_year_overrides_the_library() -> None:
    """A corrected notice for a year that came with the program holds instead of it."""
    extended = YearTable(2026, ((date(2026, 10, 1), "国庆节"), (date(2026, 10, 9), "国庆节")), (), "演示")
    calendar = Calendar((extended,))
    assert not calendar.is_working_day(date(2026, 10, 9))
    assert calendar.is_working_day(date(2026, 10, 6))
    assert not calendar.is_working_day(date(2026, 10, 10))
    assert not calendar.is_working_day(date(2025, 10, 6))


def test_the_later_year_has_the_last_word_on_the_december_before() -> None:
    """What one notice made a worked Sunday, or a day off, the next year's notice may undo."""
    this_year = YearTable(2027, ((date(2027, 12, 31), "调整"),), (date(2027, 12, 26),), "演示")
    next_year = YearTable(2028, ((date(2027, 12, 26), "元旦"),), (date(2027, 12, 31),), "演示")
    assert Calendar((this_year,)).is_working_day(date(2027, 12, 26))
    for tables in ((this_year, next_year), (next_year, this_year)):
        assert not Calendar(tables).is_working_day(date(2027, 12, 26))
        assert Calendar(tables).is_working_day(date(2027, 12, 31))
        assert Calendar(tables).name_of(date(2027, 12, 31)) == ""


def test_of_two_tables_for_a_year_the_later_notice_holds() -> None:
    """A notice that was issued anew wins whatever the order in which the two came."""
    anew = YearTable(2027, ((date(2027, 1, 1), "元旦"), (date(2027, 2, 9), "春节")), (), "演示", 2)
    for tables in ((SPRING_2027, anew), (anew, SPRING_2027)):
        calendar = Calendar(tables)
        assert calendar.is_working_day(date(2027, 2, 8))
        assert not calendar.is_working_day(date(2027, 2, 9))
        assert calendar.is_working_day(date(2026, 12, 31))


@pytest.mark.parametrize("start", [date(2026, 9, 30), date(2026, 10, 1), date(2027, 6, 1), date(2028, 2, 29)])
def test_nothing_added_is_the_day_itself(start: date) -> None:
    """0 working days leave the day where it is, worked or not, known or not."""
    assert CALENDAR.add_working_days(start, 0) == DueDay(start)
    assert CALENDAR.working_days_between(start, start) == DayCount(0)


def test_leap_days_are_days() -> None:
    """29 February is counted where it exists."""
    assert CALENDAR.add_working_days(date(2024, 2, 28), 2) == DueDay(date(2024, 3, 1))
    assert CALENDAR.add_working_days(date(2028, 2, 28), 2).day == date(2028, 3, 1)


def test_what_cannot_be_counted_is_refused() -> None:
    """A negative number, and a day beyond the last year there is."""
    with pytest.raises(ValueError, match="never taken away"):
        CALENDAR.add_working_days(date(2026, 1, 1), -1)
    with pytest.raises(ValueError, match="beyond the last year"):
        CALENDAR.add_working_days(date(9999, 12, 31), 1)
    with pytest.raises(TypeError):
        CALENDAR.is_working_day(datetime(2026, 1, 1, 8, 0))  # noqa: DTZ001 - a moment is no day, with or without zone


def test_ten_thousand_days_reach_into_the_next_half_century() -> None:
    """A far day is found, names every year it guessed at, and comes back as the same number."""
    due = CALENDAR.add_working_days(date(2026, 11, 22), 10_000)
    assert due.day.year in range(2064, 2067)
    assert due.unknown_years == tuple(range(2027, due.day.year + 1))
    assert CALENDAR.working_days_between(date(2026, 11, 22), due.day).count == 10_000


def test_counting_backwards_is_the_same_count_below_zero() -> None:
    """Days late and days left come from the same answer."""
    assert CALENDAR.working_days_between(date(2026, 10, 10), date(2026, 9, 30)) == DayCount(-3)


@given(DAYS, st.integers(0, 800))
def test_adding_and_counting_undo_each_other(start: date, days: int) -> None:
    """What was added is what lies between."""
    due = CALENDAR.add_working_days(start, days)
    assert CALENDAR.working_days_between(start, due.day) == DayCount(days, due.unknown_years)
    if days:
        assert CALENDAR.is_working_day(due.day)


@given(DAYS, st.integers(0, 300), st.integers(0, 300))
def test_adding_in_two_steps_is_adding_at_once(start: date, first: int, second: int) -> None:
    """From a working day or any other."""
    once = CALENDAR.add_working_days(start, first + second)
    halfway = CALENDAR.add_working_days(start, first)
    then = CALENDAR.add_working_days(halfway.day, second)
    assert then.day == once.day
    assert set(halfway.unknown_years) | set(then.unknown_years) == set(once.unknown_years)


@given(DAYS, st.integers(0, 300), st.dates(date(2027, 1, 1), date(2027, 12, 31)))
def test_a_further_holiday_never_makes_anything_due_earlier(start: date, days: int, holiday: date) -> None:
    """Due dates only run forwards when a holiday is added."""
    before = Calendar((YearTable(2027, ((date(2027, 1, 1), "元旦"),), ()),))
    after = Calendar((YearTable(2027, ((date(2027, 1, 1), "元旦"), (holiday, "新增")), ()),))
    earlier, later = before.add_working_days(start, days).day, after.add_working_days(start, days).day
    assert later >= earlier
    if holiday > earlier or holiday <= start:
        assert later == earlier


@given(DAYS, DAYS)
def test_a_later_day_never_has_fewer_working_days_behind_it(a: date, b: date) -> None:
    """The count grows with the day, and turning it round turns its sign."""
    between = CALENDAR.working_days_between(a, b)
    assert CALENDAR.working_days_between(b, a) == DayCount(-between.count, between.unknown_years)
    assert CALENDAR.working_days_between(a, b + timedelta(days=1)).count >= between.count


def test_a_new_year_table_tells_which_due_days_change() -> None:
    """Only what lies on another day now is told, with both days; that a day is sure now changes nothing."""
    items = (
        Counted("a", date(2026, 12, 30), 1),
        Counted("b", date(2026, 9, 30), 3),
        Counted("c", date(2027, 2, 4), 1),
        Counted("d", date(2027, 2, 4), 0),
        Counted("e", date(2027, 3, 1), 5),
    )
    assert changed_due_dates(CALENDAR, Calendar((SPRING_2027,)), items) == [
        ChangedDue("a", DueDay(date(2026, 12, 31)), DueDay(date(2027, 1, 3))),
        ChangedDue("c", DueDay(date(2027, 2, 5), (2027,)), DueDay(date(2027, 2, 9))),
    ]


def test_the_calendar_in_force_is_replaced_whole_and_given_back() -> None:
    """Inside the block the imported years count, outside it nothing of them is left; who holds one keeps it."""
    held = calendar_in_force()
    with years_in_force([SPRING_2027]) as calendar:
        assert calendar_in_force() is calendar
        assert calendar.knows(2027)
        assert not held.knows(2027)
    assert calendar_in_force() == held
    assert not calendar_in_force().knows(2027)


def test_a_block_that_fails_gives_the_calendar_back() -> None:
    """An error inside leaves no imported year behind."""
    with pytest.raises(RuntimeError), years_in_force([SPRING_2027]):
        raise RuntimeError
    assert not calendar_in_force().knows(2027)


def test_readers_see_one_calendar_or_the_other_while_it_changes() -> None:
    """A thread that counts during a replacement never sees half of a table."""
    answers: set[bool] = set()
    stop = threading.Event()

    def count() -> None:
        while not stop.is_set():
            calendar = calendar_in_force()
            answers.add(calendar.knows(2027) == (not calendar.is_working_day(date(2027, 2, 8))))

    before = calendar_in_force()
    reader = threading.Thread(target=count)
    reader.start()
    for _ in range(200):
        use_years([SPRING_2027])
        use_years([])
    stop.set()
    reader.join()
    use_years(before.tables)
    assert answers == {True}


def test_the_years_are_read_when_a_day_is_asked_for() -> None:
    """Importing the module, or making a calendar, does not bring in the library and its data."""
    source = (
        "import sys, datetime\n"
        "from gridworker.planning.working_days import calendar_in_force, use_years\n"
        "use_years([])\n"
        "assert 'chinese_calendar' not in sys.modules\n"
        "calendar_in_force().is_working_day(datetime.date(2026, 1, 1))\n"
        "assert 'chinese_calendar' in sys.modules\n"
    )
    ended = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
