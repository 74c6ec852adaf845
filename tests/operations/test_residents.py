"""Moving in, out and within, death and return, a new head: one identity, one act, one undo."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridworker.operations import browse, find, plan
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import Saved, save
from gridworker.operations.session import Session
from gridworker.operations.undo import undo

Living = Callable[..., tuple[str, str]]


def person(session: Session, home: str, name: str, relation: str, sex: str, **more: object) -> str:
    """A further member of a household."""
    return save(session, "person", {
        "household_id": home, "name": name, "sex_code": sex, "relation_code": relation, "population_type": "户籍",
        **more,
    }).record.id  # fmt: skip


def values(session: Session, ledger: str, record_id: str) -> dict[str, object]:
    """A record as it stands."""
    with session.store.read() as tx:
        found = tx.get(ledger, record_id)
    assert found is not None
    return dict(found.values)


def moved(session: Session, person_id: str, kind: str, **more: object) -> Saved:
    """Registers a movement."""
    return save(session, "movement", {"person_id": person_id, "movement_type": kind, **more})


def test_who_moves_away_belongs_to_no_household_and_stays_findable(session: Session, living: Living) -> None:
    """State, day and origin are kept; the household no longer counts her; search finds her."""
    home, _head = living()
    wife = person(session, home, "李梅", "12", "2", care_level="high", emergency_contact="王强",
        emergency_phone="15400001111")  # fmt: skip
    done = moved(session, wife, "迁出", destination="外省")
    left = values(session, "person", wife)
    assert (left["living_state"], left["left_on"], left.get("household_id")) == ("迁出", "2026-04-21", None)
    assert done.record.values["from_household_id"] == home
    assert [one.name for one in browse.household_card(session, home).members] == ["张㛃"]
    assert "李*" in {hit.title for hit in find.search(session, "李梅")}
    assert all(item.person_id != wife for item in plan.due(session))


def test_who_left_can_be_edited_without_a_household(session: Session, living: Living) -> None:
    """A correction of her phone number does not ask where she lives."""
    home, _ = living()
    wife = person(session, home, "李梅", "12", "2")
    moved(session, wife, "迁出")
    assert save(session, "person", {"contact": "15400002222"}, record_id=wife).record.values["contact"] == "15400002222"


def test_a_move_within_the_grid_changes_the_household(session: Session, living: Living) -> None:
    """She lives there from now on, related as it was said."""
    first, _ = living()
    second, _ = living(room="502", name="王强")
    wife = person(session, first, "李梅", "12", "2")
    with pytest.raises(SaveRefused, match="与新户主关系"):
        moved(session, wife, "网格内迁移", to_household_id=second)
    moved(session, wife, "网格内迁移", to_household_id=second, relation_code="97")
    now = values(session, "person", wife)
    assert (now["household_id"], now["relation_code"]) == (second, "97")
    with pytest.raises(SaveRefused, match="同一户"):
        moved(session, wife, "网格内迁移", to_household_id=second, relation_code="97")


def test_a_household_keeps_one_head(session: Session, living: Living) -> None:
    """Nobody moves into a household as its second head; who comes first to an empty one is the head."""
    first, head = living()
    second, _ = living(room="502", name="王强")
    with pytest.raises(SaveRefused, match="已有户主"):
        moved(session, head, "网格内迁移", to_household_id=second, relation_code="02")
    empty = save(session, "household", {"compound_name": "海棠苑", "building_no": "3", "unit_no": "2", "room_no": "601",
        "tenure_code": "自住"}).record.id  # fmt: skip
    moved(session, head, "网格内迁移", to_household_id=empty)
    assert values(session, "person", head)["relation_code"] == "02"
    assert values(session, "household", empty)["head_person_id"] == head
    assert values(session, "household", first).get("head_person_id") is None


def test_the_death_of_a_head_asks_for_a_new_one(session: Session, living: Living) -> None:
    """The household has no head, people are told, and the others' relations follow the new head where they can."""
    home, head = living()
    save(session, "household", {"head_person_id": head}, record_id=home)
    wife = person(session, home, "李梅", "12", "2")
    son = person(session, home, "张晓", "20", "1")
    done = moved(session, head, "死亡")
    assert "更换户主" in done.warnings[-1].message
    assert values(session, "household", home).get("head_person_id") is None
    assert values(session, "person", head)["living_state"] == "死亡"
    moved(session, wife, "更换户主")
    assert values(session, "household", home)["head_person_id"] == wife
    assert values(session, "person", wife)["relation_code"] == "02"
    assert values(session, "person", son)["relation_code"] == "20"


def test_relations_that_do_not_follow_are_left_open(session: Session, living: Living) -> None:
    """A guess would stand in the ledger as a fact."""
    home, _head = living()
    lodger = person(session, home, "赵一", "99", "1")
    other = person(session, home, "钱二", "99", "2")
    done = moved(session, lodger, "更换户主")
    assert values(session, "person", other).get("relation_code") is None
    assert "2 人" in done.warnings[-1].message


def test_the_dead_move_no_more(session: Session, living: Living) -> None:
    """A death that was registered in error is undone, not moved on from."""
    _home, head = living()
    moved(session, head, "死亡")
    with pytest.raises(SaveRefused, match="已登记死亡"):
        moved(session, head, "迁出")


def test_who_comes_back_keeps_her_identity(session: Session, living: Living) -> None:
    """The same record lives in a household again, its days behind it."""
    home, _ = living()
    wife = person(session, home, "李梅", "12", "2")
    moved(session, wife, "迁出")
    moved(session, wife, "迁入", to_household_id=home, relation_code="12")
    back = values(session, "person", wife)
    assert (back["living_state"], back["household_id"], back.get("left_on")) == ("在住", home, None)


def test_a_movement_is_undone_as_one(session: Session, living: Living) -> None:
    """Person and household are as they were, and the movement lies in the recycle bin."""
    home, head = living()
    save(session, "household", {"head_person_id": head}, record_id=home)
    done = moved(session, head, "死亡")
    undo(session, done.op_id)
    person_now = values(session, "person", head)
    assert (person_now["living_state"], person_now["household_id"]) == ("在住", home)
    assert values(session, "household", home)["head_person_id"] == head
    with session.store.read() as tx:
        found = tx.find(done.record.id)
    assert found is not None
    assert found.deleted


def test_a_refused_movement_leaves_nothing(session: Session, living: Living) -> None:
    """No movement stands beside a person who did not move."""
    _home, head = living()
    with pytest.raises(SaveRefused, match="15 位"):
        moved(session, head, "迁往其他网格", other_grid="123")
    with session.store.read() as tx:
        assert len(tx.select(browse.Query("movement"))) == 0


def test_a_movement_before_birth_or_after_today_is_refused(session: Session, living: Living) -> None:
    """Dates that cannot be are told with the reason."""
    _home, head = living(birth_date="1990-05-05")
    with pytest.raises(SaveRefused, match="早于本人的出生日期"):
        moved(session, head, "迁出", occurred_on="1980-01-01")
    with pytest.raises(SaveRefused, match="不能晚于今天"):
        moved(session, head, "迁出", occurred_on="2026-04-22")


def test_a_visit_and_the_hazard_it_opened_are_undone_as_one(session: Session, living: Living) -> None:
    """No hazard stays behind without the visit that found it."""
    home, _ = living()
    visit = save(session, "visit", {"household_id": home, "hazard_found": True, "raised_issue": "飞线充电"})
    hazard = str(visit.record.values["linked_record_ids"][0])  # type: ignore[index]
    undo(session, visit.op_id)
    with session.store.read() as tx:
        found = tx.find(hazard)
    assert found is not None
    assert found.deleted


def test_guardians_may_not_go_in_a_circle(session: Session, living: Living) -> None:
    """Nobody is her own guardian, directly or by way of others."""
    home, head = living()
    wife = person(session, home, "李梅", "12", "2", guardian_person_id=head)
    with pytest.raises(SaveRefused, match="绕成了一圈"):
        save(session, "person", {"guardian_person_id": wife}, record_id=head)
    with pytest.raises(SaveRefused, match="绕成了一圈"):
        save(session, "person", {"guardian_person_id": head}, record_id=head)
