"""The clock of one case: which preset counts, until when it runs, how far it may be extended, and when it stands still.

A deadline lasts to the end of its day. Days before `accepted_at` do not count; working days in 挂账 are added again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from gridworker.ledger.dates import local_date
from gridworker.planning import clocks
from gridworker.planning.clocks import WORKING_DAYS, Clock
from gridworker.planning.working_days import DueDay, calendar_in_force

LEDGER = "case"
_USUAL, _COMPLEX = "一般", "复杂"
# What a clock allows where its data sets no limit.
_LIMITS = {"extension": 10, "extensions": 1, "return": 2}
_END_OF_DAY = "T23:59+08:00"
_Values = Mapping[str, object]


@dataclass(frozen=True)
class Started:
    """A clock that was started: its name, the end of its last day, and what must be said beside that day."""

    name: str
    due_at: str
    note: str


def start(values: _Values, now: str) -> Started:
    """The clock in force for a case, started now."""
    urgency, source = str(values.get("urgency") or _USUAL), str(values.get("source_channel") or "")
    hard = (_COMPLEX,) if values.get("complex_matter") else ()
    # What is urgent is urgent whoever sent it; a hotline's own time comes before the usual one.
    kinds = (urgency, *hard, source) if urgency != _USUAL else (*hard, source, urgency)
    name = clocks.name_in_force(LEDGER, *kinds) or "standard"
    due = clocks.due_after(name, local_date(now))
    return Started(name, end_of(due.day), due.text)


def deadline(values: _Values) -> str:
    """The moment until which a case must be closed, extended where it was; empty before the clock started."""
    return str(values.get("extended_due_at") or values.get("due_at") or "")


def limit(values: _Values, key: str) -> int | None:
    """A limit of the clock a case runs by: `extension`, `extensions`, `return`, `longest`."""
    found = clock_of(values).limits.get(key)
    return found if found is not None else _LIMITS.get(key)


def clock_of(values: _Values) -> Clock:
    """The clock a case was started on; the usual one where a customer took that preset away since."""
    name = str(values.get("clock_name") or "")
    if name in clocks.book_in_force().clocks:
        return clocks.clock(name)
    return clocks.clock(clocks.name_in_force(LEDGER) or "standard")


def after(values: _Values, day: date, count: int) -> DueDay:
    """So many of the clock's own days after a day."""
    if clock_of(values).unit == WORKING_DAYS:
        return calendar_in_force().add_working_days(day, count)
    return DueDay(day + timedelta(days=count))


def stood_still(values: _Values, until: str) -> int:
    """How many of the clock's days a suspension that ends now has taken."""
    if not values.get("suspended_from"):
        return 0
    began, ended = local_date(str(values["suspended_from"])), local_date(until)
    if clock_of(values).unit == WORKING_DAYS:
        return max(0, calendar_in_force().working_days_between(began, ended).count)
    return max(0, (ended - began).days)


def unit_label(values: _Values) -> str:
    """What the clock counts in, as people say it."""
    return "个工作日" if clock_of(values).unit == WORKING_DAYS else "天"


def end_of(day: date) -> str:
    """The last minute of a day, as stored."""
    return day.isoformat() + _END_OF_DAY
