"""The one thread that writes: work comes in turn, each in its own transaction, and its caller waits for the commit."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from gridworker.errors import BugError
from gridworker.store.anchor import Anchor
from gridworker.store.ballast import RELEASED, Ballast
from gridworker.store.driver import Connection, Error, translate
from gridworker.store.errors import DiskFull, StoreClosed
from gridworker.store.log_bound import LogBound
from gridworker.store.tables import Tables
from gridworker.store.transactions import WriteTx

T = TypeVar("T")
_REST_SECONDS = 0.05
_Job = tuple[Callable[[Any], Any], "Future[Any]", bool]


class Writer:
    """Owns the writing connection from its first statement to its close."""

    def __init__(
        self,
        connection: Connection,
        tables: Tables,
        now: Callable[[], str],
        *,
        anchor: Anchor,
        ballast: Ballast,
        bound: LogBound,
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._now = now
        self._anchor = anchor
        self._ballast = ballast
        self._bound = bound
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._fault: BaseException | None = None
        # A daemon: a program that dies in the middle must not wait for a queue.
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def do(self, work: Callable[[WriteTx], T]) -> T:
        """Runs work in a transaction and returns after its commit; whatever it raises undoes it and comes back."""
        return self._asked(work, bare=False)

    def tidy(self, work: Callable[[Connection], T]) -> T:
        """Runs work on the connection between two transactions, for what cannot be done inside of one."""
        return self._asked(work, bare=True)

    def close(self) -> None:
        """Finishes what was asked for before, then closes the connection."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._thread.join()

    def _asked(self, work: Callable[[Any], T], *, bare: bool) -> T:
        if threading.current_thread() is self._thread:
            raise BugError("A write was asked for from inside a write.")
        future: Future[T] = Future()
        with self._closing:
            if self._fault is not None:
                raise BugError("The writer has ended.") from self._fault
            if self._closed:
                raise StoreClosed
            self._jobs.put((work, future, bare))
        return future.result()

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as fault:  # noqa: BLE001 - told to all who wait for an answer, and to whoever asks next
            self._end(fault)
        self._anchor.close()
        self._connection.close()

    def _end(self, fault: BaseException) -> None:
        """A fault of ours between two jobs: nobody may wait for ever for a writer that is no more."""
        with self._closing:
            self._fault, self._closed = fault, True
        while not self._jobs.empty():
            if (job := self._jobs.get()) is not None:
                told = BugError("The writer has ended.")
                told.__cause__ = fault
                job[1].set_exception(told)

    def _serve(self) -> None:
        self._mark_present()
        while (job := self._next()) is not None:
            work, future, bare = job
            try:
                result = self._bare(work) if bare else self._transact(work)
            except BaseException as raised:  # noqa: BLE001 - handed to the caller, who alone can tell what it means
                future.set_exception(raised)
            else:
                future.set_result(result)
                self._bound.after_commit(self._connection)
            # A job kept until the next one comes would keep personal data in memory that long.
            del job, work, future

    def _next(self) -> _Job | None:
        """Waits for work; at rest the anchor is brought to the disk, which no caller waits for."""
        if self._anchor.waiting:
            try:
                return self._jobs.get(timeout=_REST_SECONDS)
            except queue.Empty:
                self._anchor.sync()
        return self._jobs.get()

    def _mark_present(self) -> None:
        # What was committed before without its mark: by a migration, or by a program that was killed in between.
        with suppress(Error):
            self._anchor.add(self._anchor.facts(self._connection))

    def _bare(self, work: Callable[[Connection], T]) -> T:
        try:
            return work(self._connection)
        except Error as raised:
            raise translate(raised) from raised

    def _transact(self, work: Callable[[WriteTx], T]) -> T:
        try:
            # A deferred transaction that reads first can fail at its first write, however long it would wait.
            self._connection.execute("BEGIN IMMEDIATE")
            before = self._connection.total_changes
            result = work(WriteTx(self._connection, self._tables, self._now))
            facts = self._anchor.facts_to_commit(self._connection, before)
            self._connection.execute("COMMIT")
        except BaseException as raised:
            self._undo()
            known = translate(raised) if isinstance(raised, Error) else raised
            if isinstance(known, DiskFull) and self._ballast.release():
                known = DiskFull(action=RELEASED)
            if known is raised:
                raise
            raise known from raised
        self._anchor.add(facts)
        return result

    def _undo(self) -> None:
        # A full disk has rolled back by itself.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
