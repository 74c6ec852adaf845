"""Finishes photos on a thread of its own, so that neither the window nor a save waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from gridworker.errors import AppError, BugError, Cancelled
from gridworker.operations import photos
from gridworker.operations.changes import NOTHING
from gridworker.operations.photos import Finished
from gridworker.operations.session import Session


class PhotoWork:
    """Begins with what earlier runs left; `told` is called on this thread with each photo that ended either way."""

    def __init__(self, session: Session, told: Callable[[Finished], None]) -> None:
        self._session = session
        self._told = told
        self._more = threading.Event()
        self._closing = threading.Event()
        self._more.set()
        # A daemon: a program that dies in the middle must not wait for a photo; it is finished at the next start.
        self._thread = threading.Thread(target=self._run, name="photo-work", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is a photo to finish: called after `photos.begin`."""
        self._more.set()

    def close(self) -> None:
        """Stops; what is not finished waits for the next start."""
        self._closing.set()
        self._more.set()
        self._thread.join()

    def _run(self) -> None:
        while self._more.wait() and not self._closing.is_set():
            self._more.clear()
            try:
                self._finish_all()
            except Cancelled:
                return
            except AppError as failed:
                self._told(Finished("", "", failed.sentence(), NOTHING))

    def _finish_all(self) -> None:
        for photo in photos.open_ones(self._session):
            if self._closing.is_set():
                return
            try:
                self._told(photos.finish(self._session, photo, cancelled=self._closing.is_set))
            except BugError as failed:
                # The next photo may be an ordinary one.
                self._told(Finished(photo, "", failed.sentence(), NOTHING))
