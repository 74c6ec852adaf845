"""A real window on a demo home that goes away: for the smoke test, the pictures and the measurements."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QElapsedTimer, QEventLoop
from PySide6.QtWidgets import QApplication

from gridworker.operations import demo
from gridworker.settings import Settings
from ui.application import dress, make_application
from ui.desk import Desk
from ui.jobs import Jobs
from ui.window import Window

_PASSPHRASE = "demo-only-nothing-to-hide"  # noqa: S105 - opens generated data that is deleted at once
_PATIENCE_MS = 20_000


@dataclass(frozen=True)
class DemoWindow:
    """The window, and the application it lives in."""

    app: QApplication
    window: Window

    def settle(self) -> bool:
        """Let everything that was asked for arrive and be painted; False where it does not."""
        clock = QElapsedTimer()
        clock.start()
        calm = 0
        while calm < 3 and clock.elapsed() < _PATIENCE_MS:  # noqa: PLR2004 - answers ask again, twice at most
            self.app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            calm = calm + 1 if self.window.desk.jobs.is_idle() else 0
        return clock.elapsed() < _PATIENCE_MS


@contextmanager
def demo_window(
    *,
    households: int,
    seed: int = 1,
    settings: Settings,
    size: tuple[int, int] = (1280, 760),
) -> Iterator[DemoWindow]:
    """Open the window on a fresh demo home; everything is gone afterwards."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else make_application(sys.argv[:1])
    font = dress(app, settings)
    with TemporaryDirectory(prefix="gridworker-", ignore_cleanup_errors=True) as folder:
        session = demo.open_demo(Path(folder) / "home", _PASSPHRASE, households=households, seed=seed)
        window = Window(Desk(session, Jobs(), settings), font=font)
        window.resize(*size)
        window.show()
        window.show_place(settings.last_page)
        try:
            yield DemoWindow(app, window)
        finally:
            window.close()
            session.close()
