"""What is owed of records, by the dates their declarations name: a case's deadline, a hazard's, a promised wish."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from gridworker.ledger.code_fields import Ref
from gridworker.ledger.dates import local_date
from gridworker.ledger.due import Due
from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import references
from gridworker.planning import clocks, working_days
from gridworker.store.store import ReadTx


@dataclass(frozen=True)
class DueRecord:
    """One thing owed of one record; `household_id` is where it is, empty where nowhere."""

    ledger: str
    record_id: str
    field: str
    title: str
    says: str
    household_id: str
    due_on: date
    reason: str
    note: str
    """What must be said beside the date, e.g. that a year's holidays are not known."""
    by_visit: bool = False
    """Whether whoever visits the household sees to it."""


def due_records(tx: ReadTx, until: date) -> Iterator[DueRecord]:
    """All that is owed by a day, in no order."""
    for ledger in all_ledgers().values():
        yield from due_records_of(tx, ledger, until)


def due_records_of(tx: ReadTx, ledger: Ledger, until: date, ids: Collection[str] | None = None) -> Iterator[DueRecord]:
    """What one ledger's records owe by a day, only those named where any are."""
    for due in ledger.dues:
        yield from _owed(tx, ledger, due, until, ids)


def _owed(tx: ReadTx, ledger: Ledger, due: Due, until: date, ids: Collection[str] | None) -> Iterator[DueRecord]:
    for record_id, home_id, kind, says, counted_from in tx.sql(*_statement(tx, ledger, due, until, ids)):
        try:
            start = local_date(str(counted_from))
        except ValueError:
            # A date nobody can read is told where the record is checked, not here.
            continue
        day, note = _counted(due, start)
        if day > until:
            continue
        label = ledger[due.kind].format(str(kind)) if due.kind and kind else ""
        said = ledger[due.says]
        named = references.label_of(tx, said, str(says)) if isinstance(said, Ref) and says else str(says or "")
        yield DueRecord(
            ledger.key, str(record_id), due.field, f"{due.label}：{label}" if label else due.label,
            named, str(home_id or ""), day, due.reason, note, due.by_visit,
        )  # fmt: skip


def _counted(due: Due, start: date) -> tuple[date, str]:
    if due.clock:
        counted = clocks.due_after(due.clock, start)
        return counted.day, counted.text
    return start, working_days.note_of(start) if due.counted else ""


def _statement(
    tx: ReadTx, ledger: Ledger, due: Due, until: date, ids: Collection[str] | None
) -> tuple[str, tuple[object, ...]]:
    """Only what is open and dated by `until` is read; a clock only ever adds to its date."""
    dated = f'coalesce(own."{due.extended}", own."{due.field}")' if due.extended else f'own."{due.field}"'
    home, join = _home_of(tx, ledger)
    unless = f" AND coalesce(own.\"{due.unless}\", '') IN ('', 0)" if due.unless else ""
    named = " AND own.id IN (SELECT value FROM json_each(?))" if ids is not None else ""
    columns = ("own.id", home, f'own."{due.kind}"' if due.kind else "''", f'own."{due.says}"', dated)
    statement = (
        f"SELECT {', '.join(columns)} FROM {tx.table_of(ledger.key)} AS own{join}"  # noqa: S608 - declared names
        f" WHERE own.deleted=0 AND substr({dated}, 1, 10) <= ?"
        f" AND own.status IN (SELECT value FROM json_each(?)){unless}{named}"
        f"{_only_newest(tx, ledger, due)}{_not_met_since(tx, ledger, due, home)}"
    )
    given = (until.isoformat(), json.dumps(due.states))
    return statement, given if ids is None else (*given, json.dumps(list(ids)))


def _only_newest(tx: ReadTx, ledger: Ledger, due: Due) -> str:
    """Of the records alike in a field only the newest owes: the visit after it settled what an older one asked for."""
    if not due.newest_of:
        return ""
    table = tx.table_of(ledger.key)
    return (
        f" AND NOT EXISTS (SELECT 1 FROM {table} AS newer WHERE newer.deleted=0"  # noqa: S608 - declared names
        f' AND newer."{due.newest_of}" = own."{due.newest_of}"'
        f' AND (newer."{ledger.month_field}", newer.id) > (own."{ledger.month_field}", own.id))'
    )


def _not_met_since(tx: ReadTx, ledger: Ledger, due: Due, home: str) -> str:
    if not due.by_visit:
        return ""
    return (
        f" AND NOT EXISTS (SELECT 1 FROM {tx.table_of('household')} AS met WHERE met.id = {home}"  # noqa: S608 - declared names
        f' AND met.last_visited_at > own."{ledger.month_field}")'
    )


def _home_of(tx: ReadTx, ledger: Ledger) -> tuple[str, str]:
    """The household a record is about: its own link, or that of the person it names."""
    links = [field for field in ledger.fields if isinstance(field, Ref)]
    own = next((field.key for field in links if field.to == "household"), "")
    if own:
        return f'own."{own}"', ""
    person = next((field.key for field in links if field.to == "person"), "")
    if person:
        return "them.household_id", f' LEFT JOIN {tx.table_of("person")} AS them ON them.id = own."{person}"'
    return "''", ""
