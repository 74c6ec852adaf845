"""事项准入: a department applies to bring a task into communities; it is granted, refused, revoked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code
from gridworker.ledger.code_tables import table
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Auto, Problem, Profile, Sensitivity, Severity, Value, Values
from gridworker.ledger.field import Text
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date, Number
from gridworker.ledger.workflow import Move, MoveContext, State, Workflow, today_in
from gridworker.planning.clocks import due_after

S1 = Sensitivity.INTERNAL
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
OFFICES = ("community", "street", "district")
# The clock of the decision, and how long ahead of its beginning a task is applied for.
_DECIDE, _AHEAD = "admission_decide", "admission_apply"


def _span_guard(values: Values, _context: MoveContext) -> str | None:
    start, end = str(values.get("valid_from") or ""), str(values.get("valid_to") or "")
    return "准入截止日期不能早于开始日期。" if start and end and end < start else None


WORKFLOW = Workflow(
    states=(
        State("applied", "已申请"),
        State("approved", "已审批"),
        State("active", "准入中"),
        State("refused", "未准入", final=True),
        State("revoked", "已撤销", final=True),
    ),
    moves=(
        Move("approve", "同意准入", ("applied",), "approved", ("street", "district"),
             asks=("valid_from", "valid_to", "decided_on"), requires=("valid_from", "valid_to"),
             derive=today_in("decided_on"), guard=_span_guard),
        Move("refuse", "不予准入", ("applied",), "refused", ("street", "district"),
             asks=("refusal_reason", "decided_on"), requires=("refusal_reason",), derive=today_in("decided_on")),
        Move("start", "开始实施", ("approved",), "active", OFFICES),
        Move("revoke", "撤销准入", ("approved", "active"), "revoked", ("street", "district"), reason=True),
    ),
    refusals={("applied", "start"): "还没有审批，不能进社区。"},
)  # fmt: skip


def _derive(values: Values, _today: date) -> Mapping[str, Value]:
    """By when the application is answered."""
    applied = values.get("applied_on")
    return {"decide_by": due_after(_DECIDE, date.fromisoformat(str(applied))).day.isoformat()} if applied else {}


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    applied, start, end = (str(values.get(key) or "") for key in ("applied_on", "valid_from", "valid_to"))
    if context.profile is not Profile.WIRE and applied > context.today.isoformat():
        yield Problem("applied_on", "申请日期不能晚于今天。")
    if start and end and end < start:
        yield Problem("valid_to", "准入截止日期不能早于开始日期。")
    if context.profile is SUBMIT and applied and start:
        earliest = due_after(_AHEAD, date.fromisoformat(applied)).day.isoformat()
        if start < earliest:
            yield Problem("valid_from", f"应提前 30 个工作日申请，最早 {earliest} 开始。", Severity.WARNING)


LEDGER = Ledger(
    key="admission",
    label="事项准入",
    number_prefix="ZR",
    fields=(
        *base_fields(table("SOURCE")),
        Text("item", "事项名称", required=IMPORT, max_length=100),
        Code("applicant_dept", "申请部门", required=SUBMIT, table=table("UNIT")),
        Date("applied_on", "申请日期", required=SUBMIT, default=Auto.TODAY),
        Text("legal_basis", "依据", required=SUBMIT, lines=True, max_length=2000, help="写明文件名称和条款。"),
        Number("funding", "工作经费", sensitivity=S1, unit="元"),
        Date("valid_from", "准入开始"),
        Date("valid_to", "准入截止"),
        Date("decide_by", "答复时限", help="按申请日期推算。"),
        Date("decided_on", "审批日期"),
        Text("refusal_reason", "不予准入原因", lines=True, max_length=2000),
    ),
    list_columns=("applied_on", "item", "applicant_dept", "valid_from", "valid_to", "decide_by"),
    form_groups=(
        ("申请", ("item", "applicant_dept", "applied_on", "legal_basis", "funding", "valid_from", "valid_to")),
        ("其他", ("source_channel", "remark")),
    ),
    search=Search(texts=("item", "legal_basis"), tags=("applicant_dept",)),
    pdf_columns=("record_no", "applied_on", "item", "applicant_dept", "legal_basis", "funding", "valid_from",
        "valid_to", "decided_on"),
    excel_columns=("record_no", "applied_on", "item", "applicant_dept", "legal_basis", "funding", "valid_from",
        "valid_to", "decided_on", "refusal_reason", "remark"),
    title=lambda values: str(values.get("item") or "准入事项")[:20],
    workflow=WORKFLOW,
    check=_check,
    derive=_derive,
    sort_by=("-applied_on",),
    month_field="applied_on",
    order=110,
    named_by="item",
    dues=(
        Due("decide_by", ("applied",), "准入答复", "答复时限", says="item", counted=True),
        Due("valid_to", ("active",), "准入到期", "准入截止", says="item"),
    ),
)  # fmt: skip
