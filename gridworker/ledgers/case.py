"""吹哨·网格事件: reported, accepted, handled or dispatched, verified, closed, followed up (domain.md L8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.case_code import CaseCode
from gridworker.ledger.code_fields import Code, Codes, Ref
from gridworker.ledger.dates import local_date, show_datetime
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Problem, Profile, Sensitivity, Value, Values
from gridworker.ledger.field import Address, Bool, Files, Text
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date, DateTime, Integer, Number
from gridworker.ledger.opening import Opening, TitleOf
from gridworker.ledger.workflow import Guard, Move, MoveContext, State, Workflow, staying
from gridworker.ledgers.code_tables import table
from gridworker.planning import case_clock

S1, S2 = Sensitivity.INTERNAL, Sensitivity.PERSONAL
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
PREFIX = "QS"
REPORTERS = ("grid_worker", "grid_lead", "specialist", "part_time", "building_lead", "community")
GRID_STAFF = ("grid_worker", "grid_lead", "community")
GRID_OFFICE = ("grid_lead", "community")
OFFICE = ("community", "street")
UNITS = ("department", "specialist", "street", "district", "community")
HANDLERS = (*UNITS, "grid_worker", "grid_lead")
RUNNING = ("accepted", "dispatched", "disposing", "disposed")
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


def _unit_yours(values: Values, context: MoveContext) -> str | None:
    """The lead unit itself, or the community that writes down what the unit said."""
    if _speaks_for_it(values, context):
        staff = bool({*GRID_STAFF} & {*context.roles})
        return None if values.get("lead_unit_id") or staff else "这件由网格自办，可以办理的是：网格员、网格长、社区。"
    if "community" in context.roles:
        return None
    unit = values["lead_unit_id"]
    return f"这件的主办单位是“{unit}”，您不在这个单位。可以办理的是：{unit}，或由社区代录。"


def _told_guard(values: Values, context: MoveContext) -> str | None:
    if values.get("on_behalf") and not context.reason:
        return "代承办单位录入，要在原因里写明是谁、何时、怎样答复的。"
    return None


def _verifier_yours(values: Values, context: MoveContext) -> str | None:
    if context.actor_id in (values.get("disposed_by"), values.get("handled_by")):
        return "承办人不能核查自己办的事，请由另一位网格员、网格长或社区核查。"
    return None


# ---- report, accept


def _report(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {
        "reported_at": values.get("reported_at") or context.moment,
        "reported_by": values.get("reported_by") or context.actor_id,
    }


def _accept(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {"accepted_by": context.actor_id, "accepted_at": context.moment, **_clock(values, context)}


def _clock(values: Values, context: MoveContext) -> Mapping[str, Value]:
    started = case_clock.start(values, context.moment)
    return {"clock_name": started.name, "due_at": started.due_at, "due_note": started.note or None}


def _decline_guard(values: Values, _context: MoveContext) -> str | None:
    return _own_parent(values)


def _own_parent(values: Values) -> str | None:
    parent = values.get("parent_case_code")
    return "原案件不能是这件自己。" if parent and parent == values.get("case_code") else None


# ---- handled by the grid, or dispatched


def _self_handle_ready(values: Values, _context: MoveContext) -> str | None:
    level = _count(values, "escalation_level")
    return f"已经吹到第 {level} 级，要派遣给承办单位，不能由网格自办。" if level else None


def _self_handle(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {**_NOBODYS, "handled_by": context.actor_id, "started_at": context.moment, "on_behalf": None}


def _dispatch(values: Values, context: MoveContext) -> Mapping[str, Value]:
    # Whatever leaves the grid was not solved inside it.
    level = max(1, _count(values, "escalation_level"))
    return {"dispatched_at": context.moment, "handled_by": None, "escalation_level": level, "new_clock": None}


def _dispatch_guard(values: Values, _context: MoveContext) -> str | None:
    others = values.get("co_unit_ids")
    if isinstance(others, list) and values.get("lead_unit_id") in others:
        return "主办单位不用再列为协办单位。"
    return None


def _return_ready(values: Values, context: MoveContext) -> str | None:
    within = case_clock.limit(values, "return")
    if within is None or not values.get("dispatched_at"):
        return None
    last = case_clock.after(values, local_date(str(values["dispatched_at"])), within).day
    if local_date(context.moment) <= last:
        return None
    limit = f"派遣后 {within} {_unit(values)}内才能退回，{last.isoformat()} 已过。"
    return limit + "请办理，或由社区升级吹哨。"


def _return(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {
        **_on_behalf(values, context), **_NOBODYS, "return_reason": context.reason,
        "return_count": _count(values, "return_count") + 1, "returned_by_unit": values.get("lead_unit_id"),
    }  # fmt: skip


def _start(values: Values, context: MoveContext) -> Mapping[str, Value]:
    own = _speaks_for_it(values, context)
    return {
        **_on_behalf(values, context), "handled_by": context.actor_id if own else None, "started_at": context.moment,
    }  # fmt: skip


# ---- more time


def _request_ready(values: Values, context: MoveContext) -> str | None:
    until = case_clock.deadline(values)
    if until and datetime.fromisoformat(context.moment) > datetime.fromisoformat(until):
        return f"办结时限 {show_datetime(until)} 已过，不能再申请延期。"
    most = case_clock.limit(values, "extensions") or 0
    if _count(values, "extension_no") >= most:
        return f"这件最多延期 {most} 次，已经用完。"
    return None


def _request_extension(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {**_on_behalf(values, context), "extension_state": PENDING, "extension_reason": context.reason}


def _extension_guard(values: Values, context: MoveContext) -> str | None:
    return _too_long(values) or _told_guard(values, context)


def _too_long(values: Values) -> str | None:
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


def _decision_ready(values: Values, _context: MoveContext) -> str | None:
    if values.get("extension_state") != PENDING or not values.get("extension_days"):
        return "没有等待审批的延期申请。"
    return None


def _approval_ready(values: Values, context: MoveContext) -> str | None:
    return _decision_ready(values, context) or _too_long(values)


def _approve_extension(values: Values, _context: MoveContext) -> Mapping[str, Value]:
    due = case_clock.after(values, local_date(case_clock.deadline(values)), _count(values, "extension_days"))
    return {
        "extended_due_at": case_clock.end_of(due.day), "due_note": due.text or values.get("due_note"),
        "extension_no": _count(values, "extension_no") + 1, "extension_state": "同意", "extension_days": None,
    }  # fmt: skip


def _suspend(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {"suspended_from": context.moment, "suspended_to": None}


def _resume(values: Values, context: MoveContext) -> Mapping[str, Value]:
    stood = case_clock.stood_still(values, context.moment)
    key = "extended_due_at" if values.get("extended_due_at") else "due_at"
    due = case_clock.after(values, local_date(str(values[key])), stood)
    return {
        "suspended_to": context.moment, "suspended_days": _count(values, "suspended_days") + stood,
        key: case_clock.end_of(due.day), "due_note": due.text or values.get("due_note"),
    }  # fmt: skip


# ---- upwards


def _escalate_ready(values: Values, _context: MoveContext) -> str | None:
    if _count(values, "escalation_level") >= HIGHEST_LEVEL:
        return f"已经是第 {HIGHEST_LEVEL} 级（顶格调度），不能再升级。"
    return None


def _escalate(values: Values, context: MoveContext) -> Mapping[str, Value]:
    changes = {**_on_behalf(values, context), **_NOBODYS, "escalation_level": _count(values, "escalation_level") + 1}
    if values.get("new_clock"):
        changes |= {**_clock(values, context), "extended_due_at": None, "extension_no": 0, "extension_state": None}
    return changes


def _escalate_guard(values: Values, context: MoveContext) -> str | None:
    level = _count(values, "escalation_level")
    if level >= LED_FROM_LEVEL and not values.get("lead_officer"):
        return f"升到第 {level} 级要写明包案领导。"
    if values.get("new_clock") and not {*OFFICE} & {*context.roles}:
        return "重新计时要由社区或街道决定。"
    return _told_guard(values, context)


# ---- done, verified, closed


def _finish(values: Values, context: MoveContext) -> Mapping[str, Value]:
    own = _speaks_for_it(values, context)
    return {
        **_on_behalf(values, context), "disposed_at": context.moment, "disposed_by": context.actor_id if own else None,
    }  # fmt: skip


def _verify_pass(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    # What was said of an earlier handling was said of that one.
    asked_anew: Mapping[str, Value] = dict.fromkeys(
        ("resolved", "satisfaction", "service_satisfaction", "follow_up_on")
    )
    return {
        **asked_anew, "verified_by": context.actor_id, "verify_result": "通过", "closed_at": context.moment,
    }  # fmt: skip


def _verify_fail(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {
        **_UNDONE, "verified_by": context.actor_id, "verify_result": "不通过",
        "rework_count": _count(values, "rework_count") + 1,
    }  # fmt: skip


def _follow_up(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {"follow_up_on": values.get("follow_up_on") or context.day}


def _follow_up_guard(values: Values, context: MoveContext) -> str | None:
    if values.get("satisfaction") in DISSATISFIED and not _count(values, "redo_count"):
        return "回访不满意，要先重办一次，请改办“不满意重办”。"
    if values.get("supervise_level") and not values.get("supervise_cleared_on"):
        return "督办还没有销号，不能归档。请社区或街道先办“督办销号”。"
    return _day_guard(values, context)


def _day_guard(values: Values, context: MoveContext) -> str | None:
    asked = str(values.get("follow_up_on") or "")
    return "回访日期不能晚于今天。" if asked > context.today.isoformat() else None


def _dissatisfied(values: Values, context: MoveContext) -> Mapping[str, Value]:
    redone = _count(values, "redo_count")
    changes = {**_UNDONE, **_follow_up(values, context), "redo_count": redone + 1}
    if redone:
        changes |= {"supervise_level": "督办单", "supervised_at": context.moment, "supervise_cleared_on": None}
    return changes


def _dissatisfied_guard(values: Values, context: MoveContext) -> str | None:
    if values.get("satisfaction") not in DISSATISFIED:
        return "回访满意的请办“回访归档”；重办只用于不满意或非常不满意。"
    return _day_guard(values, context)


def _supervise(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {"supervised_at": context.moment, "supervise_cleared_on": None, "supervise_evidence": None}


def _clear_ready(values: Values, _context: MoveContext) -> str | None:
    open_now = values.get("supervise_level") and not values.get("supervise_cleared_on")
    return None if open_now else "这件没有待销号的督办。"


def _clear(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {"supervise_cleared_on": context.day}


_OF_UNIT: Guard = _unit_yours

WORKFLOW = Workflow(
    states=(
        State("draft", "草稿"),
        State("reported", "已上报"),
        State("declined", "不受理", final=True),
        State("accepted", "已受理"),
        State("dispatched", "已派遣"),
        State("disposing", "处置中"),
        State("suspended", "挂账"),
        State("disposed", "待核查"),
        State("closed", "已办结"),
        State("archived", "已归档", final=True),
    ),
    moves=(
        Move("report", "上报", ("draft",), "reported", REPORTERS,
             asks=("main_type", "sub_type", "title", "description", "address", "urgency", "photos_before"),
             requires=("main_type", "sub_type", "description", "address", "case_code"), derive=_report),
        Move("accept", "受理", ("reported",), "accepted", GRID_OFFICE,
             asks=("main_type", "sub_type", "urgency", "complex_matter"), derive=_accept),
        Move("decline", "不受理", ("reported",), "declined", GRID_OFFICE, asks=("parent_case_code",),
             guard=_decline_guard, reason=True),
        Move("self_handle", "网格自办", ("accepted",), "disposing", ("grid_worker", "grid_lead"),
             derive=_self_handle, ready=_self_handle_ready),
        Move("dispatch", "派遣", ("accepted",), "dispatched", OFFICE, asks=("lead_unit_id", "co_unit_ids"),
             requires=("lead_unit_id",), derive=_dispatch, guard=_dispatch_guard),
        Move("return", "退回", ("dispatched",), "accepted", UNITS, derive=_return, yours=_OF_UNIT,
             ready=_return_ready, reason=True),
        Move("start", "开始办理", ("dispatched",), "disposing", UNITS, derive=_start, yours=_OF_UNIT,
             guard=_told_guard),
        Move("request_extension", "申请延期", ("disposing",), "disposing", HANDLERS, asks=("extension_days",),
             requires=("extension_days",), derive=_request_extension, yours=_OF_UNIT, ready=_request_ready,
             guard=_extension_guard, reason=True),
        Move("approve_extension", "同意延期", ("disposing",), "disposing", OFFICE, derive=_approve_extension,
             ready=_approval_ready),
        Move("refuse_extension", "不同意延期", ("disposing",), "disposing", OFFICE, ready=_decision_ready,
             sets={"extension_state": "不同意", "extension_days": None}, reason=True),
        Move("suspend", "挂账", ("disposing",), "suspended", ("community",), derive=_suspend, reason=True),
        Move("resume", "解除挂账", ("suspended",), "disposing", ("community",), derive=_resume),
        Move("escalate", "升级吹哨", ("disposing",), "accepted", HANDLERS, asks=("lead_officer", "new_clock"),
             derive=_escalate, yours=_OF_UNIT, ready=_escalate_ready, guard=_escalate_guard, reason=True),
        Move("finish", "处置完成", ("disposing",), "disposed", HANDLERS, asks=("dispose_result", "photos_after"),
             requires=("dispose_result", "photos_after"), derive=_finish, yours=_OF_UNIT, guard=_told_guard),
        Move("verify_pass", "核查通过", ("disposed",), "closed", GRID_STAFF, derive=_verify_pass,
             yours=_verifier_yours),
        Move("verify_fail", "核查不通过", ("disposed",), "disposing", GRID_STAFF, derive=_verify_fail,
             yours=_verifier_yours, reason=True),
        Move("follow_up", "回访归档", ("closed",), "archived", GRID_OFFICE,
             asks=("resolved", "satisfaction", "service_satisfaction", "follow_up_on"),
             requires=("resolved", "satisfaction"), derive=_follow_up, guard=_follow_up_guard),
        Move("dissatisfied", "不满意重办", ("closed",), "disposing", GRID_STAFF,
             asks=("satisfaction", "service_satisfaction", "follow_up_on"), requires=("satisfaction",),
             derive=_dissatisfied, guard=_dissatisfied_guard, reason=True),
        *staying(("accepted", "dispatched", "disposing", "suspended", "disposed"), "supervise", "督办", OFFICE,
                  asks=("supervise_level",), requires=("supervise_level",), derive=_supervise, reason=True),
        *staying((*RUNNING, "suspended", "closed"), "clear_supervision", "督办销号", OFFICE,
                  asks=("supervise_evidence",), requires=("supervise_evidence",), derive=_clear, ready=_clear_ready,
                  reason=True),
        *staying(("closed", "archived"), "recur", "回流", (*REPORTERS, "street", "district", "department"),
                  reason=True),
    ),
    refusals={
        ("reported", "dispatch"): "还没有受理，不能派遣。",
        ("accepted", "finish"): "还没有开始办理，不能处置完成。",
        ("dispatched", "finish"): "承办单位还没有开始办理，不能处置完成。",
        ("disposing", "verify_pass"): "还没有处置完成，不能核查。",
        ("disposing", "return"): "已经开始办理，不能退回；办不了的请升级吹哨。",
        ("suspended", "finish"): "挂账期间不能处置完成，请社区先解除挂账。",
        ("disposed", "follow_up"): "还没有核查办结，不能回访归档。",
    },
)  # fmt: skip


def _recurred(values: Values, _title_of: TitleOf) -> Mapping[str, Value]:
    """The matter that came back; the person at work says what she found this time."""
    kept = ("main_type", "sub_type", "title", "address", "lng", "lat", "urgency", "household_id")
    told = f"回流：{values.get('description') or ''}"[:2000]
    return {key: values.get(key) for key in kept} | {"description": told, "parent_case_code": values.get("case_code")}


def _derive(values: Values, _today: date) -> Mapping[str, Value]:
    # Nothing of the description: a title stands on notices.
    kind = values.get("sub_type") or values.get("main_type") or "网格事件"
    return {} if values.get("title") else {"title": str(kind)}


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    reported = values.get("reported_at")
    if reported and context.profile is not Profile.WIRE and local_date(str(reported)) > context.today:
        yield Problem("reported_at", "上报时间不能晚于今天。")
    for key, label, most in (("lng", "经度", 180), ("lat", "纬度", 90)):
        if values.get(key) and Decimal(str(values[key])) > most:
            yield Problem(key, f"{label}不能大于 {most}。")
    own = _own_parent(values)
    if own:
        yield Problem("parent_case_code", own)


LEDGER = Ledger(
    key="case",
    label="网格事件",
    number_prefix=PREFIX,
    fields=(
        *base_fields(table("SOURCE")),
        CaseCode("case_code", "案件代码", required=SUBMIT, prefix=PREFIX, help="登记时由本机编定，不再改变。"),
        Text("external_case_no", "外部编号", max_length=60, help="平台或 12345 的工单号。"),
        DateTime("reported_at", "上报时间", sensitivity=S1, help="不填时取上报那一刻。"),
        Ref("reported_by", "上报人", sensitivity=S1, to="actor"),
        Code("main_type", "事项大类", table=table("CAT7")),
        Code("sub_type", "事项小类", table=table("CASE_SUB")),
        Text("title", "标题", required=SUBMIT, max_length=60, help="会出现在公示里：不写姓名、电话和门牌。"),
        Text("description", "问题描述", required=IMPORT, sensitivity=S2, lines=True, max_length=2000),
        Address("address", "地址", required=IMPORT, sensitivity=S2, max_length=200),
        Number("lng", "经度", sensitivity=S2, places=8),
        Number("lat", "纬度", sensitivity=S2, places=8),
        Code("urgency", "紧急程度", required=SUBMIT, table=table("URGENCY"), default="一般"),
        Bool("complex_matter", "复杂事项"),
        Integer("escalation_level", "吹哨层级", required=SUBMIT, default=0, high=HIGHEST_LEVEL,
            help="0 网格，1 社区，2 街道，3 区（市）部门，4 顶格调度。"),
        Text("lead_officer", "包案领导", max_length=50),
        Ref("accepted_by", "受理人", to="actor"),
        DateTime("accepted_at", "受理时间"),
        Code("clock_name", "时限类别", table=table("CASE_CLOCK")),
        DateTime("due_at", "截止时间"),
        Text("due_note", "时限说明", max_length=60),
        Bool("new_clock", "重新计时"),
        Code("lead_unit_id", "主办单位", table=table("UNIT")),
        Codes("co_unit_ids", "协办单位", table=table("UNIT")),
        DateTime("dispatched_at", "派遣时间"),
        Ref("handled_by", "承办人", sensitivity=S1, to="actor"),
        DateTime("started_at", "开始办理"),
        Bool("on_behalf", "社区代录", sensitivity=S1),
        Files("photos_before", "处置前照片"),
        Text("dispose_result", "处置结果", sensitivity=S1, lines=True, max_length=2000),
        Files("photos_after", "处置后照片"),
        DateTime("disposed_at", "处置时间"),
        Ref("disposed_by", "处置人", sensitivity=S1, to="actor"),
        Ref("verified_by", "核查人", to="actor"),
        Code("verify_result", "核查结果", table=table("CASE_VERIFY")),
        DateTime("closed_at", "办结时间"),
        Date("follow_up_on", "回访日期", sensitivity=S1),
        Bool("resolved", "是否解决"),
        Code("satisfaction", "满意度", table=table("SAT5")),
        Code("service_satisfaction", "服务满意度", table=table("SAT5")),
        Integer("redo_count", "重办次数", default=0),
        Integer("extension_days", "申请延期天数", low=1, high=365),
        Text("extension_reason", "延期原因", lines=True, max_length=2000),
        Code("extension_state", "延期审批", table=table("EXTENSION_STATE")),
        Integer("extension_no", "延期次数", default=0),
        DateTime("extended_due_at", "延期后时限"),
        Text("return_reason", "退回原因", lines=True, max_length=2000),
        Integer("return_count", "退回次数", default=0),
        Code("returned_by_unit", "退回单位", table=table("UNIT")),
        Integer("rework_count", "返工次数", required=SUBMIT, default=0),
        DateTime("suspended_from", "挂账开始"),
        DateTime("suspended_to", "挂账结束"),
        Integer("suspended_days", "挂账天数", default=0),
        Code("supervise_level", "督办", table=table("SUPERVISE")),
        DateTime("supervised_at", "督办时间"),
        Date("supervise_cleared_on", "督办销号日期"),
        Files("supervise_evidence", "督办销号材料"),
        CaseCode("parent_case_code", "原案件", prefix=PREFIX, own=False),
        Ref("parent_case_id", "原案件记录", to="case"),
        Ref("household_id", "相关住户", sensitivity=S1, to="household"),
        Ref("visit_id", "来自走访", sensitivity=S1, to="visit"),
        Ref("hazard_id", "来自隐患", sensitivity=S1, to="hazard"),
        Ref("opinion_id", "来自社情民意", sensitivity=S1, to="opinion"),
        Ref("dispute_id", "来自矛盾纠纷", sensitivity=S1, to="dispute"),
        Ref("deliberation_id", "来自议事协商", sensitivity=S1, to="deliberation"),
    ),
    list_columns=("case_code", "reported_at", "title", "sub_type", "urgency", "escalation_level", "lead_unit_id",
        "due_at", "address"),
    form_groups=(
        ("事件", ("title", "description", "address", "main_type", "sub_type", "urgency", "complex_matter",
            "reported_at", "household_id")),
        ("其他", ("source_channel", "external_case_no", "parent_case_code", "lng", "lat", "remark")),
    ),
    search=Search(texts=("title", "address", "description", "dispose_result"), numbers=("case_code", "external_case_no",
        "parent_case_code"), tags=("main_type", "sub_type", "lead_unit_id")),
    pdf_columns=(
        "case_code", "reported_at", "title", "sub_type", "address", "urgency", "escalation_level", "lead_unit_id",
        "due_at", "dispose_result", "closed_at", "satisfaction",
    ),
    excel_columns=(
        "case_code", "external_case_no", "reported_at", "main_type", "sub_type", "title", "description", "address",
        "urgency", "escalation_level", "accepted_at", "due_at", "extended_due_at", "lead_unit_id", "co_unit_ids",
        "dispose_result", "disposed_at", "verify_result", "closed_at", "resolved", "satisfaction",
        "service_satisfaction", "extension_no", "return_count", "rework_count", "redo_count", "supervise_level",
        "parent_case_code", "remark",
    ),
    title=lambda values: str(values.get("title") or values.get("case_code") or "网格事件"),
    workflow=WORKFLOW,
    check=_check,
    derive=_derive,
    sort_by=("-recorded_at",),
    month_field="reported_at",
    order=50,
    same_by=(("case_code",), ("record_no",)),
    dues=(Due("due_at", RUNNING, "网格事件", "办结时限", says="title", kind="sub_type", extended="extended_due_at"),),
    opens=(Opening("case", _recurred, on="recur", back="parent_case_id"),),
    recurs_by=("address", "sub_type"),
    by_steps=(
        "reported_by", "escalation_level", "lead_officer", "accepted_by", "accepted_at", "clock_name", "due_at",
        "due_note", "new_clock", "lead_unit_id", "co_unit_ids", "dispatched_at", "handled_by", "started_at",
        "on_behalf", "dispose_result", "disposed_at", "disposed_by", "verified_by", "verify_result", "closed_at",
        "follow_up_on", "resolved", "satisfaction", "service_satisfaction", "redo_count", "extension_days",
        "extension_reason", "extension_state", "extension_no", "extended_due_at", "return_reason", "return_count",
        "returned_by_unit", "rework_count", "suspended_from", "suspended_to", "suspended_days", "supervise_level",
        "supervised_at", "supervise_cleared_on",
    ),
    open_to=("part_time", "building_lead", "specialist"),
)  # fmt: skip
