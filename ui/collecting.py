"""Python's cycle collector, kept in the UI thread.

The collector runs in whichever thread happens to allocate. Where that is a worker, it may free a page or a dialog that
only cycles kept alive, and Qt objects die in a thread they do not belong to: a crash now and then, far from its cause.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500


class UiCollector(QObject):
    """Takes the collector over for the life of the application: looks often, collects when there is enough."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(_EVERY_MS)

    def look(self) -> None:
        """Collect the oldest generation that has gathered enough; bulk work may have switched it on again."""
        gc.disable()
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return
