"""The way of a case: reported, accepted, handled by the grid or by a unit, sent upwards, done; pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.ledger.dates import local_date
from gridworker.ledger.facts import Value, Values
from gridworker.ledger.number_fields import count_of
from gridworker.ledger.workflow import MoveContext
from gridworker.planning import case_clock
from gridworker.planning.case_hands import NOBODYS, OFFICE, on_behalf, speaks_for_it, told_guard

HIGHEST_LEVEL, LED_FROM_LEVEL = 4, 3


# ---- report, accept


def report(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """When it was first reported, and by whom."""
    return {
        "reported_at": values.get("reported_at") or context.moment,
        "reported_by": values.get("reported_by") or context.actor_id,
    }


def accept(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """Who took it on, and the clock that starts with that."""
    return {"accepted_by": context.actor_id, "accepted_at": context.moment, **_clock(values, context)}


def _clock(values: Values, context: MoveContext) -> Mapping[str, Value]:
    started = case_clock.start(values, context.moment)
    return {"clock_name": started.name, "due_at": started.due_at, "due_note": started.note or None}


def decline_guard(values: Values, _context: MoveContext) -> str | None:
    """What it is declined for as a repetition must be another case."""
    return own_parent(values)


def own_parent(values: Values) -> str | None:
    """What is wrong with a case that names itself as the one it came from."""
    parent = values.get("parent_case_code")
    return "原案件不能是这件自己。" if parent and parent == values.get("case_code") else None


# ---- handled by the grid, or dispatched


def self_handle_ready(values: Values, _context: MoveContext) -> str | None:
    """What was escalated has left the grid for good."""
    level = count_of(values, "escalation_level")
    return f"已经吹到第 {level} 级，要派遣给承办单位，不能由网格自办。" if level else None


def self_handle(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    """The grid handles it: no unit, and the person at work."""
    return {**NOBODYS, "handled_by": context.actor_id, "started_at": context.moment, "on_behalf": None}


def dispatch(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """When it left, and that it is no longer the grid's own."""
    # Whatever leaves the grid was not solved inside it.
    level = max(1, count_of(values, "escalation_level"))
    return {"dispatched_at": context.moment, "handled_by": None, "escalation_level": level, "new_clock": None}


def dispatch_guard(values: Values, _context: MoveContext) -> str | None:
    """A unit leads or assists, not both."""
    others = values.get("co_unit_ids")
    if isinstance(others, list) and values.get("lead_unit_id") in others:
        return "主办单位不用再列为协办单位。"
    return None


def return_ready(values: Values, context: MoveContext) -> str | None:
    """A unit gives back within the days its clock allows."""
    within = case_clock.limit(values, "return")
    if within is None or not values.get("dispatched_at"):
        return None
    last = case_clock.after(values, local_date(str(values["dispatched_at"])), within).day
    if local_date(context.moment) <= last:
        return None
    limit = f"派遣后 {within} {case_clock.unit_label(values)}内才能退回，{last.isoformat()} 已过。"
    return limit + "请办理，或由社区升级吹哨。"


def give_back(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """Nobody's again, with the reason, the unit and how often."""
    return {
        **on_behalf(values, context), **NOBODYS, "return_reason": context.reason,
        "return_count": count_of(values, "return_count") + 1, "returned_by_unit": values.get("lead_unit_id"),
    }  # fmt: skip


def start(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """Who began and when; nobody in person where the community writes it down."""
    own = speaks_for_it(values, context)
    return {
        **on_behalf(values, context), "handled_by": context.actor_id if own else None, "started_at": context.moment,
    }  # fmt: skip


# ---- upwards


def escalate_ready(values: Values, _context: MoveContext) -> str | None:
    """There is nothing above the highest level."""
    if count_of(values, "escalation_level") >= HIGHEST_LEVEL:
        return f"已经是第 {HIGHEST_LEVEL} 级（顶格调度），不能再升级。"
    return None


def escalate(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """One level up, nobody's again; on a new clock where that was decided."""
    changes = {**on_behalf(values, context), **NOBODYS, "escalation_level": count_of(values, "escalation_level") + 1}
    if values.get("new_clock"):
        changes |= {**_clock(values, context), "extended_due_at": None, "extension_no": 0, "extension_state": None}
    return changes


def escalate_guard(values: Values, context: MoveContext) -> str | None:
    """From a level on an officer leads; a new clock is the office's to give."""
    level = count_of(values, "escalation_level")
    if level >= LED_FROM_LEVEL and not values.get("lead_officer"):
        return f"升到第 {level} 级要写明包案领导。"
    if values.get("new_clock") and not {*OFFICE} & {*context.roles}:
        return "重新计时要由社区或街道决定。"
    return told_guard(values, context)


# ---- done


def finish(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """When the handling ended, and whose it was."""
    own = speaks_for_it(values, context)
    return {
        **on_behalf(values, context), "disposed_at": context.moment, "disposed_by": context.actor_id if own else None,
    }  # fmt: skip
