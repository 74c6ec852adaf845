"""Start of the window: lock page and desk of a demo home, painted, against an empty PySide6 window."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 7
HOUSEHOLDS = 320
PASSPHRASE = "bench-only-nothing-to-hide"

# Each says on one line when its first frame was on the screen; the clock starts before the process does. Beside it the
# time its processor worked until then, which a busy machine blurs less.
EMPTY = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication(sys.argv)
window = QMainWindow()
window.resize(1280, 760)
from tests.ui.first_frame import FirstFrame
frame = FirstFrame(window)
window.show()
frame.wait(app)
print(frame.at, frame.cpu)
"""
# The key is handed over: stretching a passphrase is slow on purpose and the same on every machine's lock page.
BEGIN = """
import importlib, os, sys, time
from pathlib import Path
importlib.import_module("gridworker.operations.session")
from ui.application import dress, make_application
import ui.app
from ui.app import Program
from gridworker import settings
from gridworker.operations.session import Session
from gridworker.store.store import Store
from tests.ui.first_frame import FirstFrame
home, key = Path(os.environ["BENCH_HOME"]), bytes.fromhex(os.environ["BENCH_KEY"])
app = make_application(sys.argv)
wishes = settings.load(home)
program = Program(home, wishes, dress(app, wishes))
# As on a laptop: the screen of an offscreen Qt is small, and three cards do not fit on it.
ui.app.fit_to_screen = lambda window: window.resize(1280, 760)
frames = []
show = program._show
program._show = lambda window: (frames.append(FirstFrame(window)), show(window))

def opened():
    program.open_desk(Session(home, Store.open(home, key), data_key=key))
    frames[-1].wait(app)

def filled():
    while not program.jobs.is_idle() or program.window.page.visit._form is None:
        app.processEvents()
    app.processEvents()
    return time.time(), time.process_time()
"""
# From nothing to the desk, without a lock before it.
WHOLE = (
    BEGIN
    + """
opened()
print(frames[-1].at, frames[-1].cpu, *filled())
"""
)
# The lock, and the desk after as long as it takes to type a passphrase.
LOCK = (
    BEGIN
    + """
from ui.warming import Warming
program.begin()
frames[0].wait(app)
locked = frames[0].at, frames[0].cpu
warming = program.window.findChild(Warming)
while not warming.is_done:
    app.processEvents()
began, worked = time.time(), time.process_time()
opened()
print(*locked, frames[-1].at - began + float(sys.argv[1]), frames[-1].cpu - worked)
"""
)


def _measure(program: str, environment: dict[str, str]) -> list[float]:
    """Seconds since the process was begun and of its processor, in pairs."""
    began = time.time()
    command = [sys.executable, "-c", program, repr(began)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    said = [float(number) for number in done.stdout.split()]
    return [number if place % 2 else number - began for place, number in enumerate(said)]


def main() -> None:
    """Print each start and its ratio to the empty window's, in seconds that passed and in processor time."""
    sys.path.insert(0, str(ROOT))
    from gridworker.operations import demo
    from gridworker.store import keys

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        demo.open_demo(home, PASSPHRASE, households=HOUSEHOLDS).close()
        environment = {
            "QT_QPA_PLATFORM": "offscreen", **os.environ, "PYTHONPATH": str(ROOT),
            "BENCH_HOME": str(home), "BENCH_KEY": keys.unlock(home, PASSPHRASE).hex(),
            # What is installed is compiled: a first run fills this, even where the environment writes no bytecode.
            "PYTHONPYCACHEPREFIX": f"{folder}/compiled",
        }  # fmt: skip
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        programs = (EMPTY, LOCK, WHOLE)
        rounds = [[_measure(one, environment) for one in programs] for _ in range(RUNS + 1)][1:]
    floor = _medians(one[0] for one in rounds)
    print(f"{'empty window':28}{floor[0] * 1000:6.0f} ms        cpu {floor[1] * 1000:6.0f} ms")
    found = (*_medians(one[1] for one in rounds), *_medians(one[2] for one in rounds))
    for number, name in enumerate(
        ("lock page", "desk after the passphrase", "desk without a lock", "all cards filled")
    ):
        took, cpu = found[2 * number : 2 * number + 2]
        print(
            f"{name:28}{took * 1000:6.0f} ms ×{took / floor[0]:4.1f}  cpu {cpu * 1000:6.0f} ms ×{cpu / floor[1]:4.1f}"
        )
    print(f"{HOUSEHOLDS} households")


def _medians(rounds: Iterable[Sequence[float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


if __name__ == "__main__":
    main()
