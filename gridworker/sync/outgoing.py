"""Operations and verdicts between the outbox and the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gridworker.ledger.facts import Value
from gridworker.store.acts import whole_act_of
from gridworker.store.outbox import SET, Op
from gridworker.store.verdicts import PutAside, Verdict
from gridworker.sync import wire


def to_wire(op: Op) -> wire.Op:
    """An operation as it travels; built the same way each time, so that its hash stays the same."""
    elements = {key: wire.Elements(add=list(one.add), remove=list(one.remove)) for key, one in op.elements.items()}
    return wire.sealed(
        wire.Op(
            op_id=op.op_id,
            n=op.n,
            actor=op.actor,
            scope=op.scope,
            type=op.ledger,
            record=op.record,
            schema=op.schema,
            base_rev=op.base_rev,
            occurred_at=op.occurred_at,
            # A step travels as its command alone; what it changed here is for the view only.
            set=_sendable(op.set) if op.kind == SET else {},
            elements=elements if op.kind == SET else {},
            command=wire.Command(**op.command) if op.command else None,
            act="" if _is_dwelling(op) else whole_act_of(op.batch),
        )
    )


def _is_dwelling(op: Op) -> bool:
    """A new household stands whoever moves into it: what else was written about it must not be orphaned."""
    return op.ledger == "household" and (op.command or {}).get("name") == wire.CREATE


def _sendable(values: Mapping[str, Value]) -> dict[str, wire.WireValue]:
    return {key: str(value) if isinstance(value, float) else value for key, value in values.items()}


def from_wire(outcome: wire.Outcome) -> Verdict:
    """A verdict as it is kept; what explains it to a person goes along."""
    return Verdict(
        outcome.op_id,
        outcome.outcome,
        outcome.rev,
        outcome.code,
        _explained(outcome),
        tuple(
            PutAside(conflict.field, conflict.mine, conflict.theirs, conflict.actor or conflict.author)
            for conflict in outcome.conflicts
        ),
    )


def _explained(outcome: wire.Outcome) -> str:
    if not (outcome.reason or outcome.problems or outcome.details):
        return ""
    said = {
        "reason": outcome.reason,
        "problems": [{"field": problem.field, "message": problem.message} for problem in outcome.problems],
        **outcome.details,
    }
    return json.dumps({key: value for key, value in said.items() if value}, ensure_ascii=False, separators=(",", ":"))
