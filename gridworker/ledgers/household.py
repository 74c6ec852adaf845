"""住户（一户一档）: one dwelling and the family in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Codes, Ref
from gridworker.ledger.code_tables import table
from gridworker.ledger.facts import Auto, MergeRule, Problem, Profile, Sensitivity, Severity, Value, Values
from gridworker.ledger.field import Text
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date, DateTime
from gridworker.ledger.text import clean_number

S1, S2, S3 = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT


def household_title(values: Values) -> str:
    """`3号楼 2单元 501`, before it the compound where there is one."""
    building, unit, room = (str(values.get(key) or "") for key in ("building_no", "unit_no", "room_no"))
    parts = (
        str(values.get("compound_name") or ""),
        building if not building or building[-1] in "楼栋幢座院" else f"{building}号楼",
        unit if not unit or unit.endswith("单元") else f"{unit}单元",
        room,
    )
    return " ".join(part for part in parts if part)


def _derive(values: Values, _today: date) -> Mapping[str, Value]:
    """`3号楼` and `３ 号` are building 3, so that one room is never two households."""
    changes: dict[str, Value] = {}
    for key, tails in (("building_no", ("号楼", "栋", "幢", "号")), ("unit_no", ("单元",)), ("room_no", ("室", "号"))):
        text = clean_number(str(values.get(key) or ""))
        for tail in tails:
            if text.endswith(tail) and text[: -len(tail)].isalnum() and text[: -len(tail)].isascii():
                text = text[: -len(tail)]
        if text and text != values.get(key):
            changes[key] = text
    return changes


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    given = values.get("notice_given_on")
    if given and str(given) > context.today.isoformat():
        yield Problem("notice_given_on", "告知日期不能晚于今天。")
    if context.profile is Profile.SUBMIT and not given:
        yield Problem("notice_given_on", "还没有登记告知日期，请在下次上门时告知并补登。", Severity.WARNING)


LEDGER = Ledger(
    key="household",
    label="住户",
    number_prefix="ZH",
    fields=(
        *base_fields(table("SOURCE")),
        Text("household_no", "户编号", required=SUBMIT, sensitivity=S1, max_length=32),
        Text("compound_name", "小区", required=SUBMIT, sensitivity=S1, max_length=50),
        Text("building_no", "楼栋", required=IMPORT, sensitivity=S1, max_length=20),
        Text("unit_no", "单元", sensitivity=S2, max_length=20),
        Text("room_no", "室", required=IMPORT, sensitivity=S2, max_length=20),
        Ref("head_person_id", "户主", sensitivity=S2, to="person", help="登记居民后选定户主。"),
        Text("register_no", "户号", sensitivity=S2, max_length=9, help="户口簿上的户号。"),
        Code("register_consistency", "人户一致标识", sensitivity=S1, table=table("REGISTER_CONSISTENCY")),
        Code("tenure_code", "房屋使用", required=SUBMIT, sensitivity=S1, table=table("TENURE"), default="自住"),
        Codes("household_tags", "户类别", sensitivity=S3, table=table("HOUSEHOLD_TAG")),
        Ref("grid_worker_id", "责任网格员", required=SUBMIT, to="actor", default=Auto.ME),
        Ref("building_lead_id", "楼长", sensitivity=S1, to="person"),
        Code("grave_event", "重大变故", sensitivity=S3, table=table("GRAVE_EVENT"), help="登记后 24 小时内上门。"),
        DateTime("grave_event_at", "变故时间", sensitivity=S3),
        Date("notice_given_on", "告知日期", sensitivity=S1, help="向住户告知个人信息处理规则的日期。"),
        DateTime("last_visited_at", "最近走访", sensitivity=S1, merge=MergeRule.DERIVED),
        Date("visit_due_on", "应访日期", sensitivity=S1, merge=MergeRule.DERIVED),
    ),
    list_columns=("compound_name", "building_no", "unit_no", "room_no", "head_person_id", "tenure_code",
        "household_tags", "last_visited_at"),
    form_groups=(
        ("住址", ("compound_name", "building_no", "unit_no", "room_no")),
        ("户情", ("head_person_id", "tenure_code", "register_no", "register_consistency", "household_tags")),
        ("重大变故", ("grave_event", "grave_event_at")),
        ("管理", ("household_no", "grid_worker_id", "building_lead_id", "notice_given_on", "source_channel", "remark")),
    ),
    search=Search(texts=("compound_name", "building_no", "unit_no", "room_no"), numbers=("household_no",
        "register_no"), tags=("household_tags",)),
    pdf_columns=("household_no", "compound_name", "building_no", "unit_no", "room_no", "head_person_id",
        "tenure_code", "household_tags", "remark"),
    excel_columns=(
        "household_no", "compound_name", "building_no", "unit_no", "room_no", "head_person_id", "register_no",
        "register_consistency", "tenure_code", "household_tags", "notice_given_on", "remark",
    ),
    title=household_title,
    check=_check,
    derive=_derive,
    sort_by=("compound_name", "building_no", "unit_no", "room_no"),
    order=10,
    import_help="一行一户，或一行一人、按户合并都可以；同一户按门牌认出来。",
    named_by="room_no",
    same_by=(("household_no",), ("compound_name", "building_no", "unit_no", "room_no")),
)  # fmt: skip
