"""Each formula over rows that belong, and rows that do not."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from gridworker.ledgers.registry import all_ledgers
from gridworker.planning.clocks import clocks_in_force
from gridworker.planning.clocks import parse as parse_clocks
from gridworker.planning.data_file import DataRefused
from gridworker.planning.figures import Result, evaluate, figure
from gridworker.planning.figures_frame import Period, Row
from gridworker.planning.figures_rules import (
    figure_rules_in_force,
    figure_rules_set,
    parse,
    shipped,
    use_figure_rules,
)

GRID = "370211005001001"
MARCH = Period.month(2026, 3)
TODAY = date(2026, 4, 21)


def row(ledger: str, row_id: str, status: str = "", **values: Any) -> Row:
    """A row of a ledger."""
    return Row(row_id, ledger, GRID, status, values)


def case(row_id: str, status: str = "closed", **values: Any) -> Row:
    """A case due and closed in March."""
    usual = {
        "case_code": row_id.upper(),
        "reported_at": "2026-03-02T08:00+08:00",
        "accepted_at": "2026-03-02T09:00+08:00",
        "due_at": "2026-03-10T23:59+08:00",
    }
    ended = {"closed_at": "2026-03-09T17:30+08:00"} if status in ("closed", "archived") else {}
    return row("case", row_id, status, **usual | ended | values)


def result(key: str, rows: list[Row], period: Period = MARCH) -> Result:
    """A figure over rows."""
    return evaluate(figure(key), rows, period, TODAY)


def ids(key: str, rows: list[Row], period: Period = MARCH) -> tuple[str, str]:
    """Who is counted, of whom; as short texts."""
    found = result(key, rows, period)
    return "".join(found.numerator_ids), "".join(found.denominator_ids)


def test_satisfaction_counts_answers_and_sets_their_number_beside_the_rate() -> None:
    """非常满意 and 满意 over all who answered; 未评价 and no call-back are in neither number."""
    rows = [
        case(name, satisfaction=code)
        for name, code in zip("abcdefg", ["5", "4", "3", "2", "1", "0", None], strict=True)
    ]
    found = result("satisfaction_rate", rows)
    assert (found.numerator_ids, found.denominator_ids) == (("a", "b"), ("a", "b", "c", "d", "e"))
    assert found.shown == "40.00 %"
    assert found.beside == {"有效回访": 5, "未评价": 1}
    assert result("service_satisfaction_rate", rows).shown == "—"


@pytest.mark.parametrize(
    ("field", "key"), [("satisfaction", "satisfaction_rate"), ("service_satisfaction", "service_satisfaction_rate")]
)
def test_whether_basically_satisfied_counts_is_the_customers_word(field: str, key: str) -> None:
    """3 基本满意 is no satisfaction until the customer's data says so."""
    rows = [case("a", **{field: "3"}), case("b", **{field: "5"})]
    assert result(key, rows).shown == "50.00 %"
    with figure_rules_set(parse('{"satisfied": ["5", "4", "3"]}')):
        assert result(key, rows).shown == "100.00 %"
    assert figure_rules_in_force() is shipped()
    assert use_figure_rules(None) is None


def test_every_satisfaction_rate_has_the_number_of_call_backs_beside_it() -> None:
    """One happy resident is 100 % too."""
    rows = [
        case("a", satisfaction="5", service_satisfaction="5"),
        row("wish", "w", "visited_back", follow_up_on="2026-03-05", satisfaction="4"),
        row("opinion", "o", "closed", due_at="2026-03-05T23:59+08:00", satisfaction="4"),
    ]
    for key in (
        "satisfaction_rate",
        "service_satisfaction_rate",
        "wish_satisfaction_rate",
        "opinion_satisfaction_rate",
    ):
        found = result(key, rows)
        assert (found.shown, found.beside["有效回访"]) == ("100.00 %", 1)


def test_solved_is_asked_of_those_who_said_so() -> None:
    """Where nobody asked, the case is in neither number; a database may hold yes and no as 1 and 0."""
    rows = [
        case("a", resolved=True),
        case("b", resolved=False),
        case("c"),
        case("d", resolved=1),
        case("e", resolved=0),
    ]
    assert ids("resolution_rate", rows) == ("ad", "abde")
    assert result("resolution_rate", rows).beside == {"有效回访": 4}


def test_rework_extension_and_return_have_their_own_wholes() -> None:
    """Over the disposed, the accepted and the dispatched."""
    rows = [
        case("a", disposed_at="2026-03-08T10:00+08:00", rework_count=1, extension_no=1),
        case("b", "disposing", rework_count=1),
        case("c", "disposing", dispatched_at="2026-03-03T10:00+08:00"),
        case("d", "accepted", return_count=1),
        case("e", "disposed", disposed_at="2026-03-08T10:00+08:00", lead_unit_id="city-works", return_count=0),
        case("f", "declined", rework_count=1, extension_no=1, return_count=1),
    ]
    assert ids("rework_rate", rows) == ("ab", "abe")
    assert ids("extension_rate", rows) == ("a", "abcde")
    assert ids("return_rate", rows) == ("d", "cde")


def test_solved_inside_the_grid_means_never_lifted_out_of_it() -> None:
    """Level 0 over all that were closed; what is open has no level to be praised for."""
    rows = [case("a", escalation_level=0), case("b", escalation_level=1), case("c", "disposing", escalation_level=0)]
    assert ids("grid_closure_rate", rows) == ("a", "ab")


def test_a_case_came_back_when_it_was_reported_again_within_thirty_days() -> None:
    """By the code of its origin, counted from the day it was closed; a duplicate that was declined is none."""
    rows = [
        case("a"),
        case("b"),
        case("c"),
        case("d", "disposing"),
        row("case", "x", "reported", parent_case_code="A", reported_at="2026-04-08T08:00+08:00"),
        row("case", "y", "reported", parent_case_code="B", reported_at="2026-04-09T08:00+08:00"),
        row("case", "z", "declined", parent_case_code="C", reported_at="2026-03-10T08:00+08:00"),
    ]
    assert ids("recurrence_rate", rows) == ("a", "abc")
    with clocks_in_force(parse_clocks('{"clocks": {"recurrence": {"days": 31}}}')):
        assert ids("recurrence_rate", rows) == ("ab", "abc")


def test_homes_entered_are_homes_where_somebody_was_met() -> None:
    """A home once however often it was entered; an attempt enters nothing; 空置 is not counted."""
    rows = [
        row("household", "a", tenure_code="自住"),
        row("household", "b", tenure_code="出租"),
        row("household", "c"),
        row("household", "v", tenure_code="空置"),
        row("visit", "1", household_id="a", met=True, visited_at="2026-03-01T00:00+08:00"),
        row("visit", "2", household_id="a", met=True, visited_at="2026-03-31T23:59+08:00"),
        row("visit", "3", household_id="b", met=False, visited_at="2026-03-05T10:00+08:00"),
        row("visit", "4", household_id="c", met=True, visited_at="2026-04-01T00:00+08:00"),
        row("visit", "5", household_id="v", met=True, visited_at="2026-03-05T10:00+08:00"),
        row("visit", "6", household_id="gone", met=True, visited_at="2026-03-05T10:00+08:00"),
    ]
    assert ids("visit_coverage_rate", rows) == ("a", "abc")
    assert ids("visit_coverage_rate", rows, Period.quarter(2026, 2)) == ("c", "abc")
    with figure_rules_set(parse('{"uncounted_tenures": []}')):
        assert ids("visit_coverage_rate", rows) == ("av", "abcv")


def test_people_in_care_are_contacted_by_a_care_visit_or_by_being_met() -> None:
    """Whoever is listed and still here; a visit to the household alone is no contact with her."""
    rows = [
        row("person", "a", care_level="high"),
        row("person", "b", care_level="key"),
        row("person", "c", care_level="general", household_id="h"),
        row("person", "d"),
        row("person", "e", care_level="high", living_state="死亡"),
        row("person", "f", care_level="high"),
        row("care_visit", "1", person_id="a", visited_at="2026-03-05T10:00+08:00"),
        row("visit", "2", interviewee_id="b", household_id="g", met=True, visited_at="2026-03-05T10:00+08:00"),
        row("visit", "3", household_id="h", met=True, visited_at="2026-03-05T10:00+08:00"),
        row("care_visit", "4", person_id="c", visited_at="2026-02-28T10:00+08:00"),
        row("care_visit", "5", person_id="f", visited_at="2026-03-05T10:00+08:00", met=False),
    ]
    assert ids("care_visit_rate", rows) == ("ab", "abcf")


def test_hazards_are_judged_by_their_own_deadline() -> None:
    """Written off over due; in time on the last day; what has no deadline is not counted."""
    rows = [
        row("hazard", "a", "closed", due_on="2026-03-10", closed_on="2026-03-10"),
        row("hazard", "b", "closed", due_on="2026-03-10", closed_on="2026-03-11"),
        row("hazard", "c", "rectifying", due_on="2026-03-31", closed_on="2026-03-30"),
        row("hazard", "d", "closed", due_on="2026-04-01", closed_on="2026-03-10"),
        row("hazard", "e", "closed", closed_on="2026-03-10"),
    ]
    assert ids("rectification_rate", rows) == ("ab", "abc")
    assert ids("on_time_rectification_rate", rows) == ("a", "abc")
    assert result("rectification_rate", rows).shown == "66.67 %"


def test_what_was_settled_on_no_known_day_is_settled_and_was_not_in_time() -> None:
    """An old record may come in without its closing day: it raises no backlog and flatters no rate."""
    bare = [case("a", closed_at=None), case("b", "archived", closed_at=None), case("c", "disposing"), case("d")]
    assert ids("closure_rate", bare) == ("abd", "abcd")
    assert ids("settlement_rate", bare) == ("abd", "abcd")
    assert ids("on_time_closure_rate", bare) == ("d", "abcd")
    assert ids("backlog", bare)[1] == "c"
    hazards = [row("hazard", "a", "closed", due_on="2026-03-10"), row("hazard", "b", "rectified", due_on="2026-03-10")]
    assert ids("rectification_rate", hazards) == ("a", "ab")
    assert ids("on_time_rectification_rate", hazards) == ("", "ab")
    for key in ("on_time_closure_rate", "on_time_rectification_rate", "backlog"):
        assert "没有" in figure(key).note, "the report says so where it counts so"


def test_disputes_count_when_they_were_accepted() -> None:
    """成功 over accepted, by the day they were to be settled, which an extension moves."""
    rows = [
        row("dispute", "a", "archived", due_on="2026-03-10", resolved="成功"),
        row("dispute", "b", "failed", due_on="2026-03-10", resolved="未成功"),
        row("dispute", "c", "mediating", due_on="2026-03-10", resolved="进行中"),
        row("dispute", "d", "registered", due_on="2026-03-10"),
        row("dispute", "e", "archived", due_on="2026-05-10", resolved="成功"),
        row("dispute", "f", "mediating", due_on="2026-03-10", extended_due_on="2026-04-30"),
        row("dispute", "g", "archived", due_on="2026-02-10", extended_due_on="2026-03-10", resolved="成功"),
    ]
    assert ids("dispute_resolution_rate", rows) == ("ag", "abcg")


def test_wishes_are_claimed_of_the_approved_and_fulfilled_of_the_claimed() -> None:
    """A claim that was released is no claim any more; one that came to nothing was one."""
    rows = [
        row("wish", "a", "published", collected_on="2026-03-01", promise_due_on="2026-03-20"),
        row("wish", "b", "fulfilled", collected_on="2026-02-01", promise_due_on="2026-03-20"),
        row("wish", "c", "contacted", collected_on="2026-03-01", promise_due_on="2026-03-20"),
        row("wish", "d", "approved", collected_on="2026-03-31"),
        row("wish", "e", "collected", collected_on="2026-03-01"),
        row("wish", "f", "claimed", collected_on="2026-03-02", promise_due_on="2026-05-01"),
        row("wish", "g", "unfulfilled", collected_on="2026-03-02", promise_due_on="2026-03-20"),
    ]
    assert ids("wish_fulfilment_rate", rows) == ("ab", "abcg")
    assert ids("wish_claim_rate", rows) == ("acfg", "acdfg")


def test_every_state_of_a_wish_after_its_approval_is_counted() -> None:
    """A state that the ledger adds is not lost between the figures."""
    workflow = all_ledgers()["wish"].workflow
    assert workflow is not None
    states = [state.key for state in workflow.states]
    rows = [row("wish", key, key, collected_on="2026-03-01") for key in states]
    counted = set(result("wish_claim_rate", rows).denominator_ids)
    assert counted == set(states) - {"collected", "returned", "transferred"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "文件是空的。"),
        ('{"satisfied": "5"}', "“satisfied”应是 […]，不能是 “5”。"),
        ('{"satisfied": [5]}', "“satisfied”第 1 项应是文字，不能是 “5”。"),
        ('{"valid": ["5", "0"]}', "“valid”里的“0”不是满意度的评价，只能是 5、4、3、2、1（0 是未评价）。"),
        ('{"satisfied": ["9"]}', "“satisfied”里的“9”不是满意度的评价"),
        ('{"valid": ["5", "1"], "satisfied": ["5", "4"]}', "“satisfied”里的“4”不在“valid”里。"),
        ('{"satisfy": []}', "不认识的项目“satisfy”"),
    ],
)
def test_rules_that_are_wrong_are_refused_in_words(text: str, said: str) -> None:
    """What is wrong and where; 未评价 can never be made an answer."""
    with pytest.raises(DataRefused) as caught:
        parse(text)
    assert said in caught.value.title


def test_the_shipped_rules_are_read_from_data() -> None:
    """5 and 4 satisfy; a customer's file changes only what it names."""
    assert shipped().satisfied == frozenset({"5", "4"})
    assert shipped().source
    changed = parse(json.dumps({"gone": ["死亡"]}))
    assert changed.gone == frozenset({"死亡"})
    assert changed.satisfied == shipped().satisfied
