"""Mending flipped bits in copies of a damaged database and its log, with the seal of each page as the judge.

Every page of SQLCipher carries an HMAC-SHA512. Where one bit of a page is wrong, each of its 32,768 bits is tried until
the seal holds (a third of a second): what is mended so is what was written, not a guess. In the log the same is done
for its frames, and the chain of checksums, at which SQLite stops reading without a word, is tied anew over all of it.
Where pages stay unreadable SQLite cannot lay the log into the database any more, so that is done here. Only copies are
ever given to this module.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gridworker.store.driver import KeyBytes
from gridworker.store.home import translate_os

PAGE = 4096
_SALT, _SEAL = 16, 64
_SALT_MASK = 0x3A
_WAL_HEADER, _FRAME_HEADER = 32, 24
_FRAME = _FRAME_HEADER + PAGE
_MAGIC, _FORMAT = 0x377F0682, 3_007_000
_SAME_SALT_BITS = 2
_WORTH_TRYING = 64
"""More damaged pages than this are no flipped bits; trying them all would take minutes for nothing."""


@dataclass
class Mended:
    """What was done: bits set right, frames of the log tied on again, and pages that stay unreadable."""

    bits: int = 0
    tied: int = 0
    unreadable: int = 0


class Seals:
    """Tells whether a page is what was written under its number."""

    def __init__(self, data_key: KeyBytes, salt: bytes) -> None:
        masked = bytes(byte ^ _SALT_MASK for byte in salt)
        key = hashlib.pbkdf2_hmac("sha512", bytes(data_key), masked, 2, 32)
        self._begun = hmac.new(key, digestmod=hashlib.sha512)

    def hold(self, page: bytes | bytearray, number: int) -> bool:
        """Whether the seal of a page holds."""
        return self.seal(page, number) == page[PAGE - _SEAL :]

    def seal(self, page: bytes | bytearray, number: int) -> bytes:
        """The seal of a page under its number, over all that comes before the seal."""
        seal = self._begun.copy()
        seal.update(memoryview(page)[_SALT if number == 1 else 0 : PAGE - _SEAL])
        seal.update(number.to_bytes(4, "little"))
        return seal.digest()


def mend(database: Path, log: Path, data_key: KeyBytes, *, salts: Sequence[bytes] = ()) -> Mended:
    """Mends a copy of a database, and of its log where there is one, in their places.

    `salts` are first bytes the database may have had, known from elsewhere.
    """
    done = Mended()
    try:
        with database.open("r+b") as file:
            seals, ours = _seals_of(file, data_key, done, salts)
            _mend_pages(file, seals, done, tries=_WORTH_TRYING if ours else 0)
            if log.exists() and log.stat().st_size > _WAL_HEADER:
                log.write_bytes(_mended_log(bytearray(log.read_bytes()), seals, done))
                if done.unreadable and ours:
                    _fold(file, log)
                    done.unreadable = _bad_pages(file, seals)
    except OSError as failed:
        raise translate_os(failed) from failed
    return done


def _seals_of(file: BinaryIO, data_key: KeyBytes, done: Mended, salts: Sequence[bytes]) -> tuple[Seals, bool]:
    """The seals of a file, and whether any holds; where none does, the salt is tried as known, and bit by bit."""
    salt = file.read(_SALT)
    file.seek(0)
    pages = [(number, page) for number in range(1, 9) if len(page := file.read(PAGE)) == PAGE]
    seals = Seals(data_key, salt)
    if any(seals.hold(page, number) for number, page in pages):
        return seals, True
    flipped = [bytes(byte ^ (1 << bit % 8) * (place == bit // 8) for place, byte in enumerate(salt))
               for bit in range(len(salt) * 8)]  # fmt: skip
    for tried in (*salts, *flipped):
        other = Seals(data_key, tried)
        if any(other.hold(page, number) for number, page in pages):
            file.seek(0)
            file.write(tried)
            done.bits += 1
            return other, True
    return seals, False


def _mend_pages(file: BinaryIO, seals: Seals, done: Mended, *, tries: int) -> None:
    number = 0
    file.seek(0)
    while len(read := file.read(PAGE)) == PAGE:
        number += 1
        if seals.hold(read, number):
            continue
        page = bytearray(read)
        if tries and _flip_until(page, partial(seals.hold, number=number)):
            file.seek((number - 1) * PAGE)
            file.write(page)
            file.seek(number * PAGE)
            done.bits += 1
        else:
            done.unreadable += 1
        tries = max(0, tries - 1)


def _flip_until(data: bytearray, holds: Callable[[bytearray], bool]) -> bool:
    """Turns each bit in turn, back again unless it was the one."""
    if not any(data):
        return False
    for place in range(len(data)):
        for bit in range(8):
            data[place] ^= 1 << bit
            if holds(data):
                return True
            data[place] ^= 1 << bit
    return False


def _bad_pages(file: BinaryIO, seals: Seals) -> int:
    bad = number = 0
    file.seek(0)
    while len(page := file.read(PAGE)) == PAGE:
        number += 1
        bad += not seals.hold(page, number)
    return bad


# ---- the log -----------------------------------------------------------------------------------------------------


def _mended_log(data: bytearray, seals: Seals, done: Mended) -> bytes:
    frames = [data[start : start + _FRAME] for start in range(_WAL_HEADER, len(data) - _FRAME + 1, _FRAME)]
    if not frames:
        return bytes(data)
    salts, order = _salts_of(data, frames), _order_of(data, frames)
    ours = _of_one_writing(frames, salts)
    last = _sum(order, struct.pack(">4I", _MAGIC | (order == ">"), _FORMAT, PAGE, 0) + salts, (0, 0))
    out = bytearray(struct.pack(">4I", _MAGIC | (order == ">"), _FORMAT, PAGE, 0) + salts + struct.pack(">2I", *last))
    written = struct.unpack(">2I", data[24:32])
    for frame in ours:
        said = struct.unpack(">2I", frame[16:24])
        if _sum(order, bytes(frame[:8] + frame[_FRAME_HEADER:]), written) != said:
            _mend_frame(frame, seals, partial(_holds, order, before=written, said=said), done)
            done.tied += 1
        written = said
        frame[8:16] = salts
        last = _sum(order, bytes(frame[:8] + frame[_FRAME_HEADER:]), last)
        frame[16:24] = struct.pack(">2I", *last)
        out += frame
    if not done.tied and out != data[: len(out)]:
        done.tied = 1
    return bytes(out)


def _fold(file: BinaryIO, log: Path) -> None:
    """Lays the pages of a tied log into its database, up to the last commit; the log has done its work then.

    A page that does not hold is laid in as well: the older one below it would not fit to its neighbours.
    """
    data = log.read_bytes()
    starts = range(_WAL_HEADER, len(data) - _FRAME + 1, _FRAME)
    sizes = [int.from_bytes(data[start + 4 : start + 8], "big") for start in starts]
    last = max((place for place, size in enumerate(sizes) if size), default=-1)
    for start in starts[: last + 1]:
        file.seek((int.from_bytes(data[start : start + 4], "big") - 1) * PAGE)
        file.write(data[start + _FRAME_HEADER : start + _FRAME])
    if last >= 0:
        file.truncate(sizes[last] * PAGE)
    log.unlink()


def _mend_frame(frame: bytearray, seals: Seals, chained: Callable[[bytearray], bool], done: Mended) -> None:
    """Sets one frame right: the page by its seal, then its number and its mark of a commit by the checksum."""
    page = frame[_FRAME_HEADER:]
    number = int.from_bytes(frame[:4], "big")
    head = frame[:8]
    if seals.hold(page, number):
        # Page and number are right: what is left is the mark of a commit, or only the checksum itself.
        if _flip_until(head, lambda tried: chained(tried + page)):
            frame[:8] = head
            done.bits += 1
    elif _flip_until(head, lambda tried: seals.hold(page, int.from_bytes(tried[:4], "big"))):
        frame[:8] = head
        done.bits += 1
    elif _flip_until(page, lambda tried: seals.hold(tried, number)):
        frame[_FRAME_HEADER:] = page
        done.bits += 1
    else:
        done.unreadable += 1


def _holds(order: str, head_and_page: bytearray, *, before: tuple[int, ...], said: tuple[int, ...]) -> bool:
    return _sum(order, bytes(head_and_page), before) == said


def _salts_of(data: bytearray, frames: list[bytearray]) -> bytes:
    """The two numbers all frames of one writing share; the head of the log says them, and so does each frame."""
    said = Counter(bytes(frame[8:16]) for frame in frames[:9])
    return said.most_common(1)[0][0] if said.most_common(1)[0][1] > 1 else bytes(data[16:24])


def _order_of(data: bytearray, frames: list[bytearray]) -> str:
    """Which way round the checksums read their words; the machine that wrote them decided."""
    for order in ("<", ">"):
        for before, frame in itertools.pairwise(frames):
            said = struct.unpack(">2I", before[16:24])
            if _holds(order, frame[:8] + frame[_FRAME_HEADER:], before=said, said=struct.unpack(">2I", frame[16:24])):
                return order
    return ">" if data[3] & 1 else "<"


def _of_one_writing(frames: list[bytearray], salts: bytes) -> list[bytearray]:
    """The frames up to where an older writing shows through; a flipped bit in a salt does not end them."""
    ours: list[bytearray] = []
    for frame in frames:
        if (int.from_bytes(frame[8:16], "big") ^ int.from_bytes(salts, "big")).bit_count() > _SAME_SALT_BITS:
            break
        ours.append(frame)
    return ours


def _sum(order: str, data: bytes, before: tuple[int, ...]) -> tuple[int, int]:
    """SQLite's checksum of a log."""
    one, two = before
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for place in range(0, len(words), 2):
        one = (one + words[place] + two) & 0xFFFFFFFF
        two = (two + words[place + 1] + one) & 0xFFFFFFFF
    return one, two
