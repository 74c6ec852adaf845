"""议事协商·联席会议: a topic proposed, screened, discussed, made a project of, and its effect judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Ref, Refs
from gridworker.ledger.code_tables import table
from gridworker.ledger.dates import local_date
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Auto, Problem, Profile, Sensitivity, Value, Values
from gridworker.ledger.field import Address, Text
from gridworker.ledger.historic import Historic
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date, DateTime, Integer, count_of
from gridworker.ledger.opening import Opening, TitleOf
from gridworker.ledger.tally_fields import Counts, total_of
from gridworker.ledger.workflow import Move, MoveContext, State, Workflow

S1, S2 = Sensitivity.INTERNAL, Sensitivity.PERSONAL
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
FIELD_STAFF = ("grid_worker", "grid_lead", "community")
SCREENERS = ("grid_lead", "community")
_VOTES = ("votes_for", "votes_against", "votes_abstain")
_TITLE_LENGTH = 60


def votes_problem(values: Values) -> str | None:
    """Why the votes cannot be right, or None."""
    votes, present = sum(count_of(values, key) for key in _VOTES), total_of(values.get("attendee_counts"))
    if present and votes > present:
        return f"表决合计 {votes} 票，多于参加的 {present} 人。"
    return None


def _held_guard(values: Values, context: MoveContext) -> str | None:
    held = values.get("held_at")
    if held and local_date(str(held)) > context.today:
        return "会还没有开，不能登记协商结果。"
    return votes_problem(values)


def _project_guard(values: Values, context: MoveContext) -> str | None:
    if count_of(values, "votes_for") <= count_of(values, "votes_against") and any(values.get(key) for key in _VOTES):
        return "赞成没有超过反对，不能形成项目。"
    due, held = str(values.get("due_on") or ""), str(values.get("held_at") or "")[:10]
    if due and due < held:
        return "完成时限不能早于协商时间。"
    return _held_guard(values, context)


def _published_guard(values: Values, context: MoveContext) -> str | None:
    published, held = str(values.get("published_on") or ""), str(values.get("held_at") or "")[:10]
    if published > context.today.isoformat():
        return "公示或反馈日期不能晚于今天。"
    return "公示或反馈日期不能早于协商时间。" if published and published < held else None


def _no_action_guard(values: Values, context: MoveContext) -> str | None:
    return _held_guard(values, context) or _published_guard(values, context)


_MEETING = ("meeting_type", "held_at", "place", "chair_id")
_MINUTES = ("attendee_counts", "attendees", "discussion", *_VOTES, "decision")
_NEEDED = ("attendee_counts", "discussion", "decision")

WORKFLOW = Workflow(
    states=(
        State("proposed", "已提出"),
        State("screened", "已把关"),
        State("discussing", "协商中"),
        State("project", "已形成项目"),
        State("whistled", "已吹哨"),
        State("evaluated", "已评估", final=True),
        State("no_action", "暂不立项", final=True),
        State("rejected", "未通过把关", final=True),
    ),
    moves=(
        Move("screen", "把关通过", ("proposed",), "screened", SCREENERS, asks=("topic",), requires=("topic",)),
        Move("reject", "把关不通过", ("proposed",), "rejected", SCREENERS, reason=True),
        Move("discuss", "开始协商", ("screened",), "discussing", FIELD_STAFF, asks=_MEETING, requires=_MEETING),
        Move("form_project", "形成项目", ("discussing",), "project", FIELD_STAFF,
             asks=(*_MINUTES, "owner_id", "due_on"), requires=(*_NEEDED, "owner_id", "due_on"), guard=_project_guard),
        Move("drop", "暂不立项", ("discussing",), "no_action", FIELD_STAFF,
             asks=(*_MINUTES, "published_on"), requires=_NEEDED, guard=_no_action_guard),
        Move("whistle", "吹哨", ("project",), "whistled", FIELD_STAFF, asks=("progress",)),
        Move("evaluate", "效果评估", ("project", "whistled"), "evaluated", FIELD_STAFF,
             asks=("progress", "published_on", "effect_score"), requires=("progress", "effect_score"),
             guard=_published_guard),
    ),
    refusals={
        ("proposed", "discuss"): "还没有把关，不能开始协商；请网格长或社区先把关。",
        **{(state, "evaluate"): "还没有形成项目，没有效果可评估。" for state in ("proposed", "screened", "discussing")},
        **{(state, "whistle"): "还没有形成项目，不能吹哨；急事请直接登记网格事件。"
           for state in ("proposed", "screened", "discussing")},
    },
)  # fmt: skip


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    wrong = votes_problem(values)
    if wrong:
        yield Problem("votes_for", wrong)
    held = str(values.get("held_at") or "")[:10]
    for key, label in (("due_on", "完成时限"), ("published_on", "公示或反馈日期")):
        later = str(values.get(key) or "")
        if held and later and later < held:
            yield Problem(key, f"{label}不能早于协商时间。")
    published = str(values.get("published_on") or "")
    if context.profile is not Profile.WIRE and published > context.today.isoformat():
        yield Problem("published_on", "公示或反馈日期不能晚于今天。")


def _case_of(values: Values, _title_of: TitleOf) -> Mapping[str, Value]:
    return {
        "title": str(values.get("topic") or "")[:_TITLE_LENGTH],
        "description": values.get("decision") or values.get("discussion") or values.get("topic"),
        "address": values.get("place"),
        "main_type": "共驻共建",
        "sub_type": "其他",
    }


LEDGER = Ledger(
    key="deliberation",
    label="议事协商",
    number_prefix="XS",
    fields=(
        *base_fields(table("SOURCE")),
        Code("meeting_type", "类型", required=SUBMIT, table=table("MEETING_TYPE"), default="协商"),
        Text("topic", "议题", required=IMPORT, max_length=100),
        Code("topic_source", "议题来源", required=SUBMIT, table=table("TOPIC_SOURCE"), default="居民"),
        DateTime("held_at", "时间"),
        Address("place", "地点", max_length=100),
        Ref("chair_id", "主持人", to="actor", default=Auto.ME),
        Counts("attendee_counts", "参加人员", categories=table("PARTICIPANT"),
            help="按类别写人数，例如：居民代表 12、党员 3、物业企业 2。"),
        Refs("attendees", "签到", sensitivity=S2, to="person"),
        Text("discussion", "协商内容", sensitivity=S1, lines=True, max_length=5000),
        Integer("votes_for", "赞成", high=10_000),
        Integer("votes_against", "反对", high=10_000),
        Integer("votes_abstain", "弃权", high=10_000),
        Text("decision", "协商结果", lines=True, max_length=2000),
        Ref("owner_id", "责任人", to="actor"),
        Date("due_on", "完成时限"),
        Text("progress", "落实情况", lines=True, max_length=2000),
        Date("published_on", "公示/反馈日期"),
        Code("effect_score", "效果评估", table=table("SAT5")),
        Ref("opinion_id", "来自民意", sensitivity=S1, to="opinion"),
        Ref("case_id", "转出的吹哨事件", sensitivity=S1, to="case"),
    ),
    list_columns=("held_at", "meeting_type", "topic", "topic_source", "owner_id", "due_on", "effect_score"),
    form_groups=(
        ("议题", ("topic", "topic_source", "meeting_type", "discussion")),
        ("会议", ("held_at", "place", "chair_id", "attendee_counts", "attendees")),
        ("结果", ("votes_for", "votes_against", "votes_abstain", "decision", "owner_id", "due_on", "progress",
            "published_on")),
        ("其他", ("source_channel", "remark")),
    ),
    search=Search(texts=("topic", "discussion", "decision", "place"), numbers=("record_no",)),
    pdf_columns=(
        "held_at", "meeting_type", "topic", "place", "attendee_counts", "votes_for", "votes_against", "votes_abstain",
        "decision", "owner_id", "due_on", "progress",
    ),
    excel_columns=(
        "record_no", "meeting_type", "topic", "topic_source", "held_at", "place", "chair_id", "attendee_counts",
        "attendees", "discussion", "votes_for", "votes_against", "votes_abstain", "decision", "owner_id", "due_on",
        "progress", "published_on", "effect_score", "remark",
    ),
    title=lambda values: str(values.get("topic") or "议事协商"),
    workflow=WORKFLOW,
    check=_check,
    sort_by=("-held_at",),
    month_field="held_at",
    order=90,
    named_by="topic",
    same_by=(("record_no",), ("topic", "held_at")),
    dues=(
        Due("due_on", ("project", "whistled"), "议事协商", "完成时限", says="topic", unless="progress"),
        Due("due_on", ("project", "whistled"), "评估协商效果", "完成后评估", says="topic",
            clock="deliberation_evaluation", unless="effect_score"),
    ),
    historic=Historic(
        words=table("STATE_DELIBERATION"), told_by=("progress",), shown_by=(("effect_score", "evaluated"),),
        ended_on=("published_on",),
    ),
    opens=(Opening("case", _case_of, on="whistle", back="deliberation_id", forth="case_id"),),
)  # fmt: skip
