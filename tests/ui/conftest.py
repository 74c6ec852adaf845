"""A real desk on a copy of one demo home: widgets are tested against the operations they call in use."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
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
    assert QTest.qWaitForWindowActive(made)
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
    """Wait until every job is over and its listeners were called."""
    return settle


def settle(desk: Desk) -> None:
    """Wait until every job is over and its listeners were called."""
    waited = calm = 0
    while calm < 3 and waited < PATIENCE_MS:
        QTest.qWait(10)
        waited += 10
        calm = calm + 1 if desk.jobs.is_idle() else 0
    assert waited < PATIENCE_MS, "jobs do not end"
