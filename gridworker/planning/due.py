"""What a new year table changes: the due days that were counted through a year before its notice came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gridworker.planning.working_days import Calendar, DueDay


@dataclass(frozen=True)
class Counted:
    """A due day as it came about: `days` working days after `start`."""

    id: str
    start: date
    days: int


@dataclass(frozen=True)
class ChangedDue:
    """A due day that another calendar puts elsewhere."""

    id: str
    before: DueDay
    after: DueDay


def changed_due_dates(before: Calendar, after: Calendar, items: Iterable[Counted]) -> list[ChangedDue]:
    """The items whose due day is another one under the calendar that comes in, in their order."""
    changed = []
    for item in items:
        old, new = before.add_working_days(item.start, item.days), after.add_working_days(item.start, item.days)
        if old.day != new.day:
            changed.append(ChangedDue(item.id, old, new))
    return changed
