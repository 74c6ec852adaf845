"""What part 3 asks of hazards and wishes beyond their first six steps: photos, major hazards, hand-overs, notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gridworker.ledger.facts import Value
from gridworker.ledger.moves import judge_move
from gridworker.ledgers.registry import find_ledger
from gridworker.planning import clocks, wish_rules
from tests.ledger.test_moves import COMMUNITY, FIVE, HAZARD, WORKER, refusal, walk

MAJOR: dict[str, Value] = {**HAZARD, "hazard_level": "重大", "contingency_plan": "断电、疏散"}
BARE = {key: value for key, value in HAZARD.items() if not key.startswith("photos")}
CLAIM: dict[str, Value] = {"claimer_org": "志愿队", "promise_due_on": "2026-05-01"}
CLAIMED = (
    ("approve", {"review_mode": "电话", "review_note": "属实"}, COMMUNITY),
    ("claim", CLAIM, WORKER),
)


def test_a_hazard_is_put_right_only_after_it_was_photographed() -> None:
    """A save waits for no photo; 登记 asks for it, and neither way on is open without it."""
    hazard = find_ledger("hazard")
    assert hazard.workflow
    assert "photos_before" in hazard.workflow.find("found", "register").asks
    state, values = walk("hazard", BARE, ("register", {}, WORKER))
    assert "整改前照片" in refusal("hazard", state, "notify", values, FIVE, WORKER).title
    assert "整改前照片" in refusal("hazard", state, "fix_on_site", values, {"measure": "清走"}, WORKER).title
    with_photo: dict[str, Value] = {**FIVE, "photos_before": ["a" * 64]}
    assert judge_move(hazard, values, state, "notify", with_photo, WORKER).state == "notified"


def test_a_recheck_passes_only_with_a_photo_of_the_mended_place() -> None:
    """整改后照片 may come with the recheck itself."""
    mended: dict[str, Value] = {**BARE, "rectified_on": "2026-04-20"}
    assert "整改后照片" in refusal("hazard", "rectified", "recheck_pass", mended, {}, WORKER).title
    photo: dict[str, Value] = {"photos_after": ["b" * 64]}
    assert judge_move(find_ledger("hazard"), mended, "rectified", "recheck_pass", photo, WORKER).state == "rechecked"


def test_a_major_hazard_is_reported_up_and_listed_before_anything_is_done() -> None:
    """上报 and 挂牌督办 in one step, dated; a general hazard has no business there."""
    for event, args in (("notify", FIVE), ("fix_on_site", {"measure": "围挡"})):
        assert "上报并挂牌督办" in refusal("hazard", "registered", event, MAJOR, args, WORKER).title
    assert "不用上报" in refusal("hazard", "registered", "report_up", HAZARD, {}, WORKER).title
    early: dict[str, Value] = {"reported_up_on": "2026-04-19"}
    assert "早于排查" in refusal("hazard", "registered", "report_up", MAJOR, early, WORKER).title
    state, values = walk("hazard", MAJOR, ("register", {}, WORKER), ("report_up", {}, WORKER), ("notify", FIVE, WORKER))
    assert (state, values["listed_supervision"], values["reported_up_on"]) == ("notified", True, "2026-04-21")


def test_a_major_hazard_has_ten_days_for_its_recheck() -> None:
    """Counted from the day it was to be put right; a general one has none."""
    _, values = walk("hazard", MAJOR, ("register", {}, WORKER), ("report_up", {}, WORKER), ("notify", FIVE, WORKER))
    assert values["recheck_due_on"] == "2026-05-05"
    _, general = walk("hazard", HAZARD, ("register", {}, WORKER), ("notify", FIVE, WORKER))
    assert general.get("recheck_due_on") is None
    corrected = find_ledger("hazard").derive({**values, "due_on": "2026-04-30"}, date(2026, 4, 21))
    assert corrected == {"recheck_due_on": "2026-05-10"}
    on_site = {**MAJOR, "reported_up_on": "2026-04-21"}
    fixed = judge_move(find_ledger("hazard"), on_site, "registered", "fix_on_site", {"measure": "围挡"}, WORKER)
    assert fixed.changes["recheck_due_on"] == "2026-05-01"
    dues = {due.field: due for due in find_ledger("hazard").dues}
    assert set(dues) == {"due_on", "recheck_due_on"}


def test_a_hazard_is_whistled_for_once() -> None:
    """转吹哨 leaves the hazard where it is and tells a case what it knows."""
    hazard = find_ledger("hazard")
    assert judge_move(hazard, HAZARD, "notified", "whistle", {}, WORKER).state == "notified"
    assert "已经转过" in refusal("hazard", "notified", "whistle", {**HAZARD, "case_id": "x"}, {}, WORKER).title
    opening = next(one for one in hazard.opens if one.on == "whistle")
    filled = opening.fill(MAJOR, lambda _key: "")
    assert (opening.to, opening.back, opening.forth) == ("case", "hazard_id", "case_id")
    assert (filled["address"], filled["urgency"]) == ("3号楼", "紧急")
    case = find_ledger("case")
    for key, value in filled.items():
        assert value is None or case[key].parse(value) == value


def test_an_opinion_among_the_wishes_is_passed_on_and_not_claimed() -> None:
    """意见类转 L4: 审核通过 is refused with the way, 转办 opens an opinion."""
    wish: dict[str, Value] = {"content": "希望多装路灯", "wish_type": "意见类"}
    review: dict[str, Value] = {"review_mode": "电话", "review_note": "属实"}
    assert "转办" in refusal("wish", "collected", "approve", wish, review, COMMUNITY).title
    opening = find_ledger("wish").opens[0]
    assert (opening.to, opening.on, opening.forth) == ("opinion", "transfer", "opinion_id")
    assert opening.when(wish)
    assert not opening.when({**wish, "wish_type": "物品"})
    opinion = find_ledger("opinion")
    for key, value in opening.fill(wish, lambda _key: "").items():
        assert opinion[key].parse(value) == value


def test_a_wish_above_the_cap_is_not_approved(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap is data; without one every amount goes."""
    review: dict[str, Value] = {"review_mode": "电话", "review_note": "属实"}
    wish: dict[str, Value] = {"content": "轮椅", "wish_type": "物品", "est_amount": "500.01"}
    assert "上限 500 元" in refusal("wish", "collected", "approve", wish, review, COMMUNITY).title
    assert walk("wish", {**wish, "est_amount": "500.00"}, ("approve", review, COMMUNITY))[0] == "approved"
    monkeypatch.setattr(wish_rules, "cap", lambda: None)
    assert walk("wish", wish, ("approve", review, COMMUNITY))[0] == "approved"


def test_a_claim_is_handed_over_with_a_reason_to_somebody_else() -> None:
    """转交: a new claimer, a new day; who was not named anew does not stay beside her."""
    state, values = walk("wish", {"content": "收音机"}, *CLAIMED, ("contact", {}, WORKER))
    assert "原因" in refusal("wish", state, "hand_over", values, {"claimer_name": "乙"}, WORKER).title
    same: dict[str, Value] = {"claimer_org": "志愿队", "reason": "换人"}
    assert "不同" in refusal("wish", state, "hand_over", values, same, WORKER).title
    later = replace(WORKER, today=date(2026, 4, 24))
    other: dict[str, Value] = {"claimer_name": "乙", "reason": "原认领人出差"}
    result = judge_move(find_ledger("wish"), values, state, "hand_over", other, later)
    after = {**values, **result.changes}
    assert (result.state, after["claimer_name"], after["claimer_org"]) == ("claimed", "乙", None)
    assert (after["claimed_on"], after["contacted_on"]) == ("2026-04-24", None)


def test_what_could_not_be_fulfilled_says_why_and_comes_in_the_next_round() -> None:
    """未实现 with a reason is no result to publish; 转入下轮 opens it again with priority."""
    state, values = walk("wish", {"content": "收音机"}, *CLAIMED)
    assert "原因" in refusal("wish", state, "unfulfilled", values, {}, WORKER).title
    state, values = walk("wish", {"content": "收音机"}, *CLAIMED, ("unfulfilled", {"reason": "停产"}, WORKER))
    assert "没有实现" in refusal("wish", state, "publish", values, {}, COMMUNITY).title
    result = judge_move(find_ledger("wish"), values, state, "relist", {}, COMMUNITY)
    assert (result.state, result.changes["next_round_priority"]) == ("approved", True)
    assert result.changes["claimer_org"] is None
    again = judge_move(find_ledger("wish"), {**values, **result.changes}, "approved", "claim", CLAIM, WORKER)
    assert again.changes["next_round_priority"] is None


def test_a_wish_is_announced_before_it_is_claimed() -> None:
    """征集公示 has its own days and changes no state."""
    state, values = walk("wish", {"content": "收音机"}, CLAIMED[0])
    days: dict[str, Value] = {"call_from": "2026-04-21", "call_to": "2026-04-28"}
    result = judge_move(find_ledger("wish"), values, state, "announce", days, COMMUNITY)
    assert (result.state, result.changes["call_to"]) == ("approved", "2026-04-28")
    turned = {"call_from": "2026-04-28", "call_to": "2026-04-21"}
    assert "早于" in refusal("wish", state, "announce", values, turned, COMMUNITY).title


def test_wishes_are_owed_a_contact_and_a_claimer() -> None:
    """对接 within the clock's 7 days of the claim; unclaimed for 30 days the grid meeting hears of it."""
    dues = {due.clock: due for due in find_ledger("wish").dues}
    assert dues["wish_contact"].field == "claimed_on"
    assert dues["wish_contact"].unless == "contacted_on"
    assert clocks.clock("wish_contact").count == 7
    assert dues["wish_unclaimed"].field == "open_since"
    assert dues["wish_unclaimed"].states == ("approved",)
    _, values = walk("wish", {"content": "收音机"}, CLAIMED[0])
    assert values["open_since"] == "2026-04-21"


@pytest.mark.parametrize(
    ("event", "args", "word"),
    [
        ("contact", {"contacted_on": "2026-04-20"}, "对接日期不能早于认领日期"),
        ("contact", {"contacted_on": "2026-04-22"}, "对接日期不能晚于今天"),
    ],
)
def test_no_step_of_a_wish_is_dated_out_of_order(event: str, args: dict[str, Value], word: str) -> None:
    """收集、认领、对接、实施、回访 come one after the other, and not tomorrow."""
    state, values = walk("wish", {"content": "收音机"}, *CLAIMED)
    assert word in refusal("wish", state, event, values, args, WORKER).title


def test_photos_of_a_fulfilled_wish_need_consent() -> None:
    """影像授权: without it none are kept."""
    state, values = walk("wish", {"content": "收音机"}, *CLAIMED, ("contact", {}, WORKER))
    args: dict[str, Value] = {"fulfil_note": "已送到", "attachments": ["a" * 64]}
    assert "影像授权" in refusal("wish", state, "fulfill", values, args, WORKER).title
    consent: dict[str, Value] = {**args, "photo_consent": True}
    assert judge_move(find_ledger("wish"), values, state, "fulfill", consent, WORKER).state == "fulfilled"
