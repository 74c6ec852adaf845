"""Judges what a person did as one act: all of its ops take effect, or none does.

A movement without what it does to the household, or a merge of which half the links came too late, would be a state
nobody wrote. So an act is a step, as those of a workflow are: it never writes over, nor beside, what its maker did not
see. Only its own ops share its fate; what stands around them in the batch is judged alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec.structs import replace

from gridworker.ledgers.movement import MERGE, UNMERGE
from gridworker.server import verdicts
from gridworker.server.batch import Sent, malformed
from gridworker.server.judge import Judge
from gridworker.server.linked import MERGED_INTO, kept_for
from gridworker.sync import wire

_LOOK = "整件事没有办，请看过以后再办理。"


def judge_all(judge: Judge, sent: Sequence[Sent]) -> list[wire.Outcome]:
    """One outcome an op, in the order of the ops."""
    return [outcome for part in by_act(sent) for outcome in judge_part(judge, part)]


def by_act(sent: Sequence[Sent]) -> Iterator[list[Sent]]:
    """The ops in parts that are judged as one: those of an act, and every other one alone."""
    for _, part in groupby(sent, key=lambda one: one.act or one.op_id):
        yield [*part]


def judge_part(judge: Judge, part: Sequence[Sent]) -> list[wire.Outcome]:
    """The outcomes of one part."""
    if not part[0].act:
        return [_judged(judge, one) for one in part]
    before = judge.standing({one.op.record for one in part if one.op is not None})
    outcomes = [_judged(judge, one) for one in part]
    stopped = [(one, outcome) for one, outcome in zip(part, outcomes, strict=True) if _stops(outcome, part)]
    if not stopped:
        return outcomes
    judge.go_back(before)
    # A plain no explains more than that others wrote the same field: she was received elsewhere, not "changed".
    culprit, outcome = next((both for both in stopped if both[1].outcome == "rejected"), stopped[0])
    return _refused(judge, part, culprit, outcome)


def _judged(judge: Judge, one: Sent) -> wire.Outcome:
    return judge.judge(one.op) if one.op is not None else malformed(one)


def _stops(outcome: wire.Outcome, act: Sequence[Sent]) -> bool:
    """Whether an act cannot take effect with this outcome of one of its ops.

    A merge goes on where a blank it would fill, or a link it would lead, was filled or led by others: it says who is
    one person, and that holds whatever becomes of a phone number. Both values are shown to people.
    """
    if outcome.outcome != "conflict":
        return outcome.outcome in ("rejected", "held")
    of_fields = outcome.code == "FIELD" and all(one.field != MERGED_INTO for one in outcome.conflicts)
    return not (of_fields and any(_is_merge(one.op) for one in act))


def _is_merge(op: wire.Op | None) -> bool:
    return op is not None and op.type == "movement" and op.set.get("movement_type") in (MERGE, UNMERGE)


def _refused(judge: Judge, act: Sequence[Sent], culprit: Sent, outcome: wire.Outcome) -> list[wire.Outcome]:
    """The outcomes of an act that one op of it stops: that op's own, and for the others that they went with it."""
    said = _as_refusal(judge, culprit, outcome) if outcome.outcome == "conflict" else outcome
    for one in act:
        if one.op is not None and one.op.record not in judge.states:
            judge.blocked[one.op.record] = said.outcome
    return [
        replace(said, rev=_rev(judge, one)) if one is culprit else _went_along(judge, one, said) for one in act
    ]  # fmt: skip


def _went_along(judge: Judge, one: Sent, said: wire.Outcome) -> wire.Outcome:
    if said.outcome == "held":
        return verdicts.held(one.op_id, "ACT_HELD", _rev(judge, one))
    details: dict[str, wire.WireValue] = {"op_id": said.op_id}
    return verdicts.rejected(one.op_id, "ACT_REFUSED", reason=said.reason, rev=_rev(judge, one), details=details)


def _as_refusal(judge: Judge, culprit: Sent, outcome: wire.Outcome) -> wire.Outcome:
    """What would be a conflict of one op, as the word on an act."""
    op = culprit.op
    ledger = judge.ledgers[op.type] if op is not None else None
    state = judge.states.get(op.record) if op is not None else None
    kept = state.values.get(MERGED_INTO) if state is not None and state.deleted else None
    if kept:
        return verdicts.rejected(culprit.op_id, "MERGED_AWAY", details={"kept": kept_for(judge.kept, str(kept))})
    if outcome.code != "FIELD" or ledger is None:
        return verdicts.rejected(culprit.op_id, "CHANGED_SINCE", reason=outcome.reason + _LOOK)
    labels = "、".join(ledger[one.field].label if one.field in ledger else one.field for one in outcome.conflicts)
    told = f"{ledger.label}的“{labels}”已被别人改过。{_LOOK}"
    return verdicts.rejected(culprit.op_id, "CHANGED_SINCE", reason=told)


def _rev(judge: Judge, one: Sent) -> int:
    return judge.rev_of(one.op) if one.op is not None else 0
