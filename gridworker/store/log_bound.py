"""Keeping the write-ahead log small: it is folded into the database as it grows, and no reader holds it open for ever.

SQLite folds the log by itself while nobody reads an old state of it. A reader that stays makes it grow with every
save. Past the first bound the writer waits a moment for readers to leave; past the second, snapshots older than a few
seconds are ended, and whoever held one is told at the next read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gridworker.store.driver import Connection, Error
from gridworker.store.statements import Reads

FIRST_BOUND = 16 * 1024 * 1024
SECOND_BOUND = 64 * 1024 * 1024
OLD_SECONDS = 10.0
_STEP = 4 * 1024 * 1024
_PATIENCE_MS = 100
_USUAL_MS = 5_000


class Snapshots:
    """The snapshots open now, and since when."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._gate = threading.Lock()
        self._guard = threading.Lock()
        self._open: dict[int, tuple[float, Reads]] = {}

    @contextmanager
    def kept(self, reads: Reads) -> Iterator[None]:
        """Counts a snapshot as open for a while; it begins after a fold that is being made."""
        with self._gate, self._guard:
            self._open[id(reads)] = (self._clock(), reads)
        try:
            yield
        finally:
            with self._guard:
                del self._open[id(reads)]

    @contextmanager
    def without_old(self) -> Iterator[int]:
        """Ends snapshots that are held for too long, and lets none begin meanwhile; gives how many there were."""
        with self._gate:
            yield self._end_old()

    def _end_old(self) -> int:
        newest = self._clock() - OLD_SECONDS
        with self._guard:
            old = [reads for since, reads in self._open.values() if since <= newest]
        for reads in old:
            reads.end()
        return len(old)


class LogBound:
    """Watches the log of one database, from the thread that writes."""

    def __init__(self, path: Path, snapshots: Snapshots) -> None:
        self._log = Path(f"{path}-wal")
        self._snapshots = snapshots
        self._next = FIRST_BOUND

    def after_commit(self, connection: Connection) -> None:
        """Folds the log if it has grown past a bound; a failure to do so is nobody's loss and is tried again."""
        size = self._size()
        if size < self._next:
            return
        if not self._folded(connection) and size >= SECOND_BOUND:
            with self._snapshots.without_old() as ended:
                if ended:
                    self._folded(connection)
        # What could not be folded now is tried again when it has grown noticeably, not at every save.
        self._next = max(FIRST_BOUND, self._size() + _STEP)

    def _folded(self, connection: Connection) -> bool:
        busy = True
        with suppress(Error):
            connection.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
            busy = bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        with suppress(Error):
            connection.execute(f"PRAGMA busy_timeout={_USUAL_MS}")
        return not busy

    def _size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0
