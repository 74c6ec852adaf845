"""The figures of a home: the same as over every record at once, with the records behind, and only what she may see."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

import pytest

from gridworker.area.belonging import Post
from gridworker.area.rights import NotAllowed
from gridworker.errors import Cancelled, KnownError
from gridworker.identity import new_id
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import browse, figures, figures_rows
from gridworker.operations.find import Stopper
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.planning.figures import evaluate_by
from gridworker.planning.figures_frame import Period, Row
from gridworker.store import saving
from gridworker.store.people import put_own_posts
from tests.planning.figure_rows import GRIDS, make_rows

FIRST, SECOND, FAR = GRIDS
COMMUNITY, STREET = FIRST[:12], FIRST[:9]
APRIL, MARCH = Period.month(2026, 4), Period.month(2026, 3)


def hold(session: Session, *posts: Post) -> None:
    """Gives the person of a home these posts and no others."""
    session.store.write(lambda tx: put_own_posts(tx, posts))
    session.refresh()


def put(session: Session, rows: Iterable[Row]) -> dict[str, str]:
    """Writes rows as records; gives the id each got. Links between them are kept."""
    made = [row for row in rows if row.ledger in all_ledgers()]
    ids = {row.id: new_id() for row in made}
    records = [
        Record(ids[row.id], row.ledger, row.grid_code, {key: ids.get(value, value) if isinstance(value, str) else value
               for key, value in row.values.items()}, row.status)
        for row in made
    ]  # fmt: skip
    by_ledger = sorted(records, key=lambda record: record.ledger)
    session.store.write(lambda tx: saving.save_many(tx, [(None, one) for one in by_ledger], actor_id="甲", batch="数"))
    return ids


def stored(session: Session) -> list[Row]:
    """Every record of the home as figures see them, all fields and all."""
    with session.store.read() as tx:
        found = [tx.find(identity) for (identity,) in tx.sql("SELECT id FROM record_index")]
    return [Row(one.id, one.ledger, one.grid_code, one.status, one.values) for one in found if one and not one.deleted]


@pytest.mark.parametrize("period", [MARCH, Period.quarter(2026, 1), Period.year(2026)])
def test_what_is_read_from_the_ledger_gives_the_figures_of_all_records(session: Session, period: Period) -> None:
    """Columns, conditions and grouped visits lose nothing; moments of another clock fall on their day in China."""
    hold(session, Post("community", COMMUNITY))
    rows = [row for row in make_rows(random.Random(3), each=80) if row.grid_code != FAR]
    put(session, rows)
    today = session.today()
    report = figures.figures(session, period)
    assert [area.code for area in report.areas] == [FIRST, SECOND]
    for asked in report.figures:
        expected = evaluate_by(asked, stored(session), period, today, level="grid")
        for area in report.areas:
            tally, result = area.tallies[asked.key], expected[area.code]
            counted = (tally.numerator, tally.denominator, tally.shown, tally.compared, dict(tally.beside))
            whole = (len(result.numerator_ids), len(result.denominator_ids), result.shown, result.compared)
            assert counted == (*whole, dict(result.beside)), asked.key


def test_the_records_behind_a_figure_are_those_that_were_counted(session: Session) -> None:
    """Part and missing make up the whole, for every figure; each record once."""
    hold(session, Post("community", COMMUNITY))
    put(session, [row for row in make_rows(random.Random(5), each=60) if row.grid_code != FAR])
    (community,) = figures.figures(session, MARCH, level="community").areas
    opened = 0
    for asked in figures.known_figures():
        parts = {part: figures.rows_behind(session, asked.key, MARCH, part) for part in figures.PARTS}
        ids = {part: [row.id for row in rows] for part, rows in parts.items()}
        tally = community.tallies[asked.key]
        assert (len(ids["numerator"]), len(ids["denominator"])) == (tally.numerator, tally.denominator), asked.key
        assert sorted(ids["numerator"] + ids["missing"]) == sorted(ids["denominator"])
        assert len(set(ids["denominator"])) == len(ids["denominator"])
        opened += len(ids["missing"])
    assert opened


def test_the_homes_not_visited_this_month_are_named_as_lists_name_them(session: Session, living) -> None:
    """入户率 1/2: the home that is missing opens with the columns of its list; the residents stay masked."""
    seen, _ = living(room="501", name="张三丰")
    missed, _ = living(room="502", name="李四光", care_level="key", emergency_contact="李五",
                       emergency_phone="15400001235")  # fmt: skip
    save(session, "visit", {
        "household_id": seen, "visited_at": "2026-04-20 09:00", "visit_mode": "上门", "visit_purpose": "日常走访",
        "met": "是", "hazard_found": "否", "outcome": "无",
    })  # fmt: skip
    (area,) = figures.figures(session, APRIL).areas
    rate = area.tallies["visit_coverage_rate"]
    assert (rate.numerator, rate.denominator, rate.shown) == (1, 2, "50.00 %")
    (row,) = figures.rows_behind(session, "visit_coverage_rate", APRIL, "missing")
    assert row.id == missed
    assert row.cells["room_no"] == "502"
    (person,) = figures.rows_behind(session, "care_visit_rate", APRIL, "missing")
    assert (person.cells["name"], person.cells["contact"]) == ("李**", "154****1234")


def test_a_rate_over_nothing_is_a_dash(session: Session) -> None:
    """A new home: no figure is 0 % or 100 %, call-backs stand beside, and it says that nothing was noted."""
    report = figures.figures(session, APRIL)
    (area,) = report.areas
    assert (area.code, area.name) == (session.place.grid_code, "本机网格")
    assert {tally.shown for tally in area.tallies.values()} == {"—", "0"}
    assert area.tallies["satisfaction_rate"].beside["有效回访"] == 0
    assert report.notes[0] == "这段时间没有登记过任何记录。"
    assert "数据截至 2026-04-21" in report.notes[1]


def test_a_month_before_anything_was_kept_says_so(session: Session, living) -> None:
    """Homes are counted as they are now, so that 0 % of 2019 comes with a word."""
    living()
    report = figures.figures(session, Period.month(2019, 5))
    assert report.areas[0].tallies["visit_coverage_rate"].shown == "0.00 %"
    assert report.notes == ("这段时间没有登记过任何记录。",)


def test_only_grids_of_ones_own_posts_are_counted(session: Session) -> None:
    """Records of a grid that is not hers lie in the home and are in no figure, nor behind one."""
    hold(session, Post("grid_worker", FIRST))
    put(session, [Row("a", "household", FIRST), Row("b", "household", SECOND), Row("c", "household", FAR)])
    report = figures.figures(session, APRIL)
    assert [(one.code, one.tallies["visit_coverage_rate"].denominator) for one in report.areas] == [(FIRST, 1)]
    assert len(figures.rows_behind(session, "visit_coverage_rate", APRIL)) == 1
    with pytest.raises(NotAllowed, match="不在您负责的范围"):
        figures.figures(session, APRIL, area=SECOND)
    with pytest.raises(NotAllowed):
        figures.rows_behind(session, "visit_coverage_rate", APRIL, area=SECOND)


def test_a_wider_area_than_ones_own_says_that_it_is_a_part(session: Session) -> None:
    """A grid worker's figure of the community is that of her grid, and says so; the community's own does not."""
    put(session, [Row("a", "household", FIRST), Row("b", "household", SECOND)])
    hold(session, Post("grid_worker", FIRST))
    report = figures.figures(session, APRIL, level="community")
    assert [(one.partial, one.tallies["visit_coverage_rate"].denominator) for one in report.areas] == [(True, 1)]
    assert "只统计了您负责的部分" in report.notes[-1]
    hold(session, Post("community", COMMUNITY))
    report = figures.figures(session, APRIL, level="community")
    assert [(one.partial, one.tallies["visit_coverage_rate"].denominator) for one in report.areas] == [(False, 2)]
    assert report.areas[0].name == "丁家河社区居民委员会"


def test_whoever_holds_no_post_for_it_gets_no_figures(session: Session) -> None:
    """A part-time worker, a post that ended, and no post at all: refused in words."""
    for posts in ([Post("part_time", FIRST)], [Post("grid_worker", FIRST, until="2026-04-20")], []):
        hold(session, *posts)
        with pytest.raises(NotAllowed):
            figures.figures(session, APRIL)
        with pytest.raises(NotAllowed):
            figures.rows_behind(session, "closure_rate", APRIL)


def test_the_street_sees_every_level_of_its_area(session: Session) -> None:
    """Grids, communities and the street itself; sums agree; an area narrows it."""
    hold(session, Post("street", STREET))
    put(session, [row for row in make_rows(random.Random(9), each=30) if row.ledger == "household"])
    counts = {
        level: [
            one.tallies["visit_coverage_rate"].denominator for one in figures.figures(session, MARCH, level=level).areas
        ]
        for level in ("grid", "community", "street")
    }
    assert [len(counts[level]) for level in counts] == [3, 2, 1]
    assert sum(counts["grid"]) == sum(counts["community"]) == counts["street"][0]
    narrowed = figures.figures(session, MARCH, area="370211005002")
    assert [one.code for one in narrowed.areas] == [FAR]


def test_records_in_the_bin_are_in_no_figure(session: Session) -> None:
    """Deleted homes are neither counted nor shown."""
    hold(session, Post("grid_worker", FIRST))
    ids = put(session, [Row("a", "household", FIRST), Row("b", "household", FIRST)])
    gone = browse.record(session, ids["a"])
    session.store.write(lambda tx: saving.delete(tx, gone, actor_id="甲"))
    assert figures.figures(session, APRIL).areas[0].tallies["visit_coverage_rate"].denominator == 1


def test_what_does_not_exist_is_refused_in_words(session: Session) -> None:
    """A figure, a part, a level, an area."""
    for wrong in (
        lambda: figures.rows_behind(session, "nothing", APRIL),
        lambda: figures.rows_behind(session, "closure_rate", APRIL, "half"),
        lambda: figures.figures(session, APRIL, level="village"),
        lambda: figures.figures(session, APRIL, area="青岛市"),
    ):
        with pytest.raises(KnownError):
            wrong()


def test_a_figure_of_another_day_knows_only_what_had_come_by_then(session: Session) -> None:
    """`on` asks as of a day: what fell due later is not held against anybody."""
    hold(session, Post("grid_worker", FIRST))
    case = Row("c", "case", FIRST, "disposing", {"reported_at": "2026-03-02T08:00+08:00",
               "accepted_at": "2026-03-02T09:00+08:00", "due_at": "2026-03-10T23:59+08:00"})  # fmt: skip
    put(session, [case, replace(case, id="d", grid_code=FIRST)])
    early = figures.figures(session, MARCH, on=date(2026, 3, 9)).areas[0].tallies["settlement_rate"]
    late = figures.figures(session, MARCH, on=date(2026, 3, 10)).areas[0].tallies["settlement_rate"]
    assert (early.shown, late.denominator, late.shown) == ("—", 2, "0.00 %")


def _met(row_id: str, home: str, grid: str) -> Row:
    values = {"household_id": home, "met": True, "visited_at": "2026-04-20T09:00+08:00"}
    return Row(row_id, "visit", grid, "", values)


def test_a_visit_noted_in_the_next_grid_counts_for_the_home(session: Session) -> None:
    """Asked for one grid alone, its home is met though the visit lies in another grid of the community."""
    hold(session, Post("community", COMMUNITY))
    put(session, [Row("a", "household", FIRST), _met("v", "a", SECOND)])
    (area,) = figures.figures(session, APRIL, area=FIRST).areas
    assert area.tallies["visit_coverage_rate"].shown == "100.00 %"
    assert len(figures.rows_behind(session, "visit_coverage_rate", APRIL, "numerator", area=FIRST)) == 1


def test_a_visit_of_a_grid_that_is_not_hers_hides_none_of_her_own(session: Session) -> None:
    """Of two visits to one home, that of her grid counts, whichever was noted first."""
    hold(session, Post("grid_worker", FIRST))
    homes = [Row(f"h{number}", "household", FIRST) for number in range(8)]
    visits = [_met(f"{grid}-{home.id}", home.id, grid) for home in homes for grid in (SECOND, FIRST)]
    put(session, [*homes, *visits[:8], *reversed(visits[8:])])
    assert figures.figures(session, APRIL).areas[0].tallies["visit_coverage_rate"].shown == "100.00 %"


def test_each_ledger_is_read_once_and_told_before(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many figures ask for it; the steps are counted up to a whole that is known from the start."""
    read: list[str] = []
    rows = figures_rows._rows
    monkeypatch.setattr(figures_rows, "_rows", lambda tx, ledger, *more: read.append(ledger) or rows(tx, ledger, *more))
    told: list[tuple[int, int, str]] = []
    figures.figures(session, APRIL, progress=lambda *said: told.append(said))
    asked = figures.known_figures()
    assert sorted(read) == sorted({ledger for one in asked for ledger in one.ledgers})
    assert [done for done, _, _ in told] == list(range(len(told)))
    assert {total for _, total, _ in told} == {len(read) + len(asked)}
    assert told[0][2] == "正在统计：读取住户"


def test_a_counting_that_nobody_waits_for_ends(session: Session, living: Callable[..., tuple[str, str]]) -> None:
    """Told before it reads, between two ledgers, or between two figures: it raises Cancelled and counts no further."""
    living()
    for at in ("读取住户", "读取走访", "按期办结率"):
        stopper = Stopper()
        told: list[str] = []

        def hear(_done: int, _total: int, text: str, *, at=at, stopper=stopper, told=told) -> None:
            told.append(text)
            if text.endswith(at):
                stopper.stop()

        with pytest.raises(Cancelled):
            figures.figures(session, APRIL, progress=hear, stopper=stopper)
        assert told[-1].endswith(at)
    assert figures.figures(session, APRIL).areas
