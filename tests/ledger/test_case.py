"""吹哨·网格事件: the transition table, whose step it is, and what the clock allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gridworker.ledger.case_code import mint
from gridworker.ledger.facts import Problem, Profile, Value
from gridworker.ledger.ledger import CheckContext
from gridworker.ledger.moves import judge_move
from gridworker.ledger.workflow import MoveContext, MoveRefused
from gridworker.ledgers.registry import find_ledger
from gridworker.planning import clocks

CASE = find_ledger("case")
DAY = date(2026, 9, 18)
NOW = "2026-09-18T09:30+08:00"
WORKER = MoveContext("worker", ("grid_worker",), DAY, now="2026-09-18T09:30:15+08:00")
OTHER = MoveContext("other", ("grid_worker",), DAY, now="2026-09-18T09:30:15+08:00")
LEAD = MoveContext("lead", ("grid_lead",), DAY, now="2026-09-18T09:30:15+08:00")
COMMUNITY = MoveContext("office", ("community",), DAY, now="2026-09-18T09:30:15+08:00")
STREET = MoveContext("street", ("street",), DAY, now="2026-09-18T09:30:15+08:00")
CITY = MoveContext("city", ("department",), DAY, ("城市管理",), now="2026-09-18T09:30:15+08:00")
WATER = MoveContext("water", ("department",), DAY, ("供水",), now="2026-09-18T09:30:15+08:00")
DRAFT: dict[str, Value] = {
    "case_code": "QS370211005001-260930-A7042M", "main_type": "城市管理", "sub_type": "道路破损", "title": "路面破损",
    "description": "路面塌陷", "address": "海棠苑 3号楼 东侧", "urgency": "一般", "escalation_level": 0,
    "rework_count": 0, "source_channel": "走访", "recorded_by": "worker",
}  # fmt: skip
DONE: dict[str, Value] = {"dispose_result": "已修复", "photos_after": ["a" * 64]}
Step = tuple[str, dict[str, Value], MoveContext]
DISPATCHED: tuple[Step, ...] = (
    ("report", {}, WORKER),
    ("accept", {}, LEAD),
    ("dispatch", {"lead_unit_id": "城市管理", "co_unit_ids": ["供水"]}, COMMUNITY),
)
DISPOSING: tuple[Step, ...] = (*DISPATCHED, ("start", {}, CITY))
DISPOSED: tuple[Step, ...] = (*DISPOSING, ("finish", DONE, CITY))
CLOSED: tuple[Step, ...] = (*DISPOSED, ("verify_pass", {}, WORKER))


def at(context: MoveContext, moment: str) -> MoveContext:
    """The same person at another moment."""
    return replace(context, now=moment, today=date.fromisoformat(moment[:10]))


def walk(*steps: Step, **values: Value) -> tuple[str, dict[str, Value]]:
    """Makes the steps one after another from a draft."""
    state, held = "draft", {**DRAFT, **values}
    for event, args, who in steps:
        result = judge_move(CASE, held, state, event, args, who)
        # The server judges days later what the laptop judged, by the moment of the step.
        later = replace(who, today=who.today + timedelta(days=9))
        assert judge_move(CASE, held, state, event, result.args, later).changes == result.changes
        state = result.state
        held = {key: value for key, value in {**held, **result.changes}.items() if value is not None}
    return state, held


def refused(event: str, args: dict[str, Value], who: MoveContext, *before: Step, **values: Value) -> MoveRefused:
    """The refusal a step meets after others."""
    state, held = walk(*before, **values)
    with pytest.raises(MoveRefused) as told:
        judge_move(CASE, held, state, event, args, who)
    return told.value


def test_a_case_goes_from_draft_to_archive() -> None:
    """上报 → 受理 → 派遣 → 办理 → 处置 → 核查 → 办结 → 回访归档, each step leaving its maker and moment."""
    state, held = walk(*CLOSED, ("follow_up", {"resolved": True, "satisfaction": "5"}, LEAD))
    assert state == "archived"
    assert held["reported_by"] == "worker"
    assert held["accepted_by"] == "lead"
    assert held["reported_at"] == held["accepted_at"] == held["dispatched_at"] == held["closed_at"] == NOW
    assert (held["handled_by"], held["disposed_by"], held["verified_by"]) == ("city", "city", "worker")
    assert held["verify_result"] == "通过"
    assert held["escalation_level"] == 1
    assert held["follow_up_on"] == "2026-09-18"


def test_the_grid_handles_by_itself_at_level_nought_only() -> None:
    """网格自办 leaves the level at 0; what was whistled up goes to a unit."""
    steps: tuple[Step, ...] = (("report", {}, WORKER), ("accept", {}, LEAD))
    state, held = walk(*steps, ("self_handle", {}, WORKER), ("finish", DONE, WORKER))
    assert (state, held["escalation_level"], held["disposed_by"]) == ("disposed", 0, "worker")
    told = refused("self_handle", {}, WORKER, *steps, escalation_level=1)
    assert told.code == "NOT_READY"
    assert "派遣" in told.title


def test_a_report_needs_category_address_and_description() -> None:
    """A draft may wait; what is missing is named."""
    told = refused("report", {}, WORKER, main_type=None, sub_type=None)
    assert told.title == "上报还缺：事项大类、事项小类。"
    assert "案件代码" in refused("report", {}, WORKER, case_code=None).title


@pytest.mark.parametrize(
    ("urgency", "source", "hard", "due", "name"),
    [
        ("一般", "走访", False, "2026-09-22", "standard"),
        ("紧急", "12345", False, "2026-09-21", "urgent"),
        ("特急", "走访", True, "2026-09-18", "same_day"),
        ("一般", "12345", False, "2026-09-24", "hotline"),
        ("一般", "走访", True, "2026-10-09", "complex"),
    ],
)
def test_the_clock_starts_at_acceptance(urgency: str, source: str, hard: Value, due: str, name: str) -> None:
    """18 September and three working days is the 22nd: the Sunday before the holiday is worked."""
    _, held = walk(
        ("report", {}, WORKER), ("accept", {"complex_matter": hard}, LEAD), urgency=urgency, source_channel=source
    )
    assert (held["due_at"], held["clock_name"]) == (f"{due}T23:59+08:00", name)


def test_a_deadline_through_an_unknown_year_says_so() -> None:
    """No guess about a holiday is shown as a fact."""
    _, held = walk(("report", {}, WORKER), ("accept", {}, at(LEAD, "2035-12-31T09:00:00+08:00")))
    assert held["due_note"] == "该年放假安排未导入"


def test_declining_needs_a_reason_and_may_name_the_case_it_repeats() -> None:
    """A duplicate points at the earlier case, never at itself."""
    steps: tuple[Step, ...] = (("report", {}, WORKER),)
    assert "原因" in refused("decline", {}, LEAD, *steps).title
    own: dict[str, Value] = {"reason": "重复", "parent_case_code": DRAFT["case_code"]}
    assert "自己" in refused("decline", own, LEAD, *steps).title
    other: dict[str, Value] = {"reason": "重复", "parent_case_code": mint("QS", "370211005001", DAY, "A7", 41)}
    assert walk(*steps, ("decline", other, LEAD))[0] == "declined"


def test_only_the_lead_unit_or_the_community_for_it_moves_a_dispatched_case() -> None:
    """A co-unit is told whose it is; the community writes down who said what."""
    told = refused("start", {}, WATER, *DISPATCHED)
    assert told.code == "NOT_YOURS"
    assert "城市管理" in told.title
    assert "社区" in told.title
    assert refused("start", {}, WORKER, *DISPATCHED).code == "NOT_YOURS"
    assert "原因" in refused("start", {}, COMMUNITY, *DISPATCHED).title
    said = {"reason": "城管电话告知已到场"}
    state, held = walk(*DISPATCHED, ("start", said, COMMUNITY), ("finish", {**DONE, **said}, COMMUNITY))
    assert (state, held["on_behalf"]) == ("disposed", True)
    assert "handled_by" not in held
    assert "disposed_by" not in held
    # The unit handled it, so who wrote that down may still look.
    assert judge_move(CASE, held, state, "verify_pass", {}, COMMUNITY).state == "closed"


def test_a_self_handled_case_is_none_of_a_departments_business() -> None:
    """Without a lead unit the grid's own staff finish it."""
    steps: tuple[Step, ...] = (("report", {}, WORKER), ("accept", {}, LEAD), ("self_handle", {}, WORKER))
    assert "网格员" in refused("finish", DONE, CITY, *steps).title


def test_a_unit_returns_within_two_working_days_and_the_clock_keeps_running() -> None:
    """Dispatched on Friday the 18th: Monday the 21st is the last day, for Sunday the 20th was worked."""
    in_time = at(CITY, "2026-09-21T17:00:00+08:00")
    state, held = walk(*DISPATCHED, ("return", {"reason": "不是职责范围"}, in_time))
    assert state == "accepted"
    assert held["return_reason"] == "不是职责范围"
    assert (held["return_count"], held["returned_by_unit"]) == (1, "城市管理")
    assert "lead_unit_id" not in held
    assert held["due_at"] == "2026-09-22T23:59+08:00"
    late = refused("return", {"reason": "不是职责范围"}, at(CITY, "2026-09-22T08:00:00+08:00"), *DISPATCHED)
    assert late.code == "NOT_READY"
    assert "2026-09-21" in late.title
    assert "原因" in refused("return", {}, in_time, *DISPATCHED).title
    _, again = walk(*DISPATCHED, ("return", {"reason": "不是职责范围"}, in_time), DISPATCHED[2])
    assert again["return_count"] == 1


def test_an_extension_is_asked_for_and_granted() -> None:
    """One, of at most ten working days, asked before the deadline, granted by the community; the history keeps both."""
    ask = ("request_extension", {"extension_days": 5, "reason": "等材料"}, CITY)
    state, held = walk(*DISPOSING, ask)
    assert (state, held["extension_state"], held["extension_reason"]) == ("disposing", "申请中", "等材料")
    assert "extended_due_at" not in held
    _, granted = walk(*DISPOSING, ask, ("approve_extension", {}, COMMUNITY))
    assert granted["extended_due_at"] == "2026-09-30T23:59+08:00"
    assert (granted["extension_no"], granted["extension_state"]) == (1, "同意")
    assert granted["due_at"] == "2026-09-22T23:59+08:00"
    second = refused("request_extension", {"extension_days": 1, "reason": "等"}, CITY, *DISPOSING, ask,
        ("approve_extension", {}, COMMUNITY))  # fmt: skip
    assert "最多延期 1 次" in second.title


def test_an_extension_is_refused_late_long_or_unasked() -> None:
    """Each refusal says which rule it is."""
    days: dict[str, Value] = {"extension_days": 5, "reason": "等材料"}
    assert "已过" in refused("request_extension", days, at(CITY, "2026-09-23T00:00:00+08:00"), *DISPOSING).title
    assert "最多延期 10" in refused("request_extension", {**days, "extension_days": 11}, CITY, *DISPOSING).title
    assert "申请延期天数" in refused("request_extension", {"reason": "等材料"}, CITY, *DISPOSING).title
    assert "没有等待审批" in refused("approve_extension", {}, COMMUNITY, *DISPOSING).title
    assert refused("approve_extension", {}, CITY, *DISPOSING).code == "NOT_YOURS"
    ask: Step = ("request_extension", days, CITY)
    no: Step = ("refuse_extension", {"reason": "材料已到"}, COMMUNITY)
    _, held = walk(*DISPOSING, ask, no)
    assert (held["extension_state"], held.get("extension_no")) == ("不同意", None)
    assert "没有等待审批" in refused("approve_extension", {}, COMMUNITY, *DISPOSING, ask, no).title
    assert walk(*DISPOSING, ask, no, ask)[1]["extension_state"] == "申请中"


def test_a_customers_limits_count() -> None:
    """How long and how often is data."""
    book = clocks.parse('{"clocks": {"standard": {"working_days": 3, "limits": {"extension": 2, "extensions": 2}}}}')
    with clocks.clocks_in_force(book):
        days: dict[str, Value] = {"extension_days": 2, "reason": "等材料"}
        steps: list[Step] = [("request_extension", days, CITY), ("approve_extension", {}, COMMUNITY)]
        _, held = walk(*DISPOSING, *steps, *steps)
        assert (held["extension_no"], held["extended_due_at"]) == (2, "2026-09-29T23:59+08:00")
        assert (
            "最多延期 2 个工作日" in refused("request_extension", {**days, "extension_days": 3}, CITY, *DISPOSING).title
        )


def test_a_preset_that_a_customer_took_away_stops_no_case() -> None:
    """A case goes on by the usual limits when the clock it was started on is gone."""
    state, held = walk(*DISPATCHED)
    result = judge_move(CASE, {**held, "clock_name": "gone"}, state, "return", {"reason": "不归我们管"}, CITY)
    assert result.state == "accepted"


def test_the_longest_time_bounds_an_extension() -> None:
    """A hotline case has 5 + 10 days and not one more."""
    _, held = walk(*DISPOSING, source_channel="12345")
    late = {**held, "extended_due_at": "2026-10-09T23:59+08:00"}
    with pytest.raises(MoveRefused, match="最长 15 个工作日"):
        judge_move(CASE, late, "disposing", "request_extension", {"extension_days": 10, "reason": "等"}, CITY)


def test_suspended_days_come_on_top() -> None:
    """挂账 from Friday to the next Thursday takes five working days (one a Sunday); the deadline gets them."""
    back = at(COMMUNITY, "2026-09-24T10:00:00+08:00")
    state, held = walk(*DISPOSING, ("suspend", {"reason": "等拆迁"}, COMMUNITY))
    assert state == "suspended"
    assert "挂账期间" in refused("finish", DONE, CITY, *DISPOSING, ("suspend", {"reason": "等拆迁"}, COMMUNITY)).title
    state, held = walk(*DISPOSING, ("suspend", {"reason": "等拆迁"}, COMMUNITY), ("resume", {}, back))
    assert (state, held["suspended_days"], held["due_at"]) == ("disposing", 5, "2026-09-30T23:59+08:00")
    assert (held["suspended_from"], held["suspended_to"]) == (NOW, "2026-09-24T10:00+08:00")
    assert "原因" in refused("suspend", {}, COMMUNITY, *DISPOSING).title
    assert refused("suspend", {"reason": "等拆迁"}, CITY, *DISPOSING).code == "NOT_YOURS"


def test_whistling_up_goes_one_level_at_a_time_to_four() -> None:
    """A reason each time; from level 3 on a leader takes it on; nobody goes above four."""
    up: dict[str, Value] = {"reason": "超出权限"}
    state, held = walk(*DISPOSING, ("escalate", up, CITY))
    assert (state, held["escalation_level"]) == ("accepted", 2)
    assert "lead_unit_id" not in held
    assert held["due_at"] == "2026-09-22T23:59+08:00"
    again: list[Step] = [("escalate", up, CITY), *DISPATCHED[2:], ("start", {}, CITY)]
    told = refused("escalate", up, CITY, *DISPOSING, *again)
    assert "包案领导" in told.title
    led: Step = ("escalate", {**up, "lead_officer": "甲"}, CITY)
    third: list[Step] = [*again, led, *DISPATCHED[2:], ("start", {}, CITY)]
    assert walk(*DISPOSING, *third, led)[1]["escalation_level"] == 4
    top = refused("escalate", up, CITY, *DISPOSING, *third, led, *DISPATCHED[2:], ("start", {}, CITY))
    assert "顶格" in top.title


def test_a_new_clock_is_the_offices_word() -> None:
    """Whoever hands a case up does not give herself more time."""
    anew: dict[str, Value] = {"reason": "超出权限", "new_clock": True}
    assert "社区或街道" in refused("escalate", anew, CITY, *DISPOSING).title
    later = at(COMMUNITY, "2026-09-24T10:00:00+08:00")
    _, held = walk(*DISPOSING, ("escalate", anew, later))
    assert held["due_at"] == "2026-09-30T23:59+08:00"
    _, held = walk(*DISPOSING, ("escalate", anew, later), DISPATCHED[2])
    assert "new_clock" not in held


def test_finishing_needs_a_result_and_a_photo() -> None:
    """处置结果 and 处置后照片, each by name."""
    assert refused("finish", {}, CITY, *DISPOSING).title == "处置完成还缺：处置结果、处置后照片。"


def test_nobody_verifies_her_own_handling() -> None:
    """核查 by another than who handled or finished it; a failed one is a rework and needs a new result."""
    steps: tuple[Step, ...] = (
        ("report", {}, WORKER), ("accept", {}, LEAD), ("self_handle", {}, WORKER), ("finish", DONE, OTHER),
    )  # fmt: skip
    assert refused("verify_pass", {}, WORKER, *steps).code == "NOT_YOURS"
    assert refused("verify_fail", {"reason": "没修好"}, OTHER, *steps).code == "NOT_YOURS"
    assert refused("verify_pass", {}, CITY, *steps).code == "NOT_YOURS"
    state, held = walk(*steps, ("verify_fail", {"reason": "没修好"}, LEAD))
    assert (state, held["rework_count"], held["verify_result"]) == ("disposing", 1, "不通过")
    assert "处置结果" in refused("finish", {}, WORKER, *steps, ("verify_fail", {"reason": "没修好"}, LEAD)).title


def test_dissatisfaction_is_redone_once_and_then_supervised() -> None:
    """重办一次, after that 督办单, which must be written off with evidence before the archive."""
    unhappy: dict[str, Value] = {"satisfaction": "2", "reason": "没有解决"}
    asked: dict[str, Value] = {"resolved": False, "satisfaction": "2"}
    assert "重办" in refused("follow_up", asked, LEAD, *CLOSED).title
    assert "回访归档" in refused("dissatisfied", {"satisfaction": "5", "reason": "好"}, LEAD, *CLOSED).title
    once: tuple[Step, ...] = (*CLOSED, ("dissatisfied", unhappy, LEAD))
    state, held = walk(*once)
    assert (state, held["redo_count"], held.get("supervise_level")) == ("disposing", 1, None)
    assert "closed_at" not in held
    again: tuple[Step, ...] = (*once, ("finish", DONE, CITY), ("verify_pass", {}, WORKER))
    assert "满意度" in refused("follow_up", {"resolved": True}, LEAD, *again).title
    assert walk(*again, ("follow_up", asked, LEAD))[0] == "archived"
    twice: tuple[Step, ...] = (
        *again, ("dissatisfied", unhappy, LEAD), ("finish", DONE, CITY), ("verify_pass", {}, WORKER),
    )  # fmt: skip
    state, held = walk(*twice)
    assert (held["redo_count"], held["supervise_level"]) == (2, "督办单")
    assert "督办还没有销号" in refused("follow_up", asked, LEAD, *twice).title
    clear: Step = ("clear_supervision", {"supervise_evidence": ["b" * 64], "reason": "已整改"}, STREET)
    assert "督办销号材料" in refused("clear_supervision", {"reason": "已整改"}, STREET, *twice).title
    assert walk(*twice, clear, ("follow_up", asked, LEAD))[0] == "archived"
    assert "没有待销号" in refused("clear_supervision", clear[1], STREET, *CLOSED).title


def test_a_card_changes_no_state() -> None:
    """黄牌 and 红牌 are given wherever a case runs, by community or street, with a reason."""
    card: dict[str, Value] = {"supervise_level": "黄牌", "reason": "将到期"}
    for steps in (DISPATCHED, DISPOSING, DISPOSED):
        before, _ = walk(*steps)
        state, held = walk(*steps, ("supervise", card, STREET))
        assert (state, held["supervise_level"]) == (before, "黄牌")
    assert refused("supervise", card, CITY, *DISPOSING).code == "NOT_YOURS"
    assert "原因" in refused("supervise", {"supervise_level": "黄牌"}, STREET, *DISPOSING).title


def test_a_case_that_comes_back_is_told_from_its_archive() -> None:
    """回流 leaves the old case as it is and opens a draft that names it."""
    opening = CASE.opens[0]
    archived: tuple[Step, ...] = (*CLOSED, ("follow_up", {"resolved": True, "satisfaction": "5"}, LEAD))
    state, held = walk(*archived, ("recur", {"reason": "又塌了"}, WORKER))
    assert (state, opening.on, opening.back) == ("archived", "recur", "parent_case_id")
    filled = opening.fill(held, lambda _key: "")
    assert filled["parent_case_code"] == DRAFT["case_code"]
    assert "case_code" not in filled
    assert (filled["address"], filled["sub_type"]) == (held["address"], held["sub_type"])


@pytest.mark.parametrize(
    ("state", "event", "word"),
    [
        ("reported", "dispatch", "受理"),
        ("dispatched", "finish", "还没有开始办理"),
        ("disposing", "verify_pass", "还没有处置完成"),
        ("disposing", "return", "升级吹哨"),
        ("disposed", "follow_up", "还没有核查"),
        ("archived", "accept", "已归档"),
    ],
)
def test_a_step_out_of_turn_says_why(state: str, event: str, word: str) -> None:
    """And what could be done now."""
    with pytest.raises(MoveRefused, match=word) as told:
        judge_move(CASE, DRAFT, state, event, {}, COMMUNITY)
    assert "现在可以做的是" in told.value.action


def problems(**values: Value) -> list[Problem]:
    """What is wrong with a case as it is saved."""
    return CASE.problems({**DRAFT, "record_no": "x", "recorded_at": NOW, **values}, CheckContext(Profile.SUBMIT, DAY))


def test_what_cannot_be_is_told_at_the_field() -> None:
    """A report from tomorrow, a place off the globe, a case that is its own parent."""
    assert not problems()
    wrong = problems(
        reported_at="2026-09-19T08:00+08:00", lng="200.00000000", lat="91.00000000",
        parent_case_code=DRAFT["case_code"],
    )  # fmt: skip
    assert {one.field for one in wrong} == {"reported_at", "lng", "lat", "parent_case_code"}


def test_the_title_tells_nothing_personal_by_itself() -> None:
    """Where none was written it is the kind, not the address or the words of a resident."""
    assert CASE.derive({**DRAFT, "title": None}, DAY) == {"title": "道路破损"}
