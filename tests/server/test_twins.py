"""Two laptops that merged, moved or visited the same registrations without a line: nothing is lost, nobody is twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.identity import new_id
from gridworker.operations import figures, merging, moved, twins
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.operations.undo import undo
from gridworker.planning.figures_frame import Period
from gridworker.sync import wire
from tests.server.clients import Device
from tests.server.running import Running
from tests.server.seats import Seats, at, everything, household, on_sqlite, refusals, resident, visit, waiting


@pytest.fixture
def seats(server: Running, grid: str, tmp_path: Path) -> Iterator[Seats]:
    """Laptops of one grid."""
    made = Seats(server, grid, tmp_path)
    yield made
    made.close()


class Pair:
    """Two laptops that hold the same: a household, its head, and a second registration of her in another household."""

    def __init__(self, seats: Seats) -> None:
        self.meet = seats.meet
        self.one, self.two = seats("测试员甲"), seats("测试员乙")
        self.home, self.other_home = household(self.one, "501"), household(self.one, "502")
        self.head = resident(self.one, self.home, relation_code="02", contact="15400001234")
        self.twin = resident(self.one, self.other_home, contact="15400001234", workplace="纺织厂")
        save(self.one, "household", {"head_person_id": self.head}, record_id=self.home)
        self.child = resident(self.one, self.home, "张小", guardian_person_id=self.twin, relation_code="20")
        self.visits = [visit(self.one, self.home, self.head), visit(self.one, self.other_home, self.twin)]
        self.meet(self.one, self.two)

    def sync(self, *order: Session) -> list[int]:
        """Everybody syncs in this order until nothing is new; how many refusals each heard the first time."""
        refused = [report.rejected for report in self.meet(*order)]
        assert everything(self.one) == everything(self.two)
        assert [waiting(one) for one in (self.one, self.two)] == [0, 0]
        return refused


@pytest.fixture
def pair(seats: Seats) -> Pair:
    """Two laptops that hold the same."""
    return Pair(seats)


def test_a_crosswise_merge_leaves_one_registration_with_the_links_of_both(pair: Pair) -> None:
    """The second to arrive is refused as one and taken back as one; both laptops end with the same living one."""
    late = visit(pair.two, pair.other_home, pair.head)
    merging.merge(pair.one, pair.twin, pair.head)
    merging.merge(pair.two, pair.head, pair.twin)
    assert pair.sync(pair.one, pair.two) == [0, 1]
    kept, gone = at(pair.two, pair.twin), at(pair.two, pair.head)
    assert (kept["deleted"], kept.get("merged_into_id")) == (False, None)
    assert (gone["deleted"], gone["merged_into_id"]) == (True, pair.twin)
    assert at(pair.two, pair.home)["head_person_id"] == pair.twin
    assert at(pair.two, pair.child)["guardian_person_id"] == pair.twin
    assert {str(at(pair.two, one)["interviewee_id"]) for one in [*pair.visits, late]} == {pair.twin}
    assert twins.all_pairs(pair.two) == []
    (told,) = refusals(pair.two)
    assert told.startswith("人口变动 · 合并")
    assert "并入" in told
    assert refusals(pair.one) == []


@on_sqlite
def test_a_chain_of_merges_ends_in_one_registration_or_is_refused(pair: Pair) -> None:
    """A into B here, B into C there: nothing is merged into one that is gone, nor one that was filled in unseen."""
    third, fourth = (resident(pair.one, pair.home, relation_code=code) for code in ("12", "97"))
    pair.meet(pair.one, pair.two)
    merging.merge(pair.one, pair.twin, pair.head)
    merging.merge(pair.two, third, pair.twin)
    assert pair.sync(pair.two, pair.one) == [0, 1]
    assert [at(pair.one, one)["deleted"] for one in (pair.head, pair.twin, third)] == [False, True, False]
    assert "保留的是“李梅”" in refusals(pair.one)[0]
    save(pair.one, "person", {"workplace": "", "contact": ""}, record_id=third)
    pair.meet(pair.one, pair.two)
    merging.merge(pair.one, third, pair.head)
    merging.merge(pair.two, fourth, third)
    assert pair.sync(pair.one, pair.two) == [0, 1]
    assert "别人改过" in refusals(pair.two)[0]
    last = merging.merge(pair.two, fourth, third)
    assert pair.sync(pair.two, pair.one) == [0, 0]
    assert {at(pair.one, one)["interviewee_id"] for one in pair.visits} == {fourth}
    merging.unmerge(pair.one, last.record.id)
    assert pair.sync(pair.one, pair.two) == [0, 0]
    assert {at(pair.two, one)["interviewee_id"] for one in pair.visits} == {third}


@on_sqlite
def test_a_registration_another_was_merged_into_unseen_goes_on_with_its_links(pair: Pair) -> None:
    """Nothing was filled in it, so nothing was overlooked: the links of all three end at the one that is kept."""
    third, fourth, fifth = (resident(pair.one, pair.home, "赵兰", relation_code="12") for _ in range(3))
    seen = [visit(pair.one, pair.home, one) for one in (third, fourth, fifth)]
    pair.meet(pair.one, pair.two)
    first = merging.merge(pair.one, fourth, third)
    merging.merge(pair.two, fifth, fourth)
    assert pair.sync(pair.one, pair.two) == [0, 0]
    assert {at(pair.one, one)["interviewee_id"] for one in seen} == {fifth}
    merging.unmerge(pair.two, first.record.id)
    assert pair.sync(pair.two, pair.one) == [0, 0]
    assert [at(pair.one, one)["interviewee_id"] for one in seen] == [third, fifth, fifth]
    assert at(pair.one, third)["deleted"] is False


@on_sqlite
@pytest.mark.parametrize(("kind", "whose"), [("死亡", "keep"), ("迁出", "drop"), ("网格内迁移", "keep")])
def test_a_merge_and_a_movement_of_one_person_do_not_both_happen_unseen(pair: Pair, kind: str, whose: str) -> None:
    """Whichever comes second and no longer fits is refused as one; done again after a look it goes through."""
    target = household(pair.one, "601")
    pair.meet(pair.one, pair.two)
    person = pair.head if whose == "keep" else pair.twin
    more = {"to_household_id": target, "relation_code": "02"} if kind == "网格内迁移" else {}
    save(pair.one, "movement", {"person_id": person, "movement_type": kind, **more})
    merging.merge(pair.two, pair.head, pair.twin)
    assert pair.sync(pair.one, pair.two) == [0, 1]
    assert at(pair.two, pair.twin)["deleted"] is False
    assert at(pair.two, pair.visits[1])["interviewee_id"] == pair.twin
    merging.merge(pair.two, pair.head, pair.twin)
    assert pair.sync(pair.two, pair.one) == [0, 0]
    assert at(pair.one, pair.visits[1])["interviewee_id"] == pair.head


@on_sqlite
def test_who_was_merged_away_is_not_moved_by_a_laptop_that_does_not_know(pair: Pair) -> None:
    """The movement is refused in words that say she was merged, with the household it would have headed."""
    target = household(pair.two, "601")
    pair.meet(pair.two, pair.one)
    merging.merge(pair.one, pair.head, pair.twin)
    save(pair.two, "movement", {
        "person_id": pair.twin, "movement_type": "网格内迁移", "to_household_id": target, "relation_code": "02",
    })  # fmt: skip
    assert pair.sync(pair.one, pair.two) == [0, 1]
    assert "head_person_id" not in at(pair.one, target)
    assert [line.text for line in moved.of_home(pair.two, target)] == []
    assert "并入" in refusals(pair.two)[0]


def test_a_visit_to_a_registration_merged_away_elsewhere_belongs_to_the_kept_one(pair: Pair) -> None:
    """Links, figures and days are the kept one's; when the merge is taken back the visit goes back as well."""
    care = {"care_level": "high", "emergency_contact": "王强", "emergency_phone": "15400001111"}
    cared, copy = (resident(pair.two, pair.home, "周兰", relation_code="51", **care) for _ in range(2))
    pair.meet(pair.two, pair.one)
    done = merging.merge(pair.one, cared, copy)
    late = visit(pair.two, pair.home, copy)
    assert pair.sync(pair.one, pair.two) == [0, 0]
    for session in (pair.one, pair.two):
        assert at(session, late)["interviewee_id"] == cared
        assert at(session, pair.home)["last_visited_at"] == at(session, late)["visited_at"]
        month = Period.month(session.today().year, session.today().month)
        seen = figures.rows_behind(session, "care_visit_rate", month, "numerator")
        assert [row.id for row in seen] == [cared]
    merging.unmerge(pair.two, done.record.id)
    assert pair.sync(pair.two, pair.one) == [0, 0]
    assert at(pair.one, late)["interviewee_id"] == copy
    assert at(pair.one, copy)["deleted"] is False


@on_sqlite
def test_a_visit_the_merging_laptop_had_not_heard_of_is_led_as_well(pair: Pair) -> None:
    """It was on the server first; a laptop that takes the merge back without having seen it gives it back too."""
    late = visit(pair.two, pair.home, pair.twin)
    done = merging.merge(pair.one, pair.head, pair.twin)
    assert pair.sync(pair.two, pair.one) == [0, 0]
    assert at(pair.one, late)["interviewee_id"] == pair.head
    later = visit(pair.two, pair.home, pair.head)
    undo(pair.one, done.op_id)
    assert pair.sync(pair.one, pair.two) == [0, 0]
    assert (at(pair.two, late)["interviewee_id"], at(pair.two, later)["interviewee_id"]) == (pair.twin, pair.head)


@on_sqlite
def test_a_late_visit_is_given_back_by_a_laptop_that_never_saw_it(pair: Pair) -> None:
    """The merge is undone offline while the visit is already the kept one's on the server."""
    done = merging.merge(pair.one, pair.head, pair.twin)
    late = visit(pair.two, pair.home, pair.twin)
    pair.meet(pair.one)
    pair.meet(pair.two)
    merging.unmerge(pair.one, done.record.id)
    assert pair.sync(pair.one, pair.two) == [0, 0]
    assert at(pair.one, late)["interviewee_id"] == pair.twin


@on_sqlite
def test_a_merge_taken_back_twice_is_taken_back_once(pair: Pair) -> None:
    """The second is refused in words, and what became of the two since is left alone."""
    done = merging.merge(pair.one, pair.head, pair.twin)
    pair.sync(pair.one, pair.two)
    for session in (pair.one, pair.two):
        merging.unmerge(session, done.record.id)
    assert pair.sync(pair.one, pair.two) == [0, 1]
    assert at(pair.two, pair.twin)["deleted"] is False
    with pytest.raises(KnownError, match="已经取消"):
        merging.unmerge(pair.two, done.record.id)


@on_sqlite
def test_a_merge_made_again_without_a_line_takes_along_what_came_in_between(pair: Pair) -> None:
    """She took it back and thought better of it; meanwhile the second registration had got a visit elsewhere."""
    done = merging.merge(pair.two, pair.head, pair.twin)
    undone = merging.unmerge(pair.two, done.record.id)
    pair.sync(pair.two, pair.one)
    between = visit(pair.one, pair.other_home, pair.twin)
    undo(pair.two, undone.op_id)
    assert pair.sync(pair.one, pair.two) == [0, 0]
    assert at(pair.two, between)["interviewee_id"] == pair.head
    merging.unmerge(pair.one, done.record.id)
    assert pair.sync(pair.one, pair.two) == [0, 0]
    assert at(pair.two, between)["interviewee_id"] == pair.twin


NAMED = {"name": "李梅", "sex_code": "2", "relation_code": "97", "population_type": "户籍", "living_state": "在住"}


def _registered(device: Device, count: int) -> list[str]:
    made = [device.op(ledger="person", set=NAMED) for _ in range(count)]
    assert {one.outcome for one in device.push(*made)} == {"applied"}
    return [one.record for one in made]


def _merge(device: Device, keep: str, drop: str) -> list[wire.Op]:
    """What a client sends that knows of no link."""
    act, values = new_id(), {"person_id": keep, "merged_person_id": drop, "movement_type": "合并"}
    rev = device.rev(drop)
    return [
        device.op(ledger="movement", set={**values, "occurred_on": "2026-03-05"}, act=act),
        device.op(drop, "person", set={"merged_into_id": keep}, base_rev=rev, act=act),
        device.op(drop, "person", command=wire.Command(name="delete"), base_rev=rev, act=act),
    ]


def test_lists_of_people_follow_the_kept_one_and_each_link_is_noted_once(anna: Device, bert: Device) -> None:
    """A link of a list is led in its place, before the merge and after it; the merge's movement names both records."""
    keep, drop, other = _registered(anna, 3)
    early = anna.op(ledger="dispute", set={}, elements={"party_ids": wire.Elements(add=[other, drop])})
    anna.push(early)
    merged = _merge(anna, keep, drop)
    assert [one.outcome for one in anna.push(*merged)] == ["applied"] * 3
    late = bert.op(ledger="dispute", set={}, elements={"party_ids": wire.Elements(add=[drop, other])})
    edit = bert.op(early.record, "dispute", elements={"party_ids": wire.Elements(add=[drop])})
    assert [one.outcome for one in bert.push(late, edit)] == ["merged", "merged"]
    found = anna.pull()[0]
    assert found[early.record].fields["party_ids"] == [other, keep]
    assert found[late.record].fields["party_ids"] == [keep, other]
    noted = found[merged[0].record].fields["moved_record_ids"]
    assert sorted(noted) == sorted([f"{early.record}/party_ids", f"{late.record}/party_ids"])


def test_nobody_is_merged_into_a_registration_that_is_gone(anna: Device, bert: Device) -> None:
    """Merged away, deleted, unknown, or oneself: refused with its own word, whatever else the client said."""
    keep, drop, third, gone = _registered(anna, 4)
    delete = wire.Command(name="delete")
    anna.push(*_merge(anna, keep, drop), anna.op(gone, "person", command=delete, base_rev=anna.rev(gone)))
    told = bert.push(*(one for into in (drop, gone, new_id(), third) for one in _merge(bert, into, third)))
    assert [one.code for one in told if one.code != "ACT_REFUSED"] == [
        "MERGED_AWAY", "RECORD_DELETED", "UNKNOWN_RECORD", "UNKNOWN_RECORD",
    ]  # fmt: skip
    assert next(one for one in told if one.code == "MERGED_AWAY").details["kept"] == keep
    assert bert.pull()[0][third].deleted is False
