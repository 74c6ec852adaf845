"""Flags of due days: yellow before, red on the first late working day, overdue after it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.planning.clocks import clocks_in_force, parse
from gridworker.planning.urgency import LABELS, ORDER, Suspension, flag_of, running_due, text_of
from gridworker.planning.working_days import DueDay, calendar_in_force

# A Tuesday after a week of working days, and the last day before 国庆.
DUE = date(2026, 4, 21)
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("today", "flag"),
    [
        (date(2026, 4, 16), None),
        (date(2026, 4, 17), None),
        (date(2026, 4, 18), None),
        (date(2026, 4, 20), "yellow"),
        (date(2026, 4, 21), "yellow"),
        (date(2026, 4, 22), "red"),
        (date(2026, 4, 23), "overdue"),
        (date(2026, 5, 30), "overdue"),
    ],
)
def test_flags_follow_the_working_days(today: date, flag: str | None) -> None:
    """One working day left is yellow, the first late one red, every later one overdue."""
    assert flag_of(DUE, today) == flag


@pytest.mark.parametrize(
    ("today", "flag"),
    [
        (date(2026, 9, 29), "yellow"),
        (date(2026, 9, 30), "yellow"),
        (date(2026, 10, 1), "red"),
        (date(2026, 10, 7), "red"),
        (date(2026, 10, 8), "red"),
        (date(2026, 10, 9), "overdue"),
        (date(2026, 10, 10), "overdue"),
    ],
)
def test_days_off_do_not_make_it_later(today: date, flag: str) -> None:
    """What was due before 国庆 is red until the end of the first day on which offices work again."""
    assert flag_of(date(2026, 9, 30), today) == flag


def test_what_is_due_on_a_day_off_is_yellow_on_the_working_day_before() -> None:
    """No working day lies between Friday and a Sunday."""
    sunday = date(2026, 4, 19)
    assert flag_of(sunday, date(2026, 4, 17)) == "yellow"
    assert flag_of(sunday, date(2026, 4, 20)) == "red"
    assert flag_of(sunday, date(2026, 4, 21)) == "overdue"


def test_what_is_done_or_stands_still_has_no_flag() -> None:
    """Closed, suspended, or due on no day."""
    late = DUE + timedelta(days=30)
    assert flag_of(DUE, late, closed_on=late) is None
    assert flag_of(DUE, late, closed_on=late + timedelta(days=1)) == "overdue"
    assert flag_of(DUE, late, suspended=True) is None
    assert flag_of(None, late) is None


def test_when_the_cards_come_is_data() -> None:
    """A customer who warns three days ahead and is patient for two is heard."""
    with clocks_in_force(parse('{"flags": {"yellow_left": 3, "red_late": 2}}')):
        assert flag_of(DUE, date(2026, 4, 16)) == "yellow"
        assert flag_of(DUE, date(2026, 4, 23)) == "red"
        assert flag_of(DUE, date(2026, 4, 24)) == "overdue"


def test_every_flag_has_a_word_and_a_rank() -> None:
    """Colour is never the only sign."""
    assert set(LABELS) | {None} == set(ORDER)
    assert list(LABELS.values()) == ["黄牌", "红牌", "超期"]


@pytest.mark.parametrize(
    ("due", "today", "said"),
    [
        (DUE, DUE, "今天到期"),
        (DUE, date(2026, 4, 20), "还剩 1 个工作日"),
        (DUE, date(2026, 4, 24), "超期 3 个工作日"),
        (date(2026, 4, 19), date(2026, 4, 18), "2026-04-19 到期（休息日）"),
        (date(2026, 4, 18), date(2026, 4, 19), "已超期（休息日）"),
        (date(2027, 1, 5), date(2026, 12, 31), "还剩 2 个工作日（该年放假安排未导入）"),
    ],
)
def test_time_left_is_said_in_words(due: date, today: date, said: str) -> None:
    """In working days, with the fact that a year was guessed at."""
    assert text_of(due, today) == said


def test_suspended_working_days_are_put_behind_the_due_day() -> None:
    """Monday to Wednesday is two working days; a holiday inside is none."""
    assert running_due(DUE, [Suspension(date(2026, 4, 13), date(2026, 4, 15))], DUE) == DueDay(date(2026, 4, 23))
    assert running_due(DUE, [Suspension(date(2026, 4, 18), date(2026, 4, 19))], DUE) == DueDay(DUE)
    assert running_due(date(2026, 9, 30), [Suspension(date(2026, 9, 30), date(2026, 10, 8))], DUE) == DueDay(
        date(2026, 10, 8)
    )
    assert running_due(DUE, [], DUE) == DueDay(DUE)


def test_a_suspension_that_still_runs_counts_up_to_today() -> None:
    """Every working day that passes moves the due day on by one."""
    running = [Suspension(date(2026, 4, 20))]
    assert running_due(DUE, running, date(2026, 4, 20)) == DueDay(DUE)
    assert running_due(DUE, running, date(2026, 4, 22)) == DueDay(date(2026, 4, 23))


def test_what_was_late_is_not_excused_by_a_later_suspension() -> None:
    """A clock that had run out cannot be stopped any more."""
    assert running_due(DUE, [Suspension(date(2026, 4, 22), date(2026, 5, 22))], DUE) == DueDay(DUE)


def test_overlapping_suspensions_count_once() -> None:
    """Two that share days stand still for the days of both together."""
    both = [Suspension(date(2026, 4, 14), date(2026, 4, 16)), Suspension(date(2026, 4, 13), date(2026, 4, 15))]
    assert running_due(DUE, both, DUE) == DueDay(date(2026, 4, 24))
    inside = [Suspension(date(2026, 4, 13), date(2026, 4, 17)), Suspension(date(2026, 4, 14), date(2026, 4, 15))]
    assert running_due(DUE, inside, DUE) == DueDay(date(2026, 4, 27))


@given(DAYS, DAYS, st.integers(0, 60), st.integers(0, 60))
def test_a_longer_suspension_never_makes_it_due_earlier(due: date, start: date, days: int, more: int) -> None:
    """The due day only runs forwards."""
    shorter = running_due(due, [Suspension(start, start + timedelta(days=days))], due).day
    longer = running_due(due, [Suspension(start, start + timedelta(days=days + more))], due).day
    assert due <= shorter <= longer


@given(DAYS, st.integers(-60, 60))
def test_a_flag_never_eases_as_days_pass(due: date, ahead: int) -> None:
    """Nothing becomes less urgent by waiting."""
    today = due + timedelta(days=ahead)
    calendar = calendar_in_force()
    now, then = (flag_of(due, day, calendar=calendar) for day in (today, today + timedelta(days=1)))
    assert ORDER.index(then) <= ORDER.index(now)
