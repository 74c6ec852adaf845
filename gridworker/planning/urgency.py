"""How near or late a due day is: flags worked out whenever they are shown, never kept as a state.

yellow  as many working days left as the clocks say, one as shipped, or fewer
red     late, on the first working day that is late or the days off before it
overdue late for longer
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from gridworker.planning.clocks import flag_days
from gridworker.planning.working_days import Calendar, DueDay, calendar_in_force

Flag = Literal["yellow", "red", "overdue"]
YELLOW: Flag = "yellow"
RED: Flag = "red"
OVERDUE: Flag = "overdue"
LABELS: dict[Flag, str] = {YELLOW: "黄牌", RED: "红牌", OVERDUE: "超期"}
ORDER: tuple[Flag | None, ...] = (OVERDUE, RED, YELLOW, None)
"""The most urgent first."""


@dataclass(frozen=True)
class Suspension:
    """A time in which the clock stood still; `end` is None while it still does."""

    start: date
    end: date | None = None


def flag_of(
    due: date | None,
    today: date,
    *,
    closed_on: date | None = None,
    suspended: bool = False,
    calendar: Calendar | None = None,
) -> Flag | None:
    """The flag of something due; None where it is closed, suspended at present, or has time left."""
    if due is None or suspended or (closed_on is not None and closed_on <= today):
        return None
    left = (calendar or calendar_in_force()).working_days_between(today, due).count
    if today <= due:
        return YELLOW if left <= flag_days("yellow_left") else None
    return RED if -left <= flag_days("red_late") else OVERDUE


def text_of(due: date, today: date, *, calendar: Calendar | None = None) -> str:
    """How much time is left or by how much it is late, and whether a year was guessed at for it."""
    between = (calendar or calendar_in_force()).working_days_between(today, due)
    days = abs(between.count)
    if today == due:
        said = "今天到期"
    elif today < due:
        said = f"还剩 {days} 个工作日" if days else f"{due.isoformat()} 到期（休息日）"
    else:
        said = f"超期 {days} 个工作日" if days else "已超期（休息日）"
    return f"{said}（{between.text}）" if between.text else said


def running_due(
    due: date, suspensions: Iterable[Suspension], today: date, *, calendar: Calendar | None = None
) -> DueDay:
    """The due day with the suspended working days put behind it; what began when it was late excuses nothing.

    Suspensions that overlap are counted once; one that still runs is counted up to today.
    """
    counting = calendar or calendar_in_force()
    unknown: set[int] = set()
    covered = date.min
    for one in sorted(suspensions, key=lambda one: one.start):
        start, end = max(one.start, covered), one.end or today
        if one.start > due or end <= start:
            continue
        stood = counting.working_days_between(start, end)
        moved = counting.add_working_days(due, stood.count)
        due, covered = moved.day, end
        unknown.update(stood.unknown_years, moved.unknown_years)
    return DueDay(due, tuple(sorted(unknown)))
