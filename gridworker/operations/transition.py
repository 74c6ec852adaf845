"""Moving a record along its workflow: a command with a guard, a reason and a place in its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gridworker.errors import KnownError
from gridworker.ledger.facts import Value
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.moves import REASON, judge_move
from gridworker.ledger.record import Record
from gridworker.ledger.workflow import Move, MoveContext, MoveRefused
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import effects, photo_fields, references, rights
from gridworker.operations.changes import Changes
from gridworker.operations.recurrence import recurrence_problems
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import Saved
from gridworker.operations.session import Session
from gridworker.store import saving
from gridworker.store.store import WriteTx


@dataclass(frozen=True)
class Offer:
    """A move that leaves the record's state, and whether this actor could make it now."""

    move: Move
    allowed: bool
    why: str


def move(session: Session, record_id: str, event: str, args: Mapping[str, object] | None = None) -> Saved:
    """Makes one move; raises MoveRefused with the reason and who could, changing nothing."""
    return session.store.write(lambda tx: _move(session, tx, record_id, event, args or {}))


def offered(session: Session, record_id: str) -> list[Offer]:
    """The moves that leave the record's state, those of other offices with the reason why not."""
    with session.store.read() as tx:
        record = tx.find(record_id)
        if record is None:
            return []
        context = rights.move_context(session, tx, record)
    ledger = find_ledger(record.ledger)
    if ledger.workflow is None or record.deleted:
        return []
    return [_offer(ledger, record, step, context) for step in ledger.workflow.moves_from(record.status)]


def _offer(ledger: Ledger, record: Record, step: Move, context: MoveContext) -> Offer:
    # What the person would still fill in is not a reason to hide the move.
    try:
        judge_move(ledger, record.values, record.status, step.event, {}, context)
    except MoveRefused as refused:
        if refused.code in ("NOT_YOURS", "NOT_READY") or (refused.code == "GUARD" and not step.asks):
            # Nobody pressed anything yet: that nothing was changed need not be said.
            return Offer(step, allowed=False, why=f"{refused.title}{refused.action}")
    return Offer(step, allowed=True, why="")


def _move(session: Session, tx: WriteTx, record_id: str, event: str, args: Mapping[str, object]) -> Saved:
    before = tx.find(record_id)
    if before is None or before.deleted:
        raise KnownError("本机没有这条记录，或它已在回收站。", action="请核对记录编号，或先同步。")
    ledger = find_ledger(before.ledger)
    rights.raise_if_may_not(session, tx, "move", before)
    reason = str(args.get(REASON) or "").strip()
    values, problems = ledger.parse({key: text for key, text in args.items() if key != REASON})
    settled, unsettled = photo_fields.settle(session, ledger, before.values, {**before.values, **values})
    resolved, unresolved = references.resolve(tx, ledger, {key: settled[key] for key in values})
    values = {key: resolved[key] for key in values}
    if problems := [*problems, *unsettled, *unresolved]:
        raise SaveRefused(ledger, problems)
    given: dict[str, Value] = {key: value for key, value in values.items() if value is not None}
    if reason:
        given[REASON] = reason
    context = rights.move_context(session, tx, before)
    result = judge_move(ledger, before.values, before.status, event, given, context)
    after = before.with_values(result.changes, status=result.state)
    op = saving.move(
        tx, before, after, event=result.move.event, args=result.args, reason=reason, actor_id=session.actor.id
    )
    changes = Changes(frozenset({record_id}), frozenset({ledger.key}))
    changes |= effects.after_move(session, tx, ledger, tx.find(record_id) or after, result.move.event)
    warnings = recurrence_problems(tx, ledger, before, after.values, session.today())
    return Saved(tx.find(record_id) or after, warnings, changes, op.op_id)
