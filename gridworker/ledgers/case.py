"""吹哨·网格事件: reported, accepted, handled or dispatched, verified, closed, followed up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.case_code import CaseCode
from gridworker.ledger.code_fields import Code, Codes, Ref
from gridworker.ledger.code_tables import table
from gridworker.ledger.dates import local_date
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Problem, Profile, Sensitivity, Value, Values
from gridworker.ledger.field import Address, Bool, Files, Text
from gridworker.ledger.historic import Historic
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date, DateTime, Integer, Number
from gridworker.ledger.opening import Opening, TitleOf
from gridworker.ledger.workflow import Move, State, Workflow, staying
from gridworker.planning import case_clock
from gridworker.planning import case_closing as closing
from gridworker.planning import case_extension as extension
from gridworker.planning import case_hands as hands
from gridworker.planning import case_steps as steps
from gridworker.planning.case_hands import GRID_STAFF, OFFICE
from gridworker.planning.case_steps import HIGHEST_LEVEL

S1, S2 = Sensitivity.INTERNAL, Sensitivity.PERSONAL
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
PREFIX = "QS"
REPORTERS = ("grid_worker", "grid_lead", "specialist", "part_time", "building_lead", "community")
GRID_OFFICE = ("grid_lead", "community")
UNITS = ("department", "specialist", "street", "district", "community")
HANDLERS = (*UNITS, "grid_worker", "grid_lead")
RUNNING = ("accepted", "dispatched", "disposing", "disposed")

_OF_UNIT = hands.unit_yours

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
             requires=("main_type", "sub_type", "description", "address", "case_code"), derive=steps.report),
        Move("accept", "受理", ("reported",), "accepted", GRID_OFFICE,
             asks=("main_type", "sub_type", "urgency", "complex_matter"), derive=steps.accept),
        Move("decline", "不受理", ("reported",), "declined", GRID_OFFICE, asks=("parent_case_code",),
             guard=steps.decline_guard, reason=True),
        Move("self_handle", "网格自办", ("accepted",), "disposing", ("grid_worker", "grid_lead"),
             derive=steps.self_handle, ready=steps.self_handle_ready),
        Move("dispatch", "派遣", ("accepted",), "dispatched", OFFICE, asks=("lead_unit_id", "co_unit_ids"),
             requires=("lead_unit_id",), derive=steps.dispatch, guard=steps.dispatch_guard),
        Move("return", "退回", ("dispatched",), "accepted", UNITS, derive=steps.give_back, yours=_OF_UNIT,
             ready=steps.return_ready, reason=True),
        Move("start", "开始办理", ("dispatched",), "disposing", UNITS, derive=steps.start, yours=_OF_UNIT,
             guard=hands.told_guard),
        Move("request_extension", "申请延期", ("disposing",), "disposing", HANDLERS, asks=("extension_days",),
             requires=("extension_days",), derive=extension.request_extension, yours=_OF_UNIT,
             ready=extension.request_ready, guard=extension.extension_guard, reason=True),
        Move("approve_extension", "同意延期", ("disposing",), "disposing", OFFICE, derive=extension.approve_extension,
             ready=extension.approval_ready),
        Move("refuse_extension", "不同意延期", ("disposing",), "disposing", OFFICE, ready=extension.decision_ready,
             sets={"extension_state": "不同意", "extension_days": None}, reason=True),
        Move("suspend", "挂账", ("disposing",), "suspended", ("community",), derive=extension.suspend, reason=True),
        Move("resume", "解除挂账", ("suspended",), "disposing", ("community",), derive=extension.resume),
        Move("escalate", "升级吹哨", ("disposing",), "accepted", HANDLERS, asks=("lead_officer", "new_clock"),
             derive=steps.escalate, yours=_OF_UNIT, ready=steps.escalate_ready, guard=steps.escalate_guard,
             reason=True),
        Move("finish", "处置完成", ("disposing",), "disposed", HANDLERS, asks=("dispose_result", "photos_after"),
             requires=("dispose_result", "photos_after"), derive=steps.finish, yours=_OF_UNIT, guard=hands.told_guard),
        Move("verify_pass", "核查通过", ("disposed",), "closed", GRID_STAFF, derive=closing.verify_pass,
             yours=hands.verifier_yours),
        Move("verify_fail", "核查不通过", ("disposed",), "disposing", GRID_STAFF, derive=closing.verify_fail,
             yours=hands.verifier_yours, reason=True),
        Move("follow_up", "回访归档", ("closed",), "archived", GRID_OFFICE,
             asks=("resolved", "satisfaction", "service_satisfaction", "follow_up_on"),
             requires=("resolved", "satisfaction"), derive=closing.follow_up, guard=closing.follow_up_guard),
        Move("dissatisfied", "不满意重办", ("closed",), "disposing", GRID_STAFF,
             asks=("satisfaction", "service_satisfaction", "follow_up_on"), requires=("satisfaction",),
             derive=closing.dissatisfied, guard=closing.dissatisfied_guard, reason=True),
        *staying(("accepted", "dispatched", "disposing", "suspended", "disposed"), "supervise", "督办", OFFICE,
                  asks=("supervise_level",), requires=("supervise_level",), derive=closing.supervise, reason=True),
        *staying((*RUNNING, "suspended", "closed"), "clear_supervision", "督办销号", OFFICE,
                  asks=("supervise_evidence",), requires=("supervise_evidence",), derive=closing.clear,
                  ready=closing.clear_ready, reason=True),
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


def _owes(values: Values, state: str) -> Mapping[str, Value]:
    """The clock of its kind, from the day it was taken up; a sheet without that day has the day it was reported."""
    start = values.get("accepted_at") or values.get("reported_at") or values.get("recorded_at")
    if values.get("due_at") or state not in (*RUNNING, "suspended") or not start:
        return {}
    began = case_clock.start(values, str(start))
    return {"clock_name": began.name, "due_at": began.due_at, "due_note": began.note or None}


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    reported = values.get("reported_at")
    if reported and context.profile is not Profile.WIRE and local_date(str(reported)) > context.today:
        yield Problem("reported_at", "上报时间不能晚于今天。")
    for key, label, most in (("lng", "经度", 180), ("lat", "纬度", 90)):
        if values.get(key) and Decimal(str(values[key])) > most:
            yield Problem(key, f"{label}不能大于 {most}。")
    own = steps.own_parent(values)
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
    same_by=(("case_code",), ("record_no",), ("external_case_no",), ("reported_at", "address", "description")),
    dues=(Due("due_at", RUNNING, "网格事件", "办结时限", says="title", kind="sub_type", extended="extended_due_at",
        counted=True),),
    opens=(Opening("case", _recurred, on="recur", back="parent_case_id"),),
    recurs_by=("address", "sub_type"),
    historic=Historic(
        words=table("STATE_CASE"),
        told_by=("dispose_result", "verify_result"),
        shown_by=(("closed_at", "closed"), ("disposed_at", "disposed"), ("accepted_at", "accepted")),
        ended_on=("closed_at", "disposed_at"),
        owes=_owes,
    ),
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
