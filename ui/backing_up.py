"""Backups without asking, beside the work: looks a moment after unlocking and every few minutes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from gridworker.errors import AppError
from gridworker.ledger.dates import CHINA
from gridworker.operations import backups
from gridworker.operations.backups import BackupReport
from gridworker.store.errors import DamagedDatabase
from ui.desk import Desk

LANE = "backup"
_FIRST_AFTER_MS = 4_000
_EVERY_MS = 5 * 60 * 1_000


class BackingUp(QObject):
    """Makes what is due; `told` is one short sentence for the sync bar. Only damage is worth a banner."""

    told = Signal(str)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._clock = QTimer(self)
        self._clock.timeout.connect(self.look)
        self._clock.start(_EVERY_MS)
        QTimer.singleShot(_FIRST_AFTER_MS, self, self.look)

    def look(self) -> None:
        """Ask whether a backup is due, unless one is being made."""
        if not self._desk.jobs.is_busy(LANE):
            self._desk.call(backups.due, done=self._make, owner=self, failed=self._fail, lane=LANE)

    def _make(self, reason: str | None) -> None:
        if reason is None:
            return
        session = self._desk.session
        self._desk.jobs.run(
            lambda progress, cancelled: backups.make(session, reason, progress=progress, cancelled=cancelled),
            self._made, owner=self, failed=self._fail, lane=LANE,
        )  # fmt: skip

    def _made(self, report: BackupReport) -> None:
        # What a purge took along that a sync could not finish is said as well.
        self.told.emit(report.cleared or f"备份于 {report.made_at.astimezone(CHINA):%H:%M}")

    def _fail(self, error: AppError) -> None:
        if isinstance(error, DamagedDatabase):
            self._desk.failed.emit(error)
        else:
            # The work goes on without it; the next look tries again.
            self.told.emit("备份没有做成")
