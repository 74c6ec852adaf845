"""What the judge makes of commands: steps of a workflow, deletion and return."""

from __future__ import annotations

from gridworker.area.rights import roles_for
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.merge import FieldMark
from gridworker.ledger.moves import judge_move
from gridworker.ledger.workflow import MoveContext, MoveRefused
from gridworker.server import verdicts
from gridworker.server.bench import Bench, MoveRow
from gridworker.server.clock import moment_of
from gridworker.server.expectations import surprise_of
from gridworker.server.judge_sets import unacceptable
from gridworker.server.state import DELETED, STATUS, LastMove, State
from gridworker.sync import wire

# What the loser of a race hears: somebody made this very step first.
_ALREADY = {"claim": "ALREADY_CLAIMED"}


def move(bench: Bench, op: wire.Op, command: wire.Command, ledger: Ledger, state: State) -> wire.Outcome:
    """Makes a step of the workflow, or says why it cannot be made."""
    if state.deleted:
        return verdicts.rejected(op.op_id, "RECORD_DELETED", rev=state.rev)
    roles = roles_for(bench.actor, "move", bench.asked(ledger, state.values), today=bench.today)
    units = bench.actor.units_on(bench.today, bench.scope)
    context = MoveContext(bench.actor.id, roles, bench.today, units, now=moment_of(op.occurred_at, bench.now_ms))
    surprise = surprise_of(ledger, state, command, op.base_rev, bench.author)
    try:
        result = judge_move(ledger, state.values, state.status, command.name, command.args, context)
    except MoveRefused as refused:
        # A step out of turn explains itself better than "not what you saw" does.
        told = refused if surprise is None or refused.code == "WRONG_STATE" else surprise
        return _move_lost(op, command, state, told)
    if surprise is not None:
        return _move_lost(op, command, state, surprise)
    wrong = unacceptable(bench, op, ledger, state.values, result.changes)
    if wrong:
        return wrong
    source = state.status
    bench.write(state, result.changes)
    state.status = result.state
    state.marks[STATUS] = FieldMark(state.rev, bench.author)
    event = result.move.event
    state.last_move = LastMove(event, bench.actor.id, bench.now_ms)
    reason = command.args.get("reason")
    bench.moves.append(
        MoveRow(
            state.id, state.rev, event, source, state.status, bench.actor.id, bench.now_ms,
            reason if isinstance(reason, str) else "",
        )
    )  # fmt: skip
    return verdicts.applied(op, state.rev)


def _move_lost(op: wire.Op, command: wire.Command, state: State, refused: MoveRefused) -> wire.Outcome:
    code, details = refused.code, dict[str, wire.WireValue]()
    if code == "WRONG_STATE":
        details["status"] = state.status
        last = state.last_move
        if last is not None:
            details |= {"who": last.actor_id, "when": last.made_at}
            if last.event == command.name:
                code = _ALREADY.get(last.event, "ALREADY_DONE")
    return verdicts.rejected(op.op_id, code, reason=refused.title + refused.action, rev=state.rev, details=details)


def delete(bench: Bench, op: wire.Op, ledger: Ledger, state: State) -> wire.Outcome:
    """Buries a record, unless it is kept or others wrote what the deletion did not see."""
    if state.deleted:
        return verdicts.applied(op, state.rev)
    kept = ledger.keeps(state.values)
    if kept:
        return verdicts.rejected(op.op_id, "KEPT", reason=kept, rev=state.rev)
    marks = state.field_marks()
    unseen = [key for key, mark in marks.items() if mark.revision > op.base_rev and mark.author != bench.author]
    if unseen:
        return bench.put_aside(op, state, "DELETE_OF_EDITED", dict.fromkeys(unseen, None))
    return _bury(bench, op, state, deleted=True)


def restore(bench: Bench, op: wire.Op, _ledger: Ledger, state: State) -> wire.Outcome:
    """Brings a buried record back."""
    if not state.deleted:
        return verdicts.applied(op, state.rev)
    return _bury(bench, op, state, deleted=False)


def _bury(bench: Bench, op: wire.Op, state: State, *, deleted: bool) -> wire.Outcome:
    rev = bench.next_rev()
    state.deleted = deleted
    state.marks[DELETED] = FieldMark(rev, bench.author)
    state.touch(rev, bench.actor.id, bench.now_ms)
    return verdicts.applied(op, rev)
