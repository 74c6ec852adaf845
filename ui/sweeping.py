"""Photos of forms that were never saved, taken away past their time: once a day, beside the work."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QObject, QTimer, Signal

from gridworker.errors import AppError
from gridworker.operations import photos
from gridworker.operations.photos import Swept
from ui.backing_up import LANE
from ui.desk import Desk

_FIRST_AFTER_MS = 10 * 60 * 1_000
_EVERY_MS = 60 * 60 * 1_000


class Sweeping(QObject):
    """Sweeps on the first quiet look of a day; `swept` tells what went. A failure waits for the next look."""

    swept = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._last: date | None = None
        self._clock = QTimer(self)
        self._clock.timeout.connect(self.look)
        self._clock.start(_EVERY_MS)
        QTimer.singleShot(_FIRST_AFTER_MS, self, self.look)

    def look(self) -> None:
        """Sweep, unless it was done today or a backup is being made: both read all photos."""
        if self._last != self._desk.session.today() and not self._desk.jobs.is_busy(LANE):
            self._desk.call(photos.sweep, done=self._done, owner=self, failed=self._fail, lane=LANE)

    def _done(self, swept: Swept) -> None:
        self._last = self._desk.session.today()
        self.swept.emit(swept)

    def _fail(self, _error: AppError) -> None:
        """Nothing a person could do about it now."""
