"""隐患: found, registered, put right, rechecked, written off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Ref
from gridworker.ledger.code_tables import table
from gridworker.ledger.dates import local_date
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Auto, Problem, Profile, Sensitivity, Value, Values
from gridworker.ledger.field import Address, Bool, Files, PersonName, Text
from gridworker.ledger.historic import Historic
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date, DateTime, Number
from gridworker.ledger.number_ids import Phone
from gridworker.ledger.opening import Opening, TitleOf
from gridworker.ledger.workflow import Move, MoveContext, State, Workflow, staying, today_in
from gridworker.planning import clocks

S1, S2 = Sensitivity.INTERNAL, Sensitivity.PERSONAL
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
MAJOR = "重大"
FIELD_STAFF = ("grid_worker", "grid_lead", "specialist", "community")
# 五落实: who, how, with what money, by when, and for a major hazard the plan if it strikes.
FIVE_FIXED = ("responsible_unit", "responsible_person", "responsible_contact", "measure", "due_on")


def _unprepared(values: Values, step: str) -> str | None:
    """What must be there before anything is put right: how it looked, and for a major one plan and report."""
    if not values.get("photos_before"):
        return f"还没有整改前照片，请先补照片，再{step}。"
    if values.get("hazard_level") != MAJOR:
        return None
    if not values.get("contingency_plan"):
        return f"重大隐患要先写应急预案，才能{step}。"
    if not values.get("reported_up_on"):
        return f"重大隐患要先办“上报并挂牌督办”，才能{step}。"
    return None


def _notify_guard(values: Values, _context: MoveContext) -> str | None:
    return _unprepared(values, "发整改通知")


def _fix_on_site_guard(values: Values, context: MoveContext) -> str | None:
    return _unprepared(values, "当场整改") or _rectified_guard(values, context)


def _recheck_due(values: Values) -> Mapping[str, Value]:
    """A major hazard is rechecked within its clock after the day it was to be put right."""
    name = clocks.name_in_force("hazard", str(values.get("hazard_level") or ""))
    start = values.get("due_on") or values.get("rectified_on")
    day = clocks.due_after(name, date.fromisoformat(str(start))).day.isoformat() if name and start else None
    return {"recheck_due_on": day}


def _notify(values: Values, _context: MoveContext) -> Mapping[str, Value]:
    return _recheck_due(values)


def _fix_on_site(values: Values, context: MoveContext) -> Mapping[str, Value]:
    done = today_in("rectified_on")(values, context)
    return {**done, **_recheck_due({**values, **done})}


def _report_up_ready(values: Values, _context: MoveContext) -> str | None:
    return None if values.get("hazard_level") == MAJOR else "一般隐患不用上报和挂牌督办。"


def _report_up_guard(values: Values, context: MoveContext) -> str | None:
    day = str(values.get("reported_up_on") or "")
    if values.get("found_at") and day < local_date(str(values["found_at"])).isoformat():
        return "上报日期不能早于排查日期。"
    return "上报日期不能晚于今天。" if day > context.today.isoformat() else None


def _whistle_ready(values: Values, _context: MoveContext) -> str | None:
    return "这条隐患已经转过吹哨，请在那件网格事件里办理。" if values.get("case_id") else None


def _write_off_guard(values: Values, _context: MoveContext) -> str | None:
    own = values.get("rechecked_by") == values.get("recorded_by")
    if values.get("hazard_level") == MAJOR and own:
        return "重大隐患不能凭发现人自己的复查销号，请换一个人复查。"
    return None


def _rectified_guard(values: Values, context: MoveContext) -> str | None:
    found, done = str(values.get("found_at") or "")[:10], str(values.get("rectified_on") or "")
    if done and done < found:
        return "整改完成日期不能早于排查日期。"
    return "整改完成日期不能晚于今天。" if done > context.today.isoformat() else None


def _recheck_guard(values: Values, context: MoveContext) -> str | None:
    done, rechecked = str(values.get("rectified_on") or ""), str(values.get("rechecked_on") or "")
    if rechecked < done:
        return "复查日期不能早于整改完成日期。"
    return "复查日期不能晚于今天。" if rechecked > context.today.isoformat() else None


def _recheck_pass_guard(values: Values, context: MoveContext) -> str | None:
    # Here and not only at the writing off, from where nobody could recheck it any more.
    if values.get("hazard_level") == MAJOR and context.actor_id == values.get("recorded_by"):
        return "重大隐患不能由发现人自己复查合格，请换一个人复查。"
    if not values.get("photos_after"):
        return "还没有整改后照片，请先补照片，再复查合格。"
    return _recheck_guard(values, context)


def _rectify(values: Values, context: MoveContext) -> Mapping[str, Value]:
    # What an earlier recheck said was about an earlier mending.
    return {**today_in("rectified_on")(values, context), "rechecked_by": None, "rechecked_on": None,
        "recheck_result": None}  # fmt: skip


def _recheck(values: Values, context: MoveContext) -> Mapping[str, Value]:
    return {
        "rechecked_by": context.actor_id,
        "rechecked_on": values.get("rechecked_on") or context.today.isoformat(),
    }


def _recheck_fail(values: Values, context: MoveContext) -> Mapping[str, Value]:
    # It is not mended after all; the next mending has a day of its own. The history keeps this one.
    return {**_recheck(values, context), "rectified_on": None, **_recheck_due({**values, "rectified_on": None})}


def _write_off_day_guard(values: Values, context: MoveContext) -> str | None:
    rechecked, closed = str(values.get("rechecked_on") or ""), str(values.get("closed_on") or "")
    if closed < rechecked:
        return "销号日期不能早于复查日期。"
    if closed > context.today.isoformat():
        return "销号日期不能晚于今天。"
    return _write_off_guard(values, context)


WORKFLOW = Workflow(
    states=(
        State("found", "已发现"),
        State("registered", "已登记"),
        State("fixed_on_site", "当场整改"),
        State("notified", "已通知"),
        State("rectifying", "整改中"),
        State("rectified", "已整改"),
        State("rechecked", "复查合格"),
        State("closed", "已销号", final=True),
    ),
    moves=(
        Move("register", "登记", ("found",), "registered", FIELD_STAFF,
             asks=("place", "place_type", "hazard_type", "description", "hazard_level", "photos_before"),
             requires=("place", "place_type", "hazard_type", "description", "hazard_level")),
        Move("fix_on_site", "当场整改", ("registered",), "fixed_on_site", FIELD_STAFF,
             asks=("photos_before", "measure", "contingency_plan", "rectified_on", "photos_after"),
             requires=("measure",), sets={"fixed_on_site": True}, derive=_fix_on_site, guard=_fix_on_site_guard),
        Move("notify", "发整改通知", ("registered",), "notified", FIELD_STAFF,
             asks=("photos_before", *FIVE_FIXED, "fund", "contingency_plan", "notice_no"), requires=FIVE_FIXED,
             derive=_notify, guard=_notify_guard),
        Move("start", "开始整改", ("notified",), "rectifying", FIELD_STAFF),
        Move("rectify", "整改完成", ("rectifying",), "rectified", FIELD_STAFF,
             asks=("rectified_on", "measure", "photos_after"), derive=_rectify, guard=_rectified_guard),
        Move("recheck_pass", "复查合格", ("fixed_on_site", "rectified"), "rechecked", FIELD_STAFF,
             asks=("rechecked_on", "photos_after"), sets={"recheck_result": "合格"}, derive=_recheck,
             guard=_recheck_pass_guard),
        Move("recheck_fail", "复查不合格", ("fixed_on_site", "rectified"), "rectifying", FIELD_STAFF,
             asks=("rechecked_on", "due_on"), sets={"recheck_result": "不合格"}, derive=_recheck_fail,
             guard=_recheck_guard, reason=True),
        Move("write_off", "销号", ("rechecked",), "closed", ("grid_worker", "grid_lead", "community"),
             asks=("closed_on",), derive=today_in("closed_on"), guard=_write_off_day_guard),
        *staying(("registered", "notified", "rectifying"), "report_up", "上报并挂牌督办", FIELD_STAFF,
                  asks=("reported_up_on", "contingency_plan"), sets={"listed_supervision": True},
                  derive=today_in("reported_up_on"), ready=_report_up_ready, guard=_report_up_guard),
        *staying(("registered", "notified", "rectifying"), "whistle", "转吹哨", FIELD_STAFF, ready=_whistle_ready),
    ),
    refusals={
        ("registered", "write_off"): "还没有整改和复查，不能销号。",
        ("rectified", "write_off"): "还没有复查，不能销号。",
        ("fixed_on_site", "write_off"): "当场整改也要复查合格才能销号。",
    },
)  # fmt: skip


def _case_of(values: Values, _title_of: TitleOf) -> Mapping[str, Value]:
    """What the hazard tells whoever is whistled for."""
    return {
        "title": f"隐患：{values.get('hazard_type') or '其他'}",
        "description": values.get("description"),
        "address": values.get("place"),
        "main_type": "应急处置" if values.get("hazard_level") == MAJOR else "综治维稳",
        "sub_type": "安全隐患",
        "urgency": "紧急" if values.get("hazard_level") == MAJOR else "一般",
        "household_id": values.get("household_id"),
    }


def _ends(values: Values, state: str, columns: Collection[str]) -> str:
    """A sheet that keeps no recheck ends with 已整改; of a major hazard that is never taken for the end."""
    over = state in ("fixed_on_site", "rectified") and values.get("hazard_level") != MAJOR
    return "closed" if over and not {"recheck_result", "rechecked_on", "closed_on"}.intersection(columns) else state


def _derive(values: Values, _today: date) -> Mapping[str, Value]:
    # A deadline corrected by hand moves the recheck with it.
    return _recheck_due(values) if values.get("recheck_due_on") else {}


def _check(values: Values, _context: CheckContext) -> Iterable[Problem]:
    found, due = str(values.get("found_at") or "")[:10], str(values.get("due_on") or "")
    if found and due and due < found:
        yield Problem("due_on", "整改时限不能早于排查日期。")


LEDGER = Ledger(
    key="hazard",
    label="隐患",
    number_prefix="YH",
    fields=(
        *base_fields(table("SOURCE")),
        DateTime("found_at", "排查时间", required=SUBMIT, default=Auto.NOW),
        Address("place", "排查部位/场所", required=IMPORT, sensitivity=S2, max_length=100),
        Code("place_type", "场所类型", required=SUBMIT, table=table("PLACE_TYPE"), default="楼栋"),
        Code("hazard_type", "隐患类别", required=SUBMIT, table=table("HAZARD")),
        Text("description", "隐患描述", required=IMPORT, sensitivity=S1, lines=True, max_length=2000),
        Code("hazard_level", "隐患等级", required=SUBMIT, table=table("HAZARD_LEVEL"), default="一般"),
        Files("photos_before", "整改前照片"),
        Bool("fixed_on_site", "当场整改", required=SUBMIT, default=False),
        Text("responsible_unit", "责任单位", sensitivity=S1, max_length=100),
        PersonName("responsible_person", "责任人"),
        Phone("responsible_contact", "责任人联系方式"),
        Text("measure", "整改措施", lines=True, max_length=2000),
        Number("fund", "整改资金", sensitivity=S1, unit="元"),
        Date("due_on", "整改时限"),
        Text("contingency_plan", "应急预案", lines=True, max_length=2000, help="重大隐患必须有。"),
        Text("notice_no", "整改通知单号", max_length=40),
        Date("rectified_on", "整改完成"),
        Files("photos_after", "整改后照片"),
        Ref("rechecked_by", "复查人", to="actor"),
        Date("rechecked_on", "复查日期"),
        Code("recheck_result", "复查结论", table=table("RECHECK")),
        Date("closed_on", "销号日期"),
        Bool("listed_supervision", "挂牌督办"),
        Date("reported_up_on", "上报日期", help="重大隐患报到街道的日子。"),
        Date("recheck_due_on", "复查期限", help="重大隐患：整改到期后 10 天内。"),
        Ref("household_id", "相关住户", sensitivity=S1, to="household"),
        Ref("visit_id", "来自走访", sensitivity=S1, to="visit"),
        Ref("case_id", "转出的网格事件", sensitivity=S1, to="case"),
    ),
    list_columns=("found_at", "place", "hazard_type", "hazard_level", "description", "due_on", "responsible_unit"),
    form_groups=(
        ("发现", ("found_at", "place", "place_type", "hazard_type", "hazard_level", "description", "household_id")),
        ("五落实", ("responsible_unit", "responsible_person", "responsible_contact", "measure", "fund",
            "due_on", "contingency_plan")),
        ("其他", ("source_channel", "remark")),
    ),
    search=Search(names=("responsible_person",), texts=("place", "description"), numbers=("responsible_contact",)),
    pdf_columns=(
        "record_no", "found_at", "place", "hazard_type", "hazard_level", "description", "responsible_unit",
        "measure", "due_on", "rectified_on", "recheck_result", "closed_on",
    ),
    excel_columns=(
        "record_no", "found_at", "place", "place_type", "hazard_type", "hazard_level", "description",
        "responsible_unit",
        "responsible_person", "responsible_contact", "measure", "fund", "due_on", "contingency_plan", "rectified_on",
        "recheck_result", "closed_on", "remark",
    ),
    title=lambda values: f"{values.get('hazard_type') or '隐患'}：{values.get('place') or '未填地点'}",
    workflow=WORKFLOW,
    check=_check,
    derive=_derive,
    sort_by=("-found_at",),
    month_field="found_at",
    order=60,
    named_by="description",
    same_by=(("record_no",), ("found_at", "place", "description")),
    dues=(Due("due_on", ("registered", "notified", "rectifying", "rectified", "fixed_on_site"), "隐患整改",
        "整改时限", says="place", kind="hazard_type"),
        Due("recheck_due_on", ("notified", "rectifying", "rectified", "fixed_on_site"), "重大隐患复查", "复查期限",
            says="place", kind="hazard_type")),
    opens=(Opening("case", _case_of, on="whistle", back="hazard_id", forth="case_id"),),
    recurs_by=("place", "hazard_type"),
    historic=Historic(
        words=table("STATE_HAZARD"),
        told_by=("recheck_result", "measure"),
        shown_by=(("closed_on", "closed"), ("rectified_on", "rectified"), ("fixed_on_site", "fixed_on_site")),
        ended_on=("closed_on", "rechecked_on", "rectified_on"),
        ends=_ends,
    ),
    open_to=("part_time", "building_lead"),
)  # fmt: skip
