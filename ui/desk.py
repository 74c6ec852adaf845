"""What every page is given: the session, the workers, and the signals by which pages hear of each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from gridworker import settings as settings_file
from gridworker.errors import AppError
from gridworker.operations import undo
from gridworker.operations.changes import NOTHING, Changes
from gridworker.operations.photos import Finished
from gridworker.operations.save import Saved
from gridworker.operations.session import Session
from gridworker.settings import Settings
from ui.jobs import QUICK, Job, Jobs
from ui.pages.registry import place_of_ledger
from ui.photos.service import PhotoService
from ui.theme import theme

T = TypeVar("T")


@dataclass(frozen=True)
class Undoable:
    """Something done that can be taken back."""

    text: str
    op_id: str


class Desk(QObject):
    """One unlocked home on the screen. Facts are told by signals; wishes are methods."""

    records_changed = Signal(object)
    """Changes: every view that shows one of them reads it again."""
    undo_offered = Signal(object)
    """Undoable, or None when there is nothing to take back any more."""
    failed = Signal(object)
    """AppError that no page shows itself."""
    page_requested = Signal(str, object)
    sync_requested = Signal()
    sync_state_changed = Signal()

    def __init__(self, session: Session, jobs: Jobs, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.jobs = jobs
        self.settings = settings
        self.undoable: Undoable | None = None
        self.photos = PhotoService(session, jobs, self)
        self.photos.told.connect(self._hear_photo)

    def call(
        self,
        function: Callable[..., T],
        *args: Any,
        done: Callable[[T], object] | None = None,
        owner: QObject | None = None,
        failed: Callable[[AppError], object] | None = None,
        lane: str = QUICK,
        **kwargs: Any,
    ) -> Job[T]:
        """`function(session, *args, **kwargs)` off the UI thread; `done` hears the result unless `owner` is gone."""
        return self.jobs.run(
            lambda _progress, _cancelled: function(self.session, *args, **kwargs),
            done, owner=owner or self, failed=failed or self.failed.emit, lane=lane,
        )  # fmt: skip

    def publish(self, changes: Changes) -> None:
        """Tell every view what an operation changed."""
        self.records_changed.emit(changes)

    def saved(self, saved: Saved, text: str) -> None:
        """Tell every view of a save and offer to take it back."""
        self.undoable = Undoable(text, saved.op_id)
        self.publish(saved.changes)
        self.undo_offered.emit(self.undoable)

    def undo_last(self, done: Callable[[Saved], object] | None = None) -> None:
        """Take back the last thing that was offered for it."""
        undoable, self.undoable = self.undoable, None
        if undoable is None:
            return
        self.undo_offered.emit(None)

        def undone(saved: Saved) -> None:
            self.publish(saved.changes)
            if done:
                done(saved)

        self.call(undo.undo, undoable.op_id, done=undone)

    def _hear_photo(self, finished: Finished) -> None:
        if finished.changes != NOTHING:
            self.publish(finished.changes)

    def open_page(self, key: str, **given: object) -> None:
        """Go to a place; `given` is handed to its page's `enter`."""
        self.page_requested.emit(key, given)

    def open_record(self, ledger: str, record_id: str) -> None:
        """Show one record in the place of its ledger."""
        self.open_page(place_of_ledger(ledger), ledger=ledger, record_id=record_id)

    def change_settings(self, **changes: Any) -> None:
        """Keep a choice about the look, and wear it at once."""
        self.settings = replace(self.settings, **changes)
        settings_file.store(self.session.home, self.settings)
        app = QApplication.instance()
        if isinstance(app, QApplication) and changes.keys() & {"theme", "large_text"}:
            theme.wear(app, mode=self.settings.theme, large=self.settings.large_text)
