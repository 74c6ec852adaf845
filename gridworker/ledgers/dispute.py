"""矛盾纠纷: registered, accepted, mediated, agreed or not, performed, visited back, archived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Refs
from gridworker.ledger.code_tables import table
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Auto, Problem, Profile, Sensitivity, Value, Values
from gridworker.ledger.field import Address, Bool, PersonName, Text
from gridworker.ledger.historic import Historic
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date, Integer
from gridworker.ledger.number_ids import Phone
from gridworker.ledger.workflow import Derive, Guard, Move, MoveContext, State, Workflow
from gridworker.planning import clocks

S1, S2 = Sensitivity.INTERNAL, Sensitivity.PERSONAL
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
FIELD_STAFF = ("grid_worker", "grid_lead", "community")


def _due_on(kind: Value, start: date) -> str | None:
    name = clocks.name_in_force("dispute", str(kind or ""))
    return clocks.due_after(name, start).day.isoformat() if name else None


def _accepted(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """The clock runs from the day of acceptance; whoever judges the step later finds both days among its words."""
    day = str(values.get("accepted_on") or context.today.isoformat())
    due = values.get("due_on") or _due_on(values.get("dispute_type"), date.fromisoformat(day))
    return {"accepted_on": day, "due_on": due}


def _on(key: str, **fixed: Value) -> Derive:
    """Dates a step with the day it is made where the person left it empty, and notes what follows from it."""

    def derive(values: Values, context: MoveContext) -> Mapping[str, Value]:
        return {key: values.get(key) or context.today.isoformat(), **fixed}

    return derive


def _ended(resolved: str, agreement: str) -> Derive:
    return _on("resolved_on", resolved=resolved, agreement_type=agreement)


def _in_order(key: str, label: str, earlier: str, earlier_label: str) -> Guard:
    """A step is dated neither ahead of today nor before the one it follows."""

    def guard(values: Values, context: MoveContext) -> str | None:
        day, before = str(values.get(key) or ""), str(values.get(earlier) or "")
        if day > context.today.isoformat():
            return f"{label}不能晚于今天。"
        return f"{label}不能早于{earlier_label}。" if before and day < before else None

    return guard


def _accept_guard(values: Values, context: MoveContext) -> str | None:
    due, accepted = str(values.get("due_on") or ""), str(values.get("accepted_on") or "")
    return _ACCEPTED_IN_ORDER(values, context) or ("化解时限不能早于受理日期。" if due and due < accepted else None)


def _extend_guard(values: Values, _context: MoveContext) -> str | None:
    if not values.get("extension_agreed"):
        return "双方当事人都同意才能延期。"
    due, extended = str(values.get("due_on") or ""), str(values.get("extended_due_on") or "")
    return "延期后的时限应晚于原来的化解时限。" if extended <= due else None


def _extension_ready(values: Values, _context: MoveContext) -> str | None:
    return "已经延期过一次，不能再延期；谈不成的，请登记为未达成。" if values.get("extended_due_on") else None


def _archive_guard(values: Values, context: MoveContext) -> str | None:
    appraised = str(values.get("appraised_on") or "")
    if appraised > context.today.isoformat():
        return "考评日期不能晚于今天。"
    followed = str(values.get("follow_up_on") or "")
    return "考评日期不能早于回访日期。" if appraised and appraised < followed else None


_ACCEPTED_IN_ORDER = _in_order("accepted_on", "受理日期", "occurred_on", "发生日期")
_RESOLVED_IN_ORDER = _in_order("resolved_on", "化解日期", "accepted_on", "受理日期")
_ENDING = ("resolve_method", "resolve_note", "resolved_on")
_EXTENSION = ("extension_agreed", "extended_due_on")

WORKFLOW = Workflow(
    states=(
        State("registered", "已登记"),
        State("accepted", "已受理"),
        State("mediating", "调解中"),
        State("agreed_written", "达成书面协议"),
        State("agreed_oral", "达成口头协议"),
        State("failed", "未达成协议"),
        State("performed", "已履行"),
        State("followed_up", "已回访"),
        State("archived", "已归档", final=True),
    ),
    moves=(
        Move("accept", "受理", ("registered",), "accepted", FIELD_STAFF,
             asks=("accepted_on", "intake", "resolve_org", "mediator_name", "mediator_contact", "due_on"),
             requires=("intake", "resolve_org", "mediator_name", "mediator_contact"),
             derive=_accepted, guard=_accept_guard),
        Move("mediate", "开始调解", ("accepted",), "mediating", FIELD_STAFF,
             asks=("resolve_method",), requires=("resolve_method",), sets={"resolved": "进行中"}),
        Move("extend", "延期", ("accepted",), "accepted", FIELD_STAFF, asks=_EXTENSION, requires=_EXTENSION,
             guard=_extend_guard, ready=_extension_ready, reason=True),
        Move("extend", "延期", ("mediating",), "mediating", FIELD_STAFF, asks=_EXTENSION, requires=_EXTENSION,
             guard=_extend_guard, ready=_extension_ready, reason=True),
        Move("agree_in_writing", "达成书面协议", ("mediating",), "agreed_written", FIELD_STAFF,
             asks=(*_ENDING, "agreement_no"), requires=("resolve_method", "resolve_note", "agreement_no"),
             derive=_ended("成功", "书面"), guard=_RESOLVED_IN_ORDER),
        Move("agree_orally", "达成口头协议", ("mediating",), "agreed_oral", FIELD_STAFF,
             asks=_ENDING, requires=("resolve_method", "resolve_note"),
             derive=_ended("成功", "口头"), guard=_RESOLVED_IN_ORDER),
        Move("fail", "未达成协议", ("mediating",), "failed", FIELD_STAFF,
             asks=(*_ENDING, "referral_note"), requires=("resolve_note", "referral_note"),
             derive=_ended("未成功", "无"), guard=_RESOLVED_IN_ORDER),
        Move("perform", "履行", ("agreed_written", "agreed_oral"), "performed", FIELD_STAFF,
             asks=("performed", "performed_on"), requires=("performed",), derive=_on("performed_on"),
             guard=_in_order("performed_on", "履行日期", "resolved_on", "化解日期")),
        Move("follow_up", "回访", ("performed", "failed"), "followed_up", FIELD_STAFF,
             asks=("follow_up_on", "follow_up_note"), requires=("follow_up_note",), derive=_on("follow_up_on"),
             guard=_in_order("follow_up_on", "回访日期", "resolved_on", "化解日期")),
        Move("archive", "归档", ("followed_up",), "archived", FIELD_STAFF,
             asks=("appraised_on", "appraisal_note"), guard=_archive_guard),
    ),
    refusals={
        **{("registered", event): "还没有受理，不能调解。"
           for event in ("mediate", "agree_in_writing", "agree_orally", "fail")},
        **{("accepted", event): "还没有开始调解。" for event in ("agree_in_writing", "agree_orally", "fail")},
        ("failed", "perform"): "没有达成协议，没有可履行的内容；请回访。",
        **{(state, "follow_up"): "协议还没有履行，不能回访。" for state in ("agreed_written", "agreed_oral")},
        **{(state, "archive"): "还没有回访，不能归档。"
           for state in ("agreed_written", "agreed_oral", "failed", "performed")},
    },
)  # fmt: skip


def _derive(values: Values, _today: date) -> Mapping[str, Value]:
    """What came in as accepted already gets the time its kind is given."""
    accepted = values.get("accepted_on")
    if values.get("due_on") or not accepted:
        return {}
    due = _due_on(values.get("dispute_type"), date.fromisoformat(str(accepted)))
    return {"due_on": due} if due else {}


def _owes(values: Values, state: str) -> Mapping[str, Value]:
    """The time its kind is given, from the day it was taken up; a sheet without that day has the day it began."""
    start = values.get("accepted_on") or str(values.get("recorded_at") or "")[:10]
    if values.get("due_on") or state not in _OPEN or not start:
        return {}
    due = _due_on(values.get("dispute_type"), date.fromisoformat(str(start)))
    return {"due_on": due} if due else {}


_OPEN = ("accepted", "mediating")
_LATER = (
    ("due_on", "化解时限"), ("accepted_on", "受理日期"), ("resolved_on", "化解日期"), ("performed_on", "履行日期"),
    ("follow_up_on", "回访日期"),
)  # fmt: skip


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    occurred = str(values.get("occurred_on") or "")
    if occurred and context.profile is not Profile.WIRE and occurred > context.today.isoformat():
        yield Problem("occurred_on", "发生日期不能晚于今天。")
    for key, label in _LATER:
        later = str(values.get(key) or "")
        if occurred and later and later < occurred:
            yield Problem(key, f"{label}不能早于发生日期。")
    if context.profile is SUBMIT and not values.get("party_ids") and not values.get("outside_parties"):
        yield Problem("party_ids", "请选当事人；不住在本网格的，填在“辖区外当事人”里。")
    count, parties = values.get("people_count"), values.get("party_ids")
    if isinstance(count, int) and isinstance(parties, list) and context.profile is SUBMIT and count < len(parties):
        yield Problem("people_count", f"涉及人数不能少于已选的 {len(parties)} 位当事人。")


LEDGER = Ledger(
    key="dispute",
    label="矛盾纠纷",
    number_prefix="JF",
    fields=(
        *base_fields(table("SOURCE")),
        Text("title", "事件名称", required=IMPORT, sensitivity=S1, max_length=100),
        Date("occurred_on", "发生日期", required=IMPORT, sensitivity=S1, default=Auto.TODAY),
        Address("place", "发生地点", required=SUBMIT, sensitivity=S2, max_length=80),
        Code("scale_code", "事件规模", required=SUBMIT, table=table("EVENT_SCALE"), default="01"),
        Code("dispute_type", "事件类别", required=SUBMIT, table=table("DISPUTE"), default="邻里"),
        Integer("people_count", "涉及人数", required=SUBMIT, default=2, low=1, high=100_000),
        Text("summary", "简述", required=SUBMIT, sensitivity=S2, lines=True, max_length=2000),
        Text("related_unit", "涉及单位", sensitivity=S1, max_length=100),
        Refs("party_ids", "当事人", sensitivity=S2, to="person"),
        Text("outside_parties", "辖区外当事人", sensitivity=S2, max_length=200, help="姓名、联系方式、住址。"),
        Code("intake", "案件来源", required=SUBMIT, table=table("INTAKE"), default="主动"),
        Date("accepted_on", "受理日期"),
        Date("due_on", "化解时限", help="受理时空着就按时限计算。"),
        Bool("extension_agreed", "双方同意延期"),
        Date("extended_due_on", "延期后时限"),
        Code("resolve_method", "化解方式", table=table("RESOLVE_METHOD")),
        Text("resolve_org", "化解组织", max_length=100),
        PersonName("mediator_name", "化解责任人"),
        Phone("mediator_contact", "责任人联系方式"),
        Code("resolved", "化解结果", table=table("RESOLVED")),
        Date("resolved_on", "化解日期"),
        Text("resolve_note", "化解情况", sensitivity=S2, lines=True, max_length=2000),
        Text("referral_note", "告知诉讼或上报", sensitivity=S2, lines=True, max_length=2000,
            help="未达成协议时，写明何时告知诉讼途径或报到哪里。"),
        Code("agreement_type", "协议类型", sensitivity=S1, table=table("AGREEMENT_TYPE")),
        Text("agreement_no", "协议编号", sensitivity=S1, max_length=50),
        Code("performed", "履行", sensitivity=S1, table=table("PERFORMED")),
        Date("performed_on", "履行日期", sensitivity=S1),
        Date("follow_up_on", "回访日期", sensitivity=S1),
        Text("follow_up_note", "回访情况", sensitivity=S2, lines=True, max_length=2000),
        Date("appraised_on", "考评日期", sensitivity=S1),
        Text("appraisal_note", "考评意见", sensitivity=S1, lines=True, max_length=2000),
    ),
    list_columns=("occurred_on", "title", "dispute_type", "party_ids", "mediator_name", "due_on", "resolved"),
    form_groups=(
        ("纠纷", ("title", "dispute_type", "occurred_on", "place", "party_ids", "outside_parties", "people_count",
            "scale_code", "summary", "related_unit")),
        ("化解", ("intake", "resolve_org", "mediator_name", "mediator_contact", "due_on")),
        ("其他", ("source_channel", "remark")),
    ),
    search=Search(names=("mediator_name",), texts=("title", "place", "summary", "related_unit", "outside_parties"),
        numbers=("agreement_no", "record_no")),
    pdf_columns=(
        "occurred_on", "title", "dispute_type", "place", "party_ids", "people_count", "resolve_org",
        "mediator_name", "due_on", "resolved", "agreement_type", "performed", "follow_up_on",
    ),
    excel_columns=(
        "record_no", "title", "occurred_on", "place", "scale_code", "dispute_type", "people_count", "summary",
        "related_unit", "party_ids", "outside_parties", "intake", "accepted_on", "due_on", "resolve_method",
        "resolve_org", "mediator_name", "mediator_contact", "resolved", "resolved_on", "resolve_note",
        "agreement_type", "agreement_no", "performed", "performed_on", "follow_up_on", "follow_up_note", "remark",
    ),
    title=lambda values: str(values.get("title") or "矛盾纠纷"),
    workflow=WORKFLOW,
    check=_check,
    derive=_derive,
    sort_by=("-occurred_on",),
    month_field="occurred_on",
    order=80,
    named_by="title",
    same_by=(("record_no",), ("occurred_on", "title")),
    dues=(
        Due("due_on", _OPEN, "矛盾纠纷", "化解时限", says="title", kind="dispute_type",
            extended="extended_due_on"),
        # Not accepted yet: it is owed as if it had been on the day it was registered.
        Due("recorded_at", ("registered",), "受理矛盾纠纷", "登记后的化解时限", says="title", kind="dispute_type",
            clock="dispute_resolution"),
    ),
    by_steps=_EXTENSION,
    historic=Historic(
        words=table("STATE_DISPUTE"),
        told_by=("resolved", "resolve_note"),
        shown_by=(("follow_up_on", "followed_up"), ("performed_on", "performed")),
        ended_on=("appraised_on", "follow_up_on", "performed_on", "resolved_on"),
        owes=_owes,
    ),
    open_to=("part_time", "building_lead"),
)  # fmt: skip
