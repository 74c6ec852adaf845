"""A damaged ledger at the lock: told calmly, recovered on the person's word alone, and opened again."""

from __future__ import annotations

import hashlib
import random
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gridworker.errors import Cancelled, KnownError
from gridworker.operations import backups, recovering
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from gridworker.store.errors import SwappedSidecar, WrongPassphrase
from gridworker.store.safety_errors import ForeignHistory, OldCopy, VanishedSaves
from gridworker.store.store import Store
from tests.ui.conftest import PASSPHRASE, PATIENCE_MS
from ui import start_mending
from ui.fonts import FontChoice
from ui.jobs import Jobs
from ui.start import StartWindow
from ui.start_lock import LockPage
from ui.start_mending import MendingPage

FONT = FontChoice("Noto Sans SC", bundled=True)
PAGE, SALT = 4096, 16


@pytest.fixture
def home(demo_home: Path, demo_key: bytes, tmp_path: Path) -> Path:
    """A home with a backup."""
    made = tmp_path / "home"
    shutil.copytree(demo_home, made)
    session = Session(made, Store.open(made, demo_key), data_key=demo_key)
    backups.make(session)
    session.close()
    return made


@pytest.fixture
def start(home: Path, dressed: QApplication, qtbot: object) -> Iterator[StartWindow]:
    """The lock of that home; what it opens is closed."""
    jobs = Jobs()
    window = StartWindow(home, jobs, has_home=True, font=FONT)
    opened: list[Session] = []
    window.opened.connect(opened.append)
    window.got = opened
    window.show()
    yield window
    qtbot.waitUntil(jobs.is_idle)
    window.close()
    jobs.close()
    for session in opened:
        session.close()


def _break(home: Path) -> str:
    """Overwrite the page that every opening needs, all but the salt by which the key file knows its ledger."""
    path = home / "gridworker.db"
    data = bytearray(path.read_bytes())
    data[SALT:PAGE] = random.Random(1).randbytes(PAGE - SALT)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def _page(start: StartWindow, kind: type[QWidget], qtbot: object) -> QWidget:
    qtbot.waitUntil(lambda: isinstance(start._stack.currentWidget(), kind))
    return start._stack.currentWidget()


def _offered(start: StartWindow, qtbot: object) -> LockPage:
    lock = start.lock
    lock.secret.setText(PASSPHRASE)
    lock.go.click()
    qtbot.waitUntil(lock.offer.isVisible)
    return lock


def _mending(start: StartWindow, qtbot: object) -> MendingPage:
    _offered(start, qtbot).offer.go.click()
    return _page(start, MendingPage, qtbot)


def test_a_damaged_ledger_comes_back_and_opens(start: StartWindow, home: Path, qtbot: object) -> None:
    """Offer, what will happen, the work, what came of it, and the open ledger; the damaged file is kept as it was."""
    damaged = _break(home)
    page = _mending(start, qtbot)
    assert "不删除" in page.words.text()
    page.go.click()
    qtbot.waitUntil(lambda: page._over)
    assert "备份恢复" in page.words.text()
    assert page.title.text() == "恢复好了"
    kept = [folder / "gridworker.db" for folder in home.glob("damaged-*")]
    assert [hashlib.sha256(one.read_bytes()).hexdigest() for one in kept] == [damaged]
    page.go.click()
    qtbot.waitUntil(lambda: bool(start.got))
    assert page._secret == ""


def test_doing_nothing_is_the_default_and_changes_nothing(start: StartWindow, home: Path, qtbot: object) -> None:
    """The sentence blames nobody; Enter declines, and so does Esc on either page; the secret is gone."""
    damaged = _break(home)
    lock = _offered(start, qtbot)
    assert "口令没有错" in lock.offer.words.text()
    assert "gridworker recover" not in lock.offer.words.text()
    start.activateWindow()
    assert QTest.qWaitForWindowActive(start, PATIENCE_MS)
    assert lock.offer.leave.hasFocus()
    qtbot.keyClick(lock.offer.leave, Qt.Key.Key_Return)
    assert lock.secret.isVisible()
    assert not lock.secret.text()
    qtbot.keyClick(_offered(start, qtbot).offer.leave, Qt.Key.Key_Escape)
    assert lock.secret.isVisible()
    page = _mending(start, qtbot)
    assert page.leave.hasFocus()
    qtbot.keyClick(page.leave, Qt.Key.Key_Escape)
    assert not _page(start, LockPage, qtbot).secret.text()
    assert page._secret == ""
    assert hashlib.sha256((home / "gridworker.db").read_bytes()).hexdigest() == damaged
    assert not list(home.glob("damaged-*"))


@pytest.mark.parametrize("error", [VanishedSaves.of(3), OldCopy.of(3), ForeignHistory(), SwappedSidecar()])
def test_what_recovery_can_help_is_offered(start: StartWindow, qtbot: object, monkeypatch, error) -> None:
    """Lost saves, an old copy and a foreign history get the offer too; whose old copy it is remains the person's."""

    def refuse(*_given: object) -> None:
        raise error

    monkeypatch.setattr(sessions, "unlock", refuse)
    words = _offered(start, qtbot).offer.words.text()
    assert error.title in words
    assert ("放回来" in words) == isinstance(error, OldCopy | SwappedSidecar)


def test_a_wrong_passphrase_is_no_reason_to_recover(start: StartWindow, qtbot: object, monkeypatch) -> None:
    """Only damage is offered to be mended."""

    def refuse(*_given: object) -> None:
        raise WrongPassphrase

    monkeypatch.setattr(sessions, "unlock", refuse)
    start.lock.secret.setText("猜的")
    start.lock.go.click()
    qtbot.waitUntil(lambda: bool(start.lock.ask.field.problem.text()))
    assert not start.lock.offer.isVisible()


def test_it_can_be_stopped_and_begun_again(start: StartWindow, home: Path, qtbot: object, monkeypatch) -> None:
    """停止 and Esc are heard at once; afterwards it says that nothing changed, and can be done after all."""
    _break(home)
    real, begun = recovering.recover, threading.Event()

    def slow(_home: Path, _secret: str, *, extra, progress, cancelled) -> None:
        progress(1, 5, "正在逐页核对和修复")
        begun.set()
        while not cancelled():
            threading.Event().wait(0.01)
        raise Cancelled

    monkeypatch.setattr(recovering, "recover", slow)
    page = _mending(start, qtbot)
    for stop in (page.loading.stop.click, page._leave):
        page.go.click()
        qtbot.waitUntil(lambda: page.loading.bar.maximum() == 5)
        assert page.loading.stop.isVisible()
        assert not page.go.isEnabled()
        stop()
        assert "停止" in page.loading.text.text()
        qtbot.waitUntil(page.go.isEnabled)
        assert "没有变" in page.banner._text.text()
    assert begun.is_set()
    monkeypatch.setattr(recovering, "recover", real)
    page.go.click()
    qtbot.waitUntil(lambda: page._over)


def test_a_recovery_that_fails_is_told_calmly(start: StartWindow, home: Path, qtbot: object, monkeypatch) -> None:
    """What is wrong stands in the page, and one can try again or go back."""
    _break(home)

    def refuse(*_given: object, **_more: object) -> None:
        raise KnownError("台账文件读不出来。", safe="文件都在。", action="请插上 U 盘。")

    monkeypatch.setattr(recovering, "recover", refuse)
    page = _mending(start, qtbot)
    page.go.click()
    qtbot.waitUntil(page.banner.isVisible)
    assert page.banner._text.text() == "台账文件读不出来。文件都在。请插上 U 盘。"
    assert page.go.isEnabled()
    assert page.leave.isEnabled()


def test_a_secret_left_alone_is_forgotten(start: StartWindow, home: Path, qtbot: object, monkeypatch) -> None:
    """After a while the offer and the page are the lock again; after a recovery, opening asks once more."""
    _break(home)
    lock = _offered(start, qtbot)
    assert lock.offer._timer.isActive()
    lock.offer._timer.start(0)
    qtbot.waitUntil(lock.secret.isVisible)
    lock.offer._timer.setInterval(start_mending._FORGET_MS)
    assert lock.secret.isVisible()
    assert not lock.secret.text()
    page = _mending(start, qtbot)
    assert page._timer.isActive()
    page._timer.start(0)
    _page(start, LockPage, qtbot)
    page = _mending(start, qtbot)
    page.go.click()
    assert not page._timer.isActive()
    qtbot.waitUntil(lambda: page._over)
    assert page._timer.interval() == start_mending._FORGET_MS
    page._timer.start(0)
    qtbot.waitUntil(lambda: not page._secret)
    assert page.isVisible()
    page.go.click()
    _page(start, LockPage, qtbot)
    assert not start.got


def _listed(page: MendingPage, qtbot: object) -> list[str]:
    qtbot.waitUntil(lambda: "完好" in page.copies.said.text() or "没有" in page.copies.said.text())
    return [page.copies.list.item(row).text() for row in range(page.copies.list.count())]


def test_a_stick_can_be_chosen(
    start: StartWindow, home: Path, tmp_path: Path, qtbot: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copies of a stick are listed with date, size and whether they hold, by keys alone; one is used."""
    stick = tmp_path / "U 盘"
    shutil.move(home / "backups", stick / "gridworker-backups-0123abcd")
    _break(home)
    (home / "gridworker.db").write_bytes(b"")
    page = _mending(start, qtbot)
    assert _listed(page, qtbot) == []
    assert "本机没有备份" in page.copies.said.text()
    answers = iter(["", str(tmp_path), str(stick)])
    monkeypatch.setattr("ui.start_copies.dialogs.open_folder", lambda *_given: next(answers))
    start.activateWindow()
    assert QTest.qWaitForWindowActive(start, PATIENCE_MS)
    page.copies.choose.setFocus()
    qtbot.keyClick(page.copies.choose, Qt.Key.Key_Return)
    assert page._timer.isActive()
    qtbot.keyClick(page.copies.choose, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "选的文件夹里没有备份" in page.copies.said.text())
    qtbot.keyClick(page.copies.choose, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "1 份完好" in page.copies.said.text())
    (line,) = _listed(page, qtbot)
    assert "选的文件夹" in line
    assert "MB" in line
    assert line.endswith("完好")
    qtbot.keyClick(page.copies.choose, Qt.Key.Key_Backtab)
    assert page.copies.list.hasFocus()
    page.go.click()
    qtbot.waitUntil(lambda: page._over)
    assert "备份恢复" in page.words.text()
    assert not page.copies.isVisible()
    assert not page.copies._secret or page._secret


def test_a_copy_that_does_not_hold_is_told(start: StartWindow, home: Path, qtbot: object) -> None:
    """A damaged copy stands in the list as what it is."""
    (copy,) = (home / "backups").glob("0*")
    data = bytearray((copy / "gridworker.db").read_bytes())
    data[9 * PAGE : 10 * PAGE] = bytes(PAGE)
    (copy / "gridworker.db").write_bytes(data)
    _break(home)
    page = _mending(start, qtbot)
    qtbot.waitUntil(lambda: "没有一份完好" in page.copies.said.text())
    assert "损坏" in page.copies.list.item(0).text()


@pytest.mark.parametrize("missing", ["gridworker.db", "keys.json", "both"])
def test_missing_files_are_offered_a_recovery(start: StartWindow, home: Path, qtbot: object, missing: str) -> None:
    """Ledger, key file or both gone: what is safe is said, nothing is made anew; the newest backup brings it back."""
    for name in ("gridworker.db", "keys.json"):
        if missing in (name, "both"):
            (home / name).unlink()
    if missing != "keys.json":
        for left in home.glob("gridworker.db-*"):
            left.unlink()
    words = _offered(start, qtbot).offer.words.text()
    assert "没有删除" in words
    assert ("台账文件没有动" in words) == (missing == "keys.json")
    assert "gridworker recover" not in words
    start.lock.offer.go.click()
    page = _page(start, MendingPage, qtbot)
    page.go.click()
    qtbot.waitUntil(lambda: page._over)
    assert page.title.text() == "恢复好了"
    page.go.click()
    qtbot.waitUntil(lambda: bool(start.got))
