"""The anchor: how far the audit had come, kept outside the database, so that saves which vanish from it are missed.

A flipped bit in the write-ahead log makes SQLite drop all that was committed after it, and every check of the file
says it is well. So each commit also adds one small authenticated mark to a file of its own: how many links the audit
has, and how many commits there were without one (drafts, pages of a pull), which a counter in the database counts. It
is written before the save is acknowledged and reaches the disk a moment later, when the writer rests: a mark costs a
save 4 µs that way, and would cost 200 µs (a fifth of the save) if it were forced to the disk each time. The anchor
may lag behind the database, which is no alarm, and never runs ahead of it unless something was lost.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gridworker.store.driver import KEY_BYTES, Connection, KeyBytes
from gridworker.store.home import translate_os
from gridworker.store.safety_errors import ForeignHistory, OldCopy, VanishedSaves

ANCHOR = "anchor.dat"
_LABEL = b"gridworker anchor key 1"
_FORM = struct.Struct(">QI32s16sQQ")
_SEAL = 16
_SIZE = _FORM.size + _SEAL
# Before 0.2 the commits without a link were not counted.
_FORMER = struct.Struct(">QI32s16sQ")
_SALT = 16
_TAIL = 1024
_LONG = 8 * _TAIL
_LAZY_SECONDS = 1.0
_FACTS = (
    "SELECT seq, hash, (SELECT CAST(value AS INTEGER) FROM meta WHERE key='incarnation'),"
    " (SELECT value FROM counter WHERE name='commits_without_link')"
    " FROM audit ORDER BY seq DESC LIMIT 1"
)
_COUNT = (
    "INSERT INTO counter (name, value) VALUES ('commits_without_link', 1)"
    " ON CONFLICT (name) DO UPDATE SET value = value + 1"
)


@dataclass(frozen=True)
class Mark:
    """One moment: so many links, the hash of the last, in the file of this salt, under this incarnation."""

    links: int
    incarnation: int
    hash: bytes
    salt: bytes
    at_ms: int
    unlinked: int = 0
    """Commits that added no link."""


@dataclass(frozen=True)
class Facts:
    """What a mark says of a database."""

    links: int
    hash: bytes
    incarnation: int
    unlinked: int


@dataclass(frozen=True)
class Marks:
    """What an anchor holds: its newest mark that is authentic, and how many of the last ones are not."""

    newest: Mark | None
    bad: int = 0
    heads: Mapping[int, bytes] = field(default_factory=dict)
    """The hash of the last link by how many there were, as far back as the anchor goes."""
    former: bool = False
    """Whether it was written before commits without a link were counted."""


def anchor_key(data_key: KeyBytes) -> bytes:
    """The key of the anchor: from the ledger's key, and of no use for finding that one."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_LABEL).derive(bytes(data_key))


def read_marks(home: Path, data_key: KeyBytes) -> Marks:
    """The anchor of a home; marks that were torn or changed are counted and not believed."""
    key = anchor_key(data_key)
    try:
        marks = _marks_in(_tail_of(home / ANCHOR, _FORM), key, _FORM)
        # The last one written, not the longest: after a recovery the chain may be shorter for good reasons.
        return marks if marks.newest else _former(home / ANCHOR, key) or marks
    except FileNotFoundError:
        return Marks(None)
    except OSError as failed:
        raise translate_os(failed) from failed


def _former(path: Path, key: bytes) -> Marks | None:
    found = _marks_in(_tail_of(path, _FORMER), key, _FORMER)
    return found if found.newest else None


def _marks_in(tail: bytes, key: bytes, form: struct.Struct) -> Marks:
    size, good, bad = form.size + _SEAL, list[Mark](), 0
    for place in range(0, len(tail) - size + 1, size):
        body, seal = tail[place : place + form.size], tail[place + form.size : place + size]
        if _sealed(body, key) == seal:
            good.append(Mark(*form.unpack(body)))
        else:
            bad += 1
    heads = {one.links: one.hash for one in good}
    return Marks(good[-1] if good else None, bad, heads, former=form is _FORMER and bool(good))


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
    if (unlinked := (found[3] if found else None) or 0) < newest.unlinked:
        kind = VanishedSaves if salt == newest.salt else OldCopy
        raise kind.of_drafts(newest.unlinked - unlinked)
    row = connection.execute("SELECT hash FROM audit WHERE seq=?", (newest.links,)).fetchone()
    if newest.links and (row is None or row[0] != newest.hash):
        raise ForeignHistory


class Anchor:
    """The open anchor of a home; only the writer's thread touches it. It never makes a save fail."""

    def __init__(self, home: Path, data_key: KeyBytes, salt: bytes) -> None:
        self._path = home / ANCHOR
        self._key = anchor_key(data_key)
        self._salt = salt
        self._last: Facts | None = None
        self._seen: Facts | None = None
        self._synced = time.monotonic()
        self.waiting = False
        self._file: int | None = None
        _shorten(self._path, self._key)
        self._open()

    def facts(self, connection: Connection) -> Facts | None:
        """What a mark says of a database."""
        row = connection.execute(_FACTS).fetchone()
        return Facts(row[0], row[1], row[2] or 1, row[3] or 0) if row else None

    def facts_to_commit(self, connection: Connection, before: int) -> Facts | None:
        """The same inside the transaction that will be committed; one that changed rows and added no link is counted.

        `before` is how many rows the connection had changed when the transaction began.
        """
        facts = self.facts(connection)
        # A row more would cost a save a page of the log; only what has no link of its own pays for it.
        if facts is None or facts != self._seen or connection.total_changes == before:
            return facts
        connection.execute(_COUNT)
        return replace(facts, unlinked=facts.unlinked + 1)

    def add(self, facts: Facts | None) -> None:
        """Marks what was committed; a full disk leaves the anchor behind until there is room."""
        self._seen = facts
        if facts is None or facts == self._last:
            return
        body = _FORM.pack(
            facts.links, facts.incarnation, facts.hash, self._salt, time.time_ns() // 1_000_000, facts.unlinked
        )
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


def _sealed(body: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, digest_size=_SEAL).digest()


def _tail_of(path: Path, form: struct.Struct) -> bytes:
    size = form.size + _SEAL
    with path.open("rb") as file:
        whole = os.fstat(file.fileno()).st_size // size
        file.seek(max(0, whole - _TAIL) * size)
        return file.read(_TAIL * size)


def _shorten(path: Path, key: bytes) -> None:
    """Keeps the newest marks of a long anchor, and none of a former form; cut off in between, the old one stays."""
    with suppress(OSError):
        former = _former(path, key)
        if former or path.stat().st_size > _LONG * _SIZE:
            fresh = path.with_suffix(".new")
            with fresh.open("wb") as file:
                if not former:
                    file.write(_tail_of(path, _FORM))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
