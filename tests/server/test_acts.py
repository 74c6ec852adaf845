"""An act of several operations takes effect whole or not at all, and an undo looks at what stands now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.operations import families, remove
from gridworker.operations.enrol import enroll
from gridworker.operations.save import save
from gridworker.operations.undo import undo
from gridworker.server import admin
from gridworker.sync import wire
from tests.server.clients import Device
from tests.server.running import Running, make_grid
from tests.server.seats import Seats, at, everything, household, on_sqlite, refusals, resident, visit


@pytest.fixture
def seats(server: Running, grid: str, tmp_path: Path) -> Iterator[Seats]:
    """Laptops of one grid."""
    made = Seats(server, grid, tmp_path)
    yield made
    made.close()


HOUSE = {"compound_name": "测试小区", "building_no": "3", "room_no": "501", "tenure_code": "自住"}
ACT = "0190a6c2-0000-7000-8000-0000000000aa"


def _act(device: Device, *ops: dict[str, object], act: str = ACT) -> list[wire.Op]:
    return [device.op(act=act, **members) for members in ops]


def test_one_refusal_refuses_the_act_and_delays_nothing_else(anna: Device) -> None:
    """The op at fault says why, the others say that they went with it; what stands around the act is applied."""
    first = anna.op(ledger="household", set=HOUSE)
    good, bad = _act(
        anna, {"ledger": "household", "set": HOUSE}, {"ledger": "household", "set": {**HOUSE, "register_no": "1" * 12}}
    )
    last = anna.op(ledger="household", set=HOUSE)
    after = anna.op(good.record, "household", set={"remark": "补"})
    told = anna.push(first, good, bad, last, after)
    assert [(one.outcome, one.code) for one in told] == [
        ("applied", ""), ("rejected", "ACT_REFUSED"), ("rejected", "INVALID"), ("applied", ""),
        ("rejected", "AFTER_REJECTED"),
    ]  # fmt: skip
    assert told[1].reason == told[2].reason
    assert set(anna.pull()[0]) == {first.record, last.record}
    assert anna.push(good, bad) == told[1:3]


def test_nothing_of_a_refused_act_is_left_in_a_record_that_was_there(anna: Device, bert: Device) -> None:
    """Fields, revision, number and deletion are as before; the same act without its fault goes through."""
    record = anna.op(ledger="household", set=HOUSE)
    anna.push(record)
    before = bert.pull()[0][record.record]
    told = anna.push(*_act(
        anna, {"record": record.record, "ledger": "household", "set": {"remark": "改", "record_no": "ZH1"}},
        {"record": record.record, "ledger": "household", "command": wire.Command(name="delete")},
        {"ledger": "household", "set": {**HOUSE, "register_no": "1" * 12}},
    ))  # fmt: skip
    assert [one.outcome for one in told] == ["rejected"] * 3
    assert bert.pull()[0][record.record] == before
    told = anna.push(*_act(
        anna, {"record": record.record, "ledger": "household", "set": {"remark": "改", "record_no": "ZH1"}},
        {"ledger": "household", "set": HOUSE}, act="0190a6c2-0000-7000-8000-0000000000ab",
    ))  # fmt: skip
    assert [one.outcome for one in told] == ["applied"] * 2


def test_a_field_others_wrote_since_refuses_the_act(anna: Device, bert: Device) -> None:
    """An act is a step: it never writes half of what its maker wanted."""
    record = anna.op(ledger="household", set=HOUSE)
    anna.push(record)
    rev = bert.rev(record.record)
    anna.push(anna.op(record.record, "household", set={"remark": "甲写"}, base_rev=rev))
    told = bert.push(*_act(
        bert, {"ledger": "household", "set": HOUSE},
        {"record": record.record, "ledger": "household", "set": {"remark": "乙写"}, "base_rev": rev},
    ))  # fmt: skip
    assert [(one.outcome, one.code) for one in told] == [("rejected", "ACT_REFUSED"), ("rejected", "CHANGED_SINCE")]
    assert "备注" in told[0].reason
    assert anna.pull()[0][record.record].fields["remark"] == "甲写"


def test_an_act_with_an_op_of_a_newer_program_waits_whole(anna: Device) -> None:
    """Nothing of it stands before all of it can."""
    told = anna.push(*_act(anna, {"ledger": "household", "set": HOUSE}, {"ledger": "pet", "set": {"name": "旺财"}}))
    assert [(one.outcome, one.code) for one in told] == [("held", "ACT_HELD"), ("held", "UNKNOWN_LEDGER")]
    assert anna.pull()[0] == {}


def test_a_malformed_op_refuses_its_act_and_no_other(anna: Device) -> None:
    """What cannot be read cannot be half of an act."""
    good, bad = _act(anna, {"ledger": "household", "set": HOUSE}, {"ledger": "household", "set": {"a-b": "x"}})
    last = anna.op(ledger="household", set=HOUSE)
    told = anna.push(good, bad, last)
    assert [(one.outcome, one.code) for one in told] == [
        ("rejected", "ACT_REFUSED"), ("rejected", "MALFORMED"), ("applied", ""),
    ]  # fmt: skip


@on_sqlite
def test_a_movement_does_not_stand_without_what_it_does(seats: Seats) -> None:
    """Both laptops gave an empty household a head: the second move is refused whole, she lives where she lived."""
    one, two = seats("测试员甲"), seats("测试员乙")
    old, target = household(one, "501"), household(one, "601")
    first, second = resident(one, old, "李梅"), resident(one, old, "张㛃", relation_code="12")
    seats.meet(one, two)
    for session, person in ((one, first), (two, second)):
        save(session, "movement", {
            "person_id": person, "movement_type": "网格内迁移", "to_household_id": target, "relation_code": "02",
        })  # fmt: skip
    assert [report.rejected for report in seats.meet(one, two)] == [0, 1]
    assert everything(one) == everything(two)
    assert (at(two, second)["household_id"], at(two, second)["relation_code"]) == (old, "12")
    assert at(two, target)["head_person_id"] == first
    (told,) = refusals(two)
    assert "网格内迁移" in told
    assert "张㛃" in told
    assert "户主" in told


@on_sqlite
def test_what_followed_a_refused_act_does_not_build_upon_it(seats: Seats) -> None:
    """A head chosen among people who moved in by a refused act is refused as well; a visit made there stands."""
    one, two = seats("测试员甲"), seats("测试员乙")
    old, here, there = (household(one, room) for room in ("501", "601", "602"))
    person = resident(one, old, "李梅")
    seats.meet(one, two)
    for session, target in ((one, here), (two, there)):
        save(session, "movement", {
            "person_id": person, "movement_type": "网格内迁移", "to_household_id": target, "relation_code": "97",
        })  # fmt: skip
    save(two, "movement", {"person_id": person, "movement_type": "更换户主"})
    made = visit(two, there, person)
    assert [report.rejected for report in seats.meet(one, two)] == [0, 2]
    assert everything(one) == everything(two)
    assert "head_person_id" not in at(two, there)
    assert at(two, person)["household_id"] == here
    assert at(one, made)["interviewee_id"] == person


@on_sqlite
def test_a_refused_split_leaves_the_new_household(seats: Seats) -> None:
    """A dwelling is a fact whoever lives in it: what was written about it on the way is not orphaned."""
    one, two = seats("测试员甲"), seats("测试员乙")
    old, target = household(one, "501"), household(one, "601")
    person = resident(one, old, "李梅", relation_code="20")
    seats.meet(one, two)
    save(one, "movement", {
        "person_id": person, "movement_type": "网格内迁移", "to_household_id": target, "relation_code": "02",
    })  # fmt: skip
    made = families.split(two, person, [], {
        "compound_name": "海棠苑", "building_no": "3", "room_no": "701", "tenure_code": "自住",
    }).record.id  # fmt: skip
    seen = visit(two, made, person)
    assert [report.rejected for report in seats.meet(one, two)] == [0, 1]
    assert everything(one) == everything(two)
    assert at(one, person)["household_id"] == target
    assert at(one, made)["deleted"] is False
    assert at(one, seen)["household_id"] == made


@on_sqlite
def test_a_late_undo_of_a_move_writes_no_head_back(server: Running, seats: Seats, tmp_path: Path) -> None:
    """She was received elsewhere: the undo is refused whole, the old household keeps what it has by now."""
    one, two = seats("测试员甲"), seats("测试员乙")
    old = household(one, "501")
    person, son = resident(one, old, "李梅", relation_code="02"), resident(one, old, "张小", relation_code="20")
    save(one, "household", {"head_person_id": person}, record_id=old)
    other = make_grid(server.database_url)
    done = save(one, "movement", {"person_id": person, "movement_type": "迁往其他网格", "other_grid": other})
    with Device.enroll(server, other, name="测试员丙") as carl:
        seats.meet(one, two)
        deltas = carl.pull()[0]
        (coming,) = [delta for delta in deltas.values() if delta.type == "movement"]
        house = carl.op(ledger="household", set=HOUSE)
        carl.push(house, carl.op(coming.id, "movement", set={"to_household_id": house.record}, base_rev=coming.rev))
        undo(one, done.op_id)
        assert at(one, old)["head_person_id"] == person
        assert [report.rejected for report in seats.meet(one, two)] == [1, 0]
    assert everything(one) == everything(two)
    assert "head_person_id" not in at(two, old)
    assert (at(two, person)["living_state"], at(two, person).get("household_id")) == ("迁出", None)
    assert "对方网格已经接收" in refusals(one)[0]
    assert at(two, son)["household_id"] == old


@on_sqlite
def test_an_undo_without_a_line_does_not_bring_a_second_head(seats: Seats) -> None:
    """Another laptop named a new head meanwhile: the undo is refused whole and says which item was changed."""
    one, two = seats("测试员甲"), seats("测试员乙")
    old = household(one, "501")
    person, son = resident(one, old, "李梅", relation_code="02"), resident(one, old, "张小", relation_code="20")
    save(one, "household", {"head_person_id": person}, record_id=old)
    done = save(one, "movement", {"person_id": person, "movement_type": "迁出"})
    seats.meet(one, two)
    save(two, "movement", {"person_id": son, "movement_type": "更换户主"})
    undo(one, done.op_id)
    assert [report.rejected for report in seats.meet(two, one)] == [0, 1]
    assert everything(one) == everything(two)
    assert at(one, old)["head_person_id"] == son
    assert at(one, person)["living_state"] == "迁出"
    assert "户主" in refusals(one)[0]


@on_sqlite
def test_an_undo_brings_nobody_back_to_a_household_deleted_elsewhere(seats: Seats) -> None:
    """It was empty there and is in the bin: refused whole, she stays where the move led."""
    one, two = seats("测试员甲"), seats("测试员乙")
    old = household(one, "501")
    person = resident(one, old, "李梅")
    done = save(one, "movement", {"person_id": person, "movement_type": "迁出"})
    seats.meet(one, two)
    remove.delete(two, old)
    undo(one, done.op_id)
    assert [report.rejected for report in seats.meet(two, one)] == [0, 1]
    assert everything(one) == everything(two)
    assert at(one, person)["living_state"] == "迁出"
    assert "住户已被别人删除" in refusals(one)[0]
    with pytest.raises(KnownError, match="回收站"):
        undo(one, done.op_id)


@on_sqlite
def test_an_undo_with_a_line_sees_a_second_head_that_stands_in_no_field_of_the_act(seats: Seats) -> None:
    """A member was made head on her own card since: the undo is refused at once and changes nothing."""
    one = seats("测试员甲", joined=False)
    old = household(one, "501")
    person, son = resident(one, old, "李梅", relation_code="02"), resident(one, old, "张小", relation_code="20")
    done = save(one, "movement", {"person_id": person, "movement_type": "迁出"})
    save(one, "person", {"relation_code": "02"}, record_id=son)
    before = everything(one)
    with pytest.raises(KnownError, match="户主"):
        undo(one, done.op_id)
    assert everything(one) == before


@on_sqlite
def test_an_undo_is_itself_undone_as_one(seats: Seats) -> None:
    """Taking back the taking back leads to where the act had led."""
    one, two = seats("测试员甲"), seats("测试员乙")
    person = resident(one, household(one, "501"), "李梅")
    done = save(one, "movement", {"person_id": person, "movement_type": "迁出"})
    undone = undo(one, done.op_id)
    assert at(one, person)["living_state"] == "在住"
    undo(one, undone.op_id)
    assert (at(one, person)["living_state"], at(one, done.record.id)["deleted"]) == ("迁出", False)
    assert [report.rejected for report in seats.meet(one, two)] == [0, 0]
    assert everything(one) == everything(two)


@on_sqlite
def test_two_laptops_alone_in_one_grid_number_no_household_alike(seats: Seats, server: Running, grid: str) -> None:
    """Minted without a line, before and after joining: each number holds the device's own sign."""
    one, two = seats("测试员甲"), seats("测试员乙")
    made = [household(session, room) for session in (one, two) for room in ("501", "502")]
    seats.meet(one, two)
    numbers = [str(at(one, record)["household_no"]) for record in made]
    assert len(set(numbers)) == len(made)
    assert all(number.startswith(grid) and len(number) == len(grid) + 5 for number in numbers)
    assert everything(one) == everything(two)
    third = seats("测试员丙", joined=False)
    early = household(third, "503")
    enroll(third, server.url, admin.invite_to(server.database_url, admin.new_post("grid_worker", grid), "测试员丙"))
    seats.meet(third, one)
    assert str(at(one, early)["household_no"]) not in numbers
