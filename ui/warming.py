"""While a passphrase is typed, what the desk needs is imported, a module at a time: opening it waits for none."""

from __future__ import annotations

import importlib

from PySide6.QtCore import QObject, QTimer

from gridworker.ledgers.registry import all_ledgers

_BEGIN_MS = 60
# Small pieces, so that no key waits long for its turn: each brings little that those before it have not brought.
_MODULES = (
    "gridworker.store.saving",
    "gridworker.operations.undo",
    "gridworker.operations.photos",
    "gridworker.operations.backups",
    "gridworker.operations.sync_",
    "gridworker.operations.plan",
    "gridworker.operations.browse",
    "gridworker.operations.find",
    "ui.photos.service",
    "ui.desk",
    "ui.form",
    "ui.visit_card",
    "ui.day.tasks_card",
    "ui.day.rooms_card",
    "ui.search_popup",
    "ui.window",
    "ui.pages.today",
)


class Warming(QObject):
    """Imports one piece in each turn of the event loop, beginning once its parent has been painted."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left = list(_MODULES)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._next)
        self._timer.start(_BEGIN_MS)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to import."""
        return not self._left

    def _next(self) -> None:
        self._timer.setInterval(0)
        if len(self._left) == len(_MODULES):
            all_ledgers()
        importlib.import_module(self._left.pop(0))
        if not self._left:
            self._timer.stop()
