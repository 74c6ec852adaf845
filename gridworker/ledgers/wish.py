"""微心愿: collected, reviewed, claimed, fulfilled, visited back, published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Ref
from gridworker.ledger.code_tables import table
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Auto, Problem, Profile, Sensitivity, Value, Values
from gridworker.ledger.field import Bool, PersonName, Text
from gridworker.ledger.historic import Historic
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.notice import Notice
from gridworker.ledger.number_fields import Date, Number
from gridworker.ledger.opening import Opening, TitleOf
from gridworker.ledger.workflow import Derive, Move, MoveContext, State, Workflow, staying, today_in
from gridworker.planning import wish_rules

S1, S2, S3 = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
FIELD_STAFF = ("grid_worker", "grid_lead", "community")
REVIEWERS = ("grid_lead", "community")
OPINION = "意见类"
_CLAIM = ("claimer_name", "claimer_org", "claimed_on", "promise_due_on", "contacted_on")
# The days of a wish in the order in which they can be.
_DAYS = ("collected_on", "claimed_on", "contacted_on", "fulfilled_on", "follow_up_on")


def _reviewed(result: str) -> Derive:
    def derive(_values: Values, context: MoveContext) -> Mapping[str, Value]:
        return {"reviewed_by": context.actor_id, "review_result": result}

    return derive


def _approve(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {**_reviewed("通过")(values, context), "open_since": context.day}


def _approve_guard(values: Values, _context: MoveContext) -> str | None:
    if values.get("wish_type") == OPINION:
        return "意见类的心愿不用认领，请办“转办”，转到社情民意。"
    most = wish_rules.cap()
    if most is not None and values.get("est_amount") and Decimal(str(values["est_amount"])) > most:
        return f"预估金额超过上限 {most} 元，请先核减，或退回、转办。"
    return None


def _released(_values: Values, context: MoveContext) -> Mapping[str, Value]:
    empty: dict[str, Value] = dict.fromkeys(_CLAIM)
    return empty | {"next_round_priority": True, "open_since": context.day}


def _claimed(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {**today_in("claimed_on")(values, context), "next_round_priority": None}


def _claim_guard(values: Values, context: MoveContext) -> str | None:
    if not values.get("claimer_name") and not values.get("claimer_org"):
        return "认领人和认领单位至少填一个。"
    promised, claimed = str(values.get("promise_due_on") or ""), str(values.get("claimed_on") or "")
    if promised < claimed:
        return "承诺完成日期不能早于认领日期。"
    return _days_guard(values, context)


def _handed_over(values: Values, context: MoveContext) -> Mapping[str, Value]:
    # Whom she did not name anew does not stand beside the new claimer.
    fresh = {key: None if values.get(key) == context.before.get(key) else values.get(key) for key in _CLAIM[:2]}
    return {**fresh, "claimed_on": context.day, "contacted_on": None}


def _handed_over_guard(values: Values, context: MoveContext) -> str | None:
    if not values.get("claimer_name") and not values.get("claimer_org"):
        return "转交要写明新的认领人或认领单位，与原来的不同。"
    return _claim_guard(values, context)


def _days_guard(values: Values, context: MoveContext) -> str | None:
    """No day of the six steps lies ahead of today or before the step before it."""
    earlier, name = "", ""
    for key in _DAYS:
        day = str(values.get(key) or "")
        if not day:
            continue
        if day > context.today.isoformat():
            return f"{LEDGER[key].label}不能晚于今天。"
        if day < earlier:
            return f"{LEDGER[key].label}不能早于{name}。"
        earlier, name = day, LEDGER[key].label
    return None


def _fulfil_guard(values: Values, context: MoveContext) -> str | None:
    if values.get("attachments") and not values.get("photo_consent"):
        return "没有影像授权，不能留影像。请先取得授权，或去掉照片。"
    return _days_guard(values, context)


def _publish_guard(values: Values, _context: MoveContext) -> str | None:
    return _period_problem(values, "publicity_from", "publicity_to")


def _call_guard(values: Values, _context: MoveContext) -> str | None:
    return _period_problem(values, "call_from", "call_to")


def _period_problem(values: Values, start: str, end: str) -> str | None:
    backwards = str(values.get(end) or "") < str(values.get(start) or "")
    return "公示结束日期不能早于开始日期。" if backwards else None


_BEFORE_VISIT_BACK = "还没有回访，不能公示。"

WORKFLOW = Workflow(
    states=(
        State("collected", "已征集"),
        State("approved", "待认领"),
        State("returned", "已退回"),
        State("transferred", "已转办", final=True),
        State("unfulfilled", "未实现"),
        State("claimed", "已认领"),
        State("contacted", "已对接"),
        State("fulfilled", "已实施"),
        State("visited_back", "已回访"),
        State("published", "已公示", final=True),
    ),
    moves=(
        Move("approve", "审核通过", ("collected",), "approved", REVIEWERS,
             asks=("review_mode", "review_note"), requires=("review_mode", "review_note"), derive=_approve,
             guard=_approve_guard),
        Move("return", "退回", ("collected",), "returned", REVIEWERS,
             asks=("review_mode", "review_note"), requires=("review_note",), derive=_reviewed("退回")),
        Move("transfer", "转办", ("collected",), "transferred", REVIEWERS,
             asks=("review_mode", "review_note"), requires=("review_note",), derive=_reviewed("转办")),
        Move("resubmit", "重新提交", ("returned",), "collected", FIELD_STAFF, asks=("content", "hardship_note",
            "est_amount")),
        Move("claim", "认领", ("approved",), "claimed", FIELD_STAFF,
             asks=("claimer_name", "claimer_org", "claimed_on", "promise_due_on"), requires=("promise_due_on",),
             derive=_claimed, guard=_claim_guard),
        Move("hand_over", "转交", ("claimed", "contacted"), "claimed", FIELD_STAFF,
             asks=("claimer_name", "claimer_org", "promise_due_on"), requires=("promise_due_on",),
             derive=_handed_over, guard=_handed_over_guard, reason=True),
        Move("release", "释放认领", ("claimed", "contacted"), "approved", FIELD_STAFF, derive=_released, reason=True),
        Move("unfulfilled", "未实现", ("claimed", "contacted"), "unfulfilled", FIELD_STAFF, reason=True),
        Move("relist", "转入下轮", ("unfulfilled",), "approved", REVIEWERS, derive=_released),
        *staying(("approved",), "announce", "征集公示", REVIEWERS, asks=("call_from", "call_to"),
                 requires=("call_from", "call_to"), guard=_call_guard),
        Move("contact", "对接", ("claimed",), "contacted", FIELD_STAFF, asks=("contacted_on",),
            derive=today_in("contacted_on"), guard=_days_guard),
        Move("fulfill", "实施", ("contacted",), "fulfilled", FIELD_STAFF,
             asks=("fulfilled_on", "fulfil_note", "actual_amount", "photo_consent", "attachments"),
             requires=("fulfil_note",),
             derive=today_in("fulfilled_on"), guard=_fulfil_guard),
        Move("visit_back", "回访", ("fulfilled",), "visited_back", FIELD_STAFF,
             asks=("follow_up_on", "follow_up_mode", "satisfaction"), requires=("follow_up_mode", "satisfaction"),
             derive=today_in("follow_up_on"), guard=_days_guard),
        Move("publish", "公示", ("visited_back",), "published", REVIEWERS,
             asks=("publicity_from", "publicity_to", "publicity_objection"), requires=("publicity_from",
                 "publicity_to"),
             guard=_publish_guard),
    ),
    refusals={(state, "publish"): _BEFORE_VISIT_BACK for state in ("collected", "approved", "claimed",
        "contacted", "fulfilled")}
    | {("unfulfilled", "publish"): "这个心愿没有实现，不能作结果公示。",
       ("approved", "contact"): "还没有人认领，不能对接。", ("claimed", "fulfill"): "还没有对接，不能实施。",
       ("contacted", "visit_back"): "还没有实施，不能回访。", ("collected", "claim"): "还没有审核，不能认领。"}
    | {("claimed", "claim"): "这个心愿已经有人认领。", ("contacted", "claim"): "这个心愿已经有人认领。"},
)  # fmt: skip


def _opinion_of(values: Values, _title_of: TitleOf) -> Mapping[str, Value]:
    """What was wished for and is really an opinion; who wished it is told by the wish, not copied."""
    return {"content": values.get("content"), "opinion_type": "建议", "source_channel": "心愿箱"}


def _owes(values: Values, state: str) -> Mapping[str, Value]:
    """What nobody has claimed waits from the day it was wished for."""
    since = values.get("open_since") or values.get("collected_on") or str(values.get("recorded_at") or "")[:10]
    return {"open_since": since} if state == "approved" and since else {}


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
        Date("open_since", "开放认领", help="审核通过或释放认领的日子；30 天无人认领，提交网格例会。"),
        Date("call_from", "征集公示开始"),
        Date("call_to", "征集公示结束"),
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
        Ref("opinion_id", "转到的社情民意", sensitivity=S1, to="opinion"),
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
    named_by="content",
    same_by=(("record_no",), ("collected_on", "wisher_person_id", "content")),
    dues=(
        Due("promise_due_on", ("claimed", "contacted"), "微心愿", "承诺完成", says="content"),
        Due("claimed_on", ("claimed",), "微心愿对接", "认领后 7 天内对接", says="content", clock="wish_contact",
            unless="contacted_on"),
        Due("open_since", ("approved",), "微心愿无人认领", "30 天无人认领，提交网格例会", says="content",
            clock="wish_unclaimed"),
    ),
    # Alias and wish only: neither who wished nor who gave, nor what it cost, hangs on a board.
    notices=(
        Notice("call", "微心愿征集公示", ("approved",), ("public_alias", "content")),
        Notice("result", "微心愿结果公示", ("visited_back", "published"), ("public_alias", "content")),
    ),
    opens=(Opening("opinion", _opinion_of, when=lambda values: values.get("wish_type") == OPINION, on="transfer",
        forth="opinion_id"),),
    historic=Historic(
        words=table("STATE_WISH"),
        told_by=("fulfil_note",),
        shown_by=(("follow_up_on", "visited_back"), ("fulfilled_on", "fulfilled"), ("contacted_on", "contacted"),
            ("claimed_on", "claimed")),
        ended_on=("follow_up_on", "fulfilled_on"),
        owes=_owes,
    ),
    open_to=("part_time", "building_lead"),
)  # fmt: skip
