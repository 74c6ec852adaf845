"""Locking: nothing personal on the screen at once, the keys gone soon, and back to the same spot with the draft."""

from __future__ import annotations

import gc
import shutil
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QToolTip, QWidget

from gridworker.errors import Cancelled, KnownError
from gridworker.operations import browse
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from gridworker.settings import Settings
from gridworker.store.errors import StoreClosed
from gridworker.store.query import Query
from gridworker.store.store import Store
from tests.ui.conftest import PASSPHRASE, PATIENCE_MS, settle_until
from ui import locking
from ui.app import Program
from ui.fonts import FontChoice
from ui.jobs import LONG
from ui.start import StartWindow
from ui.window import Window

WORDS = "楼道灯坏了三天还没人修"

pytestmark = pytest.mark.usefixtures("cheap_keys")


@pytest.fixture
def program(demo_home: Path, demo_key: bytes, dressed: QApplication, tmp_path: Path) -> Iterator[Program]:
    """The program at an open desk."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    made = Program(home, Settings(theme="light"), FontChoice("Noto Sans SC", bundled=True))
    met: list[object] = []
    made.jobs.bug_met.connect(met.append)
    made.open_desk(Session(home, Store.open(home, demo_key), data_key=demo_key))
    _settle(made)
    yield made
    _settle(made)
    made.window.close()
    made.jobs.close()
    # A program ends with its process. Here its watches would go on, and lock it in the middle of a later test.
    for one in (made.window, made._idle, made._sleep):
        one.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not met


def _settle(program: Program) -> None:
    settle_until(program.jobs.is_idle)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_MS / 1000
    while not true():
        assert time.monotonic() < end
        QTest.qWait(10)


def _lock(program: Program, **how: bool) -> StartWindow:
    program.lock(**how)
    window = program.window
    assert isinstance(window, StartWindow)
    _until(window.lock.go.isEnabled)
    # A running program does this by itself; the loop of a test does not.
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return window


def _unlock(program: Program, secret: str = PASSPHRASE) -> Window:
    program.window.lock.secret.setText(secret)
    program.window.lock.go.click()
    _until(lambda: isinstance(program.window, Window))
    _settle(program)
    return program.window


def _texts(others: list[QWidget]) -> set[str]:
    """All text of the program's widgets, shown or not, with tooltips, names and titles; not those of other tests."""
    found: set[str] = set()
    for widget in QApplication.allWidgets():
        if widget.window() in others:
            continue
        for name in ("text", "toPlainText", "windowTitle", "toolTip", "accessibleName", "accessibleDescription",
                     "placeholderText", "title"):  # fmt: skip
            read = getattr(widget, name, None)
            if callable(read) and isinstance(said := read(), str):
                found.add(said)
    return found


def test_back_to_the_same_spot_with_the_unsaved_draft(program):
    """Ctrl+L in the middle of a visit; after unlocking the same household stands there with what was typed."""
    page = program.window.page
    household = next(item.household_id for item in page.tasks_card.day.keys if item.kind == "visit")
    page.open_household(household)
    _settle(program)
    page.visit.form.editor("raised_issue").set_raw(WORDS)
    page.visit.form.edited.emit()
    QTest.keyClick(program.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(program.window, StartWindow)
    _until(program.window.lock.go.isEnabled)
    window = _unlock(program)
    assert window.page.visit.household == household
    _until(lambda: window.page.visit.form.raw()["raised_issue"] == WORDS)


def test_a_new_record_and_an_open_one_come_back(program):
    """A new household half typed, and a record of a list that was being changed."""
    program.window.show_place("people", new=True)
    _settle(program)
    program.window.page.detail.form.editor("remark").set_raw(WORDS)
    _lock(program)
    page = _unlock(program).page
    assert page.ledger_key == "person"
    assert page.detail.record is None
    assert page.detail.form.raw()["remark"] == WORDS
    session = program._desk.session
    row = browse.listing(session, Query("person", limit=1))
    person = browse.rows(session, "person", row)[0].id
    program.window.show_place("people", record_id=person)
    _settle(program)
    program.window.page.detail.form.editor("remark").set_raw(WORDS + "二")
    _lock(program)
    page = _unlock(program).page
    assert page.detail.record.id == person
    assert page.detail.form.raw()["remark"] == WORDS + "二"


def test_nothing_personal_is_left_in_any_widget(program):
    """Names, phones, rooms, the search, tooltips, dialogs: gone from every widget once the lock is shown."""
    window, session = program.window, program._desk.session
    others = [widget for widget in QApplication.topLevelWidgets() if widget is not window]
    rows = browse.rows(session, "person", browse.listing(session, Query("person")))
    names = {row.cells["name"] for row in rows}
    window.show_place("people")
    _settle(program)
    window.search.setText("张")
    window.search.setFocus()
    QToolTip.showText(window.pos(), "张三 3-2-501", window)
    dialog = QDialog(window)
    dialog.setModal(True)
    dialog.setWindowTitle("张三")
    dialog.show()
    place = session.place.name
    assert any(place in text for text in _texts(others))
    del window, session, dialog
    _lock(program)
    gc.collect()
    said = _texts(others)
    assert not [text for text in said for name in names if name in text]
    assert not [text for text in said if place in text]
    assert not QToolTip.isVisible()
    assert program.window.windowTitle() == "网格台账"
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    assert shown == [program.window]


def test_the_screen_is_clear_before_anything_is_waited_for(program):
    """While a long job goes on the window is hidden already; the lock says what it waits for and opens nothing."""
    window, go_on = program.window, threading.Event()

    def work(_progress: object, cancelled: Callable[[], bool]) -> None:
        while not go_on.wait(0.01):
            assert not cancelled()

    ended: list[bool] = []
    program.jobs.run(work, lambda _done: ended.append(True), lane=LONG)
    program.lock()
    assert not window.isVisible()
    lock = program.window.lock
    assert not lock.go.isEnabled()
    assert "收好资料" in lock.go.text()
    QTest.qWait(150)
    assert not lock.go.isEnabled()
    go_on.set()
    _until(lock.go.isEnabled)
    assert ended == [True]


@pytest.mark.parametrize("in_haste", [True, False])
def test_long_work_is_stopped_cleanly(program, monkeypatch, in_haste):
    """Before a sleep at once, otherwise after a while, long work hears “stop” between two steps; then the keys go."""
    monkeypatch.setattr(locking, "_GRACE_S", 0.1)
    heard: list[str] = []

    def work(_progress: object, cancelled: Callable[[], bool]) -> None:
        while not cancelled():
            threading.Event().wait(0.01)
        heard.append("stop")
        raise Cancelled

    session = program._desk.session
    program.jobs.run(work, cancelled=lambda: heard.append("over"), lane=LONG)
    _lock(program, in_haste=in_haste)
    assert heard == ["stop", "over"]
    with pytest.raises(StoreClosed):
        session.store.lend_key()


def test_work_that_never_ends_does_not_keep_the_keys(program, monkeypatch):
    """After the longest patience the store is closed under it."""
    monkeypatch.setattr(locking, "_GRACE_S", 0.05)
    monkeypatch.setattr(locking, "_AT_MOST_S", 0.05)
    go_on, session = threading.Event(), program._desk.session
    program.jobs.run(lambda _progress, _cancelled: go_on.wait(60), lane=LONG)
    _lock(program)
    with pytest.raises(StoreClosed), session.store.read():
        pass
    go_on.set()


def test_the_keys_and_the_window_leave_memory(program):
    """The store's key is zeros, and neither pages nor session are held by anybody."""
    held = program._desk.session.store.lend_key()
    assert any(held)
    gone = [weakref.ref(thing) for thing in (program.window, program.window.page, program._desk, program._desk.session)]
    _lock(program)
    gc.collect()
    assert held == bytes(32)
    assert [ref() for ref in gone] == [None] * 4


def test_enter_before_everything_is_put_away_is_heard(program):
    """Who comes back at once types the passphrase and presses Enter once."""
    program.lock()
    assert not program.window.lock.go.isEnabled()
    program.window.lock.secret.setText(PASSPHRASE)
    QTest.keyClick(program.window.lock.secret, Qt.Key.Key_Return)
    _until(lambda: isinstance(program.window, Window))
    _settle(program)


def test_locking_twice_and_closing_while_locked(program):
    """A second wish to lock is no trouble, nor is one to hurry; a locked window closes like any other."""
    program.lock()
    program.lock()
    program.lock(in_haste=True)
    _until(program.window.lock.go.isEnabled)
    _unlock(program)
    _lock(program)


def test_idle_time_locks_and_what_is_chosen_counts(program):
    """After the minutes of the settings without input; any key or mouse movement begins anew."""
    clock = [0.0]
    idle = program._idle
    idle._clock = lambda: clock[0]
    idle.touch()
    program._desk.change_settings(lock_minutes=5)
    for step in (299, 2):
        clock[0] += step
        if step == 299:
            idle.look()
            assert isinstance(program.window, Window)
    QTest.mouseMove(program.window.windowHandle())
    idle.look()
    assert isinstance(program.window, Window)
    clock[0] += 300
    idle.look()
    assert isinstance(program.window, StartWindow)
    _until(program.window.lock.go.isEnabled)


def test_writing_with_an_input_method_is_being_there(program):
    """Committed text reaches the widget past the window; the cursor it moves is heard."""
    clock = [0.0]
    idle = program._idle
    idle._clock = lambda: clock[0]
    idle.touch()
    clock[0] += 890
    QGuiApplication.inputMethod().cursorRectangleChanged.emit()
    clock[0] += 20
    idle.look()
    assert isinstance(program.window, Window)


def test_waking_up_locks(program, monkeypatch):
    """A gap between two ticks by either clock is a sleep; a clock set back is none."""
    watch = program._sleep
    times = [1_790_000_000.0, 500.0]
    monkeypatch.setattr("ui.sleep.time.time", lambda: times[0])
    monkeypatch.setattr("ui.sleep.time.monotonic", lambda: times[1])
    watch._clocks = tuple(times)
    times[0], times[1] = times[0] - 3600, times[1] + 5
    watch.look()
    assert isinstance(program.window, Window)
    times[0], times[1] = times[0] + 3600, times[1] + 5
    watch.look()
    assert isinstance(program.window, StartWindow)
    monkeypatch.undo()
    _until(program.window.lock.go.isEnabled)


def test_an_announced_sleep_locks(program):
    """The system's word is enough; its word of the end is none."""
    program._sleep.prepare(False)
    assert isinstance(program.window, Window)
    program._sleep.prepare(True)
    assert isinstance(program.window, StartWindow)
    _until(program.window.lock.go.isEnabled)


def test_the_binding_takes_what_it_is_given(program):
    """The call that asks for the announcement is well formed; on a bus that is not there it only says no."""
    from PySide6.QtDBus import QDBusConnection

    from ui.sleep import hear

    assert hear(QDBusConnection("nowhere"), program._sleep) is False


def test_windows_says_it_by_a_message():
    """Only the message of a suspend counts."""
    from ui.sleep import is_suspend

    assert is_suspend(0x0218, 4)
    assert not is_suspend(0x0218, 0x12)
    assert not is_suspend(0x0219, 4)


def test_the_wait_is_counted_down_calmly(program, monkeypatch):
    """After too many tries the wait stands beneath the line and shrinks; nothing is red, and a code opens at once."""
    window = _lock(program)
    monkeypatch.setattr(sessions, "wait_seconds", lambda _home: 135)
    refused = [sessions.TooManyTries(135)]

    def refuse(*_given: object) -> None:
        raise refused[0]

    monkeypatch.setattr(sessions, "unlock", refuse)
    window.lock.secret.setText("猜的口令")
    window.lock.go.click()
    _settle(program)
    assert "2 分 1" in window.lock.ask.wait.text()
    assert window.lock.ask.wait.isVisible()
    assert not window.lock.ask.field.problem.text()
    assert window.lock.go.isEnabled()
    window.lock.ask._until -= 130
    window.lock.ask._count_down()
    assert "等 5 秒" in window.lock.ask.wait.text() or "等 4 秒" in window.lock.ask.wait.text()
    window.lock.ask._until -= 10
    window.lock.ask._count_down()
    assert window.lock.ask.wait.text() == "可以再试口令了。"
    monkeypatch.undo()


def test_a_code_leads_to_a_new_passphrase(program):
    """Opened by a code, a new passphrase is asked for without the forgotten one; then the desk opens."""
    home = program.home
    code = sessions.renew_recovery_code(program._desk.session, PASSPHRASE)
    window = _lock(program)
    window.lock.secret.setText(code)
    window.lock.go.click()
    _until(lambda: type(window._stack.currentWidget()).__name__ == "RenewPage")
    page: QWidget = window._stack.currentWidget()
    page.first.setText("海边的石头-像面包-七三五")
    page.second.setText("海边的石头")
    page.go.click()
    assert "不一样" in page._fields[1].problem.text()
    page.second.setText("海边的石头-像面包-七三五")
    page.go.click()
    _until(lambda: isinstance(program.window, Window))
    _settle(program)
    _lock(program)
    with pytest.raises(KnownError):
        sessions.unlock(home, PASSPHRASE)
    _unlock(program, "海边的石头-像面包-七三五")
