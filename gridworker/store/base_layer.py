"""The server's side of each record that has unjudged operations; the view is always this base plus those operations.

A record without unjudged operations has no base row: its view row is the server's state. A record with unjudged
operations and no base row is one the server has never shown to this device.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gridworker.ledger.dates import now_stamp
from gridworker.ledger.facts import MergeRule, Value
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers
from gridworker.store.outbox import Op
from gridworker.store.replay import laid_over, replay

# An operation that still shows in the view: not judged yet, or put aside by the server without being refused.
UNJUDGED = "(status <> 'acked' OR outcome = 'held')"
_CHUNK = 400


@dataclass(frozen=True)
class Delta:
    """What the server says of one record: its revision, and the fields that moved since the cursor (all, if `whole`)."""

    id: str
    ledger: str
    revision: int
    values: Mapping[str, Value]
    status: str | None = None
    deleted: bool | None = None
    whole: bool = False


@dataclass(frozen=True)
class PutAside:
    """A field where the server kept somebody else's value; mine waits for a person to decide."""

    field: str
    mine: Value
    theirs: Value
    their_author: str


@dataclass(frozen=True)
class Verdict:
    """The server's final word on one operation."""

    op_id: str
    outcome: str
    revision: int
    code: str = ""
    detail: str = ""
    conflicts: tuple[PutAside, ...] = ()


@dataclass
class Received:
    """What a pull changed here; `holes` are records of which the server sent a part and this device has no rest."""

    changed: set[str] = field(default_factory=set)
    holes: list[str] = field(default_factory=list)


# ---- keeping the server's side ------------------------------------------------------------------------------------


def remember_base(tx: WriteTx, before: Record | None) -> None:
    """Copies a record's server state aside before its first unjudged operation; later ones change nothing."""
    remember_bases(tx, (before,))


def remember_bases(tx: WriteTx, befores: Iterable[Record | None]) -> None:
    """The same for many records in one statement; a record the server never judged has nothing to copy."""
    rows = [_as_row(before) for before in befores if before is not None and before.revision > 0]
    if rows:
        tx.executemany(f"INSERT OR IGNORE INTO base ({_COLUMNS}) VALUES (?,?,?,?,?,?,?)", rows)


def bases_of(tx: ReadTx, ids: Sequence[str]) -> dict[str, Record]:
    """The base rows of some records."""
    found = {}
    for part in _parts(ids):
        marks = ",".join("?" * len(part))
        for row in tx.sql(f"SELECT {_COLUMNS} FROM base WHERE record IN ({marks})", part):
            found[row[0]] = _from_row(row)
    return found


def _write_base(tx: WriteTx, record: Record) -> None:
    tx.executemany(f"INSERT OR REPLACE INTO base ({_COLUMNS}) VALUES (?,?,?,?,?,?,?)", [_as_row(record)])


def _as_row(record: Record) -> tuple[object, ...]:
    ledger = all_ledgers().get(record.ledger)
    # Derived values belong to the view: each device recomputes them, and an old one must not come back with the base.
    travels = {
        key: value
        for key, value in record.values.items()
        if value is not None and not (ledger and key in ledger and ledger[key].merge is MergeRule.DERIVED)
    }
    body = json.dumps(travels, ensure_ascii=False, separators=(",", ":"))
    return record.id, record.ledger, record.grid_code, body, record.status, record.revision, int(record.deleted)


def _from_row(row: tuple[object, ...]) -> Record:
    identity, ledger, grid_code, body, status, revision, deleted = row
    return Record(
        str(identity), str(ledger), str(grid_code), json.loads(str(body)), str(status), int(str(revision)), bool(deleted)
    )


# ---- what the server sends ----------------------------------------------------------------------------------------


def cursor_of(tx: ReadTx, scope: str) -> int:
    """Up to which revision of a grid this device holds everything."""
    return int(tx.meta(f"cursor:{scope}") or 0)


def set_cursor(tx: WriteTx, scope: str, upto: int) -> None:
    """Moves the cursor; called in the transaction that wrote the data up to it, and in no other."""
    tx.set_meta(f"cursor:{scope}", str(upto))


def receive(tx: WriteTx, scope: str, deltas: Sequence[Delta], upto: int) -> Received:
    """Lays the server's news under unjudged operations, or straight into the view, and moves the cursor with them."""
    received = Received()
    waiting = unjudged_ops(tx, [delta.id for delta in deltas])
    known = _known_records(tx, deltas, waiting)
    fresh: list[Record] = []
    for delta in deltas:
        record = _advanced(known.get(delta.id), delta, scope)
        if record is None:
            received.holes.append(delta.id)
            continue
        received.changed.add(delta.id)
        if delta.id in waiting:
            _write_base(tx, record)
            seen = replay(record, waiting[delta.id])
            fresh.append(replace(seen, revision=record.revision) if seen else record)
        else:
            fresh.append(record)
    tx.put_many(fresh)
    if not received.holes:
        set_cursor(tx, scope, upto)
    return received


def _known_records(tx: WriteTx, deltas: Sequence[Delta], waiting: Mapping[str, Sequence[Op]]) -> dict[str, Record]:
    known = bases_of(tx, list(waiting))
    wanted: dict[str, list[str]] = defaultdict(list)
    for delta in deltas:
        if not delta.whole and delta.id not in waiting:
            wanted[delta.ledger].append(delta.id)
    for ledger, ids in wanted.items():
        known |= tx.find_rows(ledger, ids)
    return known


def _advanced(known: Record | None, delta: Delta, scope: str) -> Record | None:
    if known is None or delta.whole:
        if not delta.whole:
            return None
        known = Record(delta.id, delta.ledger, scope)
    return known.with_values(
        delta.values,
        grid_code=scope,
        revision=delta.revision,
        status=known.status if delta.status is None else delta.status,
        deleted=known.deleted if delta.deleted is None else delta.deleted,
    )
