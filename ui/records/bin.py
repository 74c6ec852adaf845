"""The recycle bin of one ledger: records go into it and come out again, and either can be taken back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gridworker.ledger.ledger import Ledger
from gridworker.operations import remove
from gridworker.operations.save import Saved
from ui.desk import Desk


class RecycleBin(QObject):
    """Deletes and restores any record of its ledger, shown or not; tells the desk, and then who asked."""

    deleted = Signal(str)
    """The id of a record that lies in the bin now."""
    restored = Signal(object)
    """Record, as it stands now."""
    refused = Signal(object)
    """AppError: why it was not done."""

    def __init__(self, desk: Desk, ledger: Ledger, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._ledger = desk, ledger

    def delete(self, record_id: str) -> None:
        """Move a record to the recycle bin; 撤销 takes it out again."""
        self._desk.call(remove.delete, record_id, done=self._was_deleted, owner=self, failed=self.refused.emit)

    def restore(self, record_id: str) -> None:
        """Take a record out of the recycle bin; 撤销 puts it back."""
        self._desk.call(remove.restore, record_id, done=self._was_restored, owner=self, failed=self.refused.emit)

    def _was_deleted(self, saved: Saved) -> None:
        self._desk.saved(saved, f"已移到回收站 {self._ledger.title(saved.record.values)}")
        self.deleted.emit(saved.record.id)

    def _was_restored(self, saved: Saved) -> None:
        self._desk.saved(saved, f"已恢复 {self._ledger.title(saved.record.values)}")
        self.restored.emit(saved.record)
