"""What is searched for a list or a link ends as soon as nobody waits for it, and the newer words are answered."""

from __future__ import annotations

import threading

import pytest

from gridworker.operations import browse
from gridworker.operations.browse import Query
from gridworker.store.search import Hit
from gridworker.store.store import ReadTx
from ui.desk import Desk
from ui.editors import DeskChoices
from ui.link_editors import LinkLine
from ui.records.page import RecordsPage
from ui.window import Window

_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Searching for 慢 never ends; whether it began, and whether it ended after all."""
    begun, ended = threading.Event(), threading.Event()
    whole = ReadTx.search

    def endless(tx: ReadTx, text: str, **given: object) -> list[Hit]:
        if text != "慢":
            return whole(tx, text, **given)  # type: ignore[arg-type]
        begun.set()
        try:
            tx.sql(_ENDLESS)
        finally:
            ended.set()
        return []

    monkeypatch.setattr(ReadTx, "search", endless)
    return begun, ended


def _name(desk: Desk) -> str:
    rows = browse.listing(desk.session, Query("person"))
    return str(browse.record(desk.session, browse.rows(desk.session, "person", rows[:1])[0].id).values["name"])


def test_a_filter_nobody_waits_for_is_cut_off(window: Window, desk: Desk, settle, slow) -> None:
    """The list filtered by newer words does not wait for the older search."""
    begun, ended = slow
    window.show_place("people")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    page.list.filter_by("慢")
    assert begun.wait(60)
    assert not ended.is_set()
    page.list.filter_by(_name(desk))
    assert ended.wait(60)
    settle(desk)
    assert page.list.model.rowCount() >= 1


def test_a_link_nobody_waits_for_is_cut_off(window: Window, desk: Desk, settle, slow, qtbot) -> None:
    """What can be chosen for newer words is offered without waiting for the older search; saving never waits for it."""
    begun, ended = slow
    settle(desk)
    line = LinkLine("person", DeskChoices(desk))
    line.setParent(window)
    line.setText("慢")
    line._ask()
    assert begun.wait(60)
    heard: list[int] = []
    desk.call(browse.listing, Query("household"), done=lambda rows: heard.append(len(rows)))
    qtbot.waitUntil(lambda: bool(heard))
    assert not ended.is_set()
    name = _name(desk)
    line.setText(name)
    line._ask()
    assert ended.wait(60)
    settle(desk)
    assert any(name in text for _, text in line._offered)
