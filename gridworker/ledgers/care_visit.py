"""敲门·探访关爱: one contact with, or one attempt to see, a person in care."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.borrow import Borrow, Linked
from gridworker.ledger.code_fields import Code, Codes, Ref, Refs
from gridworker.ledger.code_tables import table
from gridworker.ledger.dates import local_date
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Auto, Problem, Profile, Sensitivity, Severity, Value, Values
from gridworker.ledger.field import Bool, Text
from gridworker.ledger.ledger import CheckContext, Ledger, Rollup, Search
from gridworker.ledger.number_fields import Date, DateTime
from gridworker.ledger.tally_fields import Checklist, pairs_of
from gridworker.planning.visit_plan import Dwelling, due_date

S1, S2, S3 = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
NORMAL = "正常"
# What must be looked at wherever the person was met.
_ALWAYS_LOOKED_AT = ("health_check", "mental_state", "home_safety")
# In these only a plain bad word is a finding; mental state counts anything but 正常.
_BAD = {"welfare_state": "困难", "support_state": "未履行", "hygiene_state": "较差", "living_state": "较差"}
_CHECK_HELP = "都正常只填“正常”；否则写明哪一项，例如：{}异常、其余正常。"
# Nobody opened: somebody looks again the next day.
_TRY_AGAIN = timedelta(days=1)
# Whose level nobody has set yet is seen once a quarter.
_LEVEL_UNSET = "general"


def findings(values: Values) -> list[str]:
    """The fields in which a care visit found something that is not as it should be."""
    found = [key for key in ("health_check", "home_safety") if set(pairs_of(values.get(key)).values()) - {NORMAL}]
    if values.get("mental_state") not in (None, "", NORMAL):
        found.append("mental_state")
    return found + [key for key, bad in _BAD.items() if values.get(key) == bad]


def _next_due(values: Values, person: Linked) -> Value:
    """The interval of her care level after this visit; after an attempt, the next day."""
    if not values.get("visited_at"):
        return None
    day = local_date(str(values["visited_at"]))
    if values.get("met") is False:
        return (day + _TRY_AGAIN).isoformat()
    level = str(person.values.get("care_level") or _LEVEL_UNSET)
    due = due_date(Dwelling("", level, day, day), day)
    return due.isoformat() if due else None


def _category(_values: Values, person: Linked) -> Value:
    known = person.values.get("care_categories")
    return known[0] if isinstance(known, list) and known else None


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    visited = str(values.get("visited_at") or "")
    yield from _check_days(values, visited, context)
    if context.profile is not SUBMIT:
        return
    if values.get("met") is False:
        if not values.get("unmet_reason"):
            yield Problem("unmet_reason", "没有见面时，请选一项未见原因。")
        return
    yield from _check_findings(values)
    person = context.lookup("person", str(values.get("person_id") or ""))
    if person is not None and not person.get("care_level"):
        yield Problem("person_id", "这位居民还没有定关爱等级，下次探访按每季一次计算。", Severity.WARNING)


def _check_days(values: Values, visited: str, context: CheckContext) -> Iterable[Problem]:
    if visited and context.profile is not Profile.WIRE and local_date(visited) > context.today:
        yield Problem("visited_at", "探访时间不能晚于今天。")
    following = values.get("next_due_on")
    if visited and following and str(following) < local_date(visited).isoformat():
        yield Problem("next_due_on", "下次探访日期不能早于这次探访。")


def _check_findings(values: Values) -> Iterable[Problem]:
    for key in _ALWAYS_LOOKED_AT:
        field = LEDGER[key]
        if not values.get(key):
            yield Problem(key, f"见到了本人，请填写{field.label}。")
        elif isinstance(field, Checklist) and (left := field.missing(values[key])):
            yield Problem(key, f"{field.label}还没有填：{'、'.join(left)}。")
    found = findings(values)
    if found and not values.get("abnormal_action"):
        labels = "、".join(LEDGER[key].label for key in found)
        yield Problem("abnormal_action", f"{labels}有异常，请写明异常处置。")


LEDGER = Ledger(
    key="care_visit",
    label="探访关爱",
    number_prefix="TF",
    fields=(
        *base_fields(table("SOURCE")),
        Ref("person_id", "探访对象", required=IMPORT, sensitivity=S3, to="person"),
        Ref("household_id", "所在住户", sensitivity=S1, to="household"),
        Code("care_category", "对象类别", required=SUBMIT, sensitivity=S3, table=table("CARE"),
            help="空着时取居民登记的第一类。"),
        DateTime("visited_at", "探访时间", required=IMPORT, sensitivity=S1, default=Auto.NOW),
        Code("visit_mode", "方式", required=SUBMIT, table=table("VISIT_MODE"), default="上门"),
        Bool("met", "是否见面", required=SUBMIT, default=True),
        Code("unmet_reason", "未见原因", sensitivity=S1, table=table("UNMET_REASON")),
        Checklist("health_check", "健康", sensitivity=S3, items=table("HEALTH_CHECK"), marks=table("CHECK_MARK"),
            help=_CHECK_HELP.format("行动")),
        Code("mental_state", "精神状态", sensitivity=S3, table=table("MENTAL_STATE")),
        Code("welfare_state", "经济与保障", sensitivity=S3, table=table("WELFARE_STATE")),
        Code("support_state", "赡养扶养履行", sensitivity=S3, table=table("SUPPORT_STATE")),
        Checklist("home_safety", "安全", sensitivity=S1, items=table("HOME_SAFETY"), marks=table("CHECK_MARK"),
            help=_CHECK_HELP.format("燃气")),
        Code("hygiene_state", "卫生", sensitivity=S1, table=table("HYGIENE_STATE")),
        Code("living_state", "居住环境", sensitivity=S1, table=table("DWELLING_STATE")),
        Codes("needs", "服务需求", sensitivity=S3, table=table("CARE_NEED")),
        Codes("services_given", "提供服务", sensitivity=S1, table=table("CARE_SERVICE")),
        Text("abnormal_action", "异常处置", sensitivity=S3, lines=True, max_length=2000, help="有异常时必须写。"),
        Bool("family_notified", "已告知家属", sensitivity=S2),
        Date("next_due_on", "下次探访", required=SUBMIT, sensitivity=S1, help="空着时按关爱等级计算。"),
        Refs("visitor_ids", "探访人", required=SUBMIT, to="actor", default=Auto.ME),
    ),
    list_columns=("visited_at", "person_id", "visit_mode", "met", "home_safety", "services_given", "next_due_on"),
    form_groups=(
        ("探访", ("person_id", "visited_at", "visit_mode", "met", "unmet_reason")),
        ("看到的", ("health_check", "mental_state", "home_safety", "abnormal_action", "family_notified")),
        ("住处与保障", ("hygiene_state", "living_state", "welfare_state", "support_state")),
        ("需要与服务", ("needs", "services_given", "next_due_on")),
        ("其他", ("care_category", "household_id", "visitor_ids", "source_channel", "remark")),
    ),
    search=Search(texts=("remark",), numbers=("record_no",)),
    # What is sensitive would be a column of stars on the office's paper.
    pdf_columns=(
        "visited_at", "person_id", "visit_mode", "met", "unmet_reason", "home_safety", "hygiene_state",
        "living_state", "services_given", "next_due_on", "visitor_ids", "remark",
    ),
    excel_columns=(
        "record_no", "household_id", "person_id", "care_category", "visited_at", "visit_mode", "met", "unmet_reason",
        "health_check", "mental_state", "welfare_state", "support_state", "home_safety", "hygiene_state",
        "living_state", "needs", "services_given", "abnormal_action", "family_notified", "next_due_on", "visitor_ids",
        "remark",
    ),
    # Of what kind of care she is in need stays out of titles: they are shown everywhere.
    title=lambda values: f"{str(values.get('visited_at') or '')[:10]} {values.get('visit_mode') or ''}探访".strip(),
    check=_check,
    rollups=(Rollup(to="household", via="household_id", field="last_visited_at", of="visited_at", where="met"),),
    sort_by=("-visited_at",),
    month_field="visited_at",
    order=40,
    named_by="visited_at",
    same_by=(("record_no",), ("person_id", "visited_at")),
    dues=(Due("next_due_on", ("",), "探访关爱", "下次探访", says="person_id",
        newest_of="person_id", by_visit=True),),
    borrows=(
        Borrow("household_id", "person_id", lambda _values, person: person.values.get("household_id")),
        Borrow("care_category", "person_id", _category),
        Borrow("next_due_on", "person_id", _next_due, after=("visited_at", "met")),
    ),
    open_to=("part_time", "building_lead"),
)  # fmt: skip
