"""A birth and a household that becomes two are one act each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridworker.errors import KnownError
from gridworker.operations import browse, families
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.operations.undo import undo

Living = Callable[..., tuple[str, str]]
NEW_HOME = {"compound_name": "海棠苑", "building_no": "5", "unit_no": "1", "room_no": "301", "tenure_code": "自住"}


def test_a_birth_registers_the_child_and_what_happened(session: Session, living: Living) -> None:
    """Child and movement are there together, and go together."""
    home, head = living()
    born = families.birth(session, home, {"name": "张小宝", "sex_code": "1", "relation_code": "20",
        "birth_date": "2026-04-10", "guardian_person_id": head})  # fmt: skip
    assert born.record.values["household_id"] == home
    with session.store.read() as tx:
        (movement,) = tx.records("movement", tx.select(browse.Query("movement")))
    assert movement.values["movement_type"] == "出生"
    assert movement.values["occurred_on"] == "2026-04-10"
    undo(session, born.op_id)
    assert len(browse.household_card(session, home).members) == 1


def test_a_child_without_a_guardian_is_not_half_registered(session: Session, living: Living) -> None:
    """Refused in words, and no movement stands alone."""
    home, _ = living()
    with pytest.raises(SaveRefused, match="监护人"):
        families.birth(session, home, {"name": "张小宝", "sex_code": "1", "relation_code": "20",
            "birth_date": "2026-04-10"})  # fmt: skip
    with session.store.read() as tx:
        assert len(tx.select(browse.Query("movement"))) == 0


def test_a_son_founds_a_household_with_wife_and_child(session: Session, living: Living) -> None:
    """He is its head, their relations follow him, the old household keeps its own."""
    home, head = living()
    save(session, "household", {"head_person_id": head}, record_id=home)

    def member(name: str, relation: str, sex: str, **more: object) -> str:
        return save(session, "person", {"household_id": home, "name": name, "sex_code": sex,
            "relation_code": relation, "population_type": "户籍", **more}).record.id  # fmt: skip

    son, wife = member("张强", "20", "1"), member("李梅", "38", "2")
    child = member("张小", "41", "1", birth_date="2020-01-01", guardian_person_id=son)
    done = families.split(session, son, [wife, child], NEW_HOME)
    card = browse.household_card(session, done.record.id)
    assert {(one.name, one.relation) for one in card.members} == {("张强", "户主"), ("李梅", "妻"), ("张小", "子")}
    assert done.record.values["head_person_id"] == son
    assert [one.name for one in browse.household_card(session, home).members] == ["张㛃"]
    undo(session, done.op_id)
    assert len(browse.household_card(session, home).members) == 4


def test_who_does_not_live_together_does_not_split(session: Session, living: Living) -> None:
    """Nothing is founded for somebody of another household."""
    _home, head = living()
    _other, stranger = living(room="601", name="钱二")
    with pytest.raises(KnownError, match="同一户"):
        families.split(session, head, [stranger], NEW_HOME)
    with session.store.read() as tx:
        assert len(tx.select(browse.Query("household"))) == 2
