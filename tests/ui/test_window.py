"""The frame: keys, names for every widget, sizes, fonts, and a sync bar that stays calm."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QWidget,
)

from gridworker.errors import KnownError
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import sync_
from gridworker.operations.sync_ import SyncState
from ui.desk import Desk
from ui.fonts import FontChoice
from ui.pages.registry import PLACES, find_place, more_places, place_of_ledger
from ui.window import MINIMUM, Window

Settle = Callable[[Desk], None]
FONT = FontChoice("Noto Sans SC", bundled=True)
INTERACTIVE = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit, QProgressBar, QAbstractSpinBox)


def _nameless(root: QWidget) -> list[str]:
    def is_part(widget: QWidget) -> bool:
        """The inner list, line and buttons of a Qt widget that has a name itself, or that nobody can reach."""
        parent = widget.parentWidget()
        return (
            widget.objectName().startswith("qt_")
            or isinstance(parent, QComboBox | QAbstractSpinBox)
            or (parent is not None and type(parent).__name__ in ("QComboBoxPrivateContainer", "QCalendarView"))
            or type(widget).__name__ in ("QTableCornerButton", "QHeaderView", "QLineEditIconButton")
            or (isinstance(widget, QAbstractButton) and isinstance(parent, QLineEdit | QAbstractItemView))
        )

    return [
        f"{type(widget).__module__}.{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        for widget in root.findChildren(QWidget)
        if isinstance(widget, INTERACTIVE) and type(widget).__name__ not in ("_UnitHeader", "QHeaderView")
        and not is_part(widget)
        and not widget.accessibleName() and not (isinstance(widget, QAbstractButton) and widget.text())
    ]  # fmt: skip


@pytest.mark.parametrize("place", [*PLACES, *more_places()], ids=lambda place: place.key)
def test_every_place_opens_and_every_widget_has_a_name(
    window: Window, desk: Desk, place: object, settle: Settle
) -> None:
    """A screen reader can say what each button, list and input is, on every page."""
    window.show_place(place.key)
    settle(desk)
    assert window.page.isVisible()
    assert _nameless(window) == []


@pytest.mark.parametrize("place", [*PLACES, *more_places()], ids=lambda place: place.key)
def test_no_place_needs_more_than_the_smallest_window(
    window: Window, desk: Desk, place: object, settle: Settle
) -> None:
    """Every page fits 1120 by 640, and so 1280 by 720."""
    window.show_place(place.key)
    settle(desk)
    window.resize(MINIMUM)
    hint = window.minimumSizeHint()
    assert (hint.width() <= MINIMUM.width(), hint.height() <= MINIMUM.height()) == (True, True), hint


class _Shown(QObject):
    """Notes every window that appears, were it for an instant."""

    def __init__(self) -> None:
        super().__init__()
        self.windows: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.windows.append(
                f"{type(watched).__name__}: {watched.accessibleName() or getattr(watched, 'text', str)()}"
            )
        return False


def test_nothing_flashes_up_beside_the_window(desk: Desk, dressed: QApplication, qtbot: object, settle: Settle) -> None:
    """A widget shown before it has its place would be a window of its own for an instant; there is none on any page."""
    shown = _Shown()
    made = Window(desk, font=FONT)
    qtbot.addWidget(made)
    made.show()
    dressed.installEventFilter(shown)
    for place in PLACES:
        made.show_place(place.key)
        settle(desk)
    dressed.removeEventFilter(shown)
    assert shown.windows == []


def test_the_keys(window: Window, desk: Desk, settle: Settle, qtbot: object) -> None:
    """Ctrl+1…7 go to the places, Ctrl+F to the search field, F1 to the help."""
    for number, place in enumerate((one for one in PLACES if not one.foot), 1):
        qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0 + number % 10), Qt.KeyboardModifier.ControlModifier)
        settle(desk)
        assert window._place.key == place.key
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.focusWidget() is window.search
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert window._place.key == "help"


def test_every_key_is_in_a_tooltip(window: Window) -> None:
    """Who points at a button learns its key."""
    tips = " ".join(widget.toolTip() for widget in window.findChildren(QWidget))
    for key in ("Ctrl+1", "Ctrl+7", "Ctrl+F", "Ctrl+N", "Ctrl+S", "Ctrl+Enter", "Ctrl+Z", "F5"):
        assert key in tips, key


def test_tab_goes_from_the_navigation_through_the_page(window: Window, qtbot: object) -> None:
    """Navigation, search, new, tasks, rooms, form: in this order."""
    page = window.page
    stops: list[QWidget] = []
    window._navigation["today"].setFocus()
    for _ in range(60):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        stops.append(window.focusWidget())
    wanted = [
        window.search,
        window._primary,
        page.tasks,
        page.rooms,
        page.visit.form.editor("visited_at").focus_target(),
    ]
    places = [stops.index(one) for one in wanted]
    assert places == sorted(places)


def test_the_page_is_remembered(window: Window, desk: Desk, settle: Settle) -> None:
    """The next start opens where one left; nothing about a resident is written down for it."""
    window.show_place("visits", ledger="visit")
    settle(desk)
    assert desk.settings.last_page == "visits"
    assert "visits" in (desk.session.home / "settings.json").read_text(encoding="utf-8")


def test_a_missing_font_is_said_in_two_languages(desk: Desk, dressed: QApplication, qtbot: object) -> None:
    """Without a Chinese font the window says so in letters that every machine has."""
    made = Window(desk, font=FontChoice("", bundled=False))
    qtbot.addWidget(made)
    made.show()
    made.show_place("help")
    assert made._banner.isVisible()
    assert "No Chinese font" in made._banner.accessibleName()
    assert "没有找到中文字体" in made._banner.accessibleName()


def test_without_a_network_the_bar_stays_calm(
    window: Window, desk: Desk, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync that fails says that one can go on, how many wait, and offers to try again; no dialog, no banner."""
    state = SyncState(24, 100, 0, 0, None, "https://wangge.example.cn", "24 条已存在本机，联网后自动上传。")
    monkeypatch.setattr(sync_, "state", lambda _session: state)

    def offline(*_args: object, **_kwargs: object) -> None:
        raise KnownError("当前没有网络。", safe="登记的内容都在本机。", action="联网后会自动上传。")

    monkeypatch.setattr(sync_, "sync", offline)
    bar = window.sync_bar
    bar.read()
    settle(desk)
    desk.sync_requested.emit()
    settle(desk)
    assert bar.accessibleName() == "当前没有网络，可以照常登记。24 条已存在本机，联网后自动上传。"
    assert bar.action.text() == "重试"
    assert QApplication.activeModalWidget() is None
    assert not window._banner.isVisible()


def test_stopping_a_sync_is_said_at_once(
    window: Window, desk: Desk, settle: Settle, monkeypatch: pytest.MonkeyPatch, qtbot: object
) -> None:
    """停止 answers before the network does, and the bar returns to how things stand."""
    from gridworker.errors import Cancelled

    state = SyncState(3, 0, 0, 0, None, "https://wangge.example.cn", "3 条已存在本机，联网后自动上传。")
    monkeypatch.setattr(sync_, "state", lambda _session: state)

    def endless(_session: object, *, progress: Callable[..., None], cancelled: Callable[[], bool]) -> None:
        progress(1, 3, "正在上传 1 / 3 条")
        while not cancelled():
            qtbot  # noqa: B018
        raise Cancelled

    monkeypatch.setattr(sync_, "sync", endless)
    bar = window.sync_bar
    bar.read()
    qtbot.waitUntil(lambda: bar._state is state)
    bar.start()
    qtbot.waitUntil(lambda: "1 / 3" in bar._text.text())
    assert bar.action.text() == "停止"
    bar.action.click()
    assert bar._text.text() == "正在停止…"
    settle(desk)
    assert "3 条等待上传" in bar._text.text()


def test_a_ledger_leads_to_its_place() -> None:
    """A record opened from anywhere lands on the page of its ledger."""
    assert [place_of_ledger(key) for key in ("household", "person", "visit", "hazard", "wish", "opinion")] == [
        "homes", "people", "visits", "hazards", "wishes", "opinion",
    ]  # fmt: skip
    assert all(find_place(place_of_ledger(key)).ledgers == (key,) for key in all_ledgers())
