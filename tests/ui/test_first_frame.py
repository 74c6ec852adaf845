"""The start: the first frame holds the plan of the day, and nothing is read that it does not show."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from gridworker.operations.session import Session
from gridworker.settings import Settings
from gridworker.store.store import Store
from tests.ui.conftest import settle_until
from tests.ui.first_frame import FirstFrame
from ui import app
from ui.app import Program
from ui.fonts import FontChoice

ROOT = Path(__file__).parents[2]
# Printing, workbooks, the network, the server's side and the tables of pinyin belong to no first frame.
NOT_YET = ("httpx", "reportlab", "openpyxl", "xlsxwriter", "python_calamine", "pypdfium2", "starlette", "sqlalchemy",
    "uvicorn", "pypinyin", "PySide6.QtPrintSupport", "PySide6.QtNetwork", "gridworker.server.app")  # fmt: skip
START = """
import importlib, sys
from pathlib import Path
importlib.import_module("gridworker.operations.session")
from ui.application import dress, make_application
from ui.app import Program
from ui.warming import Warming
from gridworker import settings
from gridworker.operations.session import Session
from gridworker.store.store import Store
from tests.ui.first_frame import FirstFrame

home, key = Path(sys.argv[1]), bytes.fromhex(sys.argv[2])
app = make_application(sys.argv)
wishes = settings.load(home)
program = Program(home, wishes, dress(app, wishes))
program.begin()
FirstFrame(program.window).wait(app)
locked = set(sys.modules)
warming = program.window.findChild(Warming)
while not warming.is_done:
    app.processEvents()
warm = set(sys.modules)
program.open_desk(Session(home, Store.open(home, key), data_key=key))
opened = set(sys.modules)
print(" ".join(sorted(locked)))
print(" ".join(sorted(opened)))
print(" ".join(sorted(one for one in opened - warm if one.startswith(("ui.", "gridworker.")))))
"""


@pytest.fixture
def program(demo_home: Path, dressed: QApplication, tmp_path: Path) -> Iterator[Program]:
    """The program before its desk."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    made = Program(home, Settings(theme="light"), FontChoice("Noto Sans SC", bundled=True))
    yield made
    settle_until(made.jobs.is_idle)
    made.window.close()
    made.jobs.close()
    for one in (made.window, made._idle, made._sleep):
        one.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_the_first_frame_holds_the_plan_and_the_form_follows(program, demo_key, dressed, monkeypatch):
    """Nobody looks at a list that fills a moment later; the form of seventeen fields is made once that is seen."""
    monkeypatch.setattr(app, "_FIRST_FRAME", 60.0)
    found: list[tuple[int, bool]] = []
    frames: list[FirstFrame] = []
    show = program._show

    def look() -> None:
        page = program.window.page
        found.append((page.tasks.tasks.rowCount(), page.visit._form is not None))

    def watched(window) -> None:
        frames.append(FirstFrame(window, look))
        show(window)

    monkeypatch.setattr(program, "_show", watched)
    program.open_desk(Session(program.home, Store.open(program.home, demo_key), data_key=demo_key))
    frames[0].wait(dressed)
    ((rows, had_form),) = found
    assert rows > 0
    assert not had_form
    visit = program.window.page.visit
    settle_until(lambda: visit._form is not None and program.jobs.is_idle())
    assert visit.household
    assert visit.form.raw()["visited_at"]


def test_a_start_reads_what_it_shows(demo_home, demo_key, tmp_path):
    """Neither lock nor desk bring printing or the network along; what the desk is made of comes while one types."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", START, str(home), demo_key.hex()],
        cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    locked, opened, late = (line.split() for line in (done.stdout + "\n\n\n").splitlines()[:3])
    assert [one for one in NOT_YET if one in locked] == []
    assert "ui.window" not in locked
    assert [one for one in NOT_YET if one in opened] == []
    assert late == []
