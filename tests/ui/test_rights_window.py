"""No page shows a role what its rights keep from it: all that can be read or heard on the screen is looked through.

The same marks are looked for as with the commands (`tests/planted.py`), on every page and on open records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QWidget

from gridworker.area.rights import Sight
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from tests.planted import GRID, ID_NUMBER, LOOKER, NAME, PHONE, POSTS, STAFF, Planted, plant
from ui.desk import Desk
from ui.pages.registry import PLACES, more_places
from ui.records.page import RecordsPage
from ui.search_popup import SearchPopup
from ui.window import Window

Settle = Callable[[Desk], None]
ROLES = ("grid_worker", "street", "building_lead", "auditor")
_OPENED = ("person", "household", "case", "care_visit", "report")
# What a form offers to choose stands in an empty one too.
_OFFERED = frozenset({"低保", "高龄（80+）", "高龄", "每周探访", "慢性病", "亲人离世"})
_SAID = ("text", "toolTip", "accessibleName", "accessibleDescription", "toPlainText", "title", "windowTitle")
_ROLES = (
    Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)  # fmt: skip
_LEDGER_OF = {"rental": "rental_house", "report": "hazard"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Planted]]:
    """One planted home; nobody writes to it but traces."""
    session, _code = sessions.start(
        tmp_path_factory.mktemp("rights") / "家", "四个 不相干 的词 连起来", grid_code=GRID, name="甲"
    )
    planted = plant(session)
    yield session, planted
    session.close()


@pytest.fixture
def planted(kept: tuple[Session, Planted]) -> Planted:
    """What is planted in it."""
    return kept[1]


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    """Who sits at the window."""
    return str(request.param)


@pytest.fixture
def session(kept: tuple[Session, Planted], role: str) -> Iterator[Session]:
    """The home, opened by somebody else than who wrote in it."""
    opened, before = kept[0], kept[0].actor
    opened.actor = replace(before, id=LOOKER, posts=(POSTS[role],))
    yield opened
    opened.actor = before


def _on_screen(window: QWidget) -> str:
    """All that is read or said of what is visible, each row of a list included, wherever it is scrolled to."""
    found: list[str] = []
    for widget in (window, *window.findChildren(QWidget)):
        if not widget.isVisible():
            continue
        found += [str(said() or "") for name in _SAID if callable(said := getattr(widget, name, None))]
        if isinstance(widget, QComboBox):
            found += [widget.itemText(row) for row in range(widget.count())] if widget.count() < 5 else []
        if isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
            found += [
                str(model.index(row, column).data(role) or "")
                for row in range(model.rowCount())
                for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount())
                for role in _ROLES
            ]  # fmt: skip
    return "\n".join(found)


def _leaks(window: QWidget, forbidden: dict[str, str]) -> dict[str, str]:
    said = _on_screen(window)
    return {mark: where for mark, where in forbidden.items() if mark in said}


def test_pages_keep_what_is_not_hers(window: Window, desk: Desk, settle: Settle, role: str, planted: Planted) -> None:
    """Every place of the navigation; a list hides what is personal from everybody, the plan from who has no home."""
    masked = dict.fromkeys(planted.marks(), "masked for everybody")
    for place in (*PLACES, *more_places()):
        window.show_place(place.key)
        settle(desk)
        forbidden = planted.forbidden(role) if place.key == "today" else masked
        assert not _leaks(window, forbidden), place.key


def test_open_records_keep_what_is_not_hers(
    window: Window, desk: Desk, settle: Settle, role: str, planted: Planted
) -> None:
    """The card, its surroundings and its history; who may not see a record hears so, and nothing of it."""
    for name, identity in ((name, planted.ids[name]) for name in _OPENED):
        desk.open_record(_LEDGER_OF.get(name, name), identity)
        settle(desk)
        page = window.page
        assert isinstance(page, RecordsPage)
        detail = page.detail
        if planted.sight(role, name) is Sight.NOTHING:
            assert detail.record is None or detail.record.id != identity, name
            assert not _leaks(window, dict.fromkeys(planted.marks() - _OFFERED, name)), name
            continue
        detail._past_title.setChecked(True)
        settle(desk)
        forbidden = planted.forbidden(role, opened=name)
        if role in STAFF:
            # A household tells who looks after it how often to go there; all else that is sensitive is asked for.
            forbidden = dict.fromkeys(planted.sensitive.get(name, ()) if name != "household" else (), name)
            forbidden.pop("每周探访", None)
        assert not _leaks(window, forbidden), name
        window.show_place("today")
        settle(desk)


def test_a_list_is_unmasked_by_who_may(window: Window, desk: Desk, settle: Settle, role: str, planted: Planted) -> None:
    """Everybody else hears who could, and the masks stay on."""
    window.show_place("people")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    page.list.masks.click()
    # Not before it is allowed and noted.
    assert NAME not in _on_screen(page.list)
    settle(desk)
    said = _on_screen(page.list)
    assert (NAME in said) is (PHONE in said) is (role in STAFF)
    assert page.list.masks.isChecked() is (role in STAFF)
    assert ("可以查看敏感内容的是" in said) is (role not in STAFF)
    page.list.masks.setChecked(False)
    settle(desk)
    assert NAME not in _on_screen(page.list)


def test_a_field_is_revealed_by_who_may(
    window: Window, desk: Desk, settle: Settle, role: str, planted: Planted
) -> None:
    """One at a time with its trace; whoever may not is told beneath the field who could."""
    if planted.sight(role, "person") is Sight.NOTHING:
        return
    desk.open_record("person", planted.ids["person"])
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    sealed = page.detail.form.editor("id_no")
    # A masked form says that something is there, and holds nothing that could be uncovered.
    assert (sealed.raw() == "") is (page.detail.form.editor("contact").raw() == "") is (role not in STAFF)
    assert ("154****5678" in _on_screen(page.detail)) is (role not in STAFF)
    sealed._show.click()  # type: ignore[attr-defined]
    settle(desk)
    assert (sealed.raw() == ID_NUMBER) is (role in STAFF)
    told = page.detail.form._fields["id_no"].problem.text()
    assert ("可以查看敏感内容的是" in told) is (role not in STAFF)
    with desk.session.store.read() as tx:
        traced = tx.sql("SELECT detail FROM audit WHERE verb = 'reveal' AND record = ?", (planted.ids["person"],))
    assert any('"id_no"' in detail for (detail,) in traced) or role not in STAFF
    page.detail.form.discard()
    settle(desk)


def test_a_search_shows_what_its_list_shows(
    window: Window, desk: Desk, settle: Settle, role: str, planted: Planted
) -> None:
    """Names are masked; a whole number finds nobody for who may not see it."""
    for text in ("ouyangmogu", ID_NUMBER, PHONE):
        window.search.setFocus()
        window.search.setText(text)
        window.search.textEdited.emit(text)
        settle(desk)
        shown = _on_screen(window.findChild(SearchPopup).list)
        assert NAME not in shown
        hers = planted.sight(role, "person") is Sight.FULL or (
            text == "ouyangmogu" and planted.sight(role, "person") is not Sight.NOTHING
        )
        assert ("欧阳" in shown) is hers, text
