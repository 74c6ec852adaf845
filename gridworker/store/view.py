"""Writing rows of the view: each with its place in the index of ids, its search entry, and what it sums up elsewhere.

Nothing here makes an operation; `saving.py` and `base_layer.py` both write through this door.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from gridworker.errors import BugError
from gridworker.ledger.record import Record
from gridworker.store import due_days, rollups, search_index, walking
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import Table, to_json


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
    gone = [(row_id,) for row_id, _ in stored.values()]
    tx.executemany(f"DELETE FROM {table.name} WHERE row_id=?", gone)
    tx.executemany("DELETE FROM record_index WHERE row_id=?", gone)
    pairs: list[search_index.Pair] = [(row_id, record, None) for row_id, record in stored.values()]
    _carry_on(tx, table, pairs)


def set_revisions(tx: Writes, ledger: str, revisions: Iterable[tuple[int, str]]) -> None:
    """Raises only the revision of rows, as (revision, id)."""
    tx.executemany(f"UPDATE {tx.tables[ledger].name} SET revision=? WHERE id=?", revisions)


def stored_rows(tx: Reads, table: Table, ids: Sequence[str]) -> dict[str, tuple[int, Record]]:
    """Row ids and records of those ids that are here."""
    if len(ids) == 1:
        rows = tx.sql(f"{table.select} WHERE id=?", (ids[0],))
    else:
        rows = tx.sql(f"{table.select} WHERE id IN (SELECT value FROM json_each(?))", (to_json(list(ids)),))
    return {row[1]: (row[0], table.decode(row)) for row in rows}


def put_over(tx: Writes, table: Table, stored: Mapping[str, tuple[int, Record]], latest: Mapping[str, Record]) -> None:
    """Writes the rows of one ledger over those read before in this transaction."""
    born = [identity for identity in latest if identity not in stored]
    numbered = _numbered(tx, table, born) if born else {}
    walks = walking.keys_for(tx, table, list(latest.values())) if table.own else {}
    pairs: list[tuple[int, Record | None, Record]] = []
    changed: list[Sequence[Any]] = []
    for identity, record in latest.items():
        row_id, before = stored.get(identity) or (0, None)
        kept = _with_derived(table, before, record)
        if before is None:
            row_id = numbered[identity]
        else:
            row = table.encode(kept, row_id, walks.get(identity))
            changed.append((*row[2:], row_id))
        pairs.append((row_id, before, kept))
    if born:
        fresh = ((row_id, after) for row_id, before, after in pairs if before is None)
        tx.executemany(table.insert, (table.encode(after, row_id, walks.get(after.id)) for row_id, after in fresh))
    if changed:
        tx.executemany(table.update, changed)
    _carry_on(tx, table, pairs)


def _carry_on(tx: Writes, table: Table, pairs: Sequence[search_index.Pair]) -> None:
    """Brings up to date all that is kept elsewhere of rows that changed."""
    search_index.refresh(tx, table, pairs)
    changes = [(before, after) for _, before, after in pairs]
    rollups.refresh(tx, table, changes)
    walking.refresh(tx, table, changes)
    due_days.refresh(tx, table, changes)


def _with_derived(table: Table, before: Record | None, record: Record) -> Record:
    if before is None or not table.derived:
        return record
    kept = {key: before.values[key] for key in table.derived if key not in record.values and key in before.values}
    return record.with_values(kept) if kept else record


def _numbered(tx: Writes, table: Table, born: Sequence[str]) -> dict[str, int]:
    elsewhere = tx.sql(
        "SELECT ledger FROM record_index WHERE id IN (SELECT value FROM json_each(?))", (to_json(list(born)),)
    )
    if elsewhere:
        raise BugError(f"An id of {table.ledger.key} is already a record of {elsewhere[0][0]}.")
    start = tx.sql("SELECT coalesce(max(row_id), 0) + 1 FROM record_index")[0][0]
    numbered = {identity: row_id for row_id, identity in enumerate(born, start)}
    ledger = table.ledger.key
    tx.executemany(
        "INSERT INTO record_index (row_id, id, ledger) VALUES (?,?,?)",
        ((row_id, identity, ledger) for identity, row_id in numbered.items()),
    )
    return numbered
