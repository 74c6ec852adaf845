"""The end of a case: verified, asked about, done once more where it did not hold, supervised, archived."""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.ledger.facts import Value, Values
from gridworker.ledger.number_fields import count_of
from gridworker.ledger.workflow import MoveContext

DISSATISFIED = ("1", "2")
# What a handling that did not hold leaves behind is told by the history; the next one is recorded anew.
_UNDONE: Mapping[str, Value] = {
    "dispose_result": None, "disposed_at": None, "disposed_by": None, "closed_at": None,
}  # fmt: skip


def verify_pass(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    """Closed now; what was asked about an earlier handling is asked anew."""
    # What was said of an earlier handling was said of that one.
    asked_anew: Mapping[str, Value] = dict.fromkeys(
        ("resolved", "satisfaction", "service_satisfaction", "follow_up_on")
    )
    return {
        **asked_anew, "verified_by": context.actor_id, "verify_result": "通过", "closed_at": context.moment,
    }  # fmt: skip


def verify_fail(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """Back to handling, counted as rework."""
    return {
        **_UNDONE, "verified_by": context.actor_id, "verify_result": "不通过",
        "rework_count": count_of(values, "rework_count") + 1,
    }  # fmt: skip


def follow_up(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """The day somebody asked, today where none was said."""
    return {"follow_up_on": values.get("follow_up_on") or context.day}


def follow_up_guard(values: Values, context: MoveContext) -> str | None:
    """A dissatisfied answer is handled once more first, and supervision ends before the archive."""
    if values.get("satisfaction") in DISSATISFIED and not count_of(values, "redo_count"):
        return "回访不满意，要先重办一次，请改办“不满意重办”。"
    if values.get("supervise_level") and not values.get("supervise_cleared_on"):
        return "督办还没有销号，不能归档。请社区或街道先办“督办销号”。"
    return _day_guard(values, context)


def _day_guard(values: Values, context: MoveContext) -> str | None:
    asked = str(values.get("follow_up_on") or "")
    return "回访日期不能晚于今天。" if asked > context.today.isoformat() else None


def dissatisfied(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """Back to handling; the second time under supervision."""
    redone = count_of(values, "redo_count")
    changes = {**_UNDONE, **follow_up(values, context), "redo_count": redone + 1}
    if redone:
        changes |= {"supervise_level": "督办单", "supervised_at": context.moment, "supervise_cleared_on": None}
    return changes


def dissatisfied_guard(values: Values, context: MoveContext) -> str | None:
    """Only a dissatisfied answer leads back."""
    if values.get("satisfaction") not in DISSATISFIED:
        return "回访满意的请办“回访归档”；重办只用于不满意或非常不满意。"
    return _day_guard(values, context)


def supervise(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    """Supervision from now on."""
    return {"supervised_at": context.moment, "supervise_cleared_on": None, "supervise_evidence": None}


def clear_ready(values: Values, _context: MoveContext) -> str | None:
    """Only supervision that stands can end."""
    open_now = values.get("supervise_level") and not values.get("supervise_cleared_on")
    return None if open_now else "这件没有待销号的督办。"


def clear(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    """The day supervision ended."""
    return {"supervise_cleared_on": context.day}
