"""Putting back the list of tables of a damaged copy, page by page, from a file that was laid out alike.

Without the pages that name the tables nothing of a database can be read, however sound the rest is. A backup holds the
same pages under the same numbers, for it was copied page by page and the list changes with a migration alone. They are
sealed anew for the damaged copy. Whether the two really fit, the caller has to prove by what can be read then.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from gridworker.store.driver import KeyBytes
from gridworker.store.home import translate_os
from gridworker.store.mending import PAGE, Seals

_SALT, _SEAL, _IV = 16, 64, 16
_BODY = PAGE - _SEAL - _IV
_MAGIC = b"SQLite format 3\x00"
_FIRST_HEAD = 100
_COUNT, _FREE = slice(28, 32), slice(32, 40)
_LEAF, _INNER = 13, 5
_MOST_PAGES = 4096


def graft(damaged: Path, alike: Path, data_key: KeyBytes) -> int:
    """Replaces the unreadable pages of the list of tables in a copy by those of another file; how many."""
    try:
        with damaged.open("r+b") as file:
            salt = file.read(_SALT)
            count = os.fstat(file.fileno()).st_size // PAGE
            seals = Seals(data_key, salt)
            pages = dict(_listing(alike, data_key))
            done = 0
            for number, page in sorted(pages.items()):
                file.seek((number - 1) * PAGE)
                if number > count or seals.hold(file.read(PAGE), number):
                    continue
                file.seek((number - 1) * PAGE)
                file.write(_sealed(_counted(page, count) if number == 1 else page, number, data_key, seals, salt))
                done += 1
            return done
    except OSError as failed:
        raise translate_os(failed) from failed


def _listing(path: Path, data_key: KeyBytes) -> Iterator[tuple[int, bytes]]:
    """The pages of the list of tables of a sound file, opened, by their numbers."""
    with path.open("rb") as file:
        left, seen = [1], set[int]()
        while left and len(seen) < _MOST_PAGES:
            number = left.pop()
            if number in seen:
                continue
            seen.add(number)
            file.seek((number - 1) * PAGE)
            page = _opened(file.read(PAGE), number, data_key)
            yield number, page
            left += _follow(page, _FIRST_HEAD if number == 1 else 0)


def _follow(page: bytes, head: int) -> list[int]:
    """The pages a page of the tree leads to: those below it, and those that long texts go on in."""
    kind = page[head]
    if kind not in (_LEAF, _INNER):
        # The rest of a long text: four bytes that name the next, none where it ends.
        following = int.from_bytes(page[:4], "big")
        return [following] if following else []
    cells = struct.unpack_from(">H", page, head + 3)[0]
    size = 12 if kind == _INNER else 8
    places = struct.unpack_from(f">{cells}H", page, head + size)
    if kind == _INNER:
        return [struct.unpack_from(">I", page, place)[0] for place in (*places, head + 8)]
    return [following for place in places if (following := _overflow(page, place))]


def _overflow(page: bytes, place: int) -> int:
    """Where the text of a cell goes on, by SQLite's rule of how much of it stays in the page."""
    length, place = _varint(page, place)
    _row_id, place = _varint(page, place)
    most = _BODY - 35
    if length <= most:
        return 0
    least = (_BODY - 12) * 32 // 255 - 23
    local = least + (length - least) % (_BODY - 4)
    return int.from_bytes(page[place + (local if local <= most else least) :][:4], "big")


def _varint(page: bytes, place: int) -> tuple[int, int]:
    number = 0
    for step in range(8):
        byte = page[place + step]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the last byte of the number
            return number, place + step + 1
    return number << 8 | page[place + 8], place + 9


def _counted(page: bytes, count: int) -> bytes:
    """The first page as that of a file of so many pages, none of them free."""
    fresh = bytearray(page)
    fresh[_COUNT] = struct.pack(">I", count)
    fresh[_FREE] = bytes(8)
    return bytes(fresh)


def _opened(page: bytes, number: int, data_key: KeyBytes) -> bytes:
    start = _SALT if number == 1 else 0
    cipher = Cipher(AES(bytes(data_key)), CBC(page[_BODY : _BODY + _IV])).decryptor()
    return (_MAGIC if start else b"") + cipher.update(page[start:_BODY]) + cipher.finalize()


def _sealed(body: bytes, number: int, data_key: KeyBytes, seals: Seals, salt: bytes) -> bytes:
    start, vector = _SALT if number == 1 else 0, os.urandom(_IV)
    cipher = Cipher(AES(bytes(data_key)), CBC(vector)).encryptor()
    page = (salt if start else b"") + cipher.update(body[start:]) + cipher.finalize() + vector
    return page + seals.seal(page, number)
