"""Somebody moves from one grid to another: two workers and their coordinator, each at a laptop, over a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import find, plan, remove, sync_
from gridworker.operations import session as sessions
from gridworker.operations.enrol import enroll
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import Saved, save
from gridworker.operations.session import Session
from gridworker.operations.undo import undo
from gridworker.server import admin
from gridworker.store.query import Query
from tests.server.running import Running, make_grid

PASSPHRASE = "四个 不相干 的词 连起来"


@pytest.fixture
def grids(server: Running) -> tuple[str, str]:
    """Two grids of one community."""
    first = make_grid(server.database_url)
    second = make_grid(server.database_url)
    while second[:12] != first[:12]:
        first, second = second, make_grid(server.database_url)
    return first, second


@pytest.fixture
def seat(server: Running, tmp_path: Path) -> Iterator[Callable[[str, str], Session]]:
    """A laptop that has joined, by the person's name and the grid or the community."""
    opened: list[Session] = []

    def sit(name: str, area: str) -> Session:
        session, _ = sessions.start(tmp_path / f"家{len(opened)}", PASSPHRASE, name=name)
        opened.append(session)
        post = admin.new_post("community" if len(area) == 12 else "grid_worker", area)
        enroll(session, server.url, admin.invite_to(server.database_url, post, name))
        sync_.sync(session)
        return session

    yield sit
    for session in opened:
        session.close()


def household(session: Session, room: str) -> str:
    """A household in the session's grid."""
    return save(session, "household", {
        "compound_name": "海棠苑", "building_no": "3", "room_no": room, "tenure_code": "自住",
        "notice_given_on": "2026-01-05",
    }).record.id  # fmt: skip


def resident(session: Session, home: str, name: str, **more: object) -> str:
    """Somebody who lives there."""
    values = {"household_id": home, "name": name, "sex_code": "2", "relation_code": "02", "population_type": "户籍"}
    return save(session, "person", {**values, **more}).record.id


def leaves(session: Session, person: str, grid: str) -> Saved:
    """Registers a move to another grid."""
    return save(session, "movement", {"person_id": person, "movement_type": "迁往其他网格", "other_grid": grid})


def all_of(session: Session, ledger: str) -> list[Record]:
    """Every record of a ledger that is not deleted."""
    with session.store.read() as tx:
        return tx.records(ledger, tx.select(Query(ledger)))


def one(session: Session, ledger: str, record: str) -> dict[str, object]:
    """A record as it stands."""
    with session.store.read() as tx:
        return dict(tx.get(ledger, record).values)


def test_from_the_form_in_one_grid_to_the_form_in_the_other(
    grids: tuple[str, str], seat: Callable[[str, str], Session]
):
    """Plan of the day, registration, 在住, and both sides told; the coordinator sees one move in two grids."""
    old, new = seat("测试员甲", grids[0]), seat("测试员乙", grids[1])
    home = household(old, "501")
    wife = resident(old, home, "李梅", contact="15400001234", care_level="high", emergency_contact="王强",
        emergency_phone="15400001111", remark="只给本网格看")  # fmt: skip
    save(old, "visit", {"household_id": home, "met": True, "remark": "只给本网格看的走访"})
    move = leaves(old, wife, grids[1])
    assert not [one for one in move.warnings if "没有加入服务器" in one.message]
    sync_.sync(old)
    assert one(old, "movement", move.record.id)["transfer_state"] == "迁移中"
    assert find_ledger("movement").title(one(old, "movement", move.record.id)).endswith(" · 迁移中")

    office = seat("测试主任", grids[0][:12])
    sync_.sync(new)
    (coming,) = all_of(new, "movement")
    (here,) = all_of(new, "person")
    assert (here.values["living_state"], here.values["identity_id"]) == ("待接收", wife)
    assert "care_level" not in here.values
    (item,) = [item for item in plan.due(new) if item.kind == "movement"]
    assert (item.title, item.place, item.record_id) == ("有居民迁入待接收", "李梅", coming.id)
    assert not all_of(new, "household")
    assert not all_of(new, "visit")

    target = household(new, "101")
    with pytest.raises(SaveRefused, match="迁入的住户"):
        save(new, "movement", {"relation_code": "02"}, record_id=coming.id)
    # As from the person's own page, where nobody knows of the record that waits.
    done = save(new, "movement", {
        "person_id": here.id, "movement_type": "迁入", "to_household_id": target, "relation_code": "02",
    })  # fmt: skip
    assert done.record.id == coming.id
    lives = one(new, "person", here.id)
    assert (lives["living_state"], lives["household_id"], lives["relation_code"]) == ("在住", target, "02")
    assert one(new, "household", target)["head_person_id"] == here.id
    assert not [item for item in plan.due(new) if item.kind == "movement"]
    sync_.sync(new)
    lives = one(new, "person", here.id)
    assert (lives["care_level"], lives["living_state"], lives["household_id"]) == ("high", "在住", target)
    assert one(new, "movement", coming.id)["transfer_state"] == "已接收"
    assert "remark" not in lives

    sync_.sync(old)
    assert one(old, "movement", move.record.id)["transfer_state"] == "已接收"
    assert {hit.ledger for hit in find.search(old, "李梅")} >= {"person"}
    with pytest.raises(KnownError, match="对方网格已经接收"):
        undo(old, move.op_id)
    with pytest.raises(KnownError, match="对方网格已经接收"):
        remove.delete(old, move.record.id)
    assert one(old, "person", wife)["living_state"] == "迁出"
    sync_.sync(office)
    # Other tests write in other grids of this community.
    moves = [one for one in all_of(office, "movement") if one.grid_code in grids]
    assert {one.values["transfer_id"] for one in moves} == {move.record.id}
    assert {one.grid_code for one in moves} == set(grids)
    assert not old.store.write(lambda tx: tx.sql("SELECT 1 FROM outbox WHERE outcome NOT IN ('applied', 'merged')"))
    assert not new.store.write(lambda tx: tx.sql("SELECT 1 FROM outbox WHERE outcome NOT IN ('applied', 'merged')"))


def test_a_move_undone_in_time_leaves_nobody_waiting(grids: tuple[str, str], seat: Callable[[str, str], Session]):
    """Undo before the other grid looked: she lives where she lived, and nothing is due over there."""
    old, new = seat("测试员甲", grids[0]), seat("测试员乙", grids[1])
    home = household(old, "501")
    wife = resident(old, home, "李梅")
    move = leaves(old, wife, grids[1])
    sync_.sync(old)
    sync_.sync(new)
    assert [item.place for item in plan.due(new) if item.kind == "movement"] == ["李梅"]
    undo(old, move.op_id)
    sync_.sync(old)
    sync_.sync(new)
    assert not [item for item in plan.due(new) if item.kind == "movement"]
    assert not all_of(new, "person")
    back = one(old, "person", wife)
    assert (back["living_state"], back["household_id"]) == ("在住", home)
    assert not all_of(old, "movement")
    assert not old.store.write(lambda tx: tx.sql("SELECT 1 FROM outbox WHERE outcome NOT IN ('applied', 'merged')"))


def test_an_undo_without_a_line_meets_the_registration(grids: tuple[str, str], seat: Callable[[str, str], Session]):
    """Undone offline after she was registered there: refused in words at the next sync, and she has one home."""
    old, new = seat("测试员甲", grids[0]), seat("测试员乙", grids[1])
    wife = resident(old, household(old, "501"), "李梅")
    move = leaves(old, wife, grids[1])
    sync_.sync(old)
    sync_.sync(new)
    (here,) = all_of(new, "person")
    save(new, "movement", {
        "person_id": here.id, "movement_type": "迁入", "to_household_id": household(new, "101"), "relation_code": "02",
    })  # fmt: skip
    sync_.sync(new)
    undo(old, move.op_id)
    report = sync_.sync(old)
    assert (report.rejected, report.conflicts) == (1, 0)
    assert one(old, "person", wife)["living_state"] == "迁出"
    assert "household_id" not in one(old, "person", wife)
    assert one(old, "movement", move.record.id)["transfer_state"] == "已接收"
    told = old.store.write(lambda tx: tx.sql("SELECT detail FROM outbox WHERE outcome = 'rejected'"))
    assert len(told) > 1
    assert all("对方网格已经接收" in detail for (detail,) in told)


def test_a_coordinator_moves_somebody_between_her_own_grids(
    grids: tuple[str, str], seat: Callable[[str, str], Session]
):
    """A home with both grids goes the same way over the server, each record in the grid it is about."""
    worker = seat("测试员甲", grids[1])
    wife = resident(worker, household(worker, "501"), "李梅")
    sync_.sync(worker)
    office = seat("测试主任", grids[0][:12])
    move = leaves(office, wife, grids[0])
    assert move.record.grid_code == grids[1]
    sync_.sync(office)
    sync_.sync(office)
    (coming,) = [one for one in all_of(office, "movement") if one.grid_code == grids[0]]
    assert coming.values["transfer_state"] == "待接收"
    other = seat("测试员丙", grids[0])
    target = household(other, "101")
    sync_.sync(other)
    sync_.sync(office)
    save(office, "movement", {"to_household_id": target, "relation_code": "02"}, record_id=coming.id)
    sync_.sync(office)
    sync_.sync(other)
    (here,) = all_of(other, "person")
    assert (here.values["living_state"], here.values["household_id"]) == ("在住", target)
    sync_.sync(worker)
    assert one(worker, "movement", move.record.id)["transfer_state"] == "已接收"


def test_alone_nothing_is_handed_over_and_it_is_said(tmp_path: Path):
    """Without a server the movement stands, and the text says to print a card; the own grid is refused."""
    session, _ = sessions.start(tmp_path / "独", PASSPHRASE, name="测试员", grid_code="370211005001001")
    wife = resident(session, household(session, "501"), "李梅")
    with pytest.raises(SaveRefused, match="本网格"):
        leaves(session, wife, "370211005001001")
    done = leaves(session, wife, "370211005001002")
    assert any("打印居民登记表" in told.message for told in done.warnings)
    assert "transfer_state" not in done.record.values
    save(session, "movement", {"other_grid": "370211005001003"}, record_id=done.record.id)
    session.close()
