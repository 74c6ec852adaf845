"""A pack: photos for a backup, each sealed by itself, many in one file, with a sealed list of them at its end.

A file for each photo would be simpler, and wrong for a stick: fifty thousand small files take minutes to list and to
force to the disk there, each wastes half a cluster, and their number and lengths tell a stranger what he may already
hold. A pack is named by a number and says nothing: addresses stand inside the seal, under a key of the home, and
lengths are rounded. A photo whose seal breaks takes no other along, and a pack without its list can still be scanned.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gridworker.store.driver import KEY_BYTES

_MAGIC = b"GWPACK1\n"
_LABEL = b"gridworker photo vault key 1"
_NAME_LABEL = b"gridworker photo vault names 1"
_PHOTO, _LIST = b"photo", b"list"
_NONCE, _TAG = 12, 16
_FRAME = struct.Struct(">I")
_ENTRY = struct.Struct(">32sQIQ")
_FOOT = struct.Struct(">QI8s")
_ROUND = 1024
_MOST = 1 << 30


class DamagedPack(Exception):
    """What was written is not what is read; never shown, the vault says what it means."""


class Entry(NamedTuple):
    """Where in a pack a photo lies: its address, first byte, sealed length, and its row in the photo file."""

    address: bytes
    place: int
    length: int
    row: int


@dataclass(frozen=True)
class Photo:
    """A photo with all that the photo file knows of it."""

    address: str
    kind: str
    width: int
    height: int
    at: int
    thumb: bytes
    data: bytes


def sealer(blob_key: bytes) -> AESGCM:
    """What seals and opens packs, by the key of the photo file: a key of its own, the same in every place."""
    return AESGCM(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_LABEL).derive(blob_key))


def name_key(blob_key: bytes) -> bytes:
    """What makes the names of files that stand for one thing each, so that a name tells nobody which."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_NAME_LABEL).derive(blob_key)


class Writer:
    """A pack in the making. It counts only when `finish` has returned and its file has been given a name."""

    def __init__(self, path: Path, seal: AESGCM) -> None:
        self._seal = seal
        self._file: IO[bytes] = path.open("xb")
        self._file.write(_MAGIC)
        self.size = len(_MAGIC)
        self.entries: list[Entry] = []

    def add(self, photo: Photo, row: int) -> None:
        """Seals one photo."""
        self.add_sealed(enclose(self._seal, _PHOTO, _packed(photo)), bytes.fromhex(photo.address), row)

    def add_sealed(self, sealed: bytes, address: bytes, row: int) -> None:
        """Takes a photo over from another pack as it is."""
        self._file.write(_FRAME.pack(len(sealed)))
        self._file.write(sealed)
        self.entries.append(Entry(address, self.size + _FRAME.size, len(sealed), row))
        self.size += _FRAME.size + len(sealed)

    def finish(self) -> None:
        """Writes the list; all of it is on the disk when this returns."""
        listed = enclose(self._seal, _LIST, b"".join(_ENTRY.pack(*entry) for entry in self.entries))
        self._file.write(_FRAME.pack(len(listed)))
        self._file.write(listed)
        self._file.write(_FOOT.pack(self.size + _FRAME.size, len(listed), _MAGIC))
        to_medium(self._file)
        self._file.close()

    def close(self) -> None:
        """Lets go of the file, finished or not."""
        self._file.close()


def entries(path: Path, seal: AESGCM) -> list[Entry]:
    """What lies in a pack; raises DamagedPack, or OSError where it cannot be read at all."""
    try:
        return [Entry(*fields) for fields in _ENTRY.iter_unpack(listing(path, seal))]
    except struct.error:
        raise DamagedPack from None


def listing(path: Path, seal: AESGCM) -> bytes:
    """The list of a pack as it was sealed: whether an address stands in it can be asked without reading it out."""
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        if length < len(_MAGIC) + _FOOT.size:
            raise DamagedPack
        file.seek(length - _FOOT.size)
        place, listed, magic = _FOOT.unpack(file.read(_FOOT.size))
        if magic != _MAGIC or place + listed + _FOOT.size != length:
            raise DamagedPack
        file.seek(place)
        return disclose(seal, _LIST, file.read(listed))


def read(file: IO[bytes], entry: Entry, seal: AESGCM) -> Photo:
    """One photo, its seal and its content checked; raises DamagedPack."""
    photo = _unpacked(disclose(seal, _PHOTO, sealed(file, entry)))
    if photo.address != entry.address.hex():
        raise DamagedPack
    return photo


def sealed(file: IO[bytes], entry: Entry) -> bytes:
    """One photo as it lies there."""
    file.seek(entry.place)
    return file.read(entry.length)


def scan(path: Path, seal: AESGCM) -> Iterator[Photo]:
    """The photos that can still be read of a damaged pack, list or no list."""
    with path.open("rb") as file:
        file.seek(len(_MAGIC))
        while len(frame := file.read(_FRAME.size)) == _FRAME.size:
            (length,) = _FRAME.unpack(frame)
            if length > _MOST:
                return
            try:
                yield _unpacked(disclose(seal, _PHOTO, file.read(length)))
            except DamagedPack:
                continue


def to_medium(file: IO[bytes]) -> None:
    """Forces a file to the disk, so that what is checked next comes from there and not from memory."""
    file.flush()
    os.fsync(file.fileno())
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def enclose(seal: AESGCM, what: bytes, plain: bytes) -> bytes:
    """Seals some bytes as one kind of thing."""
    # Never the same twice under one key, as far as 2^32 photos go.
    nonce = os.urandom(_NONCE)
    return nonce + seal.encrypt(nonce, plain, what)


def disclose(seal: AESGCM, what: bytes, data: bytes) -> bytes:
    """What was sealed as that kind of thing; raises DamagedPack."""
    if len(data) < _NONCE + _TAG:
        raise DamagedPack
    try:
        return seal.decrypt(data[:_NONCE], data[_NONCE:], what)
    except InvalidTag:
        raise DamagedPack from None


def _packed(photo: Photo) -> bytes:
    facts = [photo.address, photo.kind, photo.width, photo.height, photo.at, len(photo.thumb), len(photo.data)]
    head = json.dumps(facts).encode()
    plain = _FRAME.pack(len(head)) + head + photo.thumb + photo.data
    return plain + bytes(-len(plain) % _ROUND)


def _unpacked(plain: bytes) -> Photo:
    try:
        (length,) = _FRAME.unpack_from(plain)
        begin = _FRAME.size + length
        address, kind, width, height, at, small, size = json.loads(plain[_FRAME.size : begin])
        thumb, data = plain[begin : begin + small], plain[begin + small : begin + small + size]
    except (ValueError, TypeError, struct.error):
        raise DamagedPack from None
    if len(data) != size or sha256(data).hexdigest() != address:
        raise DamagedPack
    return Photo(address, kind, width, height, at, thumb, data)
