"""Judging one move: is it allowed now, for this actor, with these words, and what does it change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gridworker.ledger.facts import Problem, Value, Values
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.workflow import Move, MoveContext, MoveRefused, MoveResult

ROLE_LABELS = {
    "grid_worker": "网格员",
    "grid_lead": "网格长",
    "specialist": "专业网格员",
    "part_time": "兼职网格员",
    "building_lead": "楼长",
    "community": "社区",
    "street": "街道",
    "district": "区（市）",
    "department": "部门",
    "auditor": "审计员",
}
REASON = "reason"


def step_problems(ledger: Ledger, before: Values, after: Values) -> list[Problem]:
    """What is wrong where an edit would change what only steps write."""
    return [
        Problem(key, f"{ledger[key].label}由办理步骤填写，不能直接改。")
        for key in ledger.by_steps
        if (before.get(key) or None) != (after.get(key) or None)
    ]


def judge_move(
    ledger: Ledger, values: Values, state: str, event: str, args: Mapping[str, Value], context: MoveContext
) -> MoveResult:
    """What the move does to the record; raises MoveRefused, which changes nothing."""
    if ledger.workflow is None:
        raise MoveRefused(f"{ledger.label}没有办理步骤。", code="NO_WORKFLOW")
    move = ledger.workflow.find(state, event)
    _raise_if_not_theirs(move, values, context)
    not_ready = move.ready(values, context) if move.ready else None
    if not_ready:
        raise MoveRefused(not_ready, code="NOT_READY")
    _raise_if_foreign_words(ledger, move, args)
    given = {key: value for key, value in args.items() if key != REASON}
    context = replace(context, reason=str(args.get(REASON) or ""), before=values)
    laid_over = {**values, **given, **move.sets}
    laid_over |= move.derive(laid_over, context)
    _raise_if_incomplete(ledger, move, laid_over, args)
    refusal = move.guard(laid_over, context) if move.guard else None
    if refusal:
        raise MoveRefused(refusal, code="GUARD")
    changes = {key: value for key, value in laid_over.items() if value != values.get(key)}
    filled = {key: value for key, value in laid_over.items() if key in move.asks and value is not None}
    return MoveResult(move, move.target, changes, {**given, **filled, **_reason_of(args)})


def _reason_of(args: Mapping[str, Value]) -> dict[str, Value]:
    return {REASON: args[REASON]} if args.get(REASON) else {}


def _raise_if_not_theirs(move: Move, values: Values, context: MoveContext) -> None:
    if not set(move.who) & set(context.roles):
        could = "、".join(ROLE_LABELS.get(role, role) for role in move.who)
        raise MoveRefused(f"您的岗位不能办理“{move.label}”。", code="NOT_YOURS", action=f"可以办理的是：{could}。")
    refusal = move.yours(values, context) if move.yours else None
    if refusal:
        raise MoveRefused(refusal, code="NOT_YOURS")


def _raise_if_foreign_words(ledger: Ledger, move: Move, args: Mapping[str, Value]) -> None:
    for key in args:
        if key != REASON and key not in move.asks:
            label = ledger[key].label if key in ledger else key
            raise MoveRefused(f"{move.label}时不能改“{label}”。", code="FOREIGN_FIELD")


def _raise_if_incomplete(ledger: Ledger, move: Move, values: Values, args: Mapping[str, Value]) -> None:
    missing = [ledger[key].label for key in move.requires if values.get(key) in (None, "", [])]
    if move.reason and not args.get(REASON):
        missing.append("原因")
    if missing:
        raise MoveRefused(f"{move.label}还缺：{'、'.join(missing)}。", code="INCOMPLETE", action="请补齐后再办理。")
    for key in move.asks:
        value = values.get(key)
        wrong = ledger[key].problem(value) if value not in (None, "", []) else None
        if wrong:
            raise MoveRefused(wrong, code="BAD_VALUE")
