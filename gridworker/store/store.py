"""The encrypted ledger of one home: opened once, written by one thread, read by as many as like."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from gridworker.errors import BugError, Cancelled, KnownError
from gridworker.identity import new_id
from gridworker.ledger.dates import now_stamp
from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import all_ledgers
from gridworker.store import anchor as anchors
from gridworker.store import backup, kept_keys, search_rebuild
from gridworker.store.anchor import Anchor
from gridworker.store.backup import Backup
from gridworker.store.ballast import Ballast, no_room_to_open
from gridworker.store.belonging import marked, note, raise_if_swapped
from gridworker.store.compacting import compact
from gridworker.store.driver import Connection, Error, KeyBytes, connect, translate
from gridworker.store.errors import DamagedDatabase, DiskFull, DiskTrouble, MissingDatabase, StoreClosed
from gridworker.store.home import DATABASE, SIDECAR, Lock, make_home, raise_if_remote
from gridworker.store.ledger_file import create_file, open_file
from gridworker.store.log_bound import LogBound, Snapshots
from gridworker.store.readers import Readers
from gridworker.store.sidecar import read_sidecar, write_sidecar
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import Tables
from gridworker.store.transactions import ReadTx, WriteTx
from gridworker.store.writer import Writer

__all__ = ["ReadTx", "Reads", "Store", "WriteTx", "Writes"]

T = TypeVar("T")
_WAIT_SECONDS = 0.1


class Store:
    """One open home. Close it; a program that dies without closing loses nothing that was acknowledged."""

    def __init__(
        self,
        path: Path,
        data_key: KeyBytes,
        lock: Lock,
        connection: Connection,
        ledgers: Mapping[str, Ledger],
        now: Callable[[], str],
    ) -> None:
        home = path.parent
        self.path = path
        # A copy that can be overwritten. What cannot be promised: Python and the driver made others on the way (the key
        # as text of a PRAGMA, buffers of argon2 and AES), which stay in freed memory until something takes their place.
        self._data_key = bytearray(data_key)
        self._lock = lock
        self.tables = Tables(ledgers)
        self._snapshots = Snapshots()
        self._writer = Writer(
            connection,
            self.tables,
            now,
            bound=LogBound(path, self._snapshots),
            anchor=Anchor(home, data_key, anchors.salt_of(path)),
            ballast=Ballast(home),
        )
        self._readers = Readers(self._connect)
        self._rebuilding = threading.Lock()

    @classmethod
    def create(
        cls,
        home: Path,
        data_key: KeyBytes,
        *,
        ledgers: Mapping[str, Ledger] | None = None,
        now: Callable[[], str] = now_stamp,
    ) -> Store:
        """A new, empty ledger in a home; refuses where one lies. It appears under its name only when it is complete."""
        raise_if_remote(home)
        make_home(home)
        lock = Lock(home)
        try:
            create_file(home / DATABASE, data_key, ledgers or all_ledgers())
            _mark_started(home)
            return cls._opened(home, data_key, lock, ledgers or all_ledgers(), now)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(
        cls,
        home: Path,
        data_key: KeyBytes,
        *,
        ledgers: Mapping[str, Ledger] | None = None,
        now: Callable[[], str] = now_stamp,
    ) -> Store:
        """The ledger of a home, brought up to date; any failure leaves every file as it is."""
        raise_if_remote(home)
        if not (home / DATABASE).exists():
            raise MissingDatabase
        lock = Lock(home)
        try:
            opened = cls._opened(home, data_key, lock, ledgers or all_ledgers(), now)
        except BaseException as failed:
            lock.release()
            if isinstance(failed, DamagedDatabase):
                raise_if_swapped(home)
            raise
        note(home)
        return opened

    @classmethod
    def _opened(
        cls, home: Path, data_key: KeyBytes, lock: Lock, ledgers: Mapping[str, Ledger], now: Callable[[], str]
    ) -> Store:
        path = home / DATABASE
        newest = anchors.read_marks(home, data_key).newest
        try:
            connection = open_file(path, data_key, ledgers, newest)
        except (DiskFull, DiskTrouble) as failed:
            # On a full disk even the files that opening makes need room.
            if not Ballast(home).release_for_start():
                raise (no_room_to_open(home) or failed) from failed
            connection = open_file(path, data_key, ledgers, newest)
        store = cls(path, data_key, lock, connection, ledgers, now)
        try:
            with store.read() as tx:
                _continue_ids(tx)
                fresh = kept_keys.are_current(tx) or kept_keys.has_rules_of_its_own(tx)
            if not fresh:
                store.write(kept_keys.rebuild)
        except BaseException:
            # Its writer would go on with the key and the file, which the recovery then could not lay aside on Windows.
            store.close()
            raise
        return store

    def write(self, work: Callable[[WriteTx], T]) -> T:
        """Runs work in one transaction on the writer's thread; returns after the commit has reached the disk."""
        return self._writer.do(work)

    def read(self) -> AbstractContextManager[ReadTx]:
        """A snapshot to read from, for the thread that asks; it never waits for the writer."""
        return self._read()

    @contextmanager
    def _read(self) -> Iterator[ReadTx]:
        try:
            connection = self._readers.lend()
        except Error as failed:
            raise translate(failed) from failed
        try:
            try:
                connection.execute("BEGIN")
            except Error as failed:
                raise translate(failed) from failed
            reads = ReadTx(connection, self.tables)
            with self._snapshots.kept(reads):
                yield reads
        finally:
            self._readers.take_back(connection)

    def rebuild_search(
        self, progress: Callable[[int, int, str], None] = lambda *_: None, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Makes the search index anew, in parts between which others write; see `search_rebuild`."""
        while not self._rebuilding.acquire(timeout=_WAIT_SECONDS):
            if cancelled():
                raise Cancelled
        try:
            with self.read() as tx:
                sound = search_rebuild.is_sound(tx)
            search_rebuild.rebuild(self.write, progress, cancelled, sound=sound)
        finally:
            self._rebuilding.release()

    def compact(self) -> bool:
        """Writes the file anew without what was deleted from it; whether nothing of that is left in the log either."""
        return self._writer.tidy(compact)

    def back_up(
        self,
        reason: str,
        *,
        now: datetime | None = None,
        progress: backup.Progress = lambda *_: None,
        cancelled: backup.Stop = lambda: False,
    ) -> Backup:
        """An encrypted copy beside the work, checked before it counts; see `backup.make`."""
        key = self.lend_key()
        try:
            return backup.make(self.path.parent, key, reason, now=now, progress=progress, cancelled=cancelled)
        except KnownError as failed:
            if self._readers.closed:
                # The key was overwritten while the copy was on its way; nothing is damaged.
                raise StoreClosed from failed
            raise

    def raise_if_damaged(self) -> None:
        """Reads every page and the whole structure; raises DamagedDatabase."""
        with self._read() as tx:
            try:
                bad = tx.sql("PRAGMA cipher_integrity_check")
                structure = [] if bad else tx.sql("PRAGMA integrity_check(1)")
            except BugError as failed:
                # The search index cannot even be opened when a page of it is gone.
                raise DamagedDatabase from failed
        if bad or structure != [("ok",)]:
            raise DamagedDatabase

    def lend_key(self) -> bytearray:
        """The data key of an open home, for wrapping it anew; the lender overwrites it at `close`, so keep no copy."""
        if self._readers.closed:
            raise StoreClosed
        return self._data_key

    def close(self) -> None:
        """Ends the writing and lets go of the home; readers still open end on their own."""
        if not self._readers.close():
            return
        # The writer closes last: the last connection folds the write-ahead log into the database.
        self._writer.close()
        self._data_key[:] = bytes(len(self._data_key))
        self._lock.release()

    def _connect(self) -> Connection:
        return connect(self.path, self._data_key, readonly=True)


def _mark_started(home: Path) -> None:
    sidecar = home / SIDECAR
    if sidecar.exists():
        write_sidecar(sidecar, marked(home, replace(read_sidecar(sidecar), started=True)))


def _continue_ids(tx: ReadTx) -> None:
    """New ids go on after the newest made here, even where the clock was set back."""
    newest = tx.sql("SELECT max(op_id) FROM outbox")[0][0]
    if newest:
        number = uuid.UUID(newest).int
        new_id.last = max(new_id.last, (number >> 80) << 12 | (number >> 64) & 0xFFF)
