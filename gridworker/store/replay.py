"""What an operation does to a record, as pure functions: the view is the server's record with unjudged operations laid over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from gridworker.ledger.dates import local_date
from gridworker.ledger.facts import Value
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.merge import apply_elements
from gridworker.ledger.moves import REASON
from gridworker.ledger.record import Record
from gridworker.ledger.workflow import Move, MoveContext
from gridworker.ledgers.registry import all_ledgers
from gridworker.store.outbox import Op


def replay(base: Record | None, ops: Iterable[Op]) -> Record | None:
    """The record a person sees: the server's, changed by each operation in its order; None where there is neither."""
    record = base
    for op in ops:
        record = laid_over(record, op)
    return record


def laid_over(record: Record | None, op: Op) -> Record:
    """The record after one operation, as if nobody else had touched it."""
    known = record or _blank(op)
    if op.kind == "delete":
        return replace(known, deleted=True)
    if op.kind == "restore":
        return replace(known, deleted=False)
    if op.kind == "move":
        return _moved(known, op)
    changes: dict[str, Value] = dict(op.set)
    changes |= {key: apply_elements(known.values.get(key), change) for key, change in op.elements.items()}
    return known.with_values(changes)


def _blank(op: Op) -> Record:
    workflow = all_ledgers()[op.ledger].workflow if op.ledger in all_ledgers() else None
    return Record(op.record, op.ledger, op.scope, status=workflow.initial if workflow else "")


def _moved(record: Record, op: Op) -> Record:
    """The step a person took stays visible until it is judged, even where it would not be allowed any more."""
    command = op.command or {}
    move = _move_of(all_ledgers()[record.ledger], record.status, str(command.get("name")))
    if move is None:
        return record
    args: Mapping[str, Value] = command.get("args") or {}
    context = MoveContext(op.actor, move.who, _day_of(op))
    changes: dict[str, Value] = {key: value for key, value in args.items() if key != REASON} | dict(move.sets)
    changes |= move.derive({**record.values, **changes}, context)
    return record.with_values(changes, status=move.target)


def _move_of(ledger: Ledger, state: str, event: str) -> Move | None:
    moves = [move for move in ledger.workflow.moves if move.event == event] if ledger.workflow else []
    return next((move for move in moves if state in move.sources), moves[0] if moves else None)


def _day_of(op: Op) -> date:
    return local_date(op.occurred_at)
