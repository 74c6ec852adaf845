"""When a household is due for a visit, from its care level and the last time somebody was met there.

Due = last contact + interval(care_level); an attempt at which nobody
was met does not satisfy the plan.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from gridworker.planning.visit_rules import CARE_ORDER, ORDINARY, Interval, rules_in_force

GROUP_LABELS = {"overdue": "已逾期", "today": "今天", "week": "七天内", "month": "本月"}
_WEEK_DAYS = 7


@dataclass(frozen=True)
class Dwelling:
    """What the plan needs to know of one household."""

    household_id: str
    care_level: str | None
    last_met: date | None
    registered_on: date
    vacant: bool = False
    grave_due: date | None = None
    """By when somebody must be met after a grave event; None once somebody was."""


def intervals() -> Mapping[str, Interval]:
    """The interval of each care level, by the rules in force."""
    return rules_in_force().intervals


def due_date(dwelling: Dwelling, today: date) -> date | None:
    """The day by which the household must be met; None for a vacant one.

    A household never met is due at the end of the running period, counted from the day it was
    registered, so that a freshly imported grid is not overdue as a whole. A grave event hastens it.
    """
    if dwelling.vacant:
        return None
    ordinary = _ordinary_due(dwelling, today)
    return min(ordinary, dwelling.grave_due) if dwelling.grave_due else ordinary


def _ordinary_due(dwelling: Dwelling, today: date) -> date:
    interval = intervals().get(dwelling.care_level or ORDINARY, intervals()[ORDINARY])
    if interval.every == "days":
        start = dwelling.last_met or dwelling.registered_on
        return start + timedelta(days=interval.count)
    if dwelling.last_met is None:
        return _period_end(min(dwelling.registered_on, today), interval.count, ahead=0)
    return _period_end(dwelling.last_met, interval.count, ahead=1)


def group_of(due_on: date, today: date) -> str | None:
    """Under which heading of 今日工作 a due date falls; None when it is not due this month."""
    if due_on < today:
        return "overdue"
    if due_on == today:
        return "today"
    # Seven days ahead rather than to Sunday: on a Friday the plan would otherwise be empty.
    if due_on < today + timedelta(days=_WEEK_DAYS):
        return "week"
    if (due_on.year, due_on.month) == (today.year, today.month):
        return "month"
    return None


def strictest(levels: list[str]) -> str | None:
    """The care level that decides for a household with several people in care."""
    return next((level for level in CARE_ORDER if level in levels), None)


def _period_end(day: date, months: int, *, ahead: int) -> date:
    first = (day.year * 12 + day.month - 1) // months + ahead
    last_month = (first + 1) * months - 1
    year, month = divmod(last_month, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])
