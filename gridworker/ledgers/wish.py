"""微心愿: collected, reviewed, claimed, fulfilled, visited back, published (domain.md L7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Ref
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Auto, Problem, Profile, Sensitivity, Value, Values
from gridworker.ledger.field import Bool, PersonName, Text
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date, Number
from gridworker.ledger.workflow import Derive, Move, MoveContext, State, Workflow, today_in
from gridworker.ledgers.code_tables import table

S1, S2, S3 = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
FIELD_STAFF = ("grid_worker", "grid_lead", "community")
REVIEWERS = ("grid_lead", "community")
# 对接 within 7 days of the claim, by the practice domain.md §3 quotes.
CONTACT_DAYS = 7


def _reviewed(result: str) -> Derive:
    def derive(_values: Values, context: MoveContext) -> Mapping[str, Value]:
        return {"reviewed_by": context.actor_id, "review_result": result}

    return derive


def _released(_values: Values, _context: MoveContext) -> Mapping[str, Value]:
    empty: dict[str, Value] = dict.fromkeys(
        ("claimer_name", "claimer_org", "claimed_on", "promise_due_on", "contacted_on")
    )
    return empty | {"next_round_priority": True}


def _claim_guard(values: Values, _context: MoveContext) -> str | None:
    if not values.get("claimer_name") and not values.get("claimer_org"):
        return "请填写认领人或认领单位。"
    claimed, promised = str(values.get("claimed_on") or ""), str(values.get("promise_due_on") or "")
    return "承诺完成日期不能早于认领日期。" if promised and promised < claimed else None


def _publish_guard(values: Values, _context: MoveContext) -> str | None:
    start, end = str(values.get("publicity_from") or ""), str(values.get("publicity_to") or "")
    return "公示结束日期不能早于开始日期。" if end < start else None


_BEFORE_VISIT_BACK = "还没有回访，不能公示。"

WORKFLOW = Workflow(
    states=(
        State("collected", "已征集"),
        State("approved", "待认领"),
        State("returned", "已退回"),
        State("transferred", "已转办", final=True),
        State("claimed", "已认领"),
        State("contacted", "已对接"),
        State("fulfilled", "已实施"),
        State("visited_back", "已回访"),
        State("published", "已公示", final=True),
    ),
    moves=(
        Move("approve", "审核通过", ("collected",), "approved", REVIEWERS,
             asks=("review_mode", "review_note"), requires=("review_mode", "review_note"), derive=_reviewed("通过")),
        Move("return", "退回", ("collected",), "returned", REVIEWERS,
             asks=("review_mode", "review_note"), requires=("review_note",), derive=_reviewed("退回")),
        Move("transfer", "转办", ("collected",), "transferred", REVIEWERS,
             asks=("review_mode", "review_note"), requires=("review_note",), derive=_reviewed("转办")),
        Move("resubmit", "重新提交", ("returned",), "collected", FIELD_STAFF, asks=("content", "hardship_note",
            "est_amount")),
        Move("claim", "认领", ("approved",), "claimed", FIELD_STAFF,
             asks=("claimer_name", "claimer_org", "claimed_on", "promise_due_on"), requires=("promise_due_on",),
             derive=today_in("claimed_on"), guard=_claim_guard),
        Move("release", "释放认领", ("claimed", "contacted"), "approved", FIELD_STAFF, derive=_released, reason=True),
        Move("contact", "对接", ("claimed",), "contacted", FIELD_STAFF, asks=("contacted_on",),
            derive=today_in("contacted_on")),
        Move("fulfill", "实施", ("contacted",), "fulfilled", FIELD_STAFF,
             asks=("fulfilled_on", "fulfil_note", "actual_amount", "photo_consent"), requires=("fulfil_note",),
             derive=today_in("fulfilled_on")),
        Move("visit_back", "回访", ("fulfilled",), "visited_back", FIELD_STAFF,
             asks=("follow_up_on", "follow_up_mode", "satisfaction"), requires=("follow_up_mode", "satisfaction"),
             derive=today_in("follow_up_on")),
        Move("publish", "公示", ("visited_back",), "published", REVIEWERS,
             asks=("publicity_from", "publicity_to", "publicity_objection"), requires=("publicity_from",
                 "publicity_to"),
             guard=_publish_guard),
    ),
    refusals={(state, "publish"): _BEFORE_VISIT_BACK for state in ("collected", "approved", "claimed",
        "contacted", "fulfilled")}
    | {("claimed", "claim"): "这个心愿已经有人认领。", ("contacted", "claim"): "这个心愿已经有人认领。"},
)  # fmt: skip


def _derive(values: Values, _today: date) -> Mapping[str, Value]:
    """The public name is never the real one: where none was chosen it stays generic."""
    return {} if values.get("public_alias") else {"public_alias": f"{values.get('wisher_group') or '社区'}居民"}


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    collected = values.get("collected_on")
    if collected and context.profile is not Profile.WIRE and str(collected) > context.today.isoformat():
        yield Problem("collected_on", "征集日期不能晚于今天。")


LEDGER = Ledger(
    key="wish",
    label="微心愿",
    number_prefix="XY",
    fields=(
        *base_fields(table("SOURCE")),
        Date("collected_on", "征集日期", required=SUBMIT, default=Auto.TODAY),
        Code("collect_mode", "征集方式", required=SUBMIT, table=table("COLLECT_MODE"), default="走访"),
        Ref("wisher_person_id", "心愿人", required=SUBMIT, sensitivity=S2, to="person"),
        Text("public_alias", "公开称呼", required=SUBMIT, max_length=20, help="公示时用，不写真名。"),
        Code("wisher_group", "人群类别", required=SUBMIT, sensitivity=S3, table=table("WISHER_GROUP")),
        Text("hardship_note", "困难情况", sensitivity=S3, lines=True, max_length=2000, help="从不公示。"),
        Code("wish_type", "心愿类型", required=SUBMIT, table=table("WISH_TYPE"), default="物品"),
        Text("content", "心愿内容", required=IMPORT, sensitivity=S1, lines=True, max_length=200),
        Number("est_amount", "预估金额", unit="元"),
        Code("review_mode", "审核方式", table=table("REVIEW_MODE")),
        Ref("reviewed_by", "审核人", to="actor"),
        Code("review_result", "审核结果", sensitivity=S1, table=table("REVIEW_RESULT")),
        Text("review_note", "审核意见", sensitivity=S1, lines=True, max_length=2000),
        PersonName("claimer_name", "认领人", sensitivity=S1),
        Text("claimer_org", "认领单位", sensitivity=S1, max_length=100),
        Date("claimed_on", "认领日期"),
        Date("promise_due_on", "承诺完成"),
        Date("contacted_on", "对接日期", help="认领后 7 天内。"),
        Date("fulfilled_on", "实施日期", sensitivity=S1),
        Text("fulfil_note", "实施情况", sensitivity=S1, lines=True, max_length=2000),
        Number("actual_amount", "实际金额", sensitivity=S1, unit="元"),
        Bool("photo_consent", "影像授权", sensitivity=S1, help="没有授权不得留影像。"),
        Date("follow_up_on", "回访日期", sensitivity=S1),
        Code("follow_up_mode", "回访方式", sensitivity=S1, table=table("FOLLOW_UP_MODE")),
        Code("satisfaction", "满意度", sensitivity=S1, table=table("SAT5")),
        Date("publicity_from", "公示开始"),
        Date("publicity_to", "公示结束"),
        Text("publicity_objection", "公示异议", lines=True, max_length=2000),
        Bool("next_round_priority", "下轮优先"),
    ),
    list_columns=("collected_on", "wisher_person_id", "wish_type", "content", "claimer_name", "promise_due_on"),
    form_groups=(
        ("心愿", ("collected_on", "collect_mode", "wisher_person_id", "wisher_group", "public_alias",
            "wish_type", "content", "est_amount", "hardship_note")),
        ("其他", ("source_channel", "remark")),
    ),
    search=Search(names=("claimer_name",), texts=("content", "claimer_org", "public_alias")),
    pdf_columns=("record_no", "collected_on", "public_alias", "wish_type", "content", "claimer_name",
        "claimed_on", "fulfilled_on", "satisfaction"),
    excel_columns=(
        "record_no", "collected_on", "collect_mode", "wisher_person_id", "wisher_group", "public_alias",
        "wish_type", "content",
        "est_amount", "review_result", "claimer_name", "claimer_org", "claimed_on", "promise_due_on",
        "fulfilled_on", "satisfaction", "remark",
    ),
    title=lambda values: str(values.get("content") or "微心愿")[:20],
    workflow=WORKFLOW,
    check=_check,
    derive=_derive,
    sort_by=("-collected_on",),
    month_field="collected_on",
    order=70,
    dues=(Due("promise_due_on", ("claimed", "contacted"), "微心愿", "承诺完成", says="content"),),
    open_to=("part_time", "building_lead"),
)  # fmt: skip
