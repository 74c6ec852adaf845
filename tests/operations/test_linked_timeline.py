"""One history of all that hangs together, each line with its record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gridworker.ledger.facts import Purpose
from gridworker.ledger.record import Record
from gridworker.operations import linked, recurrence, save, timeline, transition
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from tests.operations.conftest import DAY, PASSPHRASE


class Matter:
    """A visit that found a hazard, which was whistled for."""

    def __init__(self, session: Session, living: Callable[..., tuple[str, str]]) -> None:
        home, _ = living()
        given = {"household_id": home, "hazard_found": True, "raised_issue": "电线裸露，电话 15400001234"}
        self.visit = save.save(session, "visit", given).record
        self.hazard = _one(session, "hazard")
        transition.move(session, self.hazard.id, "register")
        transition.move(session, self.hazard.id, "whistle")
        self.case = _one(session, "case")
        self.unrelated = save.save(session, "visit", {"household_id": home}).record


def _one(session: Session, ledger: str) -> Record:
    with session.store.read() as tx:
        (found,) = tx.records(ledger, [row[0] for row in tx.sql(f"SELECT row_id FROM {tx.table_of(ledger)}")])
    return found


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A home in which every look at the clock is a second later."""
    ticks = iter(range(100_000))
    moment: Callable[[], datetime] = lambda: DAY + timedelta(seconds=next(ticks))  # noqa: E731 - a clock
    opened, _ = sessions.start(tmp_path / "家", PASSPHRASE, now=moment)
    yield opened
    opened.close()


@pytest.fixture
def matter(session: Session, living: Callable[..., tuple[str, str]]) -> Matter:
    """The matter of these tests."""
    return Matter(session, living)


def test_a_whistle_links_both_ways_and_only_once(session: Session, matter: Matter) -> None:
    """The case names its hazard, the hazard its case, the visit its hazard."""
    with session.store.read() as tx:
        hazard, visit = tx.get("hazard", matter.hazard.id), tx.get("visit", matter.visit.id)
    assert hazard
    assert visit
    assert (hazard.values["case_id"], hazard.values["visit_id"]) == (matter.case.id, matter.visit.id)
    assert matter.case.values["hazard_id"] == matter.hazard.id
    assert visit.values["linked_record_ids"] == [matter.hazard.id]
    assert matter.case.status == "draft"
    assert str(matter.case.values["case_code"]).startswith("QS")


@pytest.mark.parametrize("start", ["visit", "hazard", "case"])
def test_the_whole_matter_is_told_from_wherever_one_looks(session: Session, matter: Matter, start: str) -> None:
    """Visit → hazard → case, and not the other visit of the same household."""
    lines = timeline.linked_timeline(session, getattr(matter, start).id)
    assert {line.ledger for line in lines} == {"visit", "hazard", "case"}
    assert matter.unrelated.id not in {line.record_id for line in lines}
    texts = [(line.ledger, line.step.what) for line in lines]
    assert ("hazard", "登记，转为“已登记”") in texts
    # A step that leaves the state as it is leads nowhere.
    assert ("hazard", "转吹哨") in texts
    times = [line.step.at_text for line in lines]
    assert times == sorted(times, reverse=True)


def test_a_line_names_its_record_and_nobody(session: Session, matter: Matter) -> None:
    """By ledger and number; free text is masked as in every history."""
    lines = timeline.linked_timeline(session, matter.case.id)
    assert {line.label for line in lines if line.ledger == "case"} == {f"网格事件 {matter.case.values['case_code']}"}
    assert {line.label for line in lines if line.ledger == "hazard"} == {f"隐患 {matter.hazard.values['record_no']}"}
    save.save(session, "visit", {"raised_issue": "改打 15400005678"}, record_id=matter.visit.id)
    told = str(timeline.linked_timeline(session, matter.case.id, purpose=Purpose.LIST))
    assert "15400005678" not in told


def test_a_returned_case_hangs_together_with_its_parent(session: Session, matter: Matter) -> None:
    """回流 joins the two histories."""
    done = matter.case.with_values({"closed_at": session.now().isoformat(timespec="seconds")}, status="closed")
    session.store.write(lambda tx: tx.put(done))
    again = save.save(session, "case", {
        "description": "又裸露", "address": matter.case.values["address"], "sub_type": "安全隐患",
    }).record  # fmt: skip
    recurrence.accept(session, again.id, matter.case.id)
    assert matter.visit.id in {line.record_id for line in timeline.linked_timeline(session, again.id)}


def test_links_in_a_ring_end(session: Session, matter: Matter) -> None:
    """A slip that links two records to each other is walked once."""
    ring = matter.case.with_values({"parent_case_id": matter.case.id})
    session.store.write(lambda tx: tx.put(ring))
    with session.store.read() as tx:
        found = [one.id for one in linked.linked_records(tx, matter.case.id)]
    assert len(found) == len(set(found)) == 3


def test_a_record_that_is_not_here_has_no_history(session: Session) -> None:
    """An unknown id is nobody's fault."""
    assert timeline.linked_timeline(session, "01900000-0000-7000-8000-000000000000") == []
