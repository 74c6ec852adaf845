"""The anchor: how far the audit had come, kept outside the database, so that saves which vanish from it are missed.

A flipped bit in the write-ahead log makes SQLite drop all that was committed after it, and every check of the file
says it is well. So each commit that adds a link also adds one small authenticated mark to a file of its own. It is
written before the save is acknowledged and reaches the disk a moment later, when the writer rests: a mark costs a save
4 µs that way, and would cost 200 µs (a fifth of the save) if it were forced to the disk each time. The anchor
may lag behind the database, which is no alarm, and never runs ahead of it unless something was lost.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gridworker.store.driver import KEY_BYTES, Connection, KeyBytes
from gridworker.store.home import translate_os
from gridworker.store.safety_errors import ForeignHistory, OldCopy, VanishedSaves

ANCHOR = "anchor.dat"
_LABEL = b"gridworker anchor key 1"
_FORM = struct.Struct(">QI32s16sQ")
_SEAL = 16
_SIZE = _FORM.size + _SEAL
_SALT = 16
_TAIL = 1024
_LONG = 8 * _TAIL
_LAZY_SECONDS = 1.0
_FACTS = (
    "SELECT seq, hash, (SELECT CAST(value AS INTEGER) FROM meta WHERE key='incarnation')"
    " FROM audit ORDER BY seq DESC LIMIT 1"
)


@dataclass(frozen=True)
class Mark:
    """One moment: so many links, the hash of the last, in the file of this salt, under this incarnation."""

    links: int
    incarnation: int
    hash: bytes
    salt: bytes
    at_ms: int


@dataclass(frozen=True)
class Marks:
    """What an anchor holds: its newest mark that is authentic, and how many of the last ones are not."""

    newest: Mark | None
    bad: int = 0


def anchor_key(data_key: KeyBytes) -> bytes:
    """The key of the anchor: from the ledger's key, and of no use for finding that one."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_LABEL).derive(bytes(data_key))


def read_marks(home: Path, data_key: KeyBytes) -> Marks:
    """The anchor of a home; marks that were torn or changed are counted and not believed."""
    try:
        tail = _tail_of(home / ANCHOR)
    except FileNotFoundError:
        return Marks(None)
    except OSError as failed:
        raise translate_os(failed) from failed
    key, bad = anchor_key(data_key), 0
    good: list[Mark] = []
    for start in range(0, len(tail) - _SIZE + 1, _SIZE):
        body, seal = tail[start : start + _FORM.size], tail[start + _FORM.size : start + _SIZE]
        if _sealed(body, key) == seal:
            good.append(_mark(body))
        else:
            bad += 1
    # The last one written, not the longest: after a recovery the chain may be shorter for good reasons.
    return Marks(good[-1] if good else None, bad)


def salt_of(database: Path) -> bytes:
    """The first bytes of a database file, which no other file shares."""
    with database.open("rb") as file:
        return file.read(_SALT)


def raise_if_lost(connection: Connection, newest: Mark | None, salt: bytes) -> None:
    """Compares the database with its anchor; reads two rows, raises the driver's errors and ours."""
    if newest is None:
        return
    found = connection.execute(_FACTS).fetchone()
    links = found[0] if found else 0
    if links < newest.links:
        kind = VanishedSaves if salt == newest.salt else OldCopy
        raise kind.of(newest.links - links)
    row = connection.execute("SELECT hash FROM audit WHERE seq=?", (newest.links,)).fetchone()
    if newest.links and (row is None or row[0] != newest.hash):
        raise ForeignHistory


class Anchor:
    """The open anchor of a home; only the writer's thread touches it. It never makes a save fail."""

    def __init__(self, home: Path, data_key: KeyBytes, salt: bytes) -> None:
        self._path = home / ANCHOR
        self._key = anchor_key(data_key)
        self._salt = salt
        self._last: tuple[int, bytes, int] | None = None
        self._synced = time.monotonic()
        self.waiting = False
        self._file: int | None = None
        _shorten(self._path)
        self._open()

    def facts(self, connection: Connection) -> tuple[int, bytes, int] | None:
        """What a mark says of a database, to be read inside the transaction that will be committed."""
        row = connection.execute(_FACTS).fetchone()
        return (row[0], row[1], row[2] or 1) if row else None

    def add(self, facts: tuple[int, bytes, int] | None) -> None:
        """Marks what was committed; a full disk leaves the anchor behind until there is room."""
        if facts is None or facts == self._last:
            return
        links, last_hash, incarnation = facts
        body = _FORM.pack(links, incarnation, last_hash, self._salt, time.time_ns() // 1_000_000)
        if not self._append(body + _sealed(body, self._key)):
            self._cut_torn_tail()
            return
        self._last = facts
        self.waiting = True
        if time.monotonic() - self._synced > _LAZY_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Brings what was marked to the disk."""
        self._synced = time.monotonic()
        self.waiting = False
        if self._file is not None:
            with suppress(OSError):
                os.fsync(self._file)

    def close(self) -> None:
        """Brings all to the disk and lets go of file and key."""
        self.sync()
        if self._file is not None:
            os.close(self._file)
        self._file = None
        self._key = b""

    def _open(self) -> None:
        with suppress(OSError):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._file = os.open(self._path, flags, 0o600)
            self._cut_torn_tail()

    def _append(self, record: bytes) -> bool:
        if self._file is None:
            self._open()
        try:
            return self._file is not None and os.write(self._file, record) == len(record)
        except OSError:
            return False

    def _cut_torn_tail(self) -> None:
        if self._file is None:
            return
        with suppress(OSError):
            size = os.fstat(self._file).st_size
            if size % _SIZE:
                os.ftruncate(self._file, size - size % _SIZE)


def _mark(body: bytes) -> Mark:
    links, incarnation, last_hash, salt, at_ms = _FORM.unpack(body)
    return Mark(links, incarnation, last_hash, salt, at_ms)


def _sealed(body: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, digest_size=_SEAL).digest()


def _tail_of(path: Path) -> bytes:
    with path.open("rb") as file:
        whole = os.fstat(file.fileno()).st_size // _SIZE
        file.seek(max(0, whole - _TAIL) * _SIZE)
        return file.read(_TAIL * _SIZE)


def _shorten(path: Path) -> None:
    """Keeps the newest marks of a long anchor; cut off in between, the long one stays."""
    with suppress(OSError):
        if path.stat().st_size > _LONG * _SIZE:
            fresh = path.with_suffix(".new")
            with fresh.open("wb") as file:
                file.write(_tail_of(path))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
