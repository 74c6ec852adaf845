"""Running SQL inside one transaction: results are lists, never cursors, and foreign errors are translated here."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from gridworker.errors import BugError, Cancelled
from gridworker.store.driver import Connection, Error, translate
from gridworker.store.errors import SnapshotTooOld
from gridworker.store.tables import Tables

Row = tuple[Any, ...]
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
        self._ended = False

    def sql(self, statement: str, params: Sequence[Any] = ()) -> list[Row]:
        """All rows of a read statement."""
        self._raise_if_foreign_thread()
        with self._running:
            self._raise_if_ended()
            try:
                rows: list[Row] = self._connection.execute(statement, params).fetchall()
            except Error as failed:
                raise translate(failed) from failed
        return rows

    def one(self, statement: str, params: Sequence[Any] = ()) -> Row | None:
        """The first row of a read statement."""
        rows = self.sql(statement, params)
        return rows[0] if rows else None

    def numbers(self, statement: str, params: Sequence[Any] = ()) -> array[int]:
        """The first column of all rows as whole numbers; a list of half a million ids takes four megabytes."""
        self._raise_if_foreign_thread()
        with self._running:
            self._raise_if_ended()
            try:
                return array("q", (row[0] for row in self._connection.execute(statement, params)))
            except Error as failed:
                raise translate(failed) from failed

    def interrupt(self) -> None:
        """Stops the statement that runs now and every read after it, from any thread; its caller gets Cancelled."""
        self._stopped = True
        for _ in range(_TRIES):
            self._connection.interrupt()
            # A statement that was only about to begin did not hear it; told again, it does.
            if self._running.acquire(timeout=_AGAIN_S):
                self._running.release()
                return

    def end(self) -> None:
        """Gives up the snapshot, from any thread, between two statements; the next one raises SnapshotTooOld."""
        with self._running:
            self._ended = True
            with suppress(Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

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
