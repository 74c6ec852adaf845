"""Photos and documents of records, by the address of their content, in an encrypted file of their own.

The address is the plain SHA-256 of the stored bytes. A keyed hash would hide nothing more: addresses lie only inside
encrypted files and travel only to the server, which holds the same bytes and must check them against the address
before anybody sees them. And it would cost what the address is for: two devices that keep the same photo could not
know it without sharing a key.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gridworker.imaging.made import Made
from gridworker.store.blob_errors import BlobAbsent, DamagedBlobs
from gridworker.store.blob_file import BLOBS, BlobFile, blob_key
from gridworker.store.blob_pack import Photo
from gridworker.store.blob_pending import Originals
from gridworker.store.statements import Row, Writes

__all__ = ["BLOBS", "BLOBS_BEGUN", "Blob", "BlobStore", "address_of", "blob_key", "is_address"]
PURGED = -1
"""In place of how far the chain had come: no copy of the ledger, however old, keeps such a photo in a backup place."""
BLOBS_BEGUN = "blobs_begun"
"""Noted in the ledger with the first photo: from then on a missing photo file is a loss to be told."""
_ADDRESS = re.compile(r"[0-9a-f]{64}")
_COLUMNS = "address, kind, size, width, height, at"
# Half as long as text, which halves the index that every look-up goes through.
_GIVEN = "IN (SELECT unhex(value) FROM json_each(?))"


@dataclass(frozen=True)
class Blob:
    """What is known of a kept photo or document without opening it; `at` is in seconds since 1970."""

    address: str
    kind: str
    size: int
    width: int
    height: int
    at: int


def address_of(data: bytes) -> str:
    """Where these bytes are kept, on every device."""
    return hashlib.sha256(data).hexdigest()


def is_address(text: str) -> bool:
    """Whether a text has the form of an address."""
    return _ADDRESS.fullmatch(text) is not None


class BlobStore:
    """The photos of one open home. Whatever `add` and `originals.keep` returned survives a power cut."""

    def __init__(self, file: BlobFile, now: Callable[[], int]) -> None:
        self._file = file
        self._now = now
        self._fresh: set[str] = set()
        self.originals = Originals(file, now, self._put, self._fresh)
        self.one_at_a_time = threading.Lock()
        """Held while a photo is made small, so that memory is bounded by one."""

    @classmethod
    def open(
        cls, home: Path, key: bytes, *, create: bool = True, now: Callable[[], int] = lambda: int(time.time())
    ) -> BlobStore:
        """The photos of a home, by `blob_key(data_key)`; raises MissingBlobs, DamagedBlobs or NewerBlobs."""
        return cls(BlobFile.open(home, key, create=create), now)

    def add(self, made: Made) -> str:
        """Keeps a finished photo; its address. The same bytes are kept once."""
        with self._file.write() as tx:
            return self._put(tx, made)

    def known(self, addresses: Sequence[str]) -> dict[str, Blob]:
        """Those of some addresses that are kept here."""
        with self._file.read() as tx:
            rows = tx.sql(f"SELECT {_COLUMNS} FROM blob WHERE address {_GIVEN}", [json.dumps(list(addresses))])
        return {blob.address: blob for blob in map(_blob, rows)}

    def newest(self, limit: int = 50) -> list[Blob]:
        """The photos added last."""
        with self._file.read() as tx:
            rows = tx.sql(f"SELECT {_COLUMNS} FROM blob ORDER BY row_id DESC LIMIT ?", [limit])
        return [_blob(row) for row in rows]

    def read(self, address: str) -> bytes:
        """The bytes of a photo, checked against its address; raises BlobAbsent or DamagedBlobs."""
        data = self._one("data", address)
        if address_of(data) != address:
            raise DamagedBlobs
        return data

    def thumb(self, address: str) -> bytes:
        """The small picture of a photo; raises BlobAbsent."""
        return self._one("thumb", address)

    def old(self, before: int) -> list[str]:
        """The addresses of photos added before a moment, none of those touched since the file was opened."""
        with self._file.read() as tx:
            rows = tx.sql("SELECT address FROM blob WHERE at < ?", [before])
        return [address for (raw,) in rows if (address := raw.hex()) not in self._fresh]

    def remove(self, addresses: Iterable[str], *, links: int = 0) -> int:
        """Removes photos for good; how many bytes they held. `links` is how far the ledger's chain has come.

        Those touched since the file was opened stay, unless they are to be purged.
        """
        gone = set(addresses)
        if links == PURGED:
            self._fresh -= gone
        given = [json.dumps(sorted(gone - self._fresh))]
        with self._file.write() as tx:
            tx.execute(f"DELETE FROM gone WHERE address {_GIVEN}", given)
            tx.execute(
                f"INSERT INTO gone (address, links) SELECT address, {int(links)} FROM blob WHERE address {_GIVEN}",
                given,
            )
            row = tx.one(f"SELECT coalesce(sum(size), 0) FROM blob WHERE address {_GIVEN}", given)
            tx.execute(f"DELETE FROM body WHERE row_id IN (SELECT row_id FROM blob WHERE address {_GIVEN})", given)
            tx.execute(f"DELETE FROM blob WHERE address {_GIVEN}", given)
        return int(row[0]) if row else 0

    # ---- for backups

    @property
    def identity(self) -> str:
        """Tells this photo file from every other."""
        return self._file.identity

    def after(self, row: int, limit: int) -> list[tuple[int, bytes, int]]:
        """Row, address and size of photos in the order they came, behind a row."""
        with self._file.read() as tx:
            statement = "SELECT row_id, address, size FROM blob WHERE row_id > ? ORDER BY row_id LIMIT ?"
            return [(int(place), bytes(raw), int(size)) for place, raw, size in tx.sql(statement, (row, limit))]

    def count(self, *, after: int = 0) -> int:
        """How many photos there are, or came behind a row."""
        with self._file.read() as tx:
            found = tx.one("SELECT count(*) FROM blob WHERE row_id > ?", [after])
        return int(found[0]) if found else 0

    def at_row(self, row: int) -> str:
        """The address of the photo in a row; empty where there is none."""
        with self._file.read() as tx:
            found = tx.one("SELECT address FROM blob WHERE row_id = ?", [row])
        return str(found[0].hex()) if found else ""

    def whole(self, address: str) -> Photo:
        """A photo with all that is known of it, checked; raises BlobAbsent or DamagedBlobs."""
        with self._file.read() as tx:
            row = tx.one(
                "SELECT kind, width, height, at, thumb, data FROM blob JOIN body USING (row_id)"
                " WHERE address = unhex(?)",
                [address],
            )
        if row is None:
            raise BlobAbsent
        if address_of(row[5]) != address:
            raise DamagedBlobs
        return Photo(address, *row)

    def raise_if_damaged(self) -> None:
        """Reads every page; raises DamagedBlobs."""
        with self._file.read() as tx:
            bad = tx.sql("PRAGMA cipher_integrity_check")
        if bad:
            raise DamagedBlobs

    def put_back(self, photos: Iterable[Photo]) -> None:
        """Keeps photos out of a backup, as they were, in one transaction."""
        with self._file.write() as tx:
            for photo in photos:
                made = Made(photo.kind, photo.data, photo.thumb, photo.width, photo.height)
                if address_of(photo.data) == photo.address and self._put(tx, made) == photo.address:
                    tx.execute("UPDATE blob SET at = ? WHERE address = unhex(?)", (photo.at, photo.address))

    def gone(self, after: int, links: int) -> list[tuple[int, bytes]]:
        """What was taken away on purpose behind a row of that list, up to the first that needs the chain further on."""
        with self._file.read() as tx:
            rows = tx.sql(
                "SELECT row_id, address FROM gone WHERE row_id > ?1 AND row_id < coalesce("
                "(SELECT min(row_id) FROM gone WHERE row_id > ?1 AND links >= ?2), 9223372036854775807)"
                " ORDER BY row_id",
                (after, links),
            )
        return [(int(row), bytes(raw)) for row, raw in rows]

    def purged(self, after: int) -> list[tuple[int, bytes]]:
        """What was purged behind a row of the list of what was taken away."""
        with self._file.read() as tx:
            rows = tx.sql("SELECT row_id, address FROM gone WHERE row_id > ? AND links = ?", (after, PURGED))
        return [(int(row), bytes(raw)) for row, raw in rows]

    def give_room_back(self) -> None:
        """Makes the file smaller by what was removed."""
        self._file.shrink_file()

    def close(self) -> None:
        """Lets go of file and key."""
        self._file.close()

    def _one(self, column: str, address: str) -> bytes:
        with self._file.read() as tx:
            row = tx.one(f"SELECT b.{column} FROM blob JOIN body b USING (row_id) WHERE address = unhex(?)", [address])
        if row is None:
            raise BlobAbsent
        return bytes(row[0])

    def _put(self, tx: Writes, made: Made) -> str:
        address = address_of(made.data)
        raw = bytes.fromhex(address)
        # Also where it is kept already: somebody wants it now, so it is not old.
        self._fresh.add(address)
        tx.execute("DELETE FROM gone WHERE address = ?", (raw,))
        if tx.execute("UPDATE blob SET at = max(at, ?) WHERE address = ?", (self._now(), raw)):
            return address
        tx.execute(
            f"INSERT INTO blob ({_COLUMNS}) VALUES (?,?,?,?,?,?)",
            (raw, made.kind, len(made.data), made.width, made.height, self._now()),
        )
        place = tx.one("SELECT last_insert_rowid()")
        tx.execute(
            "INSERT INTO body (row_id, thumb, data) VALUES (?,?,?)", (place[0] if place else 0, made.thumb, made.data)
        )
        return address


def _blob(row: Row) -> Blob:
    return Blob(row[0].hex(), *row[1:])
