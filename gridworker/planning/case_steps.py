"""The steps of a case: who may take each, what stands against it, and what it writes; pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from gridworker.ledger.dates import local_date, show_datetime
from gridworker.ledger.facts import Value, Values
from gridworker.ledger.workflow import MoveContext
from gridworker.planning import case_clock

GRID_STAFF = ("grid_worker", "grid_lead", "community")
OFFICE = ("community", "street")
HIGHEST_LEVEL, LED_FROM_LEVEL = 4, 3
PENDING = "申请中"
DISSATISFIED = ("1", "2")
# What a handling that did not hold leaves behind is told by the history; the next one is recorded anew.
_UNDONE: Mapping[str, Value] = {
    "dispose_result": None, "disposed_at": None, "disposed_by": None, "closed_at": None,
}  # fmt: skip
_NOBODYS: Mapping[str, Value] = {
    "lead_unit_id": None, "co_unit_ids": None, "handled_by": None, "started_at": None, "extension_days": None,
}  # fmt: skip


def _count(values: Values, key: str) -> int:
    found = values.get(key)
    return found if isinstance(found, int) else 0


# ---- whose move it is


def _speaks_for_it(values: Values, context: MoveContext) -> bool:
    unit = values.get("lead_unit_id")
    return not unit or unit in context.units


def _on_behalf(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {"on_behalf": None if _speaks_for_it(values, context) else True}


def unit_yours(values: Values, context: MoveContext) -> str | None:
    """The lead unit itself, or the community that writes down what the unit said."""
    if _speaks_for_it(values, context):
        staff = bool({*GRID_STAFF} & {*context.roles})
        return None if values.get("lead_unit_id") or staff else "这件由网格自办，可以办理的是：网格员、网格长、社区。"
    if "community" in context.roles:
        return None
    unit = values["lead_unit_id"]
    return f"这件的主办单位是“{unit}”，您不在这个单位。可以办理的是：{unit}，或由社区代录。"


def told_guard(values: Values, context: MoveContext) -> str | None:
    """An entry on behalf of a unit must say who answered, when and how."""
    if values.get("on_behalf") and not context.reason:
        return "代承办单位录入，要在原因里写明是谁、何时、怎样答复的。"
    return None


def verifier_yours(values: Values, context: MoveContext) -> str | None:
    """Nobody verifies her own handling."""
    if context.actor_id in (values.get("disposed_by"), values.get("handled_by")):
        return "承办人不能核查自己办的事，请由另一位网格员、网格长或社区核查。"
    return None


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
    level = _count(values, "escalation_level")
    return f"已经吹到第 {level} 级，要派遣给承办单位，不能由网格自办。" if level else None


def self_handle(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    """The grid handles it: no unit, and the person at work."""
    return {**_NOBODYS, "handled_by": context.actor_id, "started_at": context.moment, "on_behalf": None}


def dispatch(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """When it left, and that it is no longer the grid's own."""
    # Whatever leaves the grid was not solved inside it.
    level = max(1, _count(values, "escalation_level"))
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
    limit = f"派遣后 {within} {_unit(values)}内才能退回，{last.isoformat()} 已过。"
    return limit + "请办理，或由社区升级吹哨。"


def give_back(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """Nobody's again, with the reason, the unit and how often."""
    return {
        **_on_behalf(values, context), **_NOBODYS, "return_reason": context.reason,
        "return_count": _count(values, "return_count") + 1, "returned_by_unit": values.get("lead_unit_id"),
    }  # fmt: skip


def start(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """Who began and when; nobody in person where the community writes it down."""
    own = _speaks_for_it(values, context)
    return {
        **_on_behalf(values, context), "handled_by": context.actor_id if own else None, "started_at": context.moment,
    }  # fmt: skip


# ---- more time

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
    if _count(values, "extension_no") >= most:
        return f"这件最多延期 {most} 次，已经用完。"
    return None


def request_extension(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """The request that waits for the office."""
    return {**_on_behalf(values, context), "extension_state": PENDING, "extension_reason": context.reason}


def extension_guard(values: Values, context: MoveContext) -> str | None:
    """What is asked for must be within the clock's limits."""
    return _too_long(values) or told_guard(values, context)


def _too_long(values: Values) -> str | None:
    if not values.get("accepted_at") or not case_clock.deadline(values):
        return _NO_CLOCK
    days, most, unit = _count(values, "extension_days"), case_clock.limit(values, "extension") or 0, _unit(values)
    if not 1 <= days <= most:
        return f"一次最多延期 {most} {unit}，现在申请的是 {days} {unit}。"
    longest = case_clock.limit(values, "longest")
    if longest is not None:
        whole = longest + _count(values, "suspended_days")
        last = case_clock.after(values, local_date(str(values["accepted_at"])), whole).day
        if _extended_to(values) > last:
            return f"受理后最长 {longest} {unit}办结（{last.isoformat()}），不能延到更晚。"
    return None


def _unit(values: Values) -> str:
    return case_clock.unit_label(values)


def _extended_to(values: Values) -> date:
    return case_clock.after(
        values, local_date(case_clock.deadline(values)), _count(values, "extension_days")
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
    due = case_clock.after(values, local_date(case_clock.deadline(values)), _count(values, "extension_days"))
    return {
        "extended_due_at": case_clock.end_of(due.day), "due_note": due.text or values.get("due_note"),
        "extension_no": _count(values, "extension_no") + 1, "extension_state": "同意", "extension_days": None,
    }  # fmt: skip


def suspend(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    """When the clock was stopped."""
    return {"suspended_from": context.moment, "suspended_to": None}


def resume(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """The deadline, later by the days the clock stood still."""
    stood = case_clock.stood_still(values, context.moment)
    stopped: dict[str, Value] = {
        "suspended_to": context.moment, "suspended_days": _count(values, "suspended_days") + stood,
    }  # fmt: skip
    key = "extended_due_at" if values.get("extended_due_at") else "due_at"
    if not values.get(key):
        return stopped
    due = case_clock.after(values, local_date(str(values[key])), stood)
    return {
        **stopped,
        key: case_clock.end_of(due.day), "due_note": due.text or values.get("due_note"),
    }  # fmt: skip


# ---- upwards


def escalate_ready(values: Values, _context: MoveContext) -> str | None:
    """There is nothing above the highest level."""
    if _count(values, "escalation_level") >= HIGHEST_LEVEL:
        return f"已经是第 {HIGHEST_LEVEL} 级（顶格调度），不能再升级。"
    return None


def escalate(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """One level up, nobody's again; on a new clock where that was decided."""
    changes = {**_on_behalf(values, context), **_NOBODYS, "escalation_level": _count(values, "escalation_level") + 1}
    if values.get("new_clock"):
        changes |= {**_clock(values, context), "extended_due_at": None, "extension_no": 0, "extension_state": None}
    return changes


def escalate_guard(values: Values, context: MoveContext) -> str | None:
    """From a level on an officer leads; a new clock is the office's to give."""
    level = _count(values, "escalation_level")
    if level >= LED_FROM_LEVEL and not values.get("lead_officer"):
        return f"升到第 {level} 级要写明包案领导。"
    if values.get("new_clock") and not {*OFFICE} & {*context.roles}:
        return "重新计时要由社区或街道决定。"
    return told_guard(values, context)


# ---- done, verified, closed


def finish(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """When the handling ended, and whose it was."""
    own = _speaks_for_it(values, context)
    return {
        **_on_behalf(values, context), "disposed_at": context.moment, "disposed_by": context.actor_id if own else None,
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
        "rework_count": _count(values, "rework_count") + 1,
    }  # fmt: skip


def follow_up(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """The day somebody asked, today where none was said."""
    return {"follow_up_on": values.get("follow_up_on") or context.day}


def follow_up_guard(values: Values, context: MoveContext) -> str | None:
    """A dissatisfied answer is handled once more first, and supervision ends before the archive."""
    if values.get("satisfaction") in DISSATISFIED and not _count(values, "redo_count"):
        return "回访不满意，要先重办一次，请改办“不满意重办”。"
    if values.get("supervise_level") and not values.get("supervise_cleared_on"):
        return "督办还没有销号，不能归档。请社区或街道先办“督办销号”。"
    return _day_guard(values, context)


def _day_guard(values: Values, context: MoveContext) -> str | None:
    asked = str(values.get("follow_up_on") or "")
    return "回访日期不能晚于今天。" if asked > context.today.isoformat() else None


def dissatisfied(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """Back to handling; the second time under supervision."""
    redone = _count(values, "redo_count")
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
