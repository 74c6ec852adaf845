"""Start of the window: a demo home, unlocked and painted, against an empty PySide6 window, each in its own process."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 7
HOUSEHOLDS = 320
PASSPHRASE = "bench-only-nothing-to-hide"

# Both say on one line when the first paint is over; the clock starts before the process does.
EMPTY = """
import sys, time
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication(sys.argv)
window = QMainWindow()
window.resize(1280, 760)
window.show()
app.processEvents()
print(time.time())
"""
# The key is handed over: stretching a passphrase is slow on purpose and the same on every machine's lock page.
WHOLE = """
import os, sys, time
from pathlib import Path
from ui.application import dress, make_application
from gridworker.settings import Settings
app = make_application(sys.argv)
settings = Settings(theme="light")
font = dress(app, settings)
from gridworker.operations.session import Session
from gridworker.store.store import Store
from ui.desk import Desk
from ui.jobs import Jobs
from ui.window import Window
home, key = Path(os.environ["BENCH_HOME"]), bytes.fromhex(os.environ["BENCH_KEY"])
session = Session(home, Store.open(home, key), data_key=key)
window = Window(Desk(session, Jobs(), settings), font=font)
window.resize(1280, 760)
window.show_place("today")
window.show()
app.processEvents()
painted = time.time()
while not window.desk.jobs.is_idle():
    app.processEvents()
app.processEvents()
print(painted, time.time())
window.close()
session.close()
"""


def _measure(program: str, environment: dict[str, str]) -> list[float]:
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return [float(moment) - began for moment in done.stdout.split()]


def main() -> None:
    """Print both starts and their ratio."""
    sys.path.insert(0, str(ROOT))
    from gridworker.operations import demo
    from gridworker.store import keys

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        demo.open_demo(home, PASSPHRASE, households=HOUSEHOLDS).close()
        environment = {
            "QT_QPA_PLATFORM": "offscreen", **os.environ, "PYTHONPATH": str(ROOT),
            "BENCH_HOME": str(home), "BENCH_KEY": keys.unlock(home, PASSPHRASE).hex(),
        }  # fmt: skip
        empty: list[float] = []
        painted: list[float] = []
        filled: list[float] = []
        for _ in range(RUNS):
            empty += _measure(EMPTY, environment)
            first, last = _measure(WHOLE, environment)
            painted.append(first)
            filled.append(last)
    floor, paint, full = (statistics.median(times) for times in (empty, painted, filled))
    print(f"empty window           {floor * 1000:6.0f} ms")
    print(f"first paint            {paint * 1000:6.0f} ms   ratio {paint / floor:4.1f}")
    print(f"all cards filled       {full * 1000:6.0f} ms   ratio {full / floor:4.1f}   ({HOUSEHOLDS} households)")


if __name__ == "__main__":
    main()
