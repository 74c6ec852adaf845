"""The plan of a day as keys: what is due, in order and countable, before anything is read of what is said about it.

A home of any size answers from its indexes; names, rooms and reasons are read for the part that is shown.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from operator import itemgetter
from typing import NamedTuple

from gridworker.ledgers.registry import find_ledger
from gridworker.operations.campaigns import campaign_keys
from gridworker.operations.due_records import DueRecord, due_records, sayings
from gridworker.planning.visit_plan import group_of
from gridworker.planning.visit_rules import Campaign
from gridworker.store.history import imported_on
from gridworker.store.store import ReadTx
from gridworker.store.walking import natural_text

VISIT = "visit"
BEFORE_IMPORT = "导入前已逾期"
# Nobody here let it lapse, and nothing is hidden: behind all that became late in the hands of those who read the plan.
_BEHIND = date.max.toordinal()
PLANNED, PROMISED = "planned", "promised"
GROUPS = ("overdue", "today", "week", "month")
# The day is the one the store keeps for each household (`store/due_days.py`).
_HOMES = (
    "SELECT id, visit_due_on, coalesce(walk, '') FROM household"
    " WHERE deleted=0 AND visit_due_on IS NOT NULL AND visit_due_on <= ?"
)
# How often nobody was met since somebody was.
_ATTEMPTS = (
    "SELECT own.household_id, count(*) FROM household AS home CROSS JOIN visit AS own ON own.household_id = home.id"
    " WHERE home.deleted=0 AND home.visit_due_on IS NOT NULL AND home.visit_due_on <= ?"
    " AND own.met=0 AND own.deleted=0 AND own.visited_at > coalesce(home.last_visited_at, '') GROUP BY own.household_id"
)
# Follow-ups a visit promised, where nobody was met in the home since.
_FOLLOW_UPS = (
    "SELECT own.id, own.household_id, own.follow_up_on, coalesce(home.walk, '') FROM visit AS own"
    " CROSS JOIN household AS home ON home.id = own.household_id"
    " WHERE own.deleted=0 AND home.deleted=0 AND own.follow_up_on <= ?"
    " AND coalesce(home.last_visited_at, '') < own.follow_up_on"
)


class DueKey(NamedTuple):
    """One thing to do: where, by when, and by what name it is put off; not yet what is said of it."""

    order: tuple[int, int, str]
    """Group, lateness and way: the plan is sorted by it."""
    group: str
    due_on: date
    household_id: str
    kind: str
    record_id: str
    key: str
    """The plan's own name of the thing, by which it is put off."""
    source: str | Campaign | DueRecord
    """PLANNED and PROMISED visits, what a campaign asks for, and what is owed of a record."""
    note: str = ""
    attempts: int = 0
    """How often nobody was met since the last time somebody was."""


class _Spot(NamedTuple):
    """Where a day stands in the plan."""

    group: str
    first: int
    late: int
    """What is late is ordered by how late it is; the rest of a group by the way alone."""


def day_keys(tx: ReadTx, today: date) -> list[DueKey]:
    """What is due by the end of the month, put off or not, most urgent first, then in walking order."""
    days = _Days(today)
    visits = list(_visits(tx, days))
    asked = {one.household_id: one.due_on for one in visits}
    found = [*visits, *_records(tx, days, asked), *_follow_ups(tx, days), *_campaigns(tx, days)]
    found.sort(key=itemgetter(0))
    return found


def last_day_looked_at(today: date) -> date:
    """The end of the month or of the next seven days, whichever is later: beyond it nothing has a group."""
    end = today.replace(day=monthrange(today.year, today.month)[1])
    return max(end, today + timedelta(days=7))


class _Days:
    """Where the days stand; many things are due on few of them."""

    def __init__(self, today: date) -> None:
        self.today, self.until = today, last_day_looked_at(today)
        self._spots: dict[date, _Spot | None] = {}
        self._read: dict[str, date] = {}

    def read(self, text: str) -> date:
        """A day as the store holds it."""
        found = self._read.get(text)
        if found is None:
            found = self._read[text] = date.fromisoformat(text)
        return found

    def spot(self, due_on: date) -> _Spot | None:
        """None where a day has no group."""
        if due_on not in self._spots:
            group = group_of(due_on, self.today)
            late = due_on.toordinal() if group == "overdue" else 0
            self._spots[due_on] = _Spot(group, GROUPS.index(group), late) if group else None
        return self._spots[due_on]


def _visits(tx: ReadTx, days: _Days) -> Iterator[DueKey]:
    until = (days.until.isoformat(),)
    attempts: dict[str, int] = dict(tx.sql(_ATTEMPTS, until))
    for home, day, walk in tx.sql(_HOMES, until):
        due_on = days.read(day)
        spot = days.spot(due_on)
        if spot is not None:
            order, name = (spot.first, spot.late, walk), f"{VISIT}:{home}"
            yield DueKey(order, spot.group, due_on, home, VISIT, home, name, PLANNED, "", attempts.get(home, 0))


def _records(tx: ReadTx, days: _Days, asked: Mapping[str, date]) -> Iterator[DueKey]:
    """What is owed of records; `asked` are the homes somebody goes to anyway, and by when."""
    found = list(due_records(tx, days.until, asked))
    # What lies nowhere stands where what is said of it would.
    said = sayings(tx, (one for one in found if not one.walk))
    brought = _brought_late(tx, found, days.today)
    for one in found:
        spot = days.spot(one.due_on)
        if spot is not None:
            walk = one.walk or natural_text(said[one.record_id, one.due.field])
            was_late = one.due_on.isoformat() < brought.get(one.record_id, "")
            order = (spot.first, spot.late + (_BEHIND if was_late else 0), walk)
            name = f"{one.ledger}:{one.record_id}:{one.due.field}"
            note = " · ".join(part for part in (BEFORE_IMPORT if was_late else "", one.note) if part)
            yield DueKey(order, spot.group, one.due_on, one.household_id, one.ledger, one.record_id, name, one, note)


def _brought_late(tx: ReadTx, found: Iterable[DueRecord], today: date) -> dict[str, str]:
    """On which day those of the late records came in that came from an office's sheet."""
    late = [one.record_id for one in found if one.due_on < today and find_ledger(one.ledger).historic is not None]
    return imported_on(tx, late) if late else {}


def _follow_ups(tx: ReadTx, days: _Days) -> Iterator[DueKey]:
    for visit, home, day, walk in tx.sql(_FOLLOW_UPS, (days.until.isoformat(),)):
        due_on = days.read(day)
        spot = days.spot(due_on)
        if spot is not None:
            order, name = (spot.first, spot.late, walk), f"{VISIT}:{visit}:follow_up_on"
            yield DueKey(order, spot.group, due_on, home, VISIT, home, name, PROMISED)


def _campaigns(tx: ReadTx, days: _Days) -> Iterator[DueKey]:
    for home, walk, campaign, due_on in campaign_keys(tx, days.today):
        spot = days.spot(due_on)
        if spot is not None:
            order, name = (spot.first, spot.late, walk), f"{VISIT}:{home}:{campaign.key}"
            yield DueKey(order, spot.group, due_on, home, VISIT, home, name, campaign)
