"""A record that went wrong without its keeper: told at every edit, and no edit is held up by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import Saved, save
from gridworker.operations.session import Session
from gridworker.store import saving

Living = Callable[..., tuple[str, str]]


def _force(session: Session, person_id: str, **values: str) -> None:
    """Writes what no form lets through, as a pull does."""

    def work(tx: saving.WriteTx) -> None:
        before = tx.get("person", person_id)
        assert before is not None
        saving.save(tx, before, before.with_values(values), actor_id="other")

    session.store.write(work)


def _told(saved: Saved) -> list[str]:
    return [one.field for one in saved.warnings]


def test_guardians_that_two_devices_made_a_ring_are_told_and_lock_nothing(session: Session, living: Living) -> None:
    """A phone number can be written down; the ring itself can be mended and not made anew."""
    home, head = living()
    other = save(session, "person", {
        "household_id": home, "name": "李梅", "sex_code": "2", "relation_code": "12", "population_type": "户籍",
        "guardian_person_id": head,
    }).record.id  # fmt: skip
    _force(session, head, guardian_person_id=other)
    assert _told(save(session, "person", {"contact": "15400002222"}, record_id=head)) == ["guardian_person_id"]
    save(session, "person", {"guardian_person_id": ""}, record_id=head)
    with pytest.raises(SaveRefused, match="绕成了一圈"):
        save(session, "person", {"guardian_person_id": other}, record_id=head)


def test_who_grew_too_old_for_the_rules_can_be_edited(session: Session, living: Living) -> None:
    """Her year of birth stays a warning; another impossible year is refused."""
    _, head = living(birth_date="1950-01-01")
    _force(session, head, birth_date="1890-01-01")
    assert "birth_date" in _told(save(session, "person", {"contact": "15400002222"}, record_id=head))
    with pytest.raises(SaveRefused, match="请核对年份"):
        save(session, "person", {"birth_date": "1891-01-01"}, record_id=head)


def test_what_a_record_never_had_is_still_asked_for(session: Session, living: Living) -> None:
    """Only what is filled is spared: a required field that is empty is asked for at the first edit."""
    _, head = living()
    _force(session, head, relation_code="")
    with pytest.raises(SaveRefused, match="与户主关系"):
        save(session, "person", {"contact": "15400002222"}, record_id=head)


def test_what_this_edit_makes_wrong_is_refused_at_whatever_field(session: Session, living: Living) -> None:
    """An ID number of another birth date is told at the birth date, which she did not touch, and stops the save."""
    _, head = living(birth_date="1950-01-01", sex_code="2")
    with pytest.raises(SaveRefused, match="出生日期与公民身份号码里的不一致"):
        save(session, "person", {"id_no": "11010519491231002X"}, record_id=head)
