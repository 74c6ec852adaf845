"""Records that come in from an office's old sheets in the state they had: accepted with their mark, and only so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from gridworker.area.asked import Asked
from gridworker.area.belonging import Actor
from gridworker.area.rights import roles_for
from gridworker.ledger.facts import Value
from gridworker.ledger.imported import IMPORTED, SCHEMA, mark_of, refusal_of
from gridworker.ledger.ledger import Ledger
from gridworker.server import verdicts
from gridworker.server.bench import Bench, MoveRow
from gridworker.server.state import State
from gridworker.sync import wire

CODE = "NOT_IMPORTED"
_STATE_WORDS = frozenset({"status", "state"})
_STEPS_ONLY = "状态由办理步骤改变，不能直接写。"
_IS_KNOWN = "这条记录已经在了，状态只能按办理步骤改变。"


def newest_schema(op: wire.Op, ledger: Ledger) -> int:
    """The highest schema of the op this server understands: marks are newer than most ledgers."""
    return max(ledger.schema, SCHEMA) if _words(op).get(IMPORTED) else ledger.schema


def begin(bench: Bench, op: wire.Op, ledger: Ledger, state: State) -> None:
    """Puts a new record into its first state, or into the one its mark says, with one link of the history for it."""
    state.status = ledger.workflow.initial if ledger.workflow else ""
    mark = mark_of(_words(op))
    if mark is not None:
        state.status = mark.state
        link = MoveRow(op.record, state.rev, IMPORTED, "", mark.state, bench.actor.id, bench.now_ms, mark.told)
        bench.moves.append(link)


def refused(op: wire.Op, ledger: Ledger, *, rev: int | None, actor: Actor, today: date) -> wire.Outcome | None:
    """Refuses an op that would bring its record in otherwise than it may; `rev` is the record's where there is one.

    Without a mark an op can say no state at all.
    """
    mark = mark_of(_words(op))
    if mark is None:
        named = _STATE_WORDS.intersection(_words(op)) or ("status" in op.set and "status" not in ledger)
        return verdicts.rejected(op.op_id, "BY_STEPS", reason=_STEPS_ONLY, rev=rev or 0) if named else None
    if rev is not None:
        return verdicts.rejected(op.op_id, CODE, reason=_IS_KNOWN, rev=rev)
    # Whoever may only report her own has no part in what the grid settled before: asked about a record of nobody's.
    roles = roles_for(actor, "save", Asked(ledger.key, op.scope), today=today)
    values: Mapping[str, Value] = op.set
    wrong = refusal_of(ledger, mark, values, roles=roles, today=today)
    return verdicts.rejected(op.op_id, CODE, reason=wrong) if wrong else None


def _words(op: wire.Op) -> Mapping[str, wire.WireValue]:
    return op.command.args if op.command is not None and op.command.name == wire.CREATE else {}
