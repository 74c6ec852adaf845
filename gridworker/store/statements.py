"""Running SQL inside one transaction: results are lists, never cursors, and foreign errors are translated here."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import count
from operator import methodcaller
from typing import Any, TypeVar

from gridworker.errors import BugError, Cancelled
from gridworker.store.driver import Connection, Error, translate
from gridworker.store.errors import SnapshotTooOld
from gridworker.store.tables import Tables

Row = tuple[Any, ...]
T = TypeVar("T")
# Who interrupts waits so often and so long for the statement to end, and no longer: it may be the window's thread.
_TRIES, _AGAIN_S = 20, 0.002


class Reads:
    """Read statements on the connection of one transaction, by the thread that opened it."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.tables = tables
        self._connection = connection
        self._thread = threading.get_ident()
        self._stopped = False
        # Held while a statement runs: a snapshot that is held too long is ended by another thread, between statements.
        self._running = threading.Lock()
        # An interrupt that comes after its statement would meet one of the next transaction on this connection.
        self._telling = threading.Lock()
        self._is_busy = False
        self._ended = False

    def sql(self, statement: str, params: Sequence[Any] = ()) -> list[Row]:
        """All rows of a read statement."""
        return self._read(statement, params, methodcaller("fetchall"))

    def one(self, statement: str, params: Sequence[Any] = ()) -> Row | None:
        """The first row of a read statement."""
        rows = self.sql(statement, params)
        return rows[0] if rows else None

    def numbers(self, statement: str, params: Sequence[Any] = ()) -> array[int]:
        """The first column of all rows as whole numbers; a list of half a million ids takes four megabytes."""
        return self._read(statement, params, lambda rows: array("q", (row[0] for row in rows)))

    def interrupt(self) -> None:
        """Stops the statement that runs now and every read after it, from any thread; its caller gets Cancelled."""
        self._stopped = True
        if not self._is_told(range(_TRIES)):
            # Its thread is held up somewhere between here and the statement, as on a machine with too much to do.
            threading.Thread(target=self._is_told, args=(count(),), name="interrupt", daemon=True).start()

    def end(self) -> None:
        """Gives up the snapshot, from any thread, between two statements; the next one raises SnapshotTooOld."""
        with self._running:
            self._ended = True
            with suppress(Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def _read(self, statement: str, params: Sequence[Any], gather: Callable[[Any], T]) -> T:
        self._raise_if_foreign_thread()
        with self._running:
            self._is_busy = True
            try:
                self._raise_if_ended()
                return gather(self._connection.execute(statement, params))
            except Error as failed:
                raise translate(failed) from failed
            finally:
                with self._telling:
                    self._is_busy = False

    def _is_told(self, tries: Iterable[int]) -> bool:
        """Interrupts until nothing runs or the tries are over; a statement only about to begin does not hear it."""
        for _ in tries:
            with self._telling:
                if not self._is_busy:
                    return True
                self._connection.interrupt()
            if self._running.acquire(timeout=_AGAIN_S):
                self._running.release()
                return True
        return False

    def _raise_if_ended(self) -> None:
        if self._stopped:
            raise Cancelled
        if self._ended:
            raise SnapshotTooOld

    def _raise_if_foreign_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise BugError("A transaction was used by another thread than the one that opened it.")


class Writes(Reads):
    """Write statements on top of the reads; they commit together or not at all."""

    def execute(self, statement: str, params: Sequence[Any] = ()) -> int:
        """Runs one write statement; how many rows it touched."""
        self._raise_if_foreign_thread()
        try:
            return int(self._connection.execute(statement, params).rowcount)
        except Error as failed:
            raise translate(failed) from failed

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs one write statement for each row."""
        self._raise_if_foreign_thread()
        try:
            self._connection.executemany(statement, rows)
        except Error as failed:
            raise translate(failed) from failed
