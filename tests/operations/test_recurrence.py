"""回流: told at the save, listed, accepted by a person, and never linked unasked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.ledger.record import Record
from gridworker.operations import recurrence, save, transition
from gridworker.operations import session as sessions
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import Saved
from gridworker.operations.session import Session
from gridworker.planning import clocks
from gridworker.store import saving
from tests.operations.conftest import DAY, PASSPHRASE

KIND = {"description": "路面塌陷", "main_type": "城市管理", "sub_type": "道路破损"}


@pytest.fixture
def now() -> list[datetime]:
    """The moment it is, to be moved on."""
    return [DAY]


@pytest.fixture
def session(tmp_path: Path, now: list[datetime]) -> Iterator[Session]:
    """A home whose clock can be moved on."""
    opened, _ = sessions.start(tmp_path / "家", PASSPHRASE, now=lambda: now[0])
    yield opened
    opened.close()


def case(session: Session, address: str = "海棠苑3号楼2单元501", **more: object) -> Saved:
    """A case at an address."""
    return save.save(session, "case", {**KIND, "address": address, **more})


def closed(session: Session, address: str = "海棠苑3号楼2单元501", **more: object) -> Record:
    """A case that was closed today."""
    record = case(session, address, **more).record
    values = {"closed_at": session.now().isoformat(timespec="seconds")}
    done = record.with_values(values, status="closed")
    session.store.write(lambda tx: tx.put(done))
    return done


@pytest.mark.parametrize(
    "written",
    ["海棠苑3-2-501", "海棠苑 3 号楼 2 单元 501 室", "海棠苑３号楼２单元５０１", "3#2-501", "海棠苑3号楼-2单元-501"],
)
def test_the_same_room_written_otherwise_is_the_same_place(session: Session, now: list[datetime], written: str) -> None:
    """Addresses are compared as the search reads rooms, and the warning names the earlier number."""
    old = closed(session)
    now[0] += timedelta(days=29)
    saved = case(session, written)
    assert [problem.field for problem in saved.warnings] == ["address"]
    assert str(old.values["case_code"]) in saved.warnings[0].message
    assert "2026-04-21" in saved.warnings[0].message
    assert not saved.record.values.get("parent_case_id")


@pytest.mark.parametrize(
    ("address", "more", "days"),
    [
        ("海棠苑3号楼2单元502", {}, 1),
        ("海棠苑4号楼2单元501", {}, 1),
        ("丁香苑3号楼2单元501", {}, 1),
        ("海棠苑3号楼2单元501", {"sub_type": "卫生死角"}, 1),
        ("海棠苑3号楼2单元501", {}, 31),
        ("海棠苑3号楼2单元501", {"parent_case_code": "QS370211005001-260930-A7042M"}, 1),
    ],
)
def test_another_place_kind_or_time_is_no_return(
    session: Session, now: list[datetime], address: str, more: dict[str, object], days: int
) -> None:
    """Nor is what is linked already."""
    closed(session)
    now[0] += timedelta(days=days)
    saved = case(session, address, **more)
    assert not saved.warnings
    assert recurrence.proposals_for(session, saved.record.id) == ()


def test_a_place_without_a_room_is_compared_as_it_is_written(session: Session) -> None:
    """3号楼东侧 and 3#楼 东侧 are one place, 3号楼西侧 is another."""
    closed(session, "3号楼东侧")
    assert case(session, "3#楼 东侧").warnings
    assert not case(session, "3号楼西侧").warnings


def test_an_open_case_at_the_place_is_no_return(session: Session) -> None:
    """Only what was closed can come back."""
    case(session)
    assert not case(session).warnings


def test_how_long_is_data(session: Session, now: list[datetime]) -> None:
    """A customer's own time counts."""
    closed(session)
    now[0] += timedelta(days=8)
    with clocks.clocks_in_force(clocks.parse('{"clocks": {"recurrence": {"days": 7}}}')):
        assert not case(session).warnings
    assert case(session).warnings


def test_a_change_that_makes_a_record_alike_is_told_and_others_are_not(session: Session) -> None:
    """The kind is often chosen at 上报, so a step tells it too; a later edit does not repeat it."""
    closed(session)
    later = case(session, sub_type=None).record
    told = transition.move(session, later.id, "report", {"sub_type": "道路破损"})
    assert told.warnings
    assert not save.save(session, "case", {"remark": "已看"}, record_id=later.id).warnings


def test_proposals_are_listed_until_one_is_accepted(session: Session) -> None:
    """Accepting writes the earlier case's link and code, by id or by number; nothing else can be accepted."""
    old = closed(session)
    other = closed(session, "别处")
    new = case(session).record
    proposal = recurrence.proposals(session, "case")
    assert [one.record_id for one in proposal] == [new.id]
    assert [one.record_id for one in proposal[0].earlier] == [old.id]
    with pytest.raises(KnownError, match="不是提示过的"):
        recurrence.accept(session, new.id, other.id)
    linked = recurrence.accept(session, new.id, str(old.values["case_code"]))
    assert linked.values["parent_case_id"] == old.id
    assert linked.values["parent_case_code"] == old.values["case_code"]
    assert recurrence.proposals(session) == []
    with session.store.read() as tx:
        assert tx.history(new.id)[-1].changes["parent_case_id"] == [None, old.id]


def test_the_last_closed_comes_first(session: Session, now: list[datetime]) -> None:
    """Of several the newest is the likeliest."""
    first = closed(session)
    now[0] += timedelta(days=3)
    second = closed(session)
    new = case(session).record
    assert [one.record_id for one in recurrence.proposals_for(session, new.id)] == [second.id, first.id]


def test_any_ledger_that_says_what_makes_it_alike_is_looked_at(session: Session) -> None:
    """A hazard comes back too; it has no field for the earlier one, which is said."""
    given = {"place": "3号楼2单元", "hazard_type": "用电", "description": "线路裸露"}
    old = save.save(session, "hazard", given).record
    done = old.with_values({"closed_on": session.today().isoformat()}, status="closed")
    session.store.write(lambda tx: tx.put(done))
    saved = save.save(session, "hazard", {**given, "place": "３号楼 2单元"})
    assert str(old.values["record_no"]) in saved.warnings[0].message
    with pytest.raises(KnownError, match="不登记原记录"):
        recurrence.accept(session, saved.record.id, old.id)


def test_what_was_deleted_or_never_closed_does_not_count(session: Session) -> None:
    """A closed case in the 回收站 is no earlier case."""
    old = closed(session)
    session.store.write(lambda tx: saving.delete(tx, old, actor_id=session.actor.id))
    try:
        assert not case(session).warnings
    except SaveRefused as wrong:  # pragma: no cover - a warning never refuses
        raise AssertionError from wrong
