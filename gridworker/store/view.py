"""Writing rows of the view: each with its place in the index of ids, its search entry, and what it sums up elsewhere.

Nothing here makes an operation; `saving.py` and `base_layer.py` both write through this door.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from gridworker.errors import BugError
from gridworker.ledger.record import Record
from gridworker.store import due_days, rollups, search_index, walking
from gridworker.store.statements import Reads, Row, Writes
from gridworker.store.tables import Table, quoted, to_json

_NEXT = "(SELECT coalesce(max(row_id), 0) + 1 FROM record_index)"


class Stored(NamedTuple):
    """A row as it lies: its number, the record in it, and all its columns."""

    row_id: int
    record: Record
    row: Row


def put_many(tx: Writes, records: Iterable[Record]) -> None:
    """Writes the rows of records, new or known; a derived field that a record does not name keeps its value."""
    for ledger, group in groupby(records, key=lambda record: record.ledger):
        latest = {record.id: record for record in group}
        table = tx.tables[ledger]
        put_over(tx, table, stored_rows(tx, table, list(latest)), latest)


def drop(tx: Writes, ledger: str, ids: Sequence[str]) -> None:
    """Takes rows out for good, with their search entries and their share in sums."""
    table = tx.tables[ledger]
    stored = stored_rows(tx, table, ids)
    if not stored:
        return
    gone = [(known.row_id,) for known in stored.values()]
    tx.executemany(f"DELETE FROM {table.name} WHERE row_id=?", gone)
    tx.executemany("DELETE FROM record_index WHERE row_id=?", gone)
    pairs: list[search_index.Pair] = [(known.row_id, known.record, None) for known in stored.values()]
    _carry_on(tx, table, pairs)


def set_revisions(tx: Writes, ledger: str, revisions: Iterable[tuple[int, str]]) -> None:
    """Raises only the revision of rows, as (revision, id)."""
    tx.executemany(f"UPDATE {tx.tables[ledger].name} SET revision=? WHERE id=?", revisions)


def stored_rows(tx: Reads, table: Table, ids: Sequence[str]) -> dict[str, Stored]:
    """The rows of those ids that are here."""
    if len(ids) == 1:
        rows = tx.sql(f"{_select(table)} WHERE id=?", (ids[0],))
    else:
        rows = tx.sql(f"{_select(table)} WHERE id IN (SELECT value FROM json_each(?))", (to_json(list(ids)),))
    fields = len(table.columns)
    return {row[1]: Stored(row[0], table.decode(row[:fields]), row) for row in rows}


def put_over(tx: Writes, table: Table, stored: Mapping[str, Stored], latest: Mapping[str, Record]) -> None:
    """Writes the rows of one ledger over those read before in this transaction."""
    born = [identity for identity in latest if identity not in stored]
    numbered = _numbered(tx, table, born) if born else {}
    walks = walking.keys_for(tx, table, list(latest.values())) if table.own else {}
    pairs: list[tuple[int, Record | None, Record]] = []
    changed: dict[tuple[int, ...], list[list[Any]]] = {}
    for identity, record in latest.items():
        known = stored.get(identity)
        if known is None:
            pairs.append((numbered[identity], None, record))
            continue
        kept = _with_derived(table, known.record, record)
        row = table.encode(kept, known.row_id, walks.get(identity))
        places = tuple(place for place, value in enumerate(row) if value != known.row[place])
        if places:
            changed.setdefault(places, []).append([*(row[place] for place in places), known.row_id])
        pairs.append((known.row_id, known.record, kept))
    if born:
        fresh = ((row_id, after) for row_id, before, after in pairs if before is None)
        tx.executemany(table.insert, (table.encode(after, row_id, walks.get(after.id)) for row_id, after in fresh))
    for places, rows in changed.items():
        tx.executemany(_update(table, places), rows)
    _carry_on(tx, table, pairs)


@lru_cache(64)
def _select(table: Table) -> str:
    return f"SELECT {', '.join(map(quoted, (*table.columns, *table.own)))} FROM {table.name}"


@lru_cache(512)
def _update(table: Table, places: tuple[int, ...]) -> str:
    # Only what differs: a column named here costs every index it stands in, changed or not.
    columns = (*table.columns, *table.own)
    return f"UPDATE {table.name} SET {', '.join(f'{quoted(columns[place])}=?' for place in places)} WHERE row_id=?"


def _carry_on(tx: Writes, table: Table, pairs: Sequence[search_index.Pair]) -> None:
    """Brings up to date all that is kept elsewhere of rows that changed."""
    search_index.refresh(tx, table, pairs)
    changes = [(before, after) for _, before, after in pairs]
    rollups.refresh(tx, table, changes)
    walking.refresh(tx, table, changes)
    due_days.refresh(tx, table, changes)


def _with_derived(table: Table, before: Record, record: Record) -> Record:
    if not table.derived:
        return record
    kept = {key: before.values[key] for key in table.derived if key not in record.values and key in before.values}
    return record.with_values(kept) if kept else record


def _numbered(tx: Writes, table: Table, born: Sequence[str]) -> dict[str, int]:
    if len(born) == 1:
        taken, start = tx.sql(f"SELECT (SELECT ledger FROM record_index WHERE id=?), {_NEXT}", born)[0]
    else:
        known = "SELECT ledger FROM record_index WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1"
        taken, start = tx.sql(f"SELECT ({known}), {_NEXT}", (to_json(list(born)),))[0]
    if taken:
        raise BugError(f"An id of {table.ledger.key} is already a record of {taken}.")
    numbered = {identity: row_id for row_id, identity in enumerate(born, start)}
    ledger = table.ledger.key
    tx.executemany(
        "INSERT INTO record_index (row_id, id, ledger) VALUES (?,?,?)",
        ((row_id, identity, ledger) for identity, row_id in numbered.items()),
    )
    return numbered
