"""When the first frame of a window was on the screen, told apart from what the event loop does right after it."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QMainWindow

_BEFORE_ALL_ELSE = 1_000


class FirstFrame(QObject):
    """Watches a window that is about to be shown; `at` and `cpu` are set when it has been painted."""

    def __init__(self, window: QMainWindow, seen: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.at = self.cpu = 0.0
        self._seen, self._asked = seen, False
        window.winId()
        self._handle = window.windowHandle()
        self._handle.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """All of a window is painted while it is exposed; what is posted meanwhile comes next."""
        if event.type() == QEvent.Type.Expose and not self._asked:
            self._asked = True
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.User), _BEFORE_ALL_ELSE)
        return False

    def event(self, event: QEvent) -> bool:
        """The frame is there."""
        if event.type() != QEvent.Type.User:
            return super().event(event)
        self.at, self.cpu = time.time(), time.process_time()
        if self._seen is not None:
            self._seen()
        return True

    def wait(self, app: QApplication) -> None:
        """Let events be dealt with until the frame is there, and no more of them."""
        while not self.at:
            app.processEvents()
