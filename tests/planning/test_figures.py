"""The figures of a report: published vectors, what counts and what does not, nothing, rounding, areas."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.planning.figures import (
    FIGURES,
    LAST_YEAR,
    NOTHING,
    Result,
    evaluate,
    evaluate_by,
    figure,
    percentage,
)
from gridworker.planning.figures_frame import LEVELS, Period, Row, RowSet, group_code

GRID = "370211005001001"
OTHER_GRID = "370211005001002"
MARCH = Period.month(2026, 3)
TODAY = date(2026, 4, 21)


def case(number: int, status: str = "disposing", grid: str = GRID, **values: Any) -> Row:
    """A case accepted on 2 March and due on 10 March, changed by what is given."""
    usual = {
        "case_code": f"QS{number}",
        "reported_at": "2026-03-02T08:00+08:00",
        "accepted_at": "2026-03-02T09:00+08:00",
        "due_at": "2026-03-10T23:59+08:00",
        "escalation_level": 0,
        "rework_count": 0,
    }
    return Row(f"c{number}", "case", grid, status, usual | values)


def closed(number: int, day: str = "2026-03-09", grid: str = GRID, **values: Any) -> Row:
    """A case closed on a day."""
    return case(number, "closed", grid, closed_at=f"{day}T17:30+08:00", **values)


def result(key: str, rows: list[Row], period: Period = MARCH, today: date = TODAY) -> Result:
    """A figure over rows."""
    return evaluate(figure(key), rows, period, today)


def test_the_published_closure_rate_comes_out() -> None:
    """3843 of 4042 accepted cases closed is 95.08 %; drafts, refused ones and other months stand outside."""
    rows = [closed(number) for number in range(3843)]
    rows += [case(number) for number in range(3843, 4042)]
    rows += [case(9001, "declined"), case(9002, "draft"), case(9003, "reported", accepted_at=None)]
    rows += [closed(9004, accepted_at="2026-02-27T09:00+08:00"), closed(9005, accepted_at="2026-04-01T00:01+08:00")]
    found = result("closure_rate", rows)
    assert (len(found.numerator_ids), len(found.denominator_ids)) == (3843, 4042)
    assert (found.value, found.shown) == (Decimal("95.08"), "95.08 %")


def test_the_published_settlement_and_on_time_rates_come_out() -> None:
    """Of 972 due cases that are not suspended 911 are closed, 93.72 %, and 737 of them in time, 75.82 %."""
    rows = [closed(number, "2026-03-10") for number in range(737)]
    rows += [closed(number, "2026-03-11") for number in range(737, 911)]
    rows += [case(number) for number in range(911, 972)]
    rows += [
        case(number, "suspended", suspended_from="2026-03-05T10:00+08:00", suspended_to=None)
        for number in range(972, 1000)
    ]
    rows += [closed(2000, due_at="2026-04-01T23:59+08:00"), closed(2001, due_at="2026-02-28T23:59+08:00")]
    settled, in_time = result("settlement_rate", rows), result("on_time_closure_rate", rows)
    assert (len(settled.numerator_ids), len(settled.denominator_ids), settled.shown) == (911, 972, "93.72 %")
    assert (len(in_time.numerator_ids), len(in_time.denominator_ids), in_time.shown) == (737, 972, "75.82 %")


@pytest.mark.parametrize(
    ("row", "in_time"),
    [
        (closed(1, "2026-03-10"), True),
        (closed(1, "2026-03-11"), False),
        (closed(1, "2026-03-16", extended_due_at="2026-03-16T23:59+08:00"), True),
        (closed(1, "2026-03-17", extended_due_at="2026-03-16T23:59+08:00"), False),
        # Two working days suspended, from Friday to Tuesday: due on the 12th instead of the 10th.
        (closed(1, "2026-03-12", suspended_from="2026-03-06T09:00+08:00", suspended_to="2026-03-10T09:00+08:00"), True),
        (
            closed(1, "2026-03-13", suspended_from="2026-03-06T09:00+08:00", suspended_to="2026-03-10T09:00+08:00"),
            False,
        ),
        # The deadline was moved by whoever resumed it: it is not moved a second time.
        (
            closed(
                1,
                "2026-03-11",
                suspended_from="2026-03-06T09:00+08:00",
                suspended_to="2026-03-10T09:00+08:00",
                suspended_days=2,
            ),
            False,
        ),
        # Suspended when it was late already.
        (
            closed(1, "2026-03-20", suspended_from="2026-03-11T09:00+08:00", suspended_to="2026-03-19T09:00+08:00"),
            False,
        ),
    ],
)
def test_in_time_means_by_the_deadline_with_what_was_granted(row: Row, *, in_time: bool) -> None:
    """Extensions count, suspended working days are taken out, lateness is not excused afterwards."""
    found = result("on_time_closure_rate", [row])
    assert found.denominator_ids == ("c1",)
    assert found.numerator_ids == (("c1",) if in_time else ())


def test_a_resumed_case_belongs_to_the_month_in_which_it_falls_due_now() -> None:
    """Due on 30 March and suspended for five working days around 清明: April's case, not March's."""
    row = closed(
        1,
        "2026-04-07",
        due_at="2026-03-30T23:59+08:00",
        suspended_from="2026-03-30T09:00+08:00",
        suspended_to="2026-04-07T09:00+08:00",
    )
    assert result("on_time_closure_rate", [row]).denominator_ids == ()
    april = result("on_time_closure_rate", [row], Period.month(2026, 4))
    assert april.numerator_ids == april.denominator_ids == ("c1",)


def test_what_is_not_due_yet_is_not_counted_against_anybody() -> None:
    """In the middle of a month only what has fallen due is looked at."""
    rows = [case(1, due_at="2026-03-10T23:59+08:00"), case(2, due_at="2026-03-11T23:59+08:00")]
    assert result("settlement_rate", rows, today=date(2026, 3, 10)).denominator_ids == ("c1",)
    assert result("settlement_rate", rows, today=date(2026, 3, 11)).denominator_ids == ("c1", "c2")


def test_a_case_that_was_opened_again_is_not_closed() -> None:
    """The state decides: a closing day that was left behind closes nothing."""
    row = case(1, "disposing", closed_at="2026-03-09T17:30+08:00")
    assert result("closure_rate", [row]).numerator_ids == ()


def test_what_was_closed_later_is_not_known_yet() -> None:
    """A report as of an earlier day sees what was closed by that day."""
    assert result("closure_rate", [closed(1, "2026-03-09")], today=date(2026, 3, 8)).numerator_ids == ()
    assert result("closure_rate", [closed(1, "2026-03-09")], today=date(2026, 3, 9)).numerator_ids == ("c1",)


def test_a_rate_over_nothing_is_a_dash() -> None:
    """Neither 0 % nor 100 %: there was nothing to do."""
    for one in FIGURES:
        found = evaluate(one, [], MARCH, TODAY)
        assert (found.numerator_ids, found.denominator_ids) == ((), ())
        assert found.shown == (NOTHING if one.unit == "%" else "0")
        assert found.value == (None if one.unit == "%" else Decimal(0))


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 800, "0.13"),
        (1, 32, "3.13"),
        (0, 5, "0.00"),
        (5, 5, "100.00"),
        (-1, 2, "-50.00"),
        (99_999, 100_000, "100.00"),
        (19_999, 20_000, "100.00"),
        (19_998, 20_000, "99.99"),
    ],
)
def test_rates_are_exact_and_rounded_half_up(part: int, whole: int, shown: str) -> None:
    """0.125 becomes 0.13 and 3.125 becomes 3.13, where rounding to even would say 0.12 and 3.12."""
    assert str(percentage(part, whole)) == shown


def test_declarations_are_whole() -> None:
    """Every figure has a key of its own, a label, a cohort in words, and ledgers that exist."""
    assert len({one.key for one in FIGURES}) == len({one.label for one in FIGURES}) == len(FIGURES)
    assert all(one.cohort and one.ledgers and one.label for one in FIGURES)
    known = {"household", "visit", "person", "care_visit", "hazard", "dispute", "wish", "case", "opinion"}
    assert {ledger for one in FIGURES for ledger in one.ledgers} <= known


def test_backlog_counts_what_was_open_at_the_end_and_compares_with_the_year_before() -> None:
    """Reported by then and not closed by then; four a year ago and two now is 50 % less."""
    rows = [
        case(1),
        closed(2, "2026-04-01"),
        closed(3, "2026-03-31"),
        case(4, "declined"),
        case(5, reported_at="2026-04-01T08:00+08:00"),
        *(closed(number, "2025-06-01", reported_at="2025-03-03T08:00+08:00") for number in range(6, 10)),
    ]
    found = result("backlog", rows)
    assert found.denominator_ids == ("c1", "c2")
    assert (found.value, found.shown) == (Decimal(2), "2")
    assert found.beside == {LAST_YEAR: 4}
    assert found.compared == "-50.00 %"
    assert result("backlog", [case(1)]).compared == NOTHING


def test_periods_are_months_quarters_and_years() -> None:
    """Both ends are counted; a year before, the end of a month stays the end of that month."""
    assert (Period.month(2028, 2).start, Period.month(2028, 2).end) == (date(2028, 2, 1), date(2028, 2, 29))
    assert (Period.quarter(2026, 4).start, Period.quarter(2026, 4).end) == (date(2026, 10, 1), date(2026, 12, 31))
    assert Period.year(2026).label == "2026年"
    assert Period.quarter(2026, 2).label == "2026年第二季度"
    assert Period.month(2028, 2).year_before().end == date(2027, 2, 28)
    assert Period.month(2029, 2).year_before().end == date(2028, 2, 29)
    assert Period(date(2028, 2, 29), date(2028, 3, 5)).year_before().start == date(2027, 2, 28)
    assert date(2026, 3, 31) in MARCH
    assert date(2026, 4, 1) not in MARCH
    with pytest.raises(ValueError, match="before it begins"):
        Period(date(2026, 3, 2), date(2026, 3, 1))
    with pytest.raises(ValueError, match="quarters"):
        Period.quarter(2026, 5)


def test_an_evening_in_china_belongs_to_its_own_day() -> None:
    """A moment written in another zone falls on the day it was in China."""
    row = closed(1, "2026-03-10", due_at="2026-03-10T16:30+00:00")
    assert result("settlement_rate", [row]).denominator_ids == ("c1",)
    late = case(1, "closed", closed_at="2026-03-10T16:30+00:00")
    assert result("on_time_closure_rate", [late]).numerator_ids == ()


def test_a_text_that_is_no_day_takes_its_row_out_and_nothing_down() -> None:
    """One imported row that is odd does not stop the report."""
    rows = [case(1, due_at="三月十日"), closed(2), case(3, accepted_at=7)]
    assert result("settlement_rate", rows).denominator_ids == ("c2", "c3")
    assert result("closure_rate", rows).denominator_ids == ("c1", "c2")


def test_areas_are_the_beginnings_of_grid_codes() -> None:
    """Fifteen digits down to four."""
    assert {level: group_code(GRID, level) for level in LEVELS} == {
        "grid": "370211005001001",
        "community": "370211005001",
        "street": "370211005",
        "district": "370211",
        "city": "3702",
    }
    with pytest.raises(ValueError, match="lies in no grid"):
        group_code("370211005001", "grid")
    with pytest.raises(KeyError):
        group_code(GRID, "province")


def test_figures_by_area_add_up_to_the_whole() -> None:
    """Each grid has its own rate, in the order of the codes, and a grid with nothing has a dash."""
    rows = [closed(1), case(2), closed(3, grid=OTHER_GRID), case(4, "draft", grid="370211005001003")]
    by_grid = evaluate_by(figure("closure_rate"), RowSet(rows), MARCH, TODAY, level="grid")
    assert {code: one.shown for code, one in by_grid.items()} == {
        GRID: "50.00 %",
        OTHER_GRID: "100.00 %",
        "370211005001003": NOTHING,
    }
    (community,) = evaluate_by(figure("closure_rate"), rows, MARCH, TODAY, level="community").values()
    assert community.shown == "66.67 %"


STAMPS = st.none() | st.dates(date(2026, 2, 20), date(2026, 4, 10)).map(lambda day: f"{day.isoformat()}T12:00+08:00")
SATISFACTION = st.sampled_from([None, "0", "1", "2", "3", "4", "5"])
CASES = st.builds(
    lambda number, status, grid, stamps, counts, satisfaction, resolved: Row(
        f"c{number}",
        "case",
        grid,
        status,
        dict(
            zip(
                ("reported_at", "accepted_at", "due_at", "extended_due_at", "closed_at", "disposed_at"),
                stamps,
                strict=True,
            )
        )
        | dict(zip(("rework_count", "extension_no", "return_count", "escalation_level"), counts, strict=True))
        | {"case_code": f"QS{number}", "satisfaction": satisfaction, "resolved": resolved}
        | {"parent_case_code": f"QS{number + 1}"},
    ),
    st.integers(0, 10_000),
    st.sampled_from(["draft", "reported", "declined", "accepted", "dispatched", "disposing", "suspended", "disposed",
        "closed", "archived"]),
    st.sampled_from([GRID, OTHER_GRID, "370211005002001"]),
    st.tuples(*[STAMPS] * 6),
    st.tuples(*[st.integers(0, 2)] * 4),
    SATISFACTION,
    st.sampled_from([None, True, False]),
)  # fmt: skip
ROWS = st.lists(CASES, max_size=12, unique_by=lambda row: row.id)


@given(ROWS, st.sampled_from([one for one in FIGURES if one.ledgers == ("case",)]))
def test_what_is_counted_lies_inside_what_it_is_counted_of(rows: list[Row], asked: Any) -> None:
    """No rate is above 100 % or below 0 %, whatever the rows."""
    found = evaluate(asked, rows, MARCH, TODAY)
    assert set(found.numerator_ids) <= set(found.denominator_ids) <= {row.id for row in rows}
    if asked.unit == "%" and found.value is not None:
        assert 0 <= found.value <= 100


@given(ROWS, st.sampled_from([one for one in FIGURES if one.ledgers == ("case",)]))
def test_the_grids_of_a_community_together_are_the_community(rows: list[Row], asked: Any) -> None:
    """Nothing is lost or counted twice between the levels."""
    held = RowSet(rows)
    by_grid = evaluate_by(asked, held, MARCH, TODAY, level="grid")
    for code, community in evaluate_by(asked, held, MARCH, TODAY, level="community").items():
        inside = [one for grid, one in by_grid.items() if grid.startswith(code)]
        for ids in ("numerator_ids", "denominator_ids"):
            assert sorted(getattr(community, ids)) == sorted(one for part in inside for one in getattr(part, ids))
        for label, number in community.beside.items():
            assert number == sum(part.beside[label] for part in inside)
