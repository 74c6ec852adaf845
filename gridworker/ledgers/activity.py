"""活动宣传: what the community held, where, for how many, about what."""

from __future__ import annotations

from collections.abc import Iterable

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Codes
from gridworker.ledger.code_tables import table
from gridworker.ledger.facts import Auto, Problem, Profile, Values
from gridworker.ledger.field import Address, Files, Text
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date, Integer

SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    held = values.get("held_on")
    if held and context.profile is not Profile.WIRE and str(held) > context.today.isoformat():
        yield Problem("held_on", "活动日期不能晚于今天；还没有办的活动请办完再登记。")


LEDGER = Ledger(
    key="activity",
    label="活动宣传",
    number_prefix="HD",
    fields=(
        *base_fields(table("SOURCE")),
        Code("activity_type", "活动类型", required=SUBMIT, table=table("ACTIVITY_TYPE"), default="政策宣传"),
        Date("held_on", "活动日期", required=IMPORT, default=Auto.TODAY),
        Text("title", "活动名称", required=IMPORT, max_length=60),
        Address("place", "地点", required=SUBMIT, max_length=100),
        Integer("people_count", "参加人数", required=SUBMIT, high=100_000),
        Text("organiser", "主办单位", required=SUBMIT, max_length=100),
        Text("partner", "协办单位", max_length=100),
        Codes("topics", "宣传主题", table=table("PUBLICITY")),
        Text("summary", "活动情况", lines=True, max_length=2000),
        Files("photos", "活动照片"),
    ),
    list_columns=("held_on", "activity_type", "title", "place", "people_count", "organiser"),
    form_groups=(
        ("活动", ("title", "activity_type", "held_on", "place", "people_count", "organiser", "partner", "topics",
            "summary", "photos")),
        ("其他", ("source_channel", "remark")),
    ),
    search=Search(texts=("title", "place", "organiser", "summary"), tags=("topics",)),
    pdf_columns=("record_no", "held_on", "activity_type", "title", "place", "people_count", "organiser", "topics"),
    excel_columns=("record_no", "held_on", "activity_type", "title", "place", "people_count", "organiser", "partner",
        "topics", "summary", "remark"),
    title=lambda values: str(values.get("title") or values.get("activity_type") or "活动")[:20],
    check=_check,
    sort_by=("-held_on",),
    month_field="held_on",
    order=120,
    named_by="title",
    same_by=(("record_no",), ("held_on", "title")),
)  # fmt: skip
