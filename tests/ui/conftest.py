"""A real desk on a copy of one demo home: widgets are tested against the operations they call in use."""

from __future__ import annotations

import functools
import gc
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import ownedByPython

from gridworker.errors import AppError
from gridworker.operations import demo
from gridworker.operations.session import Session
from gridworker.settings import Settings
from gridworker.store import keys
from gridworker.store.store import Store
from ui.application import dress
from ui.collecting import UiCollector
from ui.desk import Desk
from ui.fonts import FontChoice
from ui.jobs import Jobs
from ui.theme import LIGHT, theme
from ui.window import Window

PASSPHRASE = "试用-口令-一二三-七八九"
PATIENCE_MS = 60_000
# What is put off for a moment, as a search while somebody types; a draft is kept later than that.
_SOON_MS = 200


@pytest.fixture(autouse=True, scope="package")
def _collect_again() -> Iterator[None]:
    """The tests after these have Python's collector as it was, and nothing of Qt left for it to free in a thread."""
    was_on = gc.isenabled()
    yield
    gc.collect()
    if was_on:
        gc.enable()


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """Waits as long as a busy machine needs, whatever a test says: how long only matters to one that fails."""
    for name in ("waitUntil", "waitSignal"):
        setattr(qtbot, name, functools.partial(_wait_patiently, getattr(qtbot, name)))
    return qtbot


def _wait_patiently(wait: Callable[..., Any], *given: object, timeout: int = 0, **more: object) -> Any:
    return wait(*given, timeout=max(timeout, PATIENCE_MS), **more)


@pytest.fixture(autouse=True)
def collect_here() -> Iterator[None]:
    """Cycles are collected in this thread alone, as in the program: a worker must not free a widget."""
    collector = UiCollector()
    yield
    _drop_windows()
    collector.look()


def _drop_windows() -> None:
    """What a test leaves behind goes with it: a timer of it would act in a later test, or crash there."""
    for widget in QApplication.topLevelWidgets():
        # A list that drops down belongs to its completer, which would delete it again.
        if ownedByPython(widget):
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One generated community for the whole run; nobody writes to it."""
    home = tmp_path_factory.mktemp("demo") / "home"
    demo.open_demo(home, PASSPHRASE, households=60, seed=3).close()
    return home


@pytest.fixture(scope="session")
def demo_key(demo_home: Path) -> bytes:
    """Its data key: stretching the passphrase is slow on purpose, and once is enough."""
    return keys.unlock(demo_home, PASSPHRASE)


@pytest.fixture
def session(demo_home: Path, demo_key: bytes, tmp_path: Path) -> Iterator[Session]:
    """An unlocked copy of the demo home."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    opened = Session(home, Store.open(home, demo_key), data_key=demo_key)
    yield opened
    opened.close()


@pytest.fixture
def dressed(qapp: QApplication) -> QApplication:
    """The application in its light clothes."""
    if not qapp.styleSheet():
        qapp.setStyle("Fusion")
        dress(qapp, Settings(theme="light"))
    elif theme.tokens is not LIGHT or theme.large:
        theme.wear(qapp, mode="light", large=False)
    return qapp


@pytest.fixture
def desk(session: Session, dressed: QApplication) -> Iterator[Desk]:
    """A desk whose unexpected failures fail the test."""
    made = Desk(session, Jobs(), Settings(theme="light"))
    met: list[AppError] = []
    made.jobs.bug_met.connect(met.append)
    made.failed.connect(met.append)
    yield made
    settle(made)
    made.jobs.close()
    assert not met, [(error.title, getattr(error, "report", ""), repr(error.__cause__)) for error in met]


@pytest.fixture
def window(desk: Desk, qtbot: object) -> Iterator[Window]:
    """The main window on the page of the day, with everything it asked for answered."""
    made = Window(desk, font=FontChoice("Noto Sans SC", bundled=True))
    made.resize(1280, 720)
    made.show()
    made.activateWindow()
    # Shortcuts are heard by an active window alone.
    assert QTest.qWaitForWindowActive(made, PATIENCE_MS)
    made.show_place("today")
    settle(desk)
    yield made
    settle(desk)
    made.close()
    # A closed window lives on and is restyled with every change of theme; forty of them take a minute.
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(name="settle")
def settle_fixture() -> Callable[[Desk], None]:
    """Wait until every job is over, what was put off for a moment is done, and all listeners were called."""
    return settle


def settle(desk: Desk) -> None:
    """Wait until every job is over, what was put off for a moment is done, and all listeners were called."""
    settle_until(lambda: desk.jobs.is_idle() and not _is_put_off())


def settle_until(is_calm: Callable[[], bool]) -> None:
    """Wait until it is calm, three times on end: an answer may begin the next question."""
    calm, end = 0, time.monotonic() + PATIENCE_MS / 1000
    while calm < 3:
        assert time.monotonic() < end, "jobs do not end"
        QTest.qWait(10)
        calm = calm + 1 if is_calm() else 0


def _is_put_off() -> bool:
    timers = (timer for window in QApplication.topLevelWidgets() for timer in window.findChildren(QTimer))
    return any(one.isActive() and one.isSingleShot() and one.interval() <= _SOON_MS for one in timers)
