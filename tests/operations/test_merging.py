"""Likely duplicates are told, never refused; two registrations become one and two again, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridworker.errors import KnownError
from gridworker.identity import new_id
from gridworker.ledger.facts import Severity
from gridworker.ledger.record import Record
from gridworker.operations import merging, twins
from gridworker.operations.save import check, save
from gridworker.operations.session import Session
from gridworker.operations.undo import undo
from gridworker.store import saving

Living = Callable[..., tuple[str, str]]


def registered(session: Session, home: str, name: str, **more: object) -> str:
    """One more person of a household."""
    return save(session, "person", {
        "household_id": home, "name": name, "sex_code": "2", "relation_code": "97", "population_type": "户籍", **more,
    }).record.id  # fmt: skip


def values(session: Session, record_id: str) -> dict[str, object]:
    """A record as it stands."""
    with session.store.read() as tx:
        found = tx.find(record_id)
    assert found is not None
    return {**found.values, "deleted": found.deleted}


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ({"id_no": "11010519491231002X"}, {"id_no": "11010519491231002X"}, "公民身份号码相同"),
        ({"birth_date": "1950-03-03"}, {"birth_date": "1950-03-03"}, "姓名和出生日期相同"),
        ({"contact": "15400002222"}, {"contact": "15400002222"}, "姓名和电话相同"),
    ],
)
def test_who_is_probably_the_same_is_told_while_typing_and_on_saving(
    session: Session, living: Living, first: dict[str, str], second: dict[str, str], why: str
) -> None:
    """In another household too; the warning names the other registration and stops nothing."""
    home, _ = living()
    other, _ = living(room="601", name="钱二")
    registered(session, home, "李梅", **first)
    raw = {"household_id": other, "name": "李梅", "sex_code": "2", "relation_code": "97", "population_type": "户籍"}
    told = [one for one in check(session, "person", raw | second) if why in one.message]
    assert told
    assert told[0].severity is Severity.WARNING
    assert "李梅（海棠苑 3号楼 2单元 501）" in told[0].message
    assert any(why in one.message for one in save(session, "person", raw | second).warnings)
    assert [pair.one.why for pair in twins.all_pairs(session)] == [why]


def test_namesakes_are_not_taken_for_one(session: Session, living: Living) -> None:
    """The name alone says nothing."""
    home, _ = living()
    other, _ = living(room="601", name="钱二")
    registered(session, home, "李梅", birth_date="1950-03-03", contact="15400002222")
    raw = {"household_id": other, "name": "李梅", "sex_code": "2", "relation_code": "97", "population_type": "户籍",
        "birth_date": "1951-03-03", "contact": "15400003333"}  # fmt: skip
    assert save(session, "person", raw).warnings == []
    assert twins.all_pairs(session) == []


def test_a_person_is_not_her_own_twin(session: Session, living: Living) -> None:
    """Changing her phone does not warn of herself."""
    home, _ = living()
    one = registered(session, home, "李梅", birth_date="1950-03-03")
    assert save(session, "person", {"contact": "15400009999"}, record_id=one).warnings == []


def test_a_merge_leads_everything_to_the_kept_one(session: Session, living: Living) -> None:
    """Blanks are filled, lists put together, links led over, the other lies in the bin with where it went."""
    home, head = living()
    keep = registered(session, home, "李梅", care_categories=["独居老人"])
    drop = registered(session, home, "李梅", contact="15400002222", care_categories=["高龄(80+)"])
    child = registered(session, home, "张小", birth_date="2020-01-01", guardian_person_id=drop)
    visit = save(session, "visit", {"household_id": home, "interviewee_id": drop}).record.id
    save(session, "household", {"head_person_id": head}, record_id=home)
    done = merging.merge(session, keep, drop, "同一个人")
    kept = values(session, keep)
    assert kept["contact"] == "15400002222"
    assert kept["care_categories"] == ["独居老人", "高龄(80+)"]
    assert values(session, visit)["interviewee_id"] == keep
    assert values(session, child)["guardian_person_id"] == keep
    assert values(session, drop)["deleted"] is True
    assert values(session, drop)["merged_into_id"] == keep
    assert done.record.values["movement_type"] == "合并"


def test_a_merge_is_taken_back_long_after(session: Session, living: Living) -> None:
    """Links and blanks are as before; what was changed since in the kept one stays."""
    home, _ = living()
    keep = registered(session, home, "李梅", care_categories=["独居老人"])
    drop = registered(session, home, "李梅", contact="15400002222", workplace="纺织厂", care_categories=["高龄(80+)"])
    visit = save(session, "visit", {"household_id": home, "interviewee_id": drop}).record.id
    done = merging.merge(session, keep, drop)
    save(session, "person", {"workplace": "退休", "remark": "更正"}, record_id=keep)
    merging.unmerge(session, done.record.id)
    kept, back = values(session, keep), values(session, drop)
    assert (kept.get("contact"), kept["workplace"], kept["remark"]) == (None, "退休", "更正")
    assert kept["care_categories"] == ["独居老人"]
    assert (back["deleted"], back.get("merged_into_id"), back["contact"]) == (False, None, "15400002222")
    assert values(session, visit)["interviewee_id"] == drop
    with pytest.raises(KnownError, match="已经取消"):
        merging.unmerge(session, done.record.id)


def test_a_merge_just_made_is_undone_as_one(session: Session, living: Living) -> None:
    """Undo takes back the whole act."""
    home, _ = living()
    keep = registered(session, home, "李梅")
    drop = registered(session, home, "李梅", contact="15400002222")
    done = merging.merge(session, keep, drop)
    undo(session, done.op_id)
    assert values(session, keep).get("contact") is None
    assert values(session, drop)["deleted"] is False
    assert values(session, drop).get("merged_into_id") is None


def test_what_cannot_be_merged_is_refused_and_changes_nothing(session: Session, living: Living) -> None:
    """Oneself, nobody, and somebody in the bin."""
    home, _ = living()
    keep = registered(session, home, "李梅")
    for other in (keep, home, "00000000-0000-7000-8000-000000000000"):
        with pytest.raises(KnownError):
            merging.merge(session, keep, other)
    assert values(session, keep)["deleted"] is False


def test_two_computers_that_merged_crosswise_are_told_and_one_merge_can_be_taken_back(
    session: Session, living: Living
) -> None:
    """Both registrations are in the bin then; taking one merge back gives a resident with all her links."""
    home, head = living()
    twin = registered(session, home, "张㛃", contact="15400001234")
    merging.merge(session, head, twin)
    theirs = _merged_elsewhere(session, keep=twin, drop=head)
    assert [pair.one.why for pair in twins.all_pairs(session)] == [
        "两台电脑把这两条互相合并，都进了回收站，请取消其中一次合并"
    ]
    merging.unmerge(session, theirs)
    assert (values(session, head)["deleted"], values(session, head).get("merged_into_id")) == (False, None)
    assert (values(session, twin)["deleted"], values(session, twin)["merged_into_id"]) == (True, head)
    assert twins.all_pairs(session) == []


def _merged_elsewhere(session: Session, *, keep: str, drop: str) -> str:
    """What a pull brings when another computer merged the other way round."""

    def work(tx: saving.WriteTx) -> str:
        movement = Record(new_id(), "movement", session.place.grid_code, {
            "person_id": keep, "merged_person_id": drop, "movement_type": "合并", "occurred_on": "2026-04-21",
        })  # fmt: skip
        before = tx.get("person", drop)
        assert before is not None
        after = before.with_values({"merged_into_id": keep})
        saving.save_many(tx, [(None, movement), (before, after)], actor_id="other", batch="theirs")
        saving.delete_many(tx, [after], actor_id="other")
        return movement.id

    return session.store.write(work)


def test_of_a_chain_of_merges_the_first_can_be_taken_back(session: Session, living: Living) -> None:
    """What was merged on with the kept one comes back; what belongs to the others stays with the last."""
    home, _ = living()
    first, second, third = (registered(session, home, "李梅") for _ in range(3))
    seen = [save(session, "visit", {"household_id": home, "interviewee_id": one}).record.id for one in (first, second)]
    done = merging.merge(session, second, first)
    merging.merge(session, third, second)
    assert [values(session, one)["interviewee_id"] for one in seen] == [third, third]
    merging.unmerge(session, done.record.id)
    assert [values(session, one)["interviewee_id"] for one in seen] == [first, third]
    with pytest.raises(KnownError, match="已经取消"):
        merging.unmerge(session, done.record.id)


def test_a_merge_is_not_made_again_over_what_was_written_since(session: Session, living: Living) -> None:
    """It was undone, and the second registration got a visit of its own: undoing the undo would lose it in the bin."""
    home, _ = living()
    keep, drop = registered(session, home, "李梅"), registered(session, home, "李梅")
    undone = undo(session, merging.merge(session, keep, drop).op_id)
    visit = save(session, "visit", {"household_id": home, "interviewee_id": drop}).record.id
    with pytest.raises(KnownError, match="后来又有了记录"):
        undo(session, undone.op_id)
    assert values(session, drop)["deleted"] is False
    merging.merge(session, keep, drop)
    assert values(session, visit)["interviewee_id"] == keep


def test_who_moved_away_is_given_no_home_by_a_merge(session: Session, living: Living) -> None:
    """The kept registration says that she left; the household of the other one is not filled in."""
    home, _ = living()
    keep, drop = registered(session, home, "李梅"), registered(session, home, "李梅")
    save(session, "movement", {"person_id": keep, "movement_type": "迁出"})
    merging.merge(session, keep, drop)
    assert (values(session, keep)["living_state"], values(session, keep).get("household_id")) == ("迁出", None)
