"""Keeping the day on which each household is due, so that a plan reads those that are due and no others.

The rule is `planning.visit_plan`'s; what it looks at is the household, the care its people need and the last visit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from gridworker.ledger.dates import CHINA, local_date
from gridworker.ledger.record import Record
from gridworker.planning.visit_extras import grave_due
from gridworker.planning.visit_plan import Dwelling, due_date, strictest
from gridworker.planning.visit_rules import rules_in_force
from gridworker.store.statements import Writes
from gridworker.store.tables import DWELLING, RESIDENTS, Table, to_json

FIELD = "visit_due_on"
VACANT = "空置"
_LOOKED_AT = ("tenure_code", "recorded_at", "last_visited_at", "grave_event_at", FIELD)
_CHUNK = 2_000
_FACTS = (
    "SELECT home.id, home.tenure_code, home.recorded_at, home.last_visited_at, home.grave_event_at,"
    " home.visit_due_on,"
    " (SELECT group_concat(care_level) FROM {1} WHERE household_id=home.id AND care_level IS NOT NULL AND deleted=0)"
    " FROM {0} AS home WHERE home.id"
)


def refresh(tx: Writes, table: Table, pairs: Sequence[tuple[Record | None, Record | None]]) -> None:
    """Recomputes the day of the households that changed rows of a table speak of."""
    if DWELLING not in tx.tables or RESIDENTS not in tx.tables or FIELD not in tx.tables[DWELLING].derived:
        return
    if table.ledger.key == DWELLING:
        homes = {after.id for before, after in pairs if after is not None and _facts(before) != _facts(after)}
    elif table.ledger.key == RESIDENTS:
        homes = {home for before, after in pairs if _care(before) != _care(after) for home in _homes(before, after)}
    else:
        visited = [rollup for source, rollup in tx.tables.rollups if source == table.ledger.key]
        homes = {
            str(record.values[rollup.via])
            for rollup in visited
            for pair in pairs
            for record in pair
            if record is not None and record.values.get(rollup.via)
        }
    _recompute(tx, sorted(homes))


def rebuild(tx: Writes) -> None:
    """Recomputes the day of every household."""
    if DWELLING in tx.tables and RESIDENTS in tx.tables:
        _recompute(tx, [row[0] for row in tx.sql(f"SELECT id FROM {tx.tables[DWELLING].name}")])


def dwelling_of(
    home_id: str, tenure: Any, recorded: Any, last_met: Any, levels: Iterable[str], grave_at: Any = None
) -> Dwelling:
    """What the plan needs to know of a household, from the columns of its row."""
    return Dwelling(
        home_id,
        strictest(list(levels)),
        _day(last_met),
        _day(recorded) or date.min,
        vacant=tenure == VACANT,
        grave_due=_grave_due(grave_at, last_met, rules_in_force().grave_hours) if grave_at else None,
    )


def _recompute(tx: Writes, homes: Sequence[str]) -> None:
    if not homes:
        return
    facts = _FACTS.format(DWELLING, RESIDENTS)
    for start in range(0, len(homes), _CHUNK):
        part = homes[start : start + _CHUNK]
        if len(part) == 1:
            rows = tx.sql(f"{facts}=?", part)
        else:
            rows = tx.sql(f"{facts} IN (SELECT value FROM json_each(?))", (to_json(part),))
        changed = []
        for home_id, tenure, recorded, last_met, grave_at, known, levels in rows:
            dwelling = dwelling_of(home_id, tenure, recorded, last_met, (levels or "").split(","), grave_at)
            # The day must hold on any later day, so the rule is asked with no end to the time it looks at.
            # Registered on no day and never visited is no household of this program's making: no day follows from it.
            due = due_date(dwelling, date.max) if dwelling.last_met or dwelling.registered_on > date.min else None
            text = due.isoformat() if due else None
            if text != known:
                changed.append((text, home_id))
        if changed:
            tx.executemany(f"UPDATE {DWELLING} SET {FIELD}=? WHERE id=?", changed)


@lru_cache(4_000)
def _grave_due(happened: Any, last_met: Any, _hours: int) -> date | None:
    # The hours are the rules' own; named here, they part what is remembered of one rule from what is of another.
    at = _moment(happened)
    due = grave_due(at, _moment(last_met)) if at is not None else None
    return due.date() if due is not None else None


def _moment(stamp: Any) -> datetime | None:
    try:
        read = datetime.fromisoformat(str(stamp)) if stamp else None
    except ValueError:
        return None
    return read.replace(tzinfo=read.tzinfo or CHINA).astimezone(CHINA) if read is not None else None


def _day(stamp: Any) -> date | None:
    try:
        return local_date(str(stamp)) if stamp else None
    except ValueError:
        # A text that is no day must not stop the write of what came with it.
        return None


def _facts(home: Record | None) -> tuple[Any, ...] | None:
    return tuple(home.values.get(key) for key in _LOOKED_AT) if home is not None else None


def _care(person: Record | None) -> tuple[Any, ...] | None:
    if person is None or person.deleted or not person.values.get("care_level"):
        return None
    return person.values.get("household_id"), person.values["care_level"]


def _homes(*people: Record | None) -> list[str]:
    return [str(one.values["household_id"]) for one in people if one is not None and one.values.get("household_id")]
