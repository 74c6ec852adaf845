"""More time for a case: asked for and decided within the limits of its clock, or the clock standing still."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from gridworker.ledger.dates import local_date, show_datetime
from gridworker.ledger.facts import Value, Values
from gridworker.ledger.number_fields import count_of
from gridworker.ledger.workflow import MoveContext
from gridworker.planning import case_clock
from gridworker.planning.case_hands import on_behalf, told_guard

PENDING = "申请中"
# A case that came in by a sheet or from an older program may lack what its clock is counted from.
_NO_CLOCK = "这件没有受理时间或办结时限，算不出期限。请退回重新受理，或由社区升级吹哨时重新计时。"


def request_ready(values: Values, context: MoveContext) -> str | None:
    """More time is asked for while some is left, and as often as the clock allows."""
    until = case_clock.deadline(values)
    if not until or not values.get("accepted_at"):
        return _NO_CLOCK
    if datetime.fromisoformat(context.moment) > datetime.fromisoformat(until):
        return f"办结时限 {show_datetime(until)} 已过，不能再申请延期。"
    most = case_clock.limit(values, "extensions") or 0
    if count_of(values, "extension_no") >= most:
        return f"这件最多延期 {most} 次，已经用完。"
    return None


def request_extension(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """The request that waits for the office."""
    return {**on_behalf(values, context), "extension_state": PENDING, "extension_reason": context.reason}


def extension_guard(values: Values, context: MoveContext) -> str | None:
    """What is asked for must be within the clock's limits."""
    return _too_long(values) or told_guard(values, context)


def _too_long(values: Values) -> str | None:
    if not values.get("accepted_at") or not case_clock.deadline(values):
        return _NO_CLOCK
    days, unit = count_of(values, "extension_days"), case_clock.unit_label(values)
    most = case_clock.limit(values, "extension") or 0
    if not 1 <= days <= most:
        return f"一次最多延期 {most} {unit}，现在申请的是 {days} {unit}。"
    longest = case_clock.limit(values, "longest")
    if longest is not None:
        whole = longest + count_of(values, "suspended_days")
        last = case_clock.after(values, local_date(str(values["accepted_at"])), whole).day
        if _extended_to(values) > last:
            return f"受理后最长 {longest} {unit}办结（{last.isoformat()}），不能延到更晚。"
    return None


def _extended_to(values: Values) -> date:
    return case_clock.after(
        values, local_date(case_clock.deadline(values)), count_of(values, "extension_days")
    ).day  # fmt: skip


def decision_ready(values: Values, _context: MoveContext) -> str | None:
    """Only a request that waits can be decided."""
    if values.get("extension_state") != PENDING or not values.get("extension_days"):
        return "没有等待审批的延期申请。"
    return None


def approval_ready(values: Values, context: MoveContext) -> str | None:
    """A request that waits and still fits: days may have passed since."""
    return decision_ready(values, context) or _too_long(values)


def approve_extension(values: Values, _context: MoveContext) -> Mapping[str, Value]:
    """The later deadline, counted from the one before."""
    due = case_clock.after(values, local_date(case_clock.deadline(values)), count_of(values, "extension_days"))
    return {
        "extended_due_at": case_clock.end_of(due.day), "due_note": due.text or values.get("due_note"),
        "extension_no": count_of(values, "extension_no") + 1, "extension_state": "同意", "extension_days": None,
    }  # fmt: skip


def suspend(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    """When the clock was stopped."""
    return {"suspended_from": context.moment, "suspended_to": None}


def resume(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """The deadline, later by the days the clock stood still."""
    stood = case_clock.stood_still(values, context.moment)
    stopped: dict[str, Value] = {
        "suspended_to": context.moment, "suspended_days": count_of(values, "suspended_days") + stood,
    }  # fmt: skip
    key = "extended_due_at" if values.get("extended_due_at") else "due_at"
    if not values.get(key):
        return stopped
    due = case_clock.after(values, local_date(str(values[key])), stood)
    return {
        **stopped,
        key: case_clock.end_of(due.day), "due_note": due.text or values.get("due_note"),
    }  # fmt: skip
