"""Searching in the title bar: results as one types, the newest wins, keys choose, and an empty answer leads on."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gridworker.ledger.masks import mask_name
from gridworker.operations import browse, find
from gridworker.operations.browse import Query
from gridworker.operations.find import Found
from gridworker.store.search import Hit
from gridworker.store.store import ReadTx
from ui.desk import Desk
from ui.search_popup import SearchPopup
from ui.search_results import FoundRole, ResultsModel
from ui.window import Window


@pytest.fixture
def popup(window: Window, desk: Desk, qtbot) -> SearchPopup:
    """The results of the title bar, with the focus in its field."""
    window.activateWindow()
    window.search.setFocus()
    qtbot.waitUntil(window.search.hasFocus)
    return window._search_popup


def _type(window: Window, desk: Desk, settle, text: str) -> None:
    window.search.setText(text)
    window.search.textEdited.emit(text)
    settle(desk)


def _somebody(desk: Desk) -> browse.Row:
    rows = browse.listing(desk.session, Query("person"))
    return browse.rows(desk.session, "person", rows[:1])[0]


def test_typing_shows_results_and_enter_opens_the_first(window: Window, desk: Desk, popup, settle) -> None:
    """A name shows the person; Enter opens her record on the page of residents."""
    person = browse.record(desk.session, _somebody(desk).id)
    _type(window, desk, settle, str(person.values["name"]))
    assert popup.isVisible()
    assert popup.current().title == mask_name(str(person.values["name"]))
    opened = popup.current().id
    QTest.keyClick(window.search, Qt.Key.Key_Return)
    settle(desk)
    assert not popup.isVisible()
    assert window.page.detail.record.id == opened


def test_a_name_is_shown_in_full_when_it_is_asked_for(window: Window, desk: Desk, popup, settle) -> None:
    """One press, which leaves a trace; the next search is masked again."""
    name = str(browse.record(desk.session, _somebody(desk).id).values["name"])
    _type(window, desk, settle, name)
    popup.masks.click()
    settle(desk)
    assert popup.current().title == name
    assert popup.masks.isHidden()
    with desk.session.store.read() as tx:
        assert tx.sql("SELECT count(*) FROM audit WHERE verb = 'reveal' AND ledger = 'person'") == [(1,)]
    _type(window, desk, settle, name[:1])
    assert all("*" in one.title for one in popup.model._rows if isinstance(one, Found) and one.ledger == "person")


def test_arrows_pass_over_headings_and_go_round(window: Window, desk: Desk, popup, settle) -> None:
    """Down and up move from result to result; a heading is never marked."""
    _type(window, desk, settle, "1")
    assert popup.isVisible()
    first = popup.current()
    QTest.keyClick(window.search, Qt.Key.Key_Up)
    assert popup.current() is not None
    QTest.keyClick(window.search, Qt.Key.Key_Down)
    assert popup.current() == first
    for _ in range(popup.model.rowCount()):
        QTest.keyClick(window.search, Qt.Key.Key_Down)
        assert isinstance(popup.list.currentIndex().data(FoundRole), Found)


def test_escape_closes_then_clears(window: Window, desk: Desk, popup, settle) -> None:
    """Esc takes the results away and keeps the words; Esc again takes the words."""
    _type(window, desk, settle, "1")
    assert popup.isVisible()
    QTest.keyClick(window.search, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert window.search.text() == "1"
    QTest.keyClick(window.search, Qt.Key.Key_Escape)
    assert window.search.text() == ""


def test_an_older_answer_never_replaces_a_newer_one(
    window: Window, desk: Desk, popup, settle, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow search for the first letters is not shown once more letters were typed."""
    gate = threading.Event()
    asked: list[str] = []

    def slow(_session: object, text: str, **_given: object) -> list[Found]:
        asked.append(text)
        if text == "a":
            gate.wait(60)
        return [Found(text, "person", f"找到{text}", "", None)]

    monkeypatch.setattr(find, "search", slow)
    shown: list[str] = []
    popup.model.modelReset.connect(lambda: shown.append(popup._shown_for))
    window.search.setText("a")
    window.search.textEdited.emit("a")
    qtbot.waitUntil(lambda: asked == ["a"])
    window.search.setText("ab")
    window.search.textEdited.emit("ab")
    qtbot.waitUntil(lambda: not popup._typing.isActive())
    gate.set()
    settle(desk)
    assert asked == ["a", "ab"]
    assert shown == ["ab"]
    assert popup.current().title == "找到ab"


def test_nothing_found_repeats_the_words_and_offers_to_register(window: Window, desk: Desk, popup, settle) -> None:
    """An unknown name is said back, and a press begins a resident of that name."""
    _type(window, desk, settle, "龘龘龘")
    assert popup.isVisible()
    assert popup._nothing.text() == "没有找到“龘龘龘”"
    popup.new_person.click()
    settle(desk)
    assert window.page.ledger_key == "person"
    assert window.page.detail.form.editor("name").raw() == "龘龘龘"


def test_the_results_keep_the_promises_of_a_model(qtmodeltester) -> None:
    """Views and screen readers may trust the list of headings and results."""
    model = ResultsModel()
    model.show([Found(str(n), ledger, f"名{n}", "", None) for n in range(12) for ledger in ("person", "household")])
    qtmodeltester.check(model)
    assert model.next_result(-1, 1) == 1
    said = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]
    assert said == ["居民 12，先列 8 条", "居民，名0"]


def test_a_search_nobody_waits_for_is_cut_off(
    window: Window, desk: Desk, popup, settle, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that would never end ends with the next letter, and the newer words are answered."""
    person = browse.record(desk.session, _somebody(desk).id)
    begun, ended = threading.Event(), threading.Event()
    whole = ReadTx.search

    def endless(tx: ReadTx, text: str, **given: object) -> list[Hit]:
        if text != "慢":
            return whole(tx, text, **given)  # type: ignore[arg-type]
        begun.set()
        try:
            tx.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
        finally:
            ended.set()
        return []

    monkeypatch.setattr(ReadTx, "search", endless)
    window.search.setText("慢")
    window.search.textEdited.emit("慢")
    qtbot.waitUntil(begun.is_set)
    assert not ended.is_set()
    _type(window, desk, settle, str(person.values["name"]))
    assert ended.is_set()
    assert popup.current().title == mask_name(str(person.values["name"]))


def test_leaving_the_field_empty_cuts_the_search_too(
    window: Window, desk: Desk, popup, settle, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words taken back are not searched to the end."""
    begun = threading.Event()

    def endless(tx: ReadTx, _text: str, **_given: object) -> list[Hit]:
        begun.set()
        tx.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
        return []

    monkeypatch.setattr(ReadTx, "search", endless)
    window.search.setText("慢")
    window.search.textEdited.emit("慢")
    qtbot.waitUntil(begun.is_set)
    _type(window, desk, settle, "")
    assert desk.jobs.is_idle()
    assert not popup.isVisible()


def test_an_index_out_of_step_is_offered_to_be_made_anew(window: Window, desk: Desk, popup, settle) -> None:
    """Above the results stands that some may be missing; one press finds them again and the line goes away."""
    person = browse.record(desk.session, _somebody(desk).id)
    _type(window, desk, settle, str(person.values["name"]))
    before = popup.height()
    popup.stale._looked = False
    desk.session.store.write(lambda tx: tx.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
    popup.stale.look()
    settle(desk)
    assert popup.stale.isVisible()
    assert popup.stale.height() >= popup.stale.rebuild.sizeHint().height()
    assert popup.height() > before
    _type(window, desk, settle, str(person.values["name"]))
    assert popup.current() is None
    popup.stale.rebuild.click()
    settle(desk)
    assert not popup.stale.isVisible()
    assert popup.current().title == mask_name(str(person.values["name"]))


def test_an_index_in_step_says_nothing(window: Window, desk: Desk, popup, settle) -> None:
    """Nobody hears of the index while all is well."""
    _type(window, desk, settle, "1")
    assert popup.isVisible()
    assert not popup.stale.isVisible()
