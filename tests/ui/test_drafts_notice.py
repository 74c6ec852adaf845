"""What was left unfinished is told on the page of the day, gone on with, or thrown away and taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QPushButton

from gridworker.operations import browse, drafts, unfinished
from gridworker.operations.session import Session
from gridworker.store.query import Query
from ui.desk import Desk
from ui.drafts_notice import DraftsNotice
from ui.window import Window

Settle = Callable[[Desk], None]


@pytest.fixture
def homes(session: Session) -> list[str]:
    """The ids of two households."""
    with session.store.read() as tx:
        return [one.id for one in tx.records("household", tx.select(Query("household")))][-2:]


def _left(session: Session, homes: list[str]) -> None:
    """What a crash leaves."""
    drafts.keep(session, f"visit:new:{homes[0]}", "visit", {"raised_issue": "门锁坏了"})
    drafts.keep(session, f"household:{homes[1]}", "household", {"remark": "写到一半"})
    drafts.keep(session, "hazard:new", "hazard", {"place": "5号楼", "description": "井盖松动"})


def _press(notice: DraftsNotice, text: str, about: str) -> None:
    wanted = [
        one for one in notice.findChildren(QPushButton)
        if one.accessibleName().startswith(f"{text}：") and about in one.accessibleName() and one.isVisible()
    ]  # fmt: skip
    wanted[0].click()


@pytest.fixture
def notice(session: Session, homes: list[str], window: Window, desk: Desk, settle: Settle) -> DraftsNotice:
    """The notice on the page of the day, unfolded."""
    _left(session, homes)
    window.show_place("today")
    settle(desk)
    window.page.drafts.head.click()
    return window.page.drafts


def test_drafts_say_what_they_are_about(session: Session, homes: list[str]) -> None:
    """By the household, the record or the typed name; newest first."""
    _left(session, homes)
    address = browse.household_card(session, homes[0]).address
    titles = [one.title for one in unfinished.unfinished(session)]
    assert len(titles) == 3
    assert f"新走访：{address}" in titles
    assert f"住户：{browse.household_card(session, homes[1]).address}" in titles
    assert any(title.startswith("新隐患：") and "5号楼" in title for title in titles)
    assert all(one.at_text.startswith("今天 ") for one in unfinished.unfinished(session))


def test_nothing_left_nothing_said(window: Window) -> None:
    """Without drafts there is no line about them."""
    assert window.page.drafts.isHidden()


def test_a_draft_is_gone_on_with_where_it_was_begun(
    notice: DraftsNotice, window: Window, homes: list[str], desk: Desk, settle: Settle
) -> None:
    """The visit opens beside the list with what was typed; the notice then counts the others only."""
    assert notice.head.accessibleName() == "有 3 份没写完的草稿"
    _press(notice, "接着写", "新走访")
    settle(desk)
    assert window.page.visit.household == homes[0]
    assert window.page.visit.form.raw()["raised_issue"] == "门锁坏了"
    assert notice.head.accessibleName() == "有 2 份没写完的草稿"
    _press(notice, "接着写", "住户")
    settle(desk)
    assert window.page.detail.form.raw()["remark"] == "写到一半"
    window.show_place("today")
    settle(desk)
    _press(notice, "接着写", "新隐患")
    settle(desk)
    assert window.page.detail.form.raw()["description"] == "井盖松动"


def test_a_draft_is_thrown_away_and_taken_back(
    notice: DraftsNotice, session: Session, desk: Desk, settle: Settle
) -> None:
    """Nobody is asked first; 撤销 brings it back as it was."""
    _press(notice, "丢弃", "新隐患")
    settle(desk)
    assert drafts.load(session, "hazard:new") is None
    assert notice.head.accessibleName() == "有 2 份没写完的草稿"
    notice.strip.undo.click()
    settle(desk)
    assert drafts.load(session, "hazard:new").raw == {"place": "5号楼", "description": "井盖松动"}
    assert notice.head.accessibleName() == "有 3 份没写完的草稿"
