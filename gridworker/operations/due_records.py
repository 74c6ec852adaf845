"""What is owed of records, by the dates their declarations name: a case's deadline, a hazard's, a promised wish."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gridworker.ledger.code_fields import Ref
from gridworker.ledger.dates import local_date
from gridworker.ledger.due import Due
from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import references
from gridworker.planning import clocks, working_days
from gridworker.store.store import ReadTx
from gridworker.store.tables import WALK, from_json, to_json

_MET = (
    "SELECT id, coalesce(last_visited_at, ''), CASE WHEN deleted=0 THEN coalesce(walk, '') ELSE '' END FROM household"
    " WHERE id IN (SELECT value FROM json_each(?))"
)
_ALWAYS = "9"
"""After every moment there is."""
_COUNTED = 5
"""Where in what is read of a record the date stands."""


class DueRecord(NamedTuple):
    """One thing owed of one record; `household_id` is where it is, empty where nowhere."""

    ledger: str
    record_id: str
    due: Due
    household_id: str
    walk: str
    """Sorts by where the household lies; empty where there is none, or none that is here."""
    kind: str
    said: str
    """What the declaration names to say of it, as it is stored: a text, or the id of a record that has a title."""
    due_on: date
    note: str
    """What must be said beside the date, e.g. that a year's holidays are not known."""

    @property
    def title(self) -> str:
        """What is to be done."""
        label = find_ledger(self.ledger)[self.due.kind].format(self.kind) if self.due.kind and self.kind else ""
        return f"{self.due.label}：{label}" if label else self.due.label

    @property
    def reason(self) -> str:
        """Why on that date."""
        return self.due.reason


def due_records(tx: ReadTx, until: date, asked: Mapping[str, date] | None = None) -> Iterator[DueRecord]:
    """All that is owed by a day, in no order; what a visit sees to is left out where `asked` has it made in time."""
    for ledger in all_ledgers().values():
        yield from due_records_of(tx, ledger, until, asked=asked)


def due_records_of(
    tx: ReadTx, ledger: Ledger, until: date, ids: Collection[str] | None = None, asked: Mapping[str, date] | None = None
) -> Iterator[DueRecord]:
    """What one ledger's records owe by a day, only those named where any are."""
    for due in ledger.dues:
        jumps = due.newest_of and not due.unless and ids is None
        rows = _newest(tx, ledger, due, until) if jumps else _rows(tx, ledger, due, until, ids)
        owed = _owed(ledger, due, until, rows)
        yield from _not_seen_to(tx, owed, asked or {}) if due.by_visit else (one for one, _ in owed)


def sayings(tx: ReadTx, found: Iterable[DueRecord]) -> dict[tuple[str, str], str]:
    """What each says of its record, by the id of the record and the field that is due; names are read all at once."""
    said: dict[tuple[str, str], str] = {}
    linked: dict[str, dict[tuple[str, str], str]] = {}
    for one in found:
        field, key = find_ledger(one.ledger)[one.due.says], (one.record_id, one.due.field)
        if isinstance(field, Ref) and one.said and field.to in all_ledgers():
            linked.setdefault(field.to, {})[key] = one.said
        else:
            said[key] = references.label_of(tx, field, one.said) if isinstance(field, Ref) and one.said else one.said
    for ledger, ids in linked.items():
        known = tx.find_rows(ledger, sorted(set(ids.values())))
        titles = {identity: references.title_of(ledger, record.values) for identity, record in known.items()}
        said.update({key: titles.get(identity, "") for key, identity in ids.items()})
    return said


_Found = tuple[DueRecord, str]
"""What is owed, and the moment its record is dated, by which a later visit is told."""


def _owed(ledger: Ledger, due: Due, until: date, rows: Iterable[Sequence[object]]) -> Iterator[_Found]:
    for record_id, home_id, walk, kind, said, counted_from, dated in rows:
        try:
            start = local_date(str(counted_from))
        except ValueError:
            # A date nobody can read is told where the record is checked, not here.
            continue
        day, note = _counted(due, start)
        if day <= until:
            home, place, code, text = (str(one or "") for one in (home_id, walk, kind, said))
            owing = DueRecord(ledger.key, str(record_id), due, home, place, code, text, day, note)
            yield owing, str(dated or _ALWAYS)


def _not_seen_to(tx: ReadTx, owed: Iterable[_Found], asked: Mapping[str, date]) -> Iterator[DueRecord]:
    """Without what whoever goes to the household in time sees to, and what somebody saw to since."""
    left = [
        (one, dated) for one, dated in owed if one.household_id not in asked or asked[one.household_id] > one.due_on
    ]
    homes = to_json(sorted({one.household_id for one, _ in left}))
    known = {home: (met, walk) for home, met, walk in tx.sql(_MET, (homes,))} if left else {}
    for one, dated in left:
        met, walk = known.get(one.household_id, ("", ""))
        if met <= dated:
            yield one._replace(walk=walk)


def _counted(due: Due, start: date) -> tuple[date, str]:
    if due.clock:
        counted = clocks.due_after(due.clock, start)
        return counted.day, counted.text
    return start, working_days.note_of(start) if due.counted else ""


def _rows(tx: ReadTx, ledger: Ledger, due: Due, until: date, ids: Collection[str] | None) -> list[tuple[object, ...]]:
    """Only what is open and dated by `until` is read; a clock only ever adds to its date."""
    columns, join = _columns(tx, ledger, due)
    unless = f" AND coalesce(own.\"{due.unless}\", '') IN ('', 0)" if due.unless else ""
    named = " AND own.id IN (SELECT value FROM json_each(?))" if ids is not None else ""
    statement = (
        f"SELECT {columns} FROM {tx.table_of(ledger.key)} AS own{join}"  # noqa: S608 - declared names
        f" WHERE own.deleted=0 AND substr({_dated(due)}, 1, 10) <= ?"
        f" AND own.status IN (SELECT value FROM json_each(?)){unless}{named}{_only_newest(tx, ledger, due)}"
    )
    given = (until.isoformat(), to_json(due.states))
    return tx.sql(statement, given if ids is None else (*given, to_json(list(ids))))


def _newest(tx: ReadTx, ledger: Ledger, due: Due, until: date) -> Iterator[Sequence[object]]:
    """The newest record of each that are alike, jumped to in one index: years of older ones are never looked at."""
    columns, _ = _columns(tx, ledger, due)
    alike = f'own."{due.newest_of}"'
    of_it = f"FROM {tx.table_of(ledger.key)} AS own WHERE own.deleted=0"
    statement = (
        f"WITH RECURSIVE every(one) AS (SELECT min({alike}) {of_it} UNION ALL"  # noqa: S608 - declared names
        f" SELECT (SELECT min({alike}) {of_it} AND {alike} > one) FROM every WHERE one IS NOT NULL)"
        f" SELECT (SELECT json_array(own.status, {columns}) {of_it} AND {alike} = one"
        f' ORDER BY own."{ledger.month_field}" DESC, own.id DESC LIMIT 1) FROM every WHERE one IS NOT NULL'
    )
    for (packed,) in tx.sql(statement):
        status, *row = from_json(packed)
        if status in due.states and row[_COUNTED] and row[_COUNTED][:10] <= until.isoformat():
            yield row


def _columns(tx: ReadTx, ledger: Ledger, due: Due) -> tuple[str, str]:
    """What is read of a record, and what must be joined for it."""
    home, walk, join = _home_of(tx, ledger)
    kind = f'own."{due.kind}"' if due.kind else "''"
    dated = f'own."{ledger.month_field}"' if ledger.month_field else "NULL"
    # Where later visits are asked about, the place is read with them.
    place = "''" if due.by_visit else walk
    return ", ".join(("own.id", home, place, kind, f'own."{due.says}"', _dated(due), dated)), join


def _dated(due: Due) -> str:
    return f'coalesce(own."{due.extended}", own."{due.field}")' if due.extended else f'own."{due.field}"'


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


def _home_of(tx: ReadTx, ledger: Ledger) -> tuple[str, str, str]:
    """The household a record is about and where it lies: its own link, or that of the person it names."""
    own, person = (
        next((field.key for field in ledger.fields if isinstance(field, Ref) and field.to == to), "")
        for to in ("household", "person")
    )
    if own:
        return f'own."{own}"', f"own.{WALK}", ""
    if person:
        join = f' LEFT JOIN {tx.table_of("person")} AS them ON them.id = own."{person}"'
        return "them.household_id", f"them.{WALK}", join
    return "''", "''", ""
