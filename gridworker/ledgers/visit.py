"""走访: one visit or attempt at one household."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Codes, Ref, Refs
from gridworker.ledger.code_tables import table
from gridworker.ledger.dates import local_date
from gridworker.ledger.facts import Auto, Problem, Profile, Sensitivity, Value, Values
from gridworker.ledger.field import Bool, Text
from gridworker.ledger.ledger import CheckContext, Ledger, Rollup, Search
from gridworker.ledger.number_fields import Date, DateTime
from gridworker.ledger.opening import Opening, TitleOf

S1, S2 = Sensitivity.INTERNAL, Sensitivity.PERSONAL
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    visited = values.get("visited_at")
    if visited and context.profile is not Profile.WIRE and local_date(str(visited)) > context.today:
        yield Problem("visited_at", "走访时间不能晚于今天。")
    if values.get("met") is False and not values.get("unmet_reason") and context.profile is SUBMIT:
        yield Problem("unmet_reason", "没有见面时，请选一项未见原因。")
    follow_up = values.get("follow_up_on")
    if follow_up and visited and str(follow_up) < local_date(str(visited)).isoformat():
        yield Problem("follow_up_on", "回访日期不能早于走访日期。")


def _hazard_of(values: Values, title_of: TitleOf) -> Mapping[str, Value]:
    """What the visit knows of the hazard it found; the rest is filled when it is registered."""
    return {
        "found_at": values.get("visited_at"),
        "place": title_of("household_id") or None,
        "description": values.get("raised_issue") or values.get("change_note") or "走访中发现，待补充。",
        "hazard_type": "其他",
        "household_id": values.get("household_id"),
    }


def _case_of(values: Values, title_of: TitleOf) -> Mapping[str, Value]:
    """What the visit knows of the matter it whistles for; the kind is chosen when it is reported."""
    return {
        "description": values.get("raised_issue") or values.get("change_note") or "走访中发现，待补充。",
        "address": title_of("household_id") or None,
        "household_id": values.get("household_id"),
    }


LEDGER = Ledger(
    key="visit",
    label="走访",
    number_prefix="ZF",
    fields=(
        *base_fields(table("SOURCE")),
        DateTime("visited_at", "走访时间", required=IMPORT, sensitivity=S1, default=Auto.NOW),
        Code("visit_mode", "走访方式", required=SUBMIT, table=table("VISIT_MODE"), default="上门"),
        Code("visit_purpose", "走访目的", required=SUBMIT, table=table("PURPOSE"), default="日常走访"),
        Ref("campaign_id", "专项", to="campaign"),
        Ref("household_id", "走访户", required=IMPORT, sensitivity=S1, to="household"),
        Ref("interviewee_id", "受访人", sensitivity=S2, to="person"),
        Refs("visitor_ids", "走访人", required=SUBMIT, to="actor", default=Auto.ME),
        Bool("met", "是否见面", required=SUBMIT, default=True),
        Code("unmet_reason", "未见原因", sensitivity=S1, table=table("UNMET_REASON")),
        Text("change_note", "家庭变化", sensitivity=S2, lines=True, max_length=2000),
        Text("raised_issue", "反映问题", sensitivity=S2, lines=True, max_length=2000),
        Codes("publicity_topics", "政策宣传", table=table("PUBLICITY")),
        Bool("hazard_found", "发现隐患", required=SUBMIT, default=False),
        Code("outcome", "处理结果", required=SUBMIT, table=table("VISIT_OUTCOME"), default="无"),
        Refs("linked_record_ids", "关联记录", sensitivity=S1),
        Code("satisfaction", "满意度", table=table("SAT5")),
        Date("follow_up_on", "回访日期", sensitivity=S1),
    ),
    list_columns=("visited_at", "household_id", "interviewee_id", "visit_mode", "visit_purpose", "met",
        "outcome", "raised_issue"),
    form_groups=(
        ("走访", ("household_id", "visited_at", "visit_mode", "visit_purpose", "interviewee_id", "met",
            "unmet_reason")),
        ("情况", ("change_note", "raised_issue", "hazard_found", "outcome", "publicity_topics")),
        ("其他", ("satisfaction", "follow_up_on", "visitor_ids", "source_channel", "remark")),
    ),
    search=Search(texts=("change_note", "raised_issue")),
    pdf_columns=(
        "visited_at", "household_id", "interviewee_id", "visit_mode", "visit_purpose", "met", "change_note",
        "raised_issue", "hazard_found", "outcome", "satisfaction", "visitor_ids", "remark",
    ),
    excel_columns=(
        "visited_at", "household_id", "interviewee_id", "visit_mode", "visit_purpose", "met", "unmet_reason",
        "change_note", "raised_issue", "publicity_topics", "hazard_found", "outcome", "satisfaction",
        "follow_up_on", "remark",
    ),
    title=lambda values: f"{str(values.get('visited_at') or '')[:10]} {values.get('visit_purpose') or '走访'}".strip(),
    check=_check,
    rollups=(Rollup(to="household", via="household_id", field="last_visited_at", of="visited_at", where="met"),),
    sort_by=("-visited_at",),
    month_field="visited_at",
    order=30,
    import_help="一行一次走访；按门牌找到住户，按日期认出重复的。",
    named_by="visited_at",
    same_by=(("household_id", "visit_purpose", "visited_at"),),
    opens=(Opening("hazard", _hazard_of, when=lambda values: bool(values.get("hazard_found")), back="visit_id",
        forth="linked_record_ids"),
        Opening("case", _case_of, when=lambda values: values.get("outcome") == "转吹哨", back="visit_id",
            forth="linked_record_ids")),
    open_to=("part_time", "building_lead"),
)  # fmt: skip
