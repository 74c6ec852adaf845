"""The one place that makes a change whole: row, operation, search entry, sums, history and audit in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gridworker.errors import BugError
from gridworker.identity import new_id
from gridworker.ledger.facts import Value
from gridworker.ledger.imported import IMPORTED, SCHEMA, Mark
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.merge import ElementChange, apply_elements, split_changes
from gridworker.ledger.moves import REASON
from gridworker.ledger.record import Record
from gridworker.store import audit, history, outbox, view
from gridworker.store.base_layer import remember_bases
from gridworker.store.collector import without_collector
from gridworker.store.errors import RecordGone
from gridworker.store.history import HistoryEntry
from gridworker.store.outbox import DELETE, MOVE, RESTORE, SET, Op
from gridworker.store.tables import Table
from gridworker.store.transactions import WriteTx

_CREATE = {"name": "create"}
_DEVICE = "SELECT (SELECT value FROM meta WHERE key='device_id'), (SELECT value FROM meta WHERE key='incarnation')"


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
    at: str = ""
    """When it was done, where it is written down later than that."""


class _Work:
    """One piece of work in the making: what will be written, and what it is written over."""

    def __init__(self, tx: WriteTx, changes: Sequence[_Change], actor_id: str, batch: str | None) -> None:
        device, incarnation = tx.sql(_DEVICE)[0]
        self.tx, self.actor_id, self.batch, self.at = tx, actor_id, batch, tx.now()
        self.device, self.incarnation = str(device), int(incarnation)
        self.stored = _stored(tx, changes)
        self.latest: dict[str, dict[str, Record]] = {}
        self.ops: list[Op] = []
        self.entries: list[tuple[str, HistoryEntry]] = []
        self.origins: list[Record | None] = []
        self._numbers: dict[str, int] = {}

    def number(self, scope: str) -> int:
        """The next place of an operation in the row of a scope."""
        before = self._numbers.get(scope)
        if before is None:
            before = outbox.last_number(self.tx, scope, self.device, self.incarnation)
        self._numbers[scope] = before + 1
        return before + 1

    def keep_numbers(self) -> None:
        """Writes down how far the rows have come."""
        for scope, last in self._numbers.items():
            outbox.set_last_number(self.tx, scope, self.device, self.incarnation, last)


def save(
    tx: WriteTx,
    before: Record | None,
    after: Record,
    *,
    actor_id: str,
    verb: str = "save",
    batch: str | None = None,
    expect: Mapping[str, Value] | None = None,
) -> Op:
    """Saves what differs between the record as it was seen and as it shall be; None before means a new record.

    Only those fields are written, so that what came in between stays. Where nothing differs nothing is
    written, and the operation returned has the number 0. `expect` tells what was seen of records a new one links to.
    """
    command = {**_CREATE, "expect": dict(expect)} if expect and before is None else None
    return _write(tx, [_Change(before, after, verb=verb, command=command)], actor_id=actor_id, batch=batch)[0]


def save_many(
    tx: WriteTx,
    pairs: Sequence[tuple[Record | None, Record]],
    *,
    actor_id: str,
    batch: str,
    verb: str = "import",
    moments: Sequence[str] = (),
    marks: Mapping[str, Mark] | None = None,
) -> list[Op]:
    """Saves many records as one piece of work, with one link in the audit for all of them.

    `moments` tell when each was done, where that was not now; `marks`, by record, in which state new ones come in.
    """
    done_at = moments or [""] * len(pairs)
    changes = [_Change(before, after, verb=verb, at=at) for (before, after), at in zip(pairs, done_at, strict=True)]
    changes = [_marked(change, (marks or {}).get(change.after.id)) for change in changes]
    return _write(tx, changes, actor_id=actor_id, batch=batch)


def _marked(change: _Change, mark: Mark | None) -> _Change:
    if mark is None or change.before is not None:
        return change
    return replace(change, command={**_CREATE, "args": mark.words}, event=IMPORTED, reason=mark.told)


@dataclass(frozen=True)
class Moved:
    """A step of the workflow that `judge_move` allowed; `at` tells when it was made, where that was not now."""

    before: Record
    after: Record
    event: str
    args: Mapping[str, Value]
    reason: str = ""
    at: str = ""


def move(
    tx: WriteTx, before: Record, after: Record, *, event: str, args: Mapping[str, Value], reason: str, actor_id: str
) -> Op:
    """Keeps a step of the workflow that `judge_move` allowed, as the command the server will judge again."""
    return move_many(tx, [Moved(before, after, event, args, reason)], actor_id=actor_id)[0]


def move_many(tx: WriteTx, steps: Sequence[Moved], *, actor_id: str, batch: str | None = None) -> list[Op]:
    """Keeps steps of several records as one piece of work."""
    return _write(tx, [_command_of(tx, step) for step in steps], actor_id=actor_id, batch=batch)


def _command_of(tx: WriteTx, step: Moved) -> _Change:
    before, after = step.before, step.after
    said = {**_filled_by_move(tx.tables[before.ledger].ledger, before, after, step.event), **step.args}
    if step.reason:
        said[REASON] = step.reason
    command = {"name": step.event, "args": said, "expect": {"status": before.status}}
    return _Change(before, after, MOVE, "move", command, step.event, step.reason, step.at)


def delete(tx: WriteTx, before: Record, *, actor_id: str, reason: str = "", batch: str | None = None) -> Op:
    """Puts a record into the 回收站."""
    return delete_many(tx, [before], actor_id=actor_id, reason=reason, batch=batch)[0]


def delete_many(
    tx: WriteTx, befores: Iterable[Record], *, actor_id: str, reason: str = "", batch: str | None = None
) -> list[Op]:
    """Puts records into the 回收站 as one piece of work."""
    command = {"name": DELETE, "args": {REASON: reason} if reason else {}}
    changes = [
        _Change(before, replace(before, deleted=True), DELETE, DELETE, command, reason=reason) for before in befores
    ]
    return _write(tx, changes, actor_id=actor_id, batch=batch)


def restore(tx: WriteTx, before: Record, *, actor_id: str, batch: str | None = None) -> Op:
    """Takes a record out of the 回收站."""
    change = _Change(before, replace(before, deleted=False), RESTORE, RESTORE, {"name": RESTORE, "args": {}})
    return _write(tx, [change], actor_id=actor_id, batch=batch)[0]


def _write(tx: WriteTx, changes: Sequence[_Change], *, actor_id: str, batch: str | None) -> list[Op]:
    with without_collector(len(changes)):
        return _write_all(tx, changes, actor_id, batch)


def _write_all(tx: WriteTx, changes: Sequence[_Change], actor_id: str, batch: str | None) -> list[Op]:
    work = _Work(tx, changes, actor_id, batch)
    ops = [_apply(work, change) for change in changes]
    if not work.ops:
        return ops
    remember_bases(tx, work.origins)
    rows = [outbox.as_row(op) for op in work.ops]
    outbox.add_rows(tx, rows)
    work.keep_numbers()
    # Before the rows: their search entries know the names of the past from it.
    history.add_many(tx, work.entries)
    for ledger, latest in work.latest.items():
        view.put_over(tx, tx.tables[ledger], {key: work.stored[key] for key in latest if key in work.stored}, latest)
    _audit(work, rows, changes[0].verb)
    return ops


def _stored(tx: WriteTx, changes: Sequence[_Change]) -> dict[str, view.Stored]:
    """The rows that changes are laid over; a new id that is taken shows when it is numbered."""
    ids: dict[str, list[str]] = {}
    for change in changes:
        if change.before is not None:
            ids.setdefault(change.after.ledger, []).append(change.after.id)
    found: dict[str, view.Stored] = {}
    for ledger, wanted in ids.items():
        found |= view.stored_rows(tx, tx.tables[ledger], wanted)
    return found


def _apply(work: _Work, change: _Change) -> Op:
    """Lays one change over the record as it stands now; notes the row, its history and its origin."""
    before, after = change.before, change.after
    table = work.tx.tables[after.ledger]
    latest = work.latest.setdefault(after.ledger, {})
    current = latest.get(after.id) or (work.stored[after.id].record if after.id in work.stored else None)
    _raise_if_impossible(before, current)
    scalars, elements = _difference(table, before, after)
    op = Op(
        new_id(), 0, after.grid_code, after.ledger, after.id, change.kind, _schema_of(change, table.ledger),
        before.revision if before else 0, change.at or work.at, work.actor_id, scalars, elements,
        change.command or (None if before else _CREATE), work.device, work.incarnation, batch=work.batch,
    )  # fmt: skip
    if before and change.kind == SET and not scalars and not elements:
        return replace(op, op_id="")
    # The class is frozen for its readers; nobody has seen this one yet, and a copy would double its price.
    object.__setattr__(op, "n", work.number(op.scope))
    if before is None or current is None:
        record = after
        work.entries.append((after.id, _first_entry(change, op, record)))
    else:
        record = _laid_over(current, op, table.derived, before, after)
        work.entries.append((after.id, _entry(change, current, op, record)))
    latest[after.id] = record
    work.ops.append(op)
    work.origins.append(current)
    return op


def _schema_of(change: _Change, ledger: Ledger) -> int:
    return max(ledger.schema, SCHEMA) if change.event == IMPORTED else ledger.schema


def _difference(
    table: Table, before: Record | None, after: Record
) -> tuple[dict[str, Value], dict[str, ElementChange]]:
    if before is not None:
        keys = dict.fromkeys([*before.values, *after.values])
        return split_changes(table.ledger, before.values, after.values, keys)
    given = after.values.items()
    elements = {
        key: ElementChange(tuple(value)) for key, value in given if key in table.lists and isinstance(value, list)
    }
    left_out = table.derived.union(elements)
    return {key: value for key, value in given if value is not None and key not in left_out}, elements


def _laid_over(standing: Record, op: Op, derived: Iterable[str], before: Record, after: Record) -> Record:
    values: dict[str, Value] = {**standing.values, **op.set}
    for key, change in op.elements.items():
        values[key] = apply_elements(standing.values.get(key), change)
    # Derived fields never travel, so they are no part of the operation.
    fresh = [key for key in derived if key in after.values and after.values[key] != before.values.get(key)]
    values |= {key: after.values[key] for key in fresh}
    # State and grave follow the wish only where the wish is about them: both may have moved since they were seen.
    return replace(
        standing,
        grid_code=after.grid_code,
        values={key: value for key, value in values.items() if value is not None},
        status=after.status if after.status != before.status else standing.status,
        deleted=after.deleted if after.deleted != before.deleted else standing.deleted,
    )


def _first_entry(change: _Change, op: Op, record: Record) -> HistoryEntry:
    # Without changes of its own: the first values are read from the operation, and kept once.
    verb = "create" if change.verb == "save" else change.verb
    return HistoryEntry(
        op.occurred_at, op.actor, verb, change.event, reason=change.reason, to_status=record.status, op_id=op.op_id
    )


def _entry(change: _Change, standing: Record, op: Op, record: Record) -> HistoryEntry:
    changes = {key: [standing.values.get(key), record.values.get(key)] for key in (*op.set, *op.elements)}
    return HistoryEntry(
        op.occurred_at,
        op.actor,
        change.verb,
        change.event,
        changes,
        change.reason,
        standing.status,
        record.status,
        op.op_id,
    )


def _raise_if_impossible(before: Record | None, current: Record | None) -> None:
    if before is None and current is not None:
        raise BugError("A new record was saved under an id that is taken.")
    if before is not None and current is None:
        raise RecordGone


def _filled_by_move(ledger: Ledger, before: Record, after: Record, event: str) -> dict[str, Value]:
    # What the step derived here must reach the server, or it would take its own day instead.
    steps = ledger.workflow.moves_from(before.status) if ledger.workflow else ()
    asks = next((step.asks for step in steps if step.event == event), ())
    return {
        key: after.values[key]
        for key in asks
        if after.values.get(key) != before.values.get(key) and key in after.values
    }


def _audit(work: _Work, rows: Sequence[Sequence[Any]], verb: str) -> None:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(row).encode())
    first = work.ops[0]
    detail: dict[str, object] = {"sha256": digest.hexdigest(), "ops": len(rows), "first": first.n}
    single = len(rows) == 1
    audit.add(
        work.tx, verb, at=work.at, actor_id=work.actor_id, record=first.record if single else "", ledger=first.ledger,
        detail=detail if single else detail | {"batch": work.batch},
    )  # fmt: skip
