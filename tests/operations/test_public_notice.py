"""What hangs on a public board: no free text about a family, no name of a child."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridworker.errors import KnownError
from gridworker.ledger.facts import Purpose
from gridworker.operations import browse, print_
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


def test_a_wish_hangs_by_alias_and_wish_alone(session: Session, child: tuple[str, str]) -> None:
    """征集公示 before the claim, 结果公示 after the visit back; neither names who wished, who gave, or what it cost."""
    wishes = {}
    for content, status in (("收音机", "approved"), ("洗澡椅", "published"), ("棉被", "claimed")):
        made = save(session, "wish", {
            "wisher_person_id": child[1], "wisher_group": "儿童", "wish_type": "物品", "content": content,
            "hardship_note": "单亲", "est_amount": "120",
        }).record  # fmt: skip
        given = made.with_values({"claimer_name": "李四", "claimer_org": "志愿队"}, status=status)
        session.store.write(lambda tx, given=given: tx.put(given))
        wishes[status] = content
    for kind, title, status in (("call", "微心愿征集公示", "approved"), ("result", "微心愿结果公示", "published")):
        sheet = print_.sheet(session, "wish", purpose=Purpose.NOTICE, notice=kind)
        assert sheet.title == title
        assert [column.label for column in sheet.columns] == ["序号", "公开称呼", "心愿内容"]
        assert sheet.rows == (("1", "儿童居民", wishes[status]),)
    assert print_.sheet(session, "wish", purpose=Purpose.NOTICE).title == "微心愿征集公示"
    with pytest.raises(KnownError, match="没有叫“奖状”的公示"):
        print_.sheet(session, "wish", purpose=Purpose.NOTICE, notice="奖状")
