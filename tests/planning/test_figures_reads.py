"""What is read for figures: enough for every formula, and added up over communities without loss."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.errors import KnownError
from gridworker.ledgers.registry import all_ledgers
from gridworker.planning.figures import FIGURES, NOTHING, evaluate, evaluate_by
from gridworker.planning.figures_asked import MONTH, QUARTER, YEAR, read_area, read_figure, read_level, read_period
from gridworker.planning.figures_frame import LEVELS, Period, Row
from gridworker.planning.figures_reads import READS, Sieve
from gridworker.planning.figures_tally import Tallies, by_community
from tests.planning.figure_rows import GRIDS, make_rows

MARCH = Period.month(2026, 3)
PERIODS = (MARCH, Period.quarter(2026, 1), Period.year(2026), Period.month(2027, 3))
TODAY = date(2026, 4, 21)


class _Watched(Mapping[str, Any]):
    """Values that note which of them were looked at."""

    def __init__(self, values: Mapping[str, Any], seen: set[str]) -> None:
        self._values, self._seen = values, seen

    def __getitem__(self, key: str) -> Any:
        self._seen.add(key)
        return self._values[key]

    def get(self, key: str, default: Any = None) -> Any:
        self._seen.add(key)
        return self._values.get(key, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def test_every_field_that_a_formula_looks_at_is_read_and_declared() -> None:
    """A formula over a field that is not read would count it as empty, in silence."""
    seen: dict[str, set[str]] = defaultdict(set)
    rows = [row for seed in range(30) for row in make_rows(random.Random(seed))]
    watched = [replace(row, values=_Watched(row.values, seen[row.ledger])) for row in rows]
    for figure in FIGURES:
        evaluate(figure, watched, MARCH, TODAY)
    for ledger, reads in READS.items():
        assert seen[ledger] <= set(reads.fields), ledger
        if ledger in all_ledgers():
            assert set(reads.fields) <= {field.key for field in all_ledgers()[ledger].fields}, ledger
    assert {ledger for figure in FIGURES for ledger in figure.ledgers} == set(READS)


@given(st.integers(0, 10**9), st.sampled_from(PERIODS), st.sampled_from((TODAY, date(2026, 3, 10), date(2027, 5, 1))))
def test_rows_that_are_not_read_change_no_figure(seed: int, period: Period, today: date) -> None:
    """Over all rows and over those the sieve takes, every figure has the same records."""
    rows = make_rows(random.Random(seed))
    sieve = Sieve(period, today)
    taken = [row for row in rows if sieve.takes(row)]
    for figure in FIGURES:
        assert evaluate(figure, taken, period, today) == evaluate(figure, rows, period, today), figure.key


def test_little_is_read_of_what_is_long_past() -> None:
    """Finished cases, visits and wishes of years ago stay where they are; homes are all read."""
    old = {"visited_at": "2019-03-05T09:00+08:00", "met": True, "household_id": "h"}
    done = dict.fromkeys(("reported_at", "accepted_at", "due_at", "closed_at"), "2019-03-05T09:00+08:00")
    sieve = Sieve(MARCH, TODAY)
    taken = [
        sieve.takes(row)
        for row in (
            Row("v", "visit", GRIDS[0], "", old),
            Row("c", "case", GRIDS[0], "closed", done),
            Row("o", "case", GRIDS[0], "disposing", done),
            Row("w", "wish", GRIDS[0], "published", {"collected_on": "2019-03-05"}),
            Row("h", "household", GRIDS[0], "", {}),
            Row("p", "person", GRIDS[0], "", {"living_state": "在住"}),
            Row("m", "movement", GRIDS[0], "", {}),
        )
    ]
    assert taken == [False, False, True, False, True, False, False]


def test_a_case_that_came_back_is_read_however_old() -> None:
    """Closed more than a year before its far deadline, reported again within days: it came back."""
    first = {"case_code": "C1", "due_at": "2026-03-10T18:00+08:00", "closed_at": "2024-12-01T09:00+08:00"}
    again = {"parent_case_code": "C1", "reported_at": "2024-12-05T09:00+08:00", "closed_at": "2024-12-20T09:00+08:00"}
    rows = [Row("a", "case", GRIDS[0], "closed", first), Row("b", "case", GRIDS[0], "closed", again)]
    sieve = Sieve(MARCH, TODAY)
    taken = [row for row in rows if sieve.takes(row)]
    assert evaluate(read_figure("recurrence_rate"), taken, MARCH, TODAY).numerator_ids == ("a",)


def test_one_meeting_of_many_is_kept_as_evidence() -> None:
    """A hundred visits to one home in a month are one row; one in another month is no evidence."""
    met = {"met": True, "household_id": "h", "interviewee_id": "p"}
    days = ["2026-02-28T23:00+08:00", "2026-03-05T09:00+08:00", "2026-03-06T09:00+08:00"]
    sieve = Sieve(MARCH, TODAY)
    rows = [Row(f"v{n}", "visit", GRIDS[0], "", {**met, "visited_at": day}) for n, day in enumerate(days)]
    assert [sieve.takes(row) for row in rows] == [False, True, False]


@pytest.mark.parametrize("level", LEVELS)
def test_sums_over_communities_are_the_figures_of_all_rows_together(level: str) -> None:
    """Added community by community, the same numbers come out as over everything at once."""
    rows = [
        # Here nothing refers to another community.
        replace(row, grid_code=GRIDS[int(row.id.rpartition("-")[2]) % 2 * 2])
        for row in make_rows(random.Random(7), each=40)
        if not (row.values.keys() & {"household_id", "interviewee_id", "person_id", "parent_case_code"})
    ]
    sums = Tallies(MARCH, TODAY, level=level)
    for community in by_community(rows).values():
        sums.add(community)
    areas = sums.areas()
    for figure in FIGURES:
        together = evaluate_by(figure, rows, MARCH, TODAY, level=level)
        for code, result in together.items():
            tally = areas[code][figure.key]
            counted = (tally.numerator, tally.denominator, tally.value, tally.shown, tally.compared)
            expected = (len(result.numerator_ids), len(result.denominator_ids))
            assert counted == (*expected, result.value, result.shown, result.compared), figure.key
            assert dict(tally.beside) == dict(result.beside)


def test_an_area_without_records_has_every_figure_and_no_rate() -> None:
    """A grid where nothing was done shows dashes, neither 0 % nor 100 %."""
    sums = Tallies(MARCH, TODAY, level="grid")
    sums.add_area(GRIDS[0])
    found = sums.areas()[GRIDS[0]]
    assert {found[figure.key].shown for figure in FIGURES if figure.unit == "%"} == {NOTHING}
    assert found["backlog"].shown == "0"
    assert found["satisfaction_rate"].beside == {"有效回访": 0, "未评价": 0}


def test_another_grid_of_the_community_is_looked_at_but_not_counted() -> None:
    """A visit noted in the next grid counts for a home of this one; that grid's own homes do not."""
    rows = [
        Row("a", "household", GRIDS[0]), Row("b", "household", GRIDS[1]),
        Row("v", "visit", GRIDS[1], "", {"met": True, "household_id": "a", "visited_at": "2026-03-05T09:00+08:00"}),
    ]  # fmt: skip
    sums = Tallies(MARCH, TODAY, level="grid")
    sums.add(rows, area=GRIDS[0])
    found = sums.areas()
    assert list(found) == [GRIDS[0]]
    assert (found[GRIDS[0]]["visit_coverage_rate"].numerator, found[GRIDS[0]]["visit_coverage_rate"].denominator) == (
        1,
        1,
    )


def test_periods_are_read_as_people_write_them() -> None:
    """Months, quarters and years; the present one has begun."""
    assert read_period(MONTH, "2026-04", TODAY) == Period.month(2026, 4)
    assert read_period(QUARTER, "2026q1", TODAY) == Period.quarter(2026, 1)
    assert read_period(YEAR, "2026", TODAY).label == "2026年"


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (MONTH, "2026-05", "还没有到"),
        (QUARTER, "2026Q3", "还没有到"),
        (YEAR, "2027", "还没有到"),
        (MONTH, "2026-13", "写法不对"),
        (MONTH, "2026年3月", "写法不对"),
        (MONTH, "0001-01", "写法不对"),
        (QUARTER, "2026Q5", "写法不对"),
        (YEAR, "２０２６", "写法不对"),
        (YEAR, "9999", "写法不对"),
    ],
)
def test_a_period_that_is_none_is_refused_in_words(kind: str, text: str, says: str) -> None:
    """Nonsense and the future."""
    with pytest.raises(KnownError, match=says):
        read_period(kind, text, TODAY)


def test_levels_areas_and_figures_that_do_not_exist_are_refused() -> None:
    """With what there is instead."""
    assert [read_level("", area) for area in ("", "370211", GRIDS[0], "37")] == ["grid", "district", "grid", "grid"]
    assert read_area(" 370211000000 ") == "370211"
    assert read_figure("办结率").key == "closure_rate"
    with pytest.raises(KnownError, match="没有“village”这一级"):
        read_level("village", "")
    with pytest.raises(KnownError, match="不能按社区统计"):
        read_level("community", GRIDS[0])
    with pytest.raises(KnownError, match="没有“xyz”这个指标"):
        read_figure("xyz")
    with pytest.raises(KnownError, match="不是网格编码"):
        read_area("青岛")
