"""The one place that makes a change whole: row, operation, search entry, sums, history and audit in one transaction."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gridworker.errors import BugError
from gridworker.identity import new_id
from gridworker.ledger.facts import Value
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.merge import ElementChange, apply_elements, split_changes
from gridworker.ledger.moves import REASON
from gridworker.ledger.record import Record
from gridworker.store import audit, history, outbox, view
from gridworker.store.base_layer import remember_bases
from gridworker.store.errors import RecordGone
from gridworker.store.history import HistoryEntry
from gridworker.store.outbox import DELETE, MOVE, RESTORE, SET, Op
from gridworker.store.transactions import WriteTx


@dataclass(frozen=True)
class _Change:
    """What somebody wants: the record as it was seen, and as it shall be."""

    before: Record | None
    after: Record
    kind: str = SET
    verb: str = "save"
    command: Mapping[str, Any] | None = None
    event: str = ""
    reason: str = ""


@dataclass
class _Made:
    """What a set of changes comes to before anything is written."""

    ops: list[Op] = field(default_factory=list)
    entries: list[tuple[str, HistoryEntry]] = field(default_factory=list)
    origins: list[Record | None] = field(default_factory=list)
    latest: dict[str, dict[str, Record]] = field(default_factory=dict)


def save(
    tx: WriteTx, before: Record | None, after: Record, *, actor_id: str, verb: str = "save", batch: str | None = None
) -> Op:
    """Saves what differs between the record as it was seen and as it shall be; None before means a new record.

    Only those fields are written, so that what came in between stays. Where nothing differs nothing is
    written, and the operation returned has the number 0.
    """
    return _write(tx, [_Change(before, after, verb=verb)], actor_id=actor_id, batch=batch)[0]


def save_many(
    tx: WriteTx, pairs: Sequence[tuple[Record | None, Record]], *, actor_id: str, batch: str, verb: str = "import"
) -> list[Op]:
    """Saves many records as one piece of work, with one link in the audit for all of them."""
    return _write(tx, [_Change(before, after, verb=verb) for before, after in pairs], actor_id=actor_id, batch=batch)


def move(
    tx: WriteTx, before: Record, after: Record, *, event: str, args: Mapping[str, Value], reason: str, actor_id: str
) -> Op:
    """Keeps a step of the workflow that `judge_move` allowed, as the command the server will judge again."""
    said = {**_filled_by_move(tx.tables[before.ledger].ledger, before, after, event), **args}
    if reason:
        said[REASON] = reason
    command = {"name": event, "args": said, "expect": {"status": before.status}}
    change = _Change(before, after, MOVE, "move", command, event, reason)
    return _write(tx, [change], actor_id=actor_id, batch=None)[0]


def delete(tx: WriteTx, before: Record, *, actor_id: str, reason: str = "") -> Op:
    """Puts a record into the 回收站."""
    return delete_many(tx, [before], actor_id=actor_id, reason=reason)[0]


def delete_many(
    tx: WriteTx, befores: Iterable[Record], *, actor_id: str, reason: str = "", batch: str | None = None
) -> list[Op]:
    """Puts records into the 回收站 as one piece of work."""
    command = {"name": DELETE, "args": {REASON: reason} if reason else {}}
    changes = [
        _Change(before, replace(before, deleted=True), DELETE, DELETE, command, reason=reason) for before in befores
    ]
    return _write(tx, changes, actor_id=actor_id, batch=batch)


def restore(tx: WriteTx, before: Record, *, actor_id: str) -> Op:
    """Takes a record out of the 回收站."""
    change = _Change(before, replace(before, deleted=False), RESTORE, RESTORE, {"name": RESTORE, "args": {}})
    return _write(tx, [change], actor_id=actor_id, batch=None)[0]


def _write(tx: WriteTx, changes: Sequence[_Change], *, actor_id: str, batch: str | None) -> list[Op]:
    stored = _stored(tx, changes)
    made = _Made()
    at = tx.now()
    for change in changes:
        made.ops.append(_apply(tx, change, stored, made, at=at, actor_id=actor_id, batch=batch))
    made.ops = _numbered(tx, made.ops)
    written = [op for op in made.ops if op.n]
    if not written:
        return made.ops
    remember_bases(tx, made.origins)
    rows = [outbox.as_row(op) for op in written]
    outbox.add_rows(tx, rows)
    for ledger, latest in made.latest.items():
        view.put_over(tx, tx.tables[ledger], {key: found for key, found in stored.items() if key in latest}, latest)
    history.add_many(tx, made.entries)
    _audit(tx, written, rows, verb=changes[0].verb, at=at, actor_id=actor_id)
    return made.ops


def _stored(tx: WriteTx, changes: Sequence[_Change]) -> dict[str, tuple[int, Record]]:
    ids: dict[str, list[str]] = {}
    for change in changes:
        ids.setdefault(change.after.ledger, []).append(change.after.id)
    found: dict[str, tuple[int, Record]] = {}
    for ledger, wanted in ids.items():
        found |= view.stored_rows(tx, tx.tables[ledger], wanted)
    return found


def _apply(
    tx: WriteTx, change: _Change, stored: Mapping[str, tuple[int, Record]], made: _Made,
    *, at: str, actor_id: str, batch: str | None,
) -> Op:  # fmt: skip
    """Lays one change over the record as it stands now; notes the row, its history and its origin."""
    before, after = change.before, change.after
    latest = made.latest.setdefault(after.ledger, {})
    current = latest.get(after.id) or (stored[after.id][1] if after.id in stored else None)
    _raise_if_impossible(before, current)
    ledger = tx.tables[after.ledger].ledger
    seen = before.values if before else {}
    scalars, elements = split_changes(ledger, seen, after.values, dict.fromkeys([*seen, *after.values]))
    command = change.command if before else {"name": "create"}
    op = Op(
        new_id(), 1, after.grid_code, after.ledger, after.id, change.kind, ledger.schema, before.revision if before else 0,
        at, actor_id, scalars, elements, command, batch=batch,
    )  # fmt: skip
    if before and change.kind == SET and not scalars and not elements:
        return replace(op, n=0, op_id="")
    standing = current or replace(after, values={})
    record = _laid_over(standing, op, tx.tables[after.ledger].derived, before, after)
    latest[after.id] = record
    made.origins.append(current)
    made.entries.append((after.id, _entry(change, standing, op, record)))
    return op


def _laid_over(
    standing: Record, op: Op, derived: Iterable[str], before: Record | None, after: Record
) -> Record:
    seen = before.values if before else {}
    values: dict[str, Value] = {**standing.values, **op.set}
    for key, change in op.elements.items():
        values[key] = apply_elements(standing.values.get(key), change)
    # Derived fields never travel, so they are no part of the operation.
    values |= {key: after.values[key] for key in derived if key in after.values and after.values[key] != seen.get(key)}
    filled = {key: value for key, value in values.items() if value is not None}
    # State and grave follow the wish only where the wish is about them: both may have moved since they were seen.
    moved, buried = before is None or after.status != before.status, before is None or after.deleted != before.deleted
    return replace(
        standing,
        grid_code=after.grid_code,
        values=filled,
        status=after.status if moved else standing.status,
        deleted=after.deleted if buried else standing.deleted,
    )


def _entry(change: _Change, standing: Record, op: Op, record: Record) -> HistoryEntry:
    born = change.before is None
    changes: dict[str, list[Value]] = {}
    if not born:
        changes = {key: [standing.values.get(key), record.values.get(key)] for key in (*op.set, *op.elements)}
    return HistoryEntry(
        op.occurred_at, op.actor, "create" if born and change.verb == "save" else change.verb, change.event, changes,
        change.reason, "" if born else standing.status, record.status, op.op_id,
    )  # fmt: skip


def _raise_if_impossible(before: Record | None, current: Record | None) -> None:
    if before is None and current is not None:
        raise BugError("A new record was saved under an id that is taken.")
    if before is not None and current is None:
        raise RecordGone


def _filled_by_move(ledger: Ledger, before: Record, after: Record, event: str) -> dict[str, Value]:
    # What the step derived here must reach the server, or it would take its own day instead.
    steps = ledger.workflow.moves_from(before.status) if ledger.workflow else ()
    asks = next((step.asks for step in steps if step.event == event), ())
    return {key: after.values[key] for key in asks if after.values.get(key) != before.values.get(key) and key in after.values}


def _numbered(tx: WriteTx, ops: list[Op]) -> list[Op]:
    wanted = Counter(op.scope for op in ops if op.n)
    if not wanted:
        return ops
    facts = dict(tx.sql("SELECT key, value FROM meta WHERE key IN ('device_id', 'incarnation')"))
    device, incarnation = facts["device_id"], int(facts["incarnation"])
    upcoming = {
        scope: outbox.first_number(tx, scope, device, incarnation, count) for scope, count in wanted.items()
    }
    numbered = []
    for op in ops:
        if op.n:
            numbered.append(replace(op, n=upcoming[op.scope], device=device, incarnation=incarnation))
            upcoming[op.scope] += 1
        else:
            numbered.append(op)
    return numbered


def _audit(
    tx: WriteTx, ops: Sequence[Op], rows: Sequence[Sequence[Any]], *, verb: str, at: str, actor_id: str
) -> None:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(row).encode("utf-8", "surrogatepass"))
    first = ops[0]
    detail: dict[str, object] = {"sha256": digest.hexdigest(), "ops": len(ops), "first": first.n}
    if len(ops) == 1:
        audit.add(tx, verb, at=at, actor_id=actor_id, record=first.record, ledger=first.ledger, detail=detail)
    else:
        audit.add(tx, verb, at=at, actor_id=actor_id, ledger=first.ledger, detail=detail | {"batch": first.batch})


