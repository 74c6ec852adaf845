"""Listens to what the database driver tells the disk: each write, sync, truncation and deletion, in order.

The driver's calls into the C library are redirected in its own table of addresses, in this process alone: no
compiler, no tracer, nothing installed. Linux only; the file format of libraries is another one elsewhere.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlcipher3 import _sqlite3 as library

Event = tuple[object, ...]
"""What happened, to which file, and how: a write with its offset and bytes, a cut with the length that is left."""
_INT, _SIZE, _LONG, _ADDRESS = ctypes.c_int, ctypes.c_size_t, ctypes.c_long, ctypes.c_void_p
_CALLS = {
    "pwrite64": (_LONG, _INT, _ADDRESS, _SIZE, _LONG),
    "pwrite": (_LONG, _INT, _ADDRESS, _SIZE, _LONG),
    "fsync": (_INT, _INT),
    "fdatasync": (_INT, _INT),
    "ftruncate64": (_INT, _INT, _LONG),
    "ftruncate": (_INT, _INT, _LONG),
    "unlink": (_INT, ctypes.c_char_p),
}
_PT_DYNAMIC, _DT_STRTAB, _DT_SYMTAB, _DT_RELA, _DT_RELASZ, _DT_PLTRELSZ, _DT_JMPREL = 2, 5, 6, 7, 8, 2, 23


class Recorder:
    """Everything that happens to the files of one home from `start` on."""

    def __init__(self, home: Path) -> None:
        self.events: list[Event] = []
        self._home = str(home)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._kept: list[object] = []

    def start(self) -> int:
        """Redirects the driver's calls, and Python's own where the store uses them; how many places were found."""
        found = 0
        for name, place in _imports(Path(library.__file__)):
            shape = _CALLS.get(name)
            if shape:
                call = ctypes.CFUNCTYPE(*shape)(self._heard(name))
                self._kept.append(call)
                value = ctypes.cast(call, ctypes.c_void_p).value
                assert value
                ctypes.c_uint64.from_address(place).value = value
                found += 1
        self._listen_to_python()
        return found

    def _heard(self, name: str) -> Callable[..., int]:
        real = getattr(self._libc, name)
        real.restype, *real.argtypes = _CALLS[name]

        def pwrite(fd: int, data: int, size: int, offset: int) -> int:
            self._note(fd, "write", offset, ctypes.string_at(data, size))
            return int(real(fd, data, size, offset))

        def sync(fd: int) -> int:
            self._note(fd, "sync")
            return int(real(fd))

        def truncate(fd: int, length: int) -> int:
            self._note(fd, "cut", length)
            return int(real(fd, length))

        def unlink(path: bytes) -> int:
            folder, _, name = os.fsdecode(path).rpartition("/")
            if folder == self._home:
                self.events.append(("gone", name))
            return int(real(path))

        kinds = {"pwrite": pwrite, "fsync": sync, "fdatasync": sync, "ftruncate": truncate, "unlink": unlink}
        return kinds[name.removesuffix("64")]

    def _listen_to_python(self) -> None:
        write, fsync, ftruncate = os.write, os.fsync, os.ftruncate

        def heard_write(fd: int, data: bytes) -> int:
            self._note(fd, "write", os.fstat(fd).st_size, bytes(data))
            return write(fd, data)

        def heard_fsync(fd: int) -> None:
            self._note(fd, "sync")
            fsync(fd)

        def heard_ftruncate(fd: int, length: int) -> None:
            self._note(fd, "cut", length)
            ftruncate(fd, length)

        os.write, os.fsync, os.ftruncate = heard_write, heard_fsync, heard_ftruncate  # type: ignore[assignment]

    def _note(self, fd: int, word: str, *rest: object) -> None:
        folder, _, name = str(Path(f"/proc/self/fd/{fd}").readlink()).rpartition("/")
        if folder == self._home:
            self.events.append((word, name, *rest))


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    """Name and address of each place in a loaded library that holds the address of a foreign function."""
    base = _base_of(path)
    data = path.read_bytes()
    tags = dict(_dynamic(data))
    strings, symbols = tags[_DT_STRTAB], tags[_DT_SYMTAB]
    for start, size in ((tags.get(_DT_RELA, 0), tags.get(_DT_RELASZ, 0)), (tags[_DT_JMPREL], tags[_DT_PLTRELSZ])):
        for place in range(start, start + size, 24):
            offset, info = struct.unpack("<QQ", ctypes.string_at(base + place, 16))
            symbol = info >> 32
            if symbol:
                (name,) = struct.unpack("<I", ctypes.string_at(base + symbols + symbol * 24, 4))
                yield ctypes.string_at(base + strings + name).decode(), base + offset


def _dynamic(data: bytes) -> Iterator[tuple[int, int]]:
    assert data[:5] == b"\x7fELF\x02", "a 64-bit library"
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for place in range(table, table + size * count, size):
        kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", data, place)
        if kind == _PT_DYNAMIC:
            yield from struct.iter_unpack("<qQ", data[offset : offset + length])


def _base_of(path: Path) -> int:
    for line in Path("/proc/self/maps").read_text().splitlines():
        if line.endswith(str(path)):
            return int(line.split("-")[0], 16)
    raise AssertionError("the driver is not loaded")
