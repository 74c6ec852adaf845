"""From an unlocked desk to a locked one: nothing personal on the screen at once, and the keys out of memory soon."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QToolTip

from ui.desk import Desk
from ui.jobs import LONG
from ui.window import Window

_POLL_MS = 40
_GRACE_S = 30.0
"""How long a sync or an import may go on behind the lock before it is asked to stop between two of its steps."""
_AT_MOST_S = 20.0
"""How long it may then take to stop; a store that closes under it loses nothing that was acknowledged."""
_LANE = "closing"


class Leaving(QObject):
    """Waits for what is under way, then drops the pages and closes the home."""

    left = Signal()
    """The keys are gone; the home can be opened again."""

    def __init__(
        self, window: Window, *, in_haste: bool, parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._window: Window | None = window
        self._desk: Desk | None = window.desk
        self._jobs = window.desk.jobs
        self._clock = clock
        self._grace = 0.0 if in_haste else _GRACE_S
        self._began = clock()
        self._asked = False
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def hurry(self) -> None:
        """Do not wait for long work any more."""
        self._grace = 0.0

    def _look(self) -> None:
        waited = self._clock() - self._began
        if self._jobs.is_idle() or waited > self._grace + _AT_MOST_S:
            self._timer.stop()
            self._drop()
        elif waited >= self._grace and not self._asked:
            self._asked = True
            self._jobs.stop(LONG)

    def _drop(self) -> None:
        window, desk = self._window, self._desk
        self._window = self._desk = None
        if window is None or desk is None:
            return
        session = desk.session
        desk.photos.close()
        window.deleteLater()
        desk.deleteLater()
        # What Python allows: pages, rows and typed text lose their last holder here and are freed; the store overwrites
        # its key. Freed memory keeps its bytes until something else takes it, and nobody can promise more in Python.
        self._jobs.call(session.close, done=lambda _nothing: self._finish(), owner=self, lane=_LANE)

    def _finish(self) -> None:
        gc.collect()
        self.left.emit()


def clear_screen(window: Window) -> None:
    """Take a window and everything that floats over it off the screen; what was typed is kept as a draft first."""
    QToolTip.hideText()
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
    while (dialog := QApplication.activeModalWidget()) is not None and dialog is not window:
        dialog.close()
    window.hide()
    window.leave_all()
