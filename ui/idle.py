"""When nobody is there: no key and no mouse for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

_TICK_MS = 5_000
_INPUTS = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel,
    QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TabletPress, QEvent.Type.TabletMove,
})  # fmt: skip


class IdleWatch(QObject):
    """Tells once when nobody was there for so many minutes; any input begins the count anew."""

    idle = Signal()

    def __init__(
        self, minutes: Callable[[], int], parent: QObject | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._minutes, self._clock = minutes, clock
        self._last = clock()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Begin to count."""
        self._last = self._clock()
        self._timer.start()

    def stop(self) -> None:
        """Count no more."""
        self._timer.stop()

    def watch(self, app: QGuiApplication) -> None:
        """Hear every window of the program that is worked in.

        Input arrives at the windows below the widgets; a filter on the application would see every event there is.
        An input method speaks to the widget directly, so writing with one is heard by the cursor it moves.
        """
        app.focusWindowChanged.connect(self.attend)
        app.inputMethod().cursorRectangleChanged.connect(self.touch)

    def attend(self, window: QWindow | None) -> None:
        """Hear one window, whether or not it has the focus."""
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)

    def touch(self) -> None:
        """Somebody is there."""
        self._last = self._clock()

    def look(self) -> None:
        """Whether the time is up."""
        if self._clock() - self._last >= self._minutes() * 60:
            self._timer.stop()
            self.idle.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUTS:
            self.touch()
        return False
