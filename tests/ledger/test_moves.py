"""The workflows of hazard and wish: what may happen next, who may do it, and why not."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridworker.ledger.facts import Value
from gridworker.ledger.moves import judge_move
from gridworker.ledger.workflow import MoveContext, MoveRefused
from gridworker.ledgers.registry import all_ledgers, find_ledger

DAY = date(2026, 4, 21)
WORKER = MoveContext("worker", ("grid_worker",), DAY)
COMMUNITY = MoveContext("office", ("community",), DAY)
HAZARD: dict[str, Value] = {
    "place": "3号楼", "place_type": "楼栋", "hazard_type": "用电", "description": "线路裸露", "hazard_level": "一般",
    "recorded_by": "worker", "found_at": "2026-04-20T10:00+08:00", "photos_before": ["a" * 64],
    "photos_after": ["b" * 64],
}  # fmt: skip
FIVE: dict[str, Value] = {
    "responsible_unit": "物业", "responsible_person": "甲", "responsible_contact": "053200000000",
    "measure": "重新布线", "due_on": "2026-04-25",
}  # fmt: skip


def walk(
    name: str, values: dict[str, Value], *steps: tuple[str, dict[str, Value], MoveContext]
) -> tuple[str, dict[str, Value]]:
    """Makes the moves one after another from the beginning."""
    ledger = find_ledger(name)
    assert ledger.workflow
    state = ledger.workflow.initial
    for event, args, context in steps:
        result = judge_move(ledger, values, state, event, args, context)
        state, values = result.state, {**values, **result.changes}
    return state, values


def refusal(
    name: str, state: str, event: str, values: dict[str, Value], args: dict[str, Value], who: MoveContext
) -> MoveRefused:
    """The refusal a move meets."""
    with pytest.raises(MoveRefused) as refused:
        judge_move(find_ledger(name), values, state, event, args, who)
    return refused.value


def test_a_hazard_goes_from_found_to_written_off() -> None:
    """排查 → 登记 → 通知 → 整改 → 复查 → 销号."""
    state, values = walk(
        "hazard", HAZARD, ("register", {}, WORKER), ("notify", FIVE, WORKER), ("start", {}, WORKER),
        ("rectify", {}, WORKER), ("recheck_pass", {}, WORKER), ("write_off", {}, WORKER),
    )  # fmt: skip
    assert state == "closed"
    assert values["closed_on"] == values["rechecked_on"] == "2026-04-21"
    assert values["recheck_result"] == "合格"


def test_a_failed_recheck_leads_back_and_needs_a_reason() -> None:
    """复查不合格 → 整改中."""
    assert "原因" in refusal("hazard", "rectified", "recheck_fail", HAZARD, {}, WORKER).title
    result = judge_move(find_ledger("hazard"), HAZARD, "rectified", "recheck_fail", {"reason": "仍有裸露"}, WORKER)
    assert result.state == "rectifying"
    assert result.args["reason"] == "仍有裸露"


def test_a_notice_needs_the_five_fixed_things_by_name() -> None:
    """五落实: what is missing is named."""
    refused = refusal("hazard", "registered", "notify", HAZARD, {"responsible_unit": "物业"}, WORKER)
    assert refused.code == "INCOMPLETE"
    assert "责任人" in refused.title
    assert "整改时限" in refused.title


def test_a_major_hazard_needs_a_plan_and_another_pair_of_eyes() -> None:
    """重大 cannot be written off on the finder's own recheck."""
    major = {**HAZARD, "hazard_level": "重大"}
    assert "应急预案" in refusal("hazard", "registered", "notify", major, FIVE, WORKER).title
    own = {**major, "rechecked_by": "worker"}
    assert "自己的复查" in refusal("hazard", "rechecked", "write_off", own, {}, WORKER).title
    other = {**major, "rechecked_by": "office"}
    assert judge_move(find_ledger("hazard"), other, "rechecked", "write_off", {}, WORKER).state == "closed"


def test_a_major_hazard_is_not_led_where_nobody_can_recheck_it() -> None:
    """The finder is stopped before 复查合格, from where only the writing off leads on, and it would be refused."""
    major: dict[str, Value] = {**HAZARD, "hazard_level": "重大", "recorded_by": "worker"}
    assert "换一个人" in refusal("hazard", "rectified", "recheck_pass", major, {}, WORKER).title
    assert judge_move(find_ledger("hazard"), major, "rectified", "recheck_pass", {}, COMMUNITY).state == "rechecked"
    assert "应急预案" in refusal("hazard", "registered", "fix_on_site", major, {"measure": "围挡"}, WORKER).title


def test_a_second_mending_has_its_own_days() -> None:
    """After a failed recheck the day of the first mending and the first recheck's result do not stay."""
    first: dict[str, Value] = {**HAZARD, "rectified_on": "2026-04-01"}
    failed = judge_move(find_ledger("hazard"), first, "rectified", "recheck_fail", {"reason": "未清"}, WORKER)
    again: dict[str, Value] = {**first, **failed.changes}
    assert (again["rectified_on"], again["recheck_result"]) == (None, "不合格")
    mended = judge_move(find_ledger("hazard"), again, "rectifying", "rectify", {}, WORKER)
    assert mended.changes["rectified_on"] == "2026-04-21"
    assert mended.changes["recheck_result"] is mended.changes["rechecked_by"] is mended.changes["rechecked_on"] is None


@pytest.mark.parametrize(
    ("state", "event", "key", "day"),
    [
        ("rectifying", "rectify", "rectified_on", "2026-04-22"),
        ("registered", "fix_on_site", "rectified_on", "2030-01-01"),
        ("rectified", "recheck_pass", "rechecked_on", "2026-04-22"),
        ("rectified", "recheck_pass", "rechecked_on", "2026-04-01"),
        ("rechecked", "write_off", "closed_on", "2026-04-22"), ("rechecked", "write_off", "closed_on", "2026-04-01"),
    ],
)  # fmt: skip
def test_no_step_of_a_hazard_is_dated_ahead_of_today_or_of_the_step_before(
    state: str, event: str, key: str, day: str
) -> None:
    """整改、复查、销号 come one after the other, and not tomorrow."""
    values: dict[str, Value] = {**HAZARD, "measure": "清理"}
    values |= {} if event in ("rectify", "fix_on_site") else {"rectified_on": "2026-04-20"}
    values |= {"rechecked_on": "2026-04-21"} if event == "write_off" else {}
    assert "日期不能" in refusal("hazard", state, event, values, {key: day}, WORKER).title


def test_a_wish_takes_its_six_steps_in_order() -> None:
    """征集 → 审核 → 认领 → 实施 → 回访 → 公示."""
    state, values = walk(
        "wish", {"content": "收音机"},
        ("approve", {"review_mode": "电话", "review_note": "属实"}, COMMUNITY),
        ("claim", {"claimer_org": "志愿队", "promise_due_on": "2026-05-01"}, WORKER),
        ("contact", {}, WORKER), ("fulfill", {"fulfil_note": "已送到"}, WORKER),
        ("visit_back", {"follow_up_mode": "电话", "satisfaction": "5"}, WORKER),
        ("publish", {"publicity_from": "2026-05-02", "publicity_to": "2026-05-09"}, COMMUNITY),
    )  # fmt: skip
    assert state == "published"
    assert values["reviewed_by"] == "office"


@pytest.mark.parametrize("state", ["collected", "approved", "claimed", "contacted", "fulfilled"])
def test_publishing_before_the_visit_back_is_refused_with_the_reason(state: str) -> None:
    """还没有回访，不能公示."""
    args: dict[str, Value] = {"publicity_from": "2026-05-02", "publicity_to": "2026-05-09"}
    assert "回访" in refusal("wish", state, "publish", {}, args, COMMUNITY).title


def test_a_second_claim_is_refused() -> None:
    """At most one active claimant."""
    assert "已经有人认领" in refusal("wish", "claimed", "claim", {}, {"claimer_name": "乙"}, WORKER).title


def test_a_release_empties_the_claim_and_gives_priority() -> None:
    """Claimed → approved with priority next round."""
    values: dict[str, Value] = {"claimer_name": "乙", "claimed_on": "2026-04-01", "promise_due_on": "2026-05-01"}
    result = judge_move(find_ledger("wish"), values, "claimed", "release", {"reason": "联系不上"}, WORKER)
    assert result.state == "approved"
    assert result.changes["claimer_name"] is None
    assert result.changes["next_round_priority"] is True


def test_who_may_not_is_told_who_could() -> None:
    """A grid worker does not review wishes."""
    refused = refusal("wish", "collected", "approve", {}, {"review_mode": "电话", "review_note": "属实"}, WORKER)
    assert refused.code == "NOT_YOURS"
    assert "社区" in refused.action


def test_a_move_changes_only_what_it_asks_for() -> None:
    """Fields outside the move's own are not smuggled in."""
    assert refusal("hazard", "found", "register", HAZARD, {"closed_on": "2026-04-21"}, WORKER).code == "FOREIGN_FIELD"


@settings(max_examples=60)
@given(st.data())
def test_no_sequence_of_moves_leaves_the_table(data: st.DataObject) -> None:
    """Whatever is tried in whatever order, a record is always in a declared state."""
    ledger = find_ledger(data.draw(st.sampled_from(["hazard", "wish"])))
    assert ledger.workflow
    known = {state.key for state in ledger.workflow.states}
    state, values = ledger.workflow.initial, dict(HAZARD)
    fillers: dict[str, Value] = FIVE | {"review_mode": "电话", "review_note": "属实", "claimer_org": "队",
        "promise_due_on": "2026-05-01",
               "fulfil_note": "好", "follow_up_mode": "电话", "satisfaction": "5",
               "publicity_from": "2026-05-02", "publicity_to": "2026-05-03"}  # fmt: skip
    for _ in range(12):
        move = data.draw(st.sampled_from(ledger.workflow.moves))
        args: dict[str, Value] = {key: fillers[key] for key in move.asks if key in fillers} | {"reason": "因"}
        try:
            result = judge_move(
                ledger, values, state, move.event, args, data.draw(st.sampled_from([WORKER, COMMUNITY]))
            )
        except MoveRefused:
            assert (
                state not in move.sources
                or not set(move.who) & {"grid_worker"}
                or move.guard
                or move.ready
                or move.event in ("approve", "publish", "return", "transfer")
            )
            continue
        state, values = result.state, {**values, **result.changes}
        assert state in known


def test_every_state_can_be_left_or_is_final() -> None:
    """No dead ends that nobody declared."""
    for ledger in all_ledgers().values():
        for state in ledger.workflow.states if ledger.workflow else ():
            assert ledger.workflow is not None
            leading_on = [move for move in ledger.workflow.moves_from(state.key) if move.target != state.key]
            assert state.final == (not leading_on), state.key
