"""The sample community has believable records of every ledger, made by the moves people make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gridworker.ledger.facts import Severity
from gridworker.ledger.workflow import MoveRefused
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import demo, figures, save
from gridworker.operations import session as sessions
from gridworker.operations import team as teams
from gridworker.operations import timeline as timelines
from gridworker.operations.session import Session
from gridworker.planning.figures_asked import month_of
from gridworker.store.query import Condition, Query

PASSPHRASE = "试用-口令-一二三-七八九"
DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A demo home of 120 households; no test writes to it."""
    session = demo.open_demo(tmp_path_factory.mktemp("sample") / "home", PASSPHRASE, households=120, seed=4, on=DAY)
    yield session
    session.close()


def test_every_ledger_has_records_that_its_own_check_accepts(filled: Session) -> None:
    """Nobody could have saved a record of the sample with an error in it."""
    for key, ledger in all_ledgers().items():
        with filled.store.read() as tx:
            records = tx.records(key, tx.select(Query(key)))
        assert records, ledger.label
        for record in records[:60]:
            wrong = save.check(filled, key, dict(record.values), record_id=record.id)
            assert not [one for one in wrong if one.severity is Severity.ERROR], (key, record.values)


def test_no_move_of_the_sample_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every story goes as it is told: each move by somebody who may, on a day on which it could be made."""
    refused: list[tuple[str, str, str]] = []
    judged = demo.judge_move

    def watched(*given: object) -> object:
        try:
            return judged(*given)  # type: ignore[arg-type]
        except MoveRefused as no:
            refused.append((given[0].key, str(given[3]), no.title))  # type: ignore[attr-defined]
            raise

    monkeypatch.setattr(demo, "judge_move", watched)
    # In the days after a week off, working days and days lie furthest apart.
    for number, day in enumerate((DAY, date(2026, 10, 9), date(2026, 2, 25), date(2026, 5, 31))):
        demo.open_demo(tmp_path / str(number), PASSPHRASE, households=60, seed=number, on=day).close()
    assert not refused


def test_cases_and_opinions_stand_in_every_state(filled: Session) -> None:
    """What a window shows of a state can be seen in the demo."""
    for key in ("case", "opinion"):
        workflow = find_ledger(key).workflow
        assert workflow
        with filled.store.read() as tx:
            states = {record.status for record in tx.records(key, tx.select(Query(key)))}
        assert {state.key for state in workflow.states} == states


def test_one_opinion_became_a_case_and_one_a_topic_and_both_know_it(filled: Session) -> None:
    """Links lead both ways, as a whistle makes them."""
    with filled.store.read() as tx:
        opinions = tx.records("opinion", tx.select(Query("opinion")))
        for status, link, ledger in (("whistled", "case_id", "case"), ("tabled", "deliberation_id", "deliberation")):
            one = next(one for one in opinions if one.status == status)
            other = tx.get(ledger, str(one.values[link]))
            assert other
            assert other.values["opinion_id"] == one.id


def test_a_history_is_told_on_the_days_it_happened_by_the_people_who_did_it(filled: Session) -> None:
    """Steps follow one another in the past, and more than one person has a name in them."""
    with filled.store.read() as tx:
        archived = tx.records("case", tx.select(Query("case", (Condition("status", "is", "archived"),))))
    for record in archived:
        steps = timelines.timeline(filled, record.id)
        moments = [step.at_text for step in steps]
        assert moments == sorted(moments, reverse=True)
        assert moments[0][:10] <= DAY.isoformat()
        assert moments[-1][:10] < moments[0][:10]
        assert len({step.who for step in steps}) > 1
        assert "其他人员" not in {step.who for step in steps}


def test_figures_of_a_month_are_neither_all_nor_nothing(filled: Session) -> None:
    """A report of the month before looks like one of an office: good, not perfect."""
    tallies = figures.figures(filled, month_of(date(2026, 10, 31)), on=DAY).areas[0].tallies
    for key in ("visit_coverage_rate", "care_visit_rate", "on_time_closure_rate", "settlement_rate"):
        value = tallies[key].value
        assert value is not None, key
        assert 0 < value <= 100, (key, value)
    rates = [tally.value for tally in tallies.values() if tally.key.endswith("_rate") and tally.value is not None]
    assert len([value for value in rates if 0 < value < 100]) >= 4, rates


def test_the_same_seed_makes_the_same_records(tmp_path: Path) -> None:
    """Two homes of one seed hold the same, ids and all."""
    found = []
    for name in ("one", "two"):
        session = demo.open_demo(tmp_path / name, PASSPHRASE, households=20, seed=9, on=DAY)
        with session.store.read() as tx:
            found.append({
                (record.id, record.status, str(sorted(record.values.items())))
                for key in all_ledgers()
                for record in tx.records(key, tx.select(Query(key)))
            })  # fmt: skip
        session.close()
    assert found[0] == found[1]


def test_the_demo_grid_has_a_team(filled: Session) -> None:
    """A lead, a full-time worker, somebody who helps, and a building lead."""
    team = teams.team(filled)
    assert team.vacancies == 0
    assert team.formula == "1+1+2+1"


def test_a_home_under_a_server_plays_every_part_itself(tmp_path: Path) -> None:
    """A server takes no word of one person from another's device, so none is written."""
    session, _ = sessions.start(tmp_path / "home", PASSPHRASE, grid_code="370211005001003")
    session.store.write(lambda tx: tx.set_meta("server_url", "https://wangge.example.cn"))
    session.refresh()
    demo.fill(session, households=20, seed=2, on=DAY)
    with session.store.read() as tx:
        actors = Counter(str(row[0]) for row in tx.sql("SELECT actor FROM outbox"))
    assert set(actors) == {session.actor.id}
    session.close()
