"""The first start with a stick in the hand: what lies there, the secret, the work, the report, and the open ledger."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gridworker.errors import Cancelled
from gridworker.operations import media, recovering
from gridworker.operations.session import Session
from gridworker.store import patience
from gridworker.store.safety_errors import HomeStands, SourceGone
from tests.operations.test_restoring import PASSPHRASE, _copied, _make, _save
from ui.fonts import FontChoice
from ui.jobs import Jobs
from ui.start import StartWindow
from ui.start_choices import RESTORE, ChoicesPage
from ui.start_lock import LockPage
from ui.start_renew import RenewPage
from ui.start_restore import RestorePage

FONT = FontChoice("Noto Sans SC", bundled=True)


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stick with two copies of a ledger, plugged in."""
    made = tmp_path / "U 盘 💾"
    folder = made / "gridworker-backups-abcdef01"
    key, code = _make(tmp_path / "旧")
    for room in ("101", "102"):
        _save(tmp_path / "旧", key, room)
        _copied(tmp_path / "旧", key, folder)
    (tmp_path / "code").write_text(code)
    monkeypatch.setattr(media, "places", lambda: [made])
    return made


@pytest.fixture
def start(tmp_path: Path, stick: Path, dressed: QApplication, qtbot: object) -> Iterator[StartWindow]:
    """The first start of a new machine; what it opens is closed."""
    jobs = Jobs()
    window = StartWindow(tmp_path / "新 💻" / "家", jobs, has_home=False, font=FONT)
    opened: list[Session] = []
    window.opened.connect(opened.append)
    window.got = opened
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    yield window
    qtbot.waitUntil(jobs.is_idle, timeout=10_000)
    window.close()
    jobs.close()
    for session in opened:
        session.close()


def _page(start: StartWindow, kind: type[QWidget], qtbot: object) -> QWidget:
    qtbot.waitUntil(lambda: isinstance(start._stack.currentWidget(), kind), timeout=10_000)
    return start._stack.currentWidget()


def _found(start: StartWindow, qtbot: object) -> RestorePage:
    """The page with what lies on the stick."""
    _page(start, ChoicesPage, qtbot).ways[RESTORE].click()
    page = _page(start, RestorePage, qtbot)
    qtbot.waitUntil(lambda: page.found.list.count() == 1, timeout=10_000)
    return page


def _asked(start: StartWindow, qtbot: object) -> RestorePage:
    """The page that asks for the secret."""
    page = _found(start, qtbot)
    page.found.go.click()
    assert page.asking.isVisible()
    return page


def _give(page: RestorePage, secret: str) -> None:
    page.asking.secret.setText(secret)
    page.asking.go.click()


def _told(page: RestorePage, qtbot: object) -> None:
    qtbot.waitUntil(page.told.isVisible, timeout=20_000)


def _press(key: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget(), key)


def _left(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()} - {"lock", "tries.json"} if home.exists() else set()


def test_the_whole_way_by_keys_alone(start: StartWindow, qtbot: object) -> None:
    """Arrows and Enter from the first page to the open ledger, which goes on under a new incarnation."""
    first = _page(start, ChoicesPage, qtbot)
    while not first.ways[RESTORE].hasFocus():
        _press(Qt.Key.Key_Down)
    _press(Qt.Key.Key_Return)
    page = _page(start, RestorePage, qtbot)
    qtbot.waitUntil(page.found.list.hasFocus, timeout=10_000)
    assert "共 2 份" in page.found.words.text()
    assert page.found.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    _press(Qt.Key.Key_Return)
    qtbot.waitUntil(page.asking.secret.hasFocus)
    QTest.keyClicks(page.asking.secret, "x")
    page.asking.secret.setText(PASSPHRASE)
    _press(Qt.Key.Key_Return)
    _told(page, qtbot)
    assert "住户 2 条" in page.told.words.text()
    assert "没有上传的" in page.told.words.text()
    qtbot.waitUntil(page.told.go.hasFocus)
    _press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(start.got), timeout=20_000)
    with start.got[0].store.read() as tx:
        assert tx.meta("incarnation") == "2"
    assert page._secret == ""


def test_a_recovery_code_opens_it_and_asks_for_a_passphrase(start: StartWindow, tmp_path: Path, qtbot: object) -> None:
    """As at the lock."""
    page = _asked(start, qtbot)
    _give(page, (tmp_path / "code").read_text())
    _told(page, qtbot)
    page.told.go.click()
    assert _page(start, RenewPage, qtbot).keep.isVisible()


def test_a_wrong_passphrase_is_told_under_the_line(start: StartWindow, qtbot: object) -> None:
    """It stays to be typed over; after too many the wait is counted down, and going back and forth does not end it."""
    page = _asked(start, qtbot)
    _give(page, "猜的 口令")
    qtbot.waitUntil(lambda: bool(page.asking.ask.field.problem.text()), timeout=10_000)
    assert page.asking.secret.selectedText()
    for _ in range(patience.FREE_TRIES):
        patience.charge(start._home)
    _give(page, PASSPHRASE)
    qtbot.waitUntil(lambda: "恢复码不用等" in page.asking.ask.wait.text(), timeout=10_000)
    assert not page.asking.ask.field.problem.text()
    page.asking.leave.click()
    assert page.found.isVisible()
    assert not page.asking.secret.text()
    page.found.go.click()
    qtbot.waitUntil(page.asking.ask.wait.isVisible, timeout=10_000)
    assert _left(start._home) == set()


def test_a_wait_from_before_is_counted_down_at_once(start: StartWindow, qtbot: object) -> None:
    """Closing the window and opening it again ends no wait."""
    start._home.mkdir(parents=True)
    for _ in range(patience.FREE_TRIES):
        patience.charge(start._home)
    page = _asked(start, qtbot)
    qtbot.waitUntil(lambda: "恢复码不用等" in page.asking.ask.wait.text(), timeout=10_000)
    assert page.asking.ask.wait.isVisible()


def test_a_damaged_copy_offers_the_one_before(start: StartWindow, stick: Path, qtbot: object) -> None:
    """It says which one did not hold and turns to the next; the passphrase need not be typed again."""
    newest = max(stick.glob("*/*/gridworker.db"))
    newest.write_bytes(newest.read_bytes()[:-4096])
    page = _asked(start, qtbot)
    _give(page, PASSPHRASE)
    qtbot.waitUntil(page.banner.isVisible, timeout=10_000)
    assert "损坏或不完整" in page.banner.accessibleName()
    assert "已换成前一份" in page.banner.accessibleName()
    assert page.asking.copy.currentIndex() == 1
    assert _left(start._home) == set()
    assert page.asking.go.hasFocus()
    _press(Qt.Key.Key_Return)
    _told(page, qtbot)
    assert "住户 1 条" in page.told.words.text()


def test_where_none_holds_it_says_so(start: StartWindow, stick: Path, qtbot: object) -> None:
    """The last of the copies leads back to the folders."""
    for one in stick.glob("*/*/gridworker.db"):
        one.write_bytes(one.read_bytes()[:-4096])
    page = _asked(start, qtbot)
    page.asking.copy.setCurrentIndex(1)
    _give(page, PASSPHRASE)
    qtbot.waitUntil(page.banner.isVisible, timeout=10_000)
    assert "没有更早的备份了" in page.banner.accessibleName()


def test_a_folder_can_be_chosen(
    start: StartWindow, tmp_path: Path, qtbot: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty one is told; one with two ledgers lists both, to be told apart; what was found stays in the list."""
    page = _found(start, qtbot)
    both = tmp_path / "两家"
    for name, room in (("甲", "1"), ("乙", "2")):
        key, _ = _make(tmp_path / name)
        _save(tmp_path / name, key, room)
        _copied(tmp_path / name, key, both / f"gridworker-backups-{name}")
    (tmp_path / "空").mkdir()
    answers = iter([str(tmp_path / "空"), str(both), ""])
    monkeypatch.setattr("ui.start_found.dialogs.open_folder", lambda *_given: next(answers))
    page.found.choose.click()
    qtbot.waitUntil(lambda: "没有可以用的备份" in page.found.said.text(), timeout=10_000)
    page.found.choose.click()
    qtbot.waitUntil(lambda: page.found.list.count() == 3, timeout=10_000)
    assert "不同台账" in page.found.said.text()
    names = [page.found.list.item(row).text() for row in range(3)]
    assert len(set(names)) == 3
    page.found.choose.click()
    page.found.again.click()
    qtbot.waitUntil(lambda: not page.found.said.text(), timeout=10_000)
    assert page.found.list.count() == 3


def test_nothing_plugged_in_is_told(
    start: StartWindow, qtbot: object, monkeypatch: pytest.MonkeyPatch, stick: Path
) -> None:
    """Plugged in later it is found by looking again; until then nothing can be gone on with."""
    monkeypatch.setattr(media, "places", list)
    _page(start, ChoicesPage, qtbot).ways[RESTORE].click()
    page = _page(start, RestorePage, qtbot)
    qtbot.waitUntil(lambda: "没有找到备份" in page.found.said.text(), timeout=10_000)
    assert not page.found.go.isEnabled()
    assert page.found.go.toolTip()
    monkeypatch.setattr(media, "places", lambda: [stick])
    page.found.again.click()
    qtbot.waitUntil(page.found.go.isEnabled, timeout=10_000)


def test_esc_is_a_step_back_everywhere(start: StartWindow, qtbot: object) -> None:
    """From the secret to the folders, from there to the ways to begin; nothing is made."""
    page = _asked(start, qtbot)
    page.asking.secret.setText("x")
    _press(Qt.Key.Key_Escape)
    assert page.found.isVisible()
    assert not page.asking.secret.text()
    _press(Qt.Key.Key_Escape)
    qtbot.waitUntil(_page(start, ChoicesPage, qtbot).ways[RESTORE].hasFocus)
    assert not start._home.exists()


def test_it_can_be_stopped_and_begun_again(start: StartWindow, qtbot: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Esc while it works is the wish to stop; that is said, nothing stays, and the next try brings the ledger."""
    begun = threading.Event()

    def slow(*given: object, cancelled: Callable[[], bool], **more: object) -> object:
        begun.set()
        while not cancelled():
            os.sched_yield() if hasattr(os, "sched_yield") else None
        raise Cancelled

    with monkeypatch.context() as patched:
        patched.setattr(recovering, "restore", slow)
        page = _asked(start, qtbot)
        _give(page, PASSPHRASE)
        qtbot.waitUntil(begun.is_set, timeout=10_000)
        assert page.loading.isVisible()
        _press(Qt.Key.Key_Escape)
        qtbot.waitUntil(page.banner.isVisible, timeout=10_000)
    assert "已停止" in page.banner.accessibleName()
    assert page._secret == ""
    assert _left(start._home) == set()
    _give(page, PASSPHRASE)
    _told(page, qtbot)


@pytest.mark.parametrize(("error", "word"), [(SourceGone(), "断开了"), (HomeStands(), "已经有一份台账")])
def test_what_goes_wrong_is_told_above_the_line(
    error: Exception, word: str, start: StartWindow, qtbot: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words for a window, and what was typed stays."""

    def refuse(*_given: object, **_more: object) -> object:
        raise error

    monkeypatch.setattr(recovering, "restore", refuse)
    page = _asked(start, qtbot)
    _give(page, PASSPHRASE)
    qtbot.waitUntil(page.banner.isVisible, timeout=10_000)
    assert word in page.banner.accessibleName()
    assert "--aside" not in page.banner.accessibleName()
    assert page.asking.secret.text() == PASSPHRASE


@pytest.mark.parametrize("how", ["left", "late"])
def test_who_does_not_open_it_meets_the_lock(how: str, start: StartWindow, qtbot: object) -> None:
    """First thing or after two minutes, when the secret is forgotten; the lock opens it."""
    page = _asked(start, qtbot)
    _give(page, PASSPHRASE)
    _told(page, qtbot)
    if how == "left":
        page.told.leave.click()
    else:
        assert page._timer.isActive()
        page._timer.start(0)
        qtbot.waitUntil(lambda: not page._secret)
        page.told.go.click()
    lock = _page(start, LockPage, qtbot)
    lock.secret.setText(PASSPHRASE)
    lock.go.click()
    qtbot.waitUntil(lambda: bool(start.got), timeout=20_000)
