"""The server's side of each record that has unjudged operations; the view is always this base plus those operations.

A record without unjudged operations has no base row: its view row is the server's state. A record with unjudged
operations and no base row is one the server has never shown to this device.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gridworker.ledger.facts import MergeRule, Value
from gridworker.ledger.imported import IMPORTED
from gridworker.ledger.record import Record
from gridworker.store import history
from gridworker.store.history import HistoryEntry
from gridworker.store.outbox import Op, read_ops
from gridworker.store.replay import laid_over_all
from gridworker.store.statements import Reads, Row, Writes
from gridworker.store.tables import to_json
from gridworker.store.transactions import WriteTx

_COLUMNS = "record, ledger, grid_code, body, status, revision, deleted"
_PLACES = "(?,?,?,?,?,?,?)"
_IN_GIVEN = "IN (SELECT value FROM json_each(?))"


class Step(NamedTuple):
    """One move somebody made on a record, and the revision it led to."""

    revision: int
    event: str
    source: str
    target: str
    actor: str
    at: str
    reason: str = ""


class Delta(NamedTuple):
    """What the server says of one record: its revision, and the fields that moved since the cursor (or all).

    A tuple, because a first pull makes tens of thousands of them.
    """

    id: str
    ledger: str
    revision: int
    values: Mapping[str, Value]
    status: str | None = None
    deleted: bool | None = None
    whole: bool = False
    actor: str = ""
    at: str = ""
    steps: tuple[Step, ...] = ()


@dataclass
class Received:
    """What a pull changed here; `holes` are records of which the server sent a part and this device has no rest."""

    changed: set[str] = field(default_factory=set)
    holes: list[str] = field(default_factory=list)


# ---- keeping the server's side ------------------------------------------------------------------------------------


def remember_bases(tx: Writes, befores: Iterable[Record | None]) -> None:
    """Copies the server states of records aside before their first unjudged operations; later ones change nothing.

    A record the server never judged has nothing to copy.
    """
    rows = [_as_row(tx, before) for before in befores if before is not None and before.revision > 0]
    if rows:
        tx.executemany(f"INSERT OR IGNORE INTO base ({_COLUMNS}) VALUES {_PLACES}", rows)


def bases_of(tx: Reads, ids: Sequence[str]) -> dict[str, Record]:
    """The base rows of some records."""
    return {
        row[0]: _from_row(row)
        for row in tx.sql(f"SELECT {_COLUMNS} FROM base WHERE record {_IN_GIVEN}", [to_json(list(ids))])
    }


def write_bases(tx: Writes, records: Iterable[Record]) -> None:
    """Puts the server's side of records, new or changed."""
    tx.executemany(
        f"INSERT OR REPLACE INTO base ({_COLUMNS}) VALUES {_PLACES}", [_as_row(tx, record) for record in records]
    )


def forget_bases(tx: Writes, ids: Sequence[str]) -> None:
    """Drops base rows: nothing is unjudged any more, so the view is the server's state."""
    tx.execute(f"DELETE FROM base WHERE record {_IN_GIVEN}", [to_json(list(ids))])


def unjudged_ops(tx: Reads, ids: Sequence[str]) -> dict[str, list[Op]]:
    """The operations of some records that still show in the view, in their order.

    These are the ones without a verdict, and those the server put aside without refusing them.
    """
    found: dict[str, list[Op]] = defaultdict(list)
    where = f"WHERE record {_IN_GIVEN} AND (status <> 'acked' OR outcome = 'held') ORDER BY seq"
    for op in read_ops(tx, where, [to_json(list(ids))]):
        found[op.record].append(op)
    return dict(found)


def _as_row(tx: Reads, record: Record) -> Row:
    ledger = tx.tables[record.ledger].ledger if record.ledger in tx.tables else None
    # Derived values belong to the view: each device recomputes them, and an old one must not come back with the base.
    travels = {
        key: value
        for key, value in record.values.items()
        if value is not None and not (ledger and key in ledger and ledger[key].merge is MergeRule.DERIVED)
    }
    body = to_json(travels)
    return record.id, record.ledger, record.grid_code, body, record.status, record.revision, int(record.deleted)


def _from_row(row: Row) -> Record:
    identity, ledger, grid_code, body, status, revision, deleted = row
    return Record(identity, ledger, grid_code, json.loads(body), status, revision, bool(deleted))


# ---- what the server sends ----------------------------------------------------------------------------------------


def cursor_of(tx: Reads, scope: str) -> str:
    """Up to where this device holds everything of a grid, in the server's own words; empty at the beginning."""
    row = tx.one("SELECT upto FROM cursor WHERE scope = ?", (scope,))
    return str(row[0]) if row else ""


def set_cursor(tx: Writes, scope: str, upto: str) -> None:
    """Moves the cursor; called in the transaction that wrote the data up to it, and in no other."""
    statement = "INSERT INTO cursor (scope, upto) VALUES (?,?) ON CONFLICT (scope) DO UPDATE SET upto = excluded.upto"
    tx.execute(statement, (scope, upto))


def receive(tx: WriteTx, scope: str, deltas: Sequence[Delta], upto: str) -> Received:
    """Lays the server's news under unjudged operations, or straight into the view, and moves the cursor with them.

    Where there are holes the cursor stays.
    """
    received = Received()
    waiting = unjudged_ops(tx, [delta.id for delta in deltas])
    known = _known_records(tx, deltas, waiting)
    bases: list[Record] = []
    seen: list[Record] = []
    steps: list[tuple[str, HistoryEntry]] = []
    for delta in sorted(deltas, key=lambda one: one.ledger):
        before = known.get(delta.id)
        record = _advanced(before, delta, scope)
        if record is None:
            received.holes.append(delta.id)
            continue
        received.changed.add(delta.id)
        steps += [(delta.id, entry) for entry in _told(before, record, delta)]
        if delta.ledger not in tx.tables:
            # A ledger of a newer program: kept as it came, until this program knows it.
            bases.append(record)
        elif delta.id in waiting:
            bases.append(record)
            seen.append(replace(laid_over_all(record, waiting[delta.id]), revision=record.revision))
        else:
            seen.append(record)
    write_bases(tx, bases)
    history.add_many(tx, steps)
    tx.put_many(seen)
    if not received.holes:
        set_cursor(tx, scope, upto)
    return received


def _known_records(tx: WriteTx, deltas: Sequence[Delta], waiting: Mapping[str, Sequence[Op]]) -> dict[str, Record]:
    aside = [delta.id for delta in deltas if delta.id in waiting or delta.ledger not in tx.tables]
    known = bases_of(tx, aside)
    wanted: dict[str, list[str]] = defaultdict(list)
    for delta in deltas:
        if not delta.whole and delta.id not in waiting and delta.ledger in tx.tables:
            wanted[delta.ledger].append(delta.id)
    for ledger, ids in wanted.items():
        known |= tx.find_rows(ledger, ids)
    return known


def _advanced(known: Record | None, delta: Delta, scope: str) -> Record | None:
    """The record as the server has it now; emptied fields are absent, as in every record read from the view."""
    if delta.whole:
        status, deleted, values = delta.status or "", bool(delta.deleted), dict(delta.values)
    elif known is None:
        return None
    else:
        status = known.status if delta.status is None else delta.status
        deleted = known.deleted if delta.deleted is None else delta.deleted
        values = {**known.values, **delta.values}
    if None in values.values():
        values = {key: value for key, value in values.items() if value is not None}
    return Record(delta.id, delta.ledger, scope, values, status, delta.revision, deleted)


def _link(step: Step) -> HistoryEntry:
    return HistoryEntry(step.at, step.actor, "import", step.event, reason=step.reason, to_status=step.target)


def _told(before: Record | None, after: Record, delta: Delta) -> Iterator[HistoryEntry]:
    """What others did to a record, for its history; what this device did itself changes nothing and tells nothing."""
    if before is None:
        # In which state an old matter came in is part of what it is, whoever sees it first, and when.
        yield from (_link(step) for step in delta.steps if step.event == IMPORTED)
        return
    if before.status != after.status:
        for step in (one for one in delta.steps if one.revision > before.revision):
            yield HistoryEntry(
                step.at,
                step.actor,
                "move",
                step.event,
                reason=step.reason,
                from_status=step.source,
                to_status=step.target,
            )
    changes = {
        key: [before.values.get(key), value] for key, value in delta.values.items() if before.values.get(key) != value
    }
    if changes or before.deleted != after.deleted:
        verb = "save" if before.deleted == after.deleted else "delete" if after.deleted else "restore"
        yield HistoryEntry(delta.at, delta.actor, verb, changes=changes)
