"""What hangs on a public board: no free text about a family, no name of a child."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridworker.ledger.facts import Purpose
from gridworker.operations import browse
from gridworker.operations.save import save
from gridworker.operations.session import Session


@pytest.fixture
def child(session: Session, living: Callable[..., tuple[str, str]]) -> tuple[str, str]:
    """A household and a child of it."""
    home, head = living()
    one = save(session, "person", {
        "household_id": home, "name": "张小小", "sex_code": "2", "relation_code": "30", "population_type": "户籍",
        "birth_date": "2020-02-02", "guardian_person_id": head,
    }).record  # fmt: skip
    return home, one.id


def test_free_text_about_a_family_is_withheld_from_a_notice(session: Session, child: tuple[str, str]) -> None:
    """A mask takes numbers out of free text, while the illness of a neighbour stays; a board gets neither."""
    visit = save(session, "visit", {
        "household_id": child[0], "change_note": "老人住院", "raised_issue": "儿子失业，电话 15400001234",
    }).record  # fmt: skip
    on_board = browse.shown(session, visit, Purpose.NOTICE)
    assert on_board["change_note"] == on_board["raised_issue"] == "***"
    in_office = browse.shown(session, visit, Purpose.ARCHIVE)
    assert in_office["change_note"] == "老人住院"
    assert "失业" in browse.shown(session, visit, Purpose.EXPORT)["raised_issue"]


def test_a_minor_has_no_name_on_a_notice(session: Session, child: tuple[str, str]) -> None:
    """某某, in the list of people and wherever a record leads to the child; the office reads the name."""
    visit = save(session, "visit", {"household_id": child[0], "interviewee_id": child[1]}).record
    assert browse.shown(session, visit, Purpose.NOTICE)["interviewee_id"] == "某某"
    assert browse.shown(session, visit, Purpose.ARCHIVE)["interviewee_id"] == "张小小"
    assert browse.shown(session, browse.record(session, child[1]), Purpose.NOTICE)["name"] == "某某"
    assert browse.shown(session, browse.record(session, child[1]), Purpose.LIST)["name"] == "张**"
