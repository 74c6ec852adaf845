"""The file `blobs.db`: its own key, its schema, one writer at a time, readers with their own connections.

Whoever opens it holds the home's lock by its Store, so that no second program works on it. Where both are needed, the
ledger's transaction is always the outer one: work that holds this file's write lock never asks for the ledger's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gridworker.store.ballast import lacks_room
from gridworker.store.blob_errors import DamagedBlobs, MissingBlobs, NewerBlobs
from gridworker.store.driver import KEY_BYTES, Connection, Error, KeyBytes, connect, translate
from gridworker.store.errors import DamagedDatabase, DiskFull, DiskTrouble, StoreClosed
from gridworker.store.home import translate_os
from gridworker.store.readers import Readers
from gridworker.store.sidecar import sync_folder
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import Tables

BLOBS = "blobs.db"
_LABEL = b"gridworker blobs.db key 1"
VERSION = 2
_SMALLEST = 4096
# Room for the whole index of a hundred thousand addresses: looking one up costs the same however many there are.
_CACHE_KIB = 12_000
_NO_TABLES = Tables({})

# What was taken away on purpose, and how far the ledger's chain was then: a backup place may let go of it, once no copy
# of the ledger from before is kept there.
_GONE = """CREATE TABLE gone (
  row_id INTEGER PRIMARY KEY AUTOINCREMENT,
  address BLOB NOT NULL UNIQUE,
  links INTEGER NOT NULL
)"""
# Bodies and originals lie in tables of their own: listing and looking up never step over their pages.
_SCHEMA = (
    """CREATE TABLE blob (
  row_id INTEGER PRIMARY KEY,
  address BLOB NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  size INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  at INTEGER NOT NULL
)""",
    "CREATE INDEX blob_at ON blob (at)",
    "CREATE TABLE body (row_id INTEGER PRIMARY KEY, thumb BLOB NOT NULL, data BLOB NOT NULL)",
    """CREATE TABLE pending (
  row_id INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  address TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL DEFAULT '',
  tries INTEGER NOT NULL DEFAULT 0,
  since INTEGER NOT NULL,
  settled INTEGER NOT NULL DEFAULT 0,
  at INTEGER NOT NULL
)""",
    "CREATE INDEX pending_open ON pending (row_id) WHERE settled = 0",
    "CREATE INDEX pending_at ON pending (at)",
    "CREATE TABLE original (row_id INTEGER PRIMARY KEY, pending INTEGER NOT NULL, part BLOB NOT NULL)",
    "CREATE INDEX original_pending ON original (pending)",
    _GONE,
)


def blob_key(data_key: KeyBytes) -> bytes:
    """The key of the photo file: from the ledger's key, and of no use for finding that one."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_LABEL).derive(data_key)


class BlobFile:
    """The open file. Transactions are short, and every result is a list."""

    def __init__(self, path: Path, key: bytes, connection: Connection) -> None:
        self._path = path
        self._key = key
        self._writing = connection
        self._write_lock = threading.Lock()
        self._readers = Readers(self._connect)
        self._closed = False

    @classmethod
    def open(cls, home: Path, key: bytes, *, create: bool) -> BlobFile:
        """The photo file of a home; made where there is none and `create` allows it, never in place of another."""
        path = home / BLOBS
        try:
            if not path.exists():
                if not create:
                    raise MissingBlobs
                _make(path, key)
            if path.stat().st_size < _SMALLEST:
                raise DamagedBlobs
            return cls(path, key, _opened(path, key))
        except Error as failed:
            known = _known(failed)
            # On a full disk even the files that opening makes need room, and SQLite calls it trouble with the disk.
            raise (_no_room() if isinstance(known, DiskTrouble) and lacks_room(home) else known) from failed
        except OSError as failed:
            raise translate_os(failed) from failed

    @contextmanager
    def write(self) -> Iterator[Writes]:
        """One transaction that has reached the disk when the block ends; whatever the block raises undoes it."""
        with self._write_lock:
            if self._closed:
                raise StoreClosed
            try:
                self._writing.execute("BEGIN IMMEDIATE")
                yield Writes(self._writing, _NO_TABLES)
                self._writing.execute("COMMIT")
            except BaseException as raised:  # noqa: BLE001 - raised anew below, told of this file
                # A full disk has rolled back by itself.
                with suppress(Error):
                    if self._writing.in_transaction:
                        self._writing.execute("ROLLBACK")
                raise _known(raised) from raised.__cause__

    @contextmanager
    def read(self) -> Iterator[Reads]:
        """A snapshot for the thread that asks; it never waits for the writer."""
        try:
            connection = self._readers.lend()
        except Error as failed:
            raise _known(failed) from failed
        try:
            connection.execute("BEGIN")
            yield Reads(connection, _NO_TABLES)
        except (Error, DamagedDatabase) as failed:
            # SQLCipher stays dumb after a page that does not hold; the next reader begins anew.
            connection.close()
            raise _known(failed) from failed
        except BaseException:
            self._readers.take_back(connection)
            raise
        self._readers.take_back(connection)

    @property
    def identity(self) -> str:
        """The random bytes every encrypted file begins with: another file has others."""
        with self._path.open("rb") as file:
            return file.read(16).hex()

    def shrink_file(self) -> None:
        """Gives the room of removed photos back to the disk."""
        with self._write_lock, suppress(Error):
            if not self._closed:
                self._writing.execute("PRAGMA incremental_vacuum").fetchall()
                # Their pages stand in the log until it is folded.
                self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Waits for the writing that goes on, then lets go of file and key."""
        with self._write_lock:
            if self._closed:
                return
            self._closed = True
            self._readers.close()
            # The last connection to close folds the write-ahead log into the file.
            self._writing.close()
            self._key = b""

    def _connect(self) -> Connection:
        connection = connect(self._path, self._key, readonly=True)
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        return connection


def _make(path: Path, key: bytes) -> None:
    """The empty file, under its name only when it is complete."""
    fresh = path.with_suffix(".db.new")
    for left in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm")):
        left.unlink(missing_ok=True)
    connection = connect(fresh, key, create=True)
    try:
        # Removed photos give their room back; the setting takes hold by a VACUUM of the still empty file.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("VACUUM")
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()
    fresh.rename(path)
    sync_folder(path.parent)


def _opened(path: Path, key: bytes) -> Connection:
    connection = connect(path, key)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        _raise_if_foreign(version)
        if version < VERSION:
            _bring_up(connection)
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        # What is removed is overwritten: an original with its place in it does not linger in free pages.
        connection.execute("PRAGMA secure_delete=ON").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _bring_up(connection: Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(_GONE)
    connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute("COMMIT")


def _raise_if_foreign(version: int) -> None:
    if version > VERSION:
        raise NewerBlobs
    if version < 1:
        raise DamagedBlobs


def _no_room() -> DiskFull:
    return DiskFull(
        "磁盘满了，照片现在打不开。", safe="台账和照片都在。", action="请删除一些不用的文件腾出空间，再试一次。"
    )


def _known(raised: BaseException) -> BaseException:
    """What a failure means to the person; damage is told of the photo file instead of the ledger."""
    meant = translate(raised) if isinstance(raised, Error) else raised
    return DamagedBlobs() if isinstance(meant, DamagedDatabase) else meant
