"""社情民意·意见建议: what residents say, answered on the spot, handled, or passed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Ref
from gridworker.ledger.code_tables import table
from gridworker.ledger.dates import local_date
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Auto, Problem, Profile, Sensitivity, Value, Values
from gridworker.ledger.field import Address, Bool, PersonName, Text
from gridworker.ledger.historic import Historic
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import DateTime, Integer, count_of
from gridworker.ledger.number_ids import Phone
from gridworker.ledger.opening import Opening, TitleOf
from gridworker.ledger.workflow import Derive, Move, MoveContext, State, Workflow
from gridworker.planning import clocks

S1, S2 = Sensitivity.INTERNAL, Sensitivity.PERSONAL
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
FIELD_STAFF = ("grid_worker", "grid_lead", "specialist", "community")
DISSATISFIED = ("1", "2")
# 重办: a resident who is not satisfied is answered anew, once.
_REOPENINGS = 1
_TITLE_LENGTH = 30


def _due_at(category: Value, start: date) -> str | None:
    """The end of the last day the category's clock allows."""
    name = clocks.name_in_force("opinion", str(category or ""))
    return f"{clocks.due_after(name, start).day.isoformat()}T23:59+08:00" if name else None


def _handled(how: str) -> Derive:
    def derive(_values: Values, _context: MoveContext) -> Mapping[str, Value]:
        return {"handling": how}

    return derive


def _answered(values: Values, context: MoveContext) -> Mapping[str, Value]:
    # What a resident thought of an earlier answer says nothing about this one.
    return {"replied_at": values.get("replied_at") or context.moment, "satisfaction": None}


def _answered_on_the_spot(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {**_answered(values, context), "handling": "当场答复"}


def _reopened(values: Values, context: MoveContext) -> Mapping[str, Value]:
    # The earlier answer stays in the history; the clock runs anew, beside the first deadline and not over it.
    return {
        "reopen_count": count_of(values, "reopen_count") + 1,
        "reply": None,
        "replied_at": None,
        "handling": "自办",
        "reopen_due_at": values.get("reopen_due_at") or _due_at(values.get("category_code"), context.today),
    }


def _reply_guard(values: Values, context: MoveContext) -> str | None:
    replied, reported = str(values.get("replied_at") or ""), str(values.get("reported_at") or "")
    if replied and local_date(replied) > context.today:
        return "答复时间不能晚于今天。"
    if replied and reported and local_date(replied) < local_date(reported):
        return "答复时间不能早于反映时间。"
    return None


def _reopen_guard(values: Values, _context: MoveContext) -> str | None:
    if values.get("satisfaction") not in DISSATISFIED:
        return "居民不满意时才重办；请先登记满意度。"
    count = values.get("reopen_count")
    return "已经重办过一次，不能再重办。" if isinstance(count, int) and count > _REOPENINGS else None


def _close_guard(values: Values, _context: MoveContext) -> str | None:
    if values.get("satisfaction") in DISSATISFIED and not values.get("reopen_count"):
        return "居民不满意，请先重办一次，再办结。"
    return None


WORKFLOW = Workflow(
    states=(
        State("registered", "已登记"),
        State("handling", "办理中"),
        State("whistled", "已转吹哨"),
        State("tabled", "已转议题"),
        State("replied", "已答复"),
        State("closed", "已办结", final=True),
        State("declined", "不受理", final=True),
    ),
    moves=(
        Move("answer", "当场答复", ("registered",), "replied", FIELD_STAFF,
             asks=("reply", "replied_at"), requires=("reply",), derive=_answered_on_the_spot, guard=_reply_guard),
        Move("handle", "自办", ("registered",), "handling", FIELD_STAFF,
             asks=("handler_id", "due_at"), requires=("handler_id", "due_at"), derive=_handled("自办")),
        Move("whistle", "转吹哨", ("registered", "handling"), "whistled", FIELD_STAFF,
             asks=("place",), requires=("place",), derive=_handled("转吹哨")),
        Move("to_topic", "转议题", ("registered", "handling"), "tabled", FIELD_STAFF, derive=_handled("转议题")),
        Move("decline", "不受理", ("registered",), "declined", FIELD_STAFF, derive=_handled("不受理"), reason=True),
        Move("reply", "答复", ("handling", "whistled", "tabled"), "replied", FIELD_STAFF,
             asks=("reply", "replied_at"), requires=("reply",), derive=_answered, guard=_reply_guard),
        Move("reopen", "重办", ("replied",), "handling", FIELD_STAFF,
             asks=("satisfaction", "reopen_due_at"), requires=("satisfaction",), derive=_reopened, guard=_reopen_guard,
             reason=True),
        Move("close", "办结", ("replied",), "closed", FIELD_STAFF,
             asks=("satisfaction",), requires=("satisfaction",), guard=_close_guard),
    ),
    refusals={(state, "close"): "还没有答复，不能办结。" for state in ("registered", "handling", "whistled", "tabled")}
    | {("registered", "reply"): "请先选定处理方式；当场能答复的，用“当场答复”。",
       ("closed", "reopen"): "已经办结，不能重办；再有反映请另登记一条。",
       ("handling", "decline"): "已经在办，不能改为不受理。"},
)  # fmt: skip


def _derive(values: Values, today: date) -> Mapping[str, Value]:
    """What was given no deadline gets that of its category, counted from the day it was said."""
    if values.get("due_at"):
        return {}
    reported = values.get("reported_at")
    due_at = _due_at(values.get("category_code"), local_date(str(reported)) if reported else today)
    return {"due_at": due_at} if due_at else {}


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    reported = str(values.get("reported_at") or "")
    if reported and context.profile is not Profile.WIRE and local_date(reported) > context.today:
        yield Problem("reported_at", "反映时间不能晚于今天。")
    for key, label in (("due_at", "答复时限"), ("replied_at", "答复时间")):
        later = str(values.get(key) or "")
        if reported and later and local_date(later) < local_date(reported):
            yield Problem(key, f"{label}不能早于反映时间。")


def _heading(values: Values) -> str:
    return " ".join(str(values.get("content") or "").split())[:_TITLE_LENGTH]


def _public_heading(values: Values) -> str:
    """What anybody may read of it: never her own words, in which people name themselves and their neighbours."""
    return f"居民反映：{values.get('category_code') or '其他'}"


def _case_of(values: Values, _title_of: TitleOf) -> Mapping[str, Value]:
    return {
        "title": _public_heading(values),
        "description": values.get("content"),
        "address": values.get("place"),
        "main_type": values.get("category_code"),
        "sub_type": "其他",
        "reported_at": values.get("reported_at"),
    }


def _topic_of(values: Values, _title_of: TitleOf) -> Mapping[str, Value]:
    return {"topic": _public_heading(values), "topic_source": "居民", "discussion": values.get("content")}


LEDGER = Ledger(
    key="opinion",
    label="社情民意",
    number_prefix="MY",
    fields=(
        *base_fields(table("SOURCE")),
        DateTime("reported_at", "反映时间", required=IMPORT, default=Auto.NOW),
        PersonName("reporter_name", "反映人", help="可以不填，也可以填“匿名”。"),
        Phone("reporter_contact", "联系方式"),
        Code("opinion_type", "类型", required=SUBMIT, table=table("OPINION_TYPE"), default="诉求"),
        Code("category_code", "类别", required=SUBMIT, table=table("CAT7"), default="便民服务"),
        Text("content", "内容", required=IMPORT, sensitivity=S2, lines=True, max_length=2000),
        Address("place", "地点", sensitivity=S2, max_length=100),
        Bool("early_sign", "苗头隐患", sensitivity=S1, default=False),
        Code("handling", "处理方式", table=table("OPINION_HANDLING")),
        Ref("handler_id", "承办人", required=SUBMIT, to="actor", default=Auto.ME),
        DateTime("due_at", "答复时限", required=SUBMIT, help="空着时按类别的时限计算。"),
        Text("reply", "答复内容", sensitivity=S1, lines=True, max_length=2000),
        DateTime("replied_at", "答复时间"),
        Code("satisfaction", "满意度", table=table("SAT5")),
        Integer("reopen_count", "重办次数"),
        DateTime("reopen_due_at", "重办时限"),
        Ref("household_id", "相关住户", sensitivity=S1, to="household"),
        Ref("case_id", "转出的吹哨事件", sensitivity=S1, to="case"),
        Ref("deliberation_id", "转出的议题", sensitivity=S1, to="deliberation"),
    ),
    list_columns=("reported_at", "reporter_name", "opinion_type", "category_code", "content", "due_at", "handler_id"),
    form_groups=(
        ("反映", ("content", "reporter_name", "reporter_contact", "place", "opinion_type", "category_code",
            "early_sign", "reported_at")),
        ("办理", ("handler_id", "due_at", "household_id")),
        ("其他", ("source_channel", "remark")),
    ),
    search=Search(names=("reporter_name",), texts=("content", "place", "reply"), numbers=("reporter_contact",
        "record_no")),
    pdf_columns=(
        "reported_at", "reporter_name", "opinion_type", "category_code", "content", "place", "handling", "handler_id",
        "reply", "replied_at", "satisfaction",
    ),
    excel_columns=(
        "record_no", "reported_at", "reporter_name", "reporter_contact", "source_channel", "opinion_type",
        "category_code", "content", "place", "early_sign", "handling", "handler_id", "due_at", "reply", "replied_at",
        "satisfaction", "household_id", "remark",
    ),
    title=lambda values: f"{values.get('opinion_type') or '社情民意'}：{_heading(values) or '未填内容'}",
    workflow=WORKFLOW,
    check=_check,
    derive=_derive,
    sort_by=("-reported_at",),
    month_field="reported_at",
    order=50,
    named_by="content",
    same_by=(("record_no",), ("reported_at", "content")),
    dues=(Due("due_at", ("registered", "handling", "whistled", "tabled"), "社情民意", "答复时限", says="content",
        kind="opinion_type", extended="reopen_due_at", counted=True),),
    opens=(
        Opening("case", _case_of, on="whistle", back="opinion_id", forth="case_id"),
        Opening("deliberation", _topic_of, on="to_topic", back="opinion_id", forth="deliberation_id"),
    ),
    by_steps=("reopen_count", "reopen_due_at"),
    historic=Historic(
        words=table("STATE_OPINION"), told_by=("reply",), shown_by=(("replied_at", "replied"),),
        ended_on=("replied_at",),
    ),
    open_to=("part_time", "building_lead"),
)  # fmt: skip
