"""人口变动: one person's moving in, out or within, a birth, a death, a new head.

Saving a movement is the act itself: `operations/residents.py` changes the person and the households with it.
"""

from __future__ import annotations

from collections.abc import Iterable

from gridworker.area.codes import is_grid_code
from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Ref, Refs
from gridworker.ledger.code_tables import table
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Auto, Problem, Profile, Sensitivity, Values
from gridworker.ledger.field import Address, Text
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date

S1, S2 = Sensitivity.INTERNAL, Sensitivity.PERSONAL
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
IN, OUT, WITHIN, OTHER_GRID = "迁入", "迁出", "网格内迁移", "迁往其他网格"
BIRTH, DEATH, SPLIT, NEW_HEAD = "出生", "死亡", "分户", "更换户主"
MERGE, UNMERGE = "合并", "取消合并"
LEAVING = frozenset({OUT, OTHER_GRID, DEATH})
ARRIVING = frozenset({IN, WITHIN, SPLIT, BIRTH})
GONE = frozenset({"迁出", "死亡"})
# How far a move to another grid has come (code table TRANSFER); the server alone writes it.
UNDERWAY, AWAITED, BEGUN, RECEIVED = "迁移中", "待接收", "接收中", "已接收"
TAKEN_BACK, NOT_SENT, TO_CHECK = "已收回", "未移交", "需核对"


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    day, kind = str(values.get("occurred_on") or ""), values.get("movement_type")
    if day and context.profile is not Profile.WIRE and day > context.today.isoformat():
        yield Problem("occurred_on", "变动日期不能晚于今天。")
    if context.profile is SUBMIT:
        yield from _check_places(values)
        person = context.lookup("person", str(values.get("person_id") or ""))
        # What a movement found is a rule for the day it is registered; a slip in it is corrected later.
        if person is not None and not context.record_id:
            yield from _check_person(person, str(kind or ""), day)


def _check_places(values: Values) -> Iterable[Problem]:
    kind, grid = values.get("movement_type"), str(values.get("other_grid") or "")
    if kind in (IN, WITHIN, SPLIT) and not values.get("to_household_id"):
        yield Problem("to_household_id", f"{kind}要选迁入的住户；还没有这一户时，请先登记住户。")
    if kind in (WITHIN, SPLIT) and values.get("to_household_id") == values.get("from_household_id"):
        yield Problem("to_household_id", "迁入的住户和原来的住户是同一户，请另选一户。")
    if kind == OTHER_GRID and not grid:
        yield Problem("other_grid", "请填写迁往网格的 15 位编码。")
    if grid and not is_grid_code(grid):
        yield Problem("other_grid", "网格编码应是 15 位数字，请核对。")


def _check_person(person: Values, kind: str, day: str) -> Iterable[Problem]:
    born, state = str(person.get("birth_date") or ""), person.get("living_state")
    if born and day and day < born:
        yield Problem("occurred_on", f"变动日期早于本人的出生日期 {born}，请核对。")
    if state == "死亡" and kind not in (MERGE, UNMERGE):
        yield Problem("person_id", "这位居民已登记死亡，不能再登记变动；登记错了请先撤销那一条。")
    elif state in GONE and kind in (OUT, OTHER_GRID, WITHIN, NEW_HEAD, SPLIT):
        yield Problem("person_id", "这位居民已经迁出；搬回来时请登记迁入。")
    elif state not in GONE and kind == IN and person.get("household_id"):
        yield Problem("person_id", "这位居民现在就住在本网格；换了住处请登记网格内迁移。")


def _title(values: Values) -> str:
    """What happened when, and of a move between grids how far it has come."""
    told = f"{values.get('movement_type') or '变动'} {values.get('occurred_on') or ''}".strip()
    state, said = values.get("transfer_state"), values.get("transfer_note")
    return " · ".join(filter(None, (told, f"{state}：{said}" if state and said else str(state or ""))))


def _keeps(values: Values) -> str:
    """A move the other grid has taken up is no longer this one's to undo."""
    if values.get("movement_type") != OTHER_GRID or values.get("transfer_state") not in (BEGUN, RECEIVED):
        return ""
    return "对方网格已经接收这位居民，不能撤销；要搬回来，请对方登记迁往本网格。"


LEDGER = Ledger(
    key="movement",
    label="人口变动",
    number_prefix="BD",
    fields=(
        *base_fields(table("SOURCE")),
        Ref("person_id", "居民", required=IMPORT, sensitivity=S2, to="person"),
        Code("movement_type", "变动类型", required=IMPORT, table=table("MOVEMENT")),
        Date("occurred_on", "变动日期", required=IMPORT, default=Auto.TODAY),
        Ref("from_household_id", "原住户", sensitivity=S1, to="household", help="不填时就是居民现在所属的住户。"),
        Ref("to_household_id", "迁入住户", sensitivity=S1, to="household"),
        Code("relation_code", "与新户主关系", sensitivity=S1, table=table("RELATION"),
            help="迁入一户时填写；这一户还没有人时就是户主。"),
        Text("other_grid", "对方网格", max_length=15, help="对方网格的 15 位编码。"),
        Address("destination", "去向", sensitivity=S2, max_length=100),
        Text("reason", "原因", sensitivity=S2, lines=True, max_length=500),
        Refs("moved_record_ids", "一起改动的记录", sensitivity=S1),
        Refs("filled_fields", "合并时补入的项", sensitivity=S1),
        Ref("merged_person_id", "并入的重复登记", sensitivity=S2, to="person"),
        Code("transfer_state", "移交", sensitivity=S1, table=table("TRANSFER")),
        Text("transfer_note", "移交说明", sensitivity=S1, max_length=100),
        Text("transfer_id", "移交编号", sensitivity=S1, max_length=36, help="两个网格里是同一个编号。"),
        Date("awaited_since", "待接收起", sensitivity=S1),
    ),
    list_columns=("occurred_on", "person_id", "movement_type", "from_household_id", "to_household_id", "transfer_state",
        "reason"),
    form_groups=(
        ("变动", ("person_id", "movement_type", "occurred_on", "to_household_id", "relation_code", "other_grid",
            "destination", "reason")),
        ("其他", ("source_channel", "remark")),
    ),
    search=Search(texts=("destination", "reason")),
    pdf_columns=("record_no", "occurred_on", "person_id", "movement_type", "from_household_id", "to_household_id",
        "destination", "reason"),
    excel_columns=("record_no", "occurred_on", "person_id", "movement_type", "to_household_id",
        "destination", "reason", "remark"),
    title=_title,
    check=_check,
    sort_by=("-occurred_on",),
    month_field="occurred_on",
    order=25,
    named_by="person_id",
    dues=(
        Due("awaited_since", ("",), label="有居民迁入待接收", reason="请登记迁入哪一户", says="person_id",
            unless="to_household_id"),
    ),
    by_steps=("transfer_state", "transfer_note", "transfer_id", "awaited_since"),
    keeps=_keeps,
)  # fmt: skip
