"""What an operation does to a record: the view is the server's record with the unjudged operations laid over it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gridworker.ledger.facts import Value
from gridworker.ledger.imported import mark_of
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.merge import apply_elements
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers
from gridworker.store.outbox import DELETE, MOVE, RESTORE, Op


def replay(base: Record | None, ops: Iterable[Op]) -> Record | None:
    """The record a person sees: the server's, changed by each operation in its order; None where there is neither."""
    left = list(ops)
    if base is None and left:
        base = laid_over(None, left.pop(0))
    return laid_over_all(base, left) if base else None


def laid_over_all(record: Record, ops: Iterable[Op]) -> Record:
    """A record after several operations."""
    for op in ops:
        record = laid_over(record, op)
    return record


def laid_over(record: Record | None, op: Op) -> Record:
    """The record after one operation, as if nobody else had touched it.

    A step stays visible until it is judged, even where it would not be allowed any more.
    """
    ledger = all_ledgers().get(op.ledger)
    known = record or Record(op.record, op.ledger, op.scope, status=_beginning(ledger, op))
    if op.kind in (DELETE, RESTORE):
        return replace(known, deleted=op.kind == DELETE)
    changes: dict[str, Value] = dict(op.set)
    changes |= {key: apply_elements(known.values.get(key), change) for key, change in op.elements.items()}
    values = {key: value for key, value in {**known.values, **changes}.items() if value is not None}
    status = _target(ledger, op) if op.kind == MOVE else None
    return replace(known, values=values, status=status or known.status)


def _beginning(ledger: Ledger | None, op: Op) -> str:
    mark = mark_of((op.command or {}).get("args"))
    if mark is not None:
        return mark.state
    return ledger.workflow.initial if ledger and ledger.workflow else ""


def _target(ledger: Ledger | None, op: Op) -> str | None:
    """Where a step leads from the state the person saw."""
    command = op.command or {}
    source = command.get("expect", {}).get("status")
    moves = ledger.workflow.moves if ledger and ledger.workflow else ()
    named = [move for move in moves if move.event == command.get("name")]
    return next((move.target for move in named if source in move.sources), named[0].target if named else None)
