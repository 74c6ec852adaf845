"""The first start and the lock: a home is made once, its code is kept, a wrong passphrase is no drama."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gridworker.errors import KnownError
from gridworker.operations import browse, demo, enrol
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from tests.ui.conftest import PATIENCE_MS, settle_until
from ui.fonts import FontChoice
from ui.jobs import Jobs
from ui.start import StartWindow
from ui.start_begin import BeginPage
from ui.start_choices import ALONE, DEMO, JOIN, ChoicesPage
from ui.start_lock import LockPage
from ui.start_passphrase import PassphrasePage
from ui.start_recovery import RecoveryPage

GOOD = "春风又绿江南岸-2026-走访"
FONT = FontChoice("Noto Sans SC", bundled=True)


@pytest.fixture
def jobs(dressed: QApplication) -> Iterator[Jobs]:
    """Workers that are gone after the test."""
    made = Jobs()
    yield made
    made.close()


def _open(home: Path, jobs: Jobs, qtbot: object, *, has_home: bool) -> tuple[StartWindow, list[Session]]:
    window = StartWindow(home, jobs, has_home=has_home, font=FONT)
    opened: list[Session] = []
    window.opened.connect(opened.append)
    window.show()
    return window, opened


def _page(window: StartWindow, kind: type[QWidget], qtbot: object) -> QWidget:
    qtbot.waitUntil(lambda: isinstance(window._stack.currentWidget(), kind))
    return window._stack.currentWidget()


def _type(page: QWidget, qtbot: object, first: str, second: str) -> None:
    page.first.clear()
    page.second.clear()
    qtbot.keyClicks(page.first, first)
    qtbot.keyClicks(page.second, second)


def test_the_first_start(tmp_path: Path, jobs: Jobs, qtbot: object) -> None:
    """A way, a passphrase twice, the recovery code, its confirmation; later both secrets open the home."""
    home = tmp_path / "home"
    window, opened = _open(home, jobs, qtbot, has_home=False)
    _page(window, ChoicesPage, qtbot).ways[ALONE].click()
    page = _page(window, PassphrasePage, qtbot)
    page.first.setText(GOOD)
    page._judge(GOOD)
    assert page._strength.words.text()
    page.second.setText(GOOD)
    qtbot.keyClick(page.second, Qt.Key.Key_Return)
    recovery = _page(window, RecoveryPage, qtbot)
    code = recovery._code
    assert not recovery.go.isEnabled()
    assert recovery.go.toolTip()
    recovery.tick.click()
    recovery.go.click()
    assert len(opened) == 1
    window.close()
    opened[0].close()
    sessions.unlock(home, GOOD).close()
    sessions.unlock(home, code).close()


@pytest.mark.parametrize(
    ("first", "second", "field"), [("abc", "abc", "first"), (GOOD, GOOD + "x", "second"), ("", "", "first")]
)
def test_a_weak_or_mistyped_passphrase_makes_nothing(
    first: str, second: str, field: str, tmp_path: Path, jobs: Jobs, qtbot: object
) -> None:
    """What is wrong is said under the line in words, what was typed stays, and no home is made."""
    window, _opened = _open(tmp_path / "home", jobs, qtbot, has_home=False)
    _page(window, ChoicesPage, qtbot).ways[ALONE].click()
    page = _page(window, PassphrasePage, qtbot)
    page.first.setText(first)
    page.second.setText(second)
    page.go.click()
    assert page._fields[field].problem.text()
    assert (page.first.text(), page.second.text()) == (first, second)
    assert jobs.is_idle()
    assert not (tmp_path / "home").exists()
    window.close()


def test_a_way_can_be_gone_back_from(tmp_path: Path, jobs: Jobs, qtbot: object) -> None:
    """Esc leads from the passphrase to the ways again, where the one that was gone has the focus; nothing is made."""
    window, _opened = _open(tmp_path / "home", jobs, qtbot, has_home=False)
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    first = _page(window, ChoicesPage, qtbot)
    assert first.ways[ALONE].hasFocus()
    # Both lines of each fit into it, whichever has the focus.
    assert {one.height() for one in first.ways.values()} == {70}
    first.ways[DEMO].click()
    page = _page(window, PassphrasePage, qtbot)
    qtbot.keyClick(page.name, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: isinstance(window._stack.currentWidget(), ChoicesPage))
    again = window._stack.currentWidget()
    qtbot.waitUntil(again.ways[DEMO].hasFocus)
    assert not (tmp_path / "home").exists()
    window.close()


@pytest.mark.parametrize("way", [JOIN, DEMO])
def test_the_way_is_gone_once_the_keys_are_made(
    way: str, tmp_path: Path, jobs: Jobs, qtbot: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who chose to join meets address and code at once, who chose the demo sees it being made."""
    monkeypatch.setattr("ui.start_begin.DEMO_HOUSEHOLDS", 12)
    session, _code = sessions.start(tmp_path / "home", GOOD)
    page = BeginPage(session, jobs, way=way)
    qtbot.addWidget(page)
    ready: list[Session] = []
    page.ready.connect(ready.append)
    page.show()
    if way == DEMO:
        qtbot.waitUntil(lambda: bool(ready))
    assert page.url.isVisible() == (way == JOIN)
    session.close()


def test_a_server_that_does_not_answer(
    tmp_path: Path, jobs: Jobs, qtbot: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Joining fails calmly; address and code stay, and one can start alone instead."""

    def refuse(*_args: object) -> None:
        raise KnownError("服务器没有应答。", safe="本机资料没有变化。")

    monkeypatch.setattr(enrol, "enroll", refuse)
    session, _code = sessions.start(tmp_path / "home", GOOD)
    page = BeginPage(session, jobs)
    qtbot.addWidget(page)
    page.show()
    page.join.click()
    page.url.setText("https://wangge.example.cn")
    page.code.setText("ABCD-EFGH")
    page.enroll.click()
    qtbot.waitUntil(page.banner.isVisible)
    assert "服务器没有应答" in page.banner.accessibleName()
    assert page.url.text() == "https://wangge.example.cn"
    assert page.enroll.isEnabled()
    session.close()


def test_esc_goes_back_from_joining(tmp_path: Path, jobs: Jobs, qtbot: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Esc leads to the choices again and keeps what was typed; while joining is under way it waits for the answer."""
    asked, answer = threading.Event(), threading.Event()

    def refuse(*_args: object) -> None:
        asked.set()
        answer.wait(60)
        raise KnownError("加入码不对。", safe="本机资料没有变化。")

    monkeypatch.setattr(enrol, "enroll", refuse)
    session, _code = sessions.start(tmp_path / "home", GOOD)
    page = BeginPage(session, jobs)
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    assert QTest.qWaitForWindowActive(page, PATIENCE_MS)
    page.join.click()
    page.url.setText("https://wangge.example.cn")
    page.code.setText("ABCD-EFGH")
    qtbot.keyClick(page.url, Qt.Key.Key_Escape)
    assert page.join.isVisible()
    page.join.click()
    assert page.url.text() == "https://wangge.example.cn"
    page.enroll.click()
    qtbot.waitUntil(asked.is_set)
    qtbot.keyClick(page.url, Qt.Key.Key_Escape)
    assert page.url.isVisible()
    answer.set()
    qtbot.waitUntil(page.banner.isVisible)
    qtbot.keyClick(page.url, Qt.Key.Key_Escape)
    assert page.join.isVisible()
    session.close()


def test_the_demo_grid(tmp_path: Path, jobs: Jobs, qtbot: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """先看演示 fills the home and opens it."""
    monkeypatch.setattr("ui.start_begin.DEMO_HOUSEHOLDS", 12)
    session, _code = sessions.start(tmp_path / "home", GOOD)
    page = BeginPage(session, jobs)
    qtbot.addWidget(page)
    ready: list[Session] = []
    page.ready.connect(ready.append)
    page.demo.click()
    qtbot.waitUntil(lambda: bool(ready))
    assert browse.buildings(ready[0])
    assert demo.__doc__
    session.close()


def test_the_lock(demo_home: Path, tmp_path: Path, jobs: Jobs, qtbot: object) -> None:
    """A wrong passphrase is told under the line and stays selected to be typed over; the right one opens."""
    home = tmp_path / "home"
    session, _code = sessions.start(home, GOOD)
    session.close()
    window, opened = _open(home, jobs, qtbot, has_home=True)
    page = _page(window, LockPage, qtbot)
    qtbot.keyClicks(page.secret, "no-such-passphrase")
    qtbot.keyClick(page.secret, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(page.ask.field.problem.text()))
    assert page.secret.selectedText()
    page.secret.setText(GOOD)
    page.go.click()
    qtbot.waitUntil(lambda: bool(opened))
    window.close()
    opened[0].close()


@pytest.mark.parametrize(
    "lead",
    [
        lambda window, _session: window._show_lock(locked=True),
        lambda window, _session: window._show_mending(GOOD),
        lambda window, session: window._show_recovery((session, "code")),
        lambda window, session: (window._show_recovery((session, "code")), window._show_beginnings()),
        lambda window, session: window._unlocked(session),
    ],
    ids=["lock", "mending", "recovery", "beginnings", "renewing"],
)
def test_no_page_holds_its_window(
    tmp_path: Path, jobs: Jobs, qtbot: object, monkeypatch: pytest.MonkeyPatch, lead: Callable[..., object]
) -> None:
    """A window nobody wants any more goes at once, with its page; held by the page alone it would delete it twice."""
    monkeypatch.setattr(sessions, "needs_passphrase", lambda _session: True)
    session, _code = sessions.start(tmp_path / "home", GOOD)
    window, _opened = _open(tmp_path / "home", jobs, qtbot, has_home=True)
    lead(window, session)
    page = weakref.ref(window._stack.currentWidget())
    settle_until(jobs.is_idle)
    window.close()
    held = weakref.ref(window)
    del window
    session.close()
    assert (held(), page()) == (None, None)
