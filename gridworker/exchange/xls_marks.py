"""What calamine leaves out of an .xls: error cells and hidden rows and columns, read from the BIFF8 records.

Only the record headers and a handful of short records are looked at; anything odd ends the scan quietly,
because the values themselves come from calamine.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_FREE = 0xFFFFFFFA
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_BOF, _EOF, _BOUNDSHEET, _FILEPASS = 0x0809, 0x000A, 0x0085, 0x002F
_ROW, _COLINFO, _BOOLERR, _FORMULA = 0x0208, 0x007D, 0x0205, 0x0006
_HIGHEST_HIDDEN_COLUMN = 256


@dataclass
class XlsMarks:
    """Marks of one sheet; rows from 1, columns from 0."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


class OleFile:
    """The directory and streams of a compound file, as far as a workbook needs them."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._sector = 1 << int.from_bytes(data[30:32], "little")
        mini = 1 << int.from_bytes(data[32:34], "little")
        self._fat = self._read_fat()
        directory = self._chain(int.from_bytes(data[48:52], "little"))
        self._entries = {}
        for at in range(0, len(directory) - 127, 128):
            entry = directory[at : at + 128]
            name_length = int.from_bytes(entry[64:66], "little")
            name = entry[: max(0, name_length - 2)].decode("utf-16-le", "replace")
            self._entries[name] = (int.from_bytes(entry[116:120], "little"), int.from_bytes(entry[120:124], "little"))
        self._cutoff = int.from_bytes(data[56:60], "little")
        self._mini_size = mini
        self._mini_fat = self._chain(int.from_bytes(data[60:64], "little"))

    @property
    def names(self) -> set[str]:
        """The names of all streams and folders."""
        return set(self._entries)

    def stream(self, name: str) -> bytes:
        """The bytes of one stream; empty where there is none."""
        if name not in self._entries:
            return b""
        start, size = self._entries[name]
        if size >= self._cutoff:
            return self._chain(start)[:size]
        root = self._chain(self._entries["Root Entry"][0])
        parts, seen = [], 0
        limit = len(self._mini_fat) // 4
        while start < _FREE and seen <= limit:
            parts.append(root[start * self._mini_size : (start + 1) * self._mini_size])
            start = int.from_bytes(self._mini_fat[start * 4 : start * 4 + 4], "little")
            seen += 1
        return b"".join(parts)[:size]

    def _read_fat(self) -> tuple[int, ...]:
        sectors = list(struct.unpack("<109I", self._data[76:512]))
        more = int.from_bytes(self._data[68:72], "little")
        per = self._sector // 4
        seen = 0
        while more < _FREE and seen <= len(self._data) // self._sector:
            block = struct.unpack(f"<{per}I", self._at(more))
            sectors += block[:-1]
            more = block[-1]
            seen += 1
        fat: list[int] = []
        for sector in sectors:
            if sector < _FREE:
                fat += struct.unpack(f"<{per}I", self._at(sector))
        return tuple(fat)

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        return self._data[start : start + self._sector].ljust(self._sector, b"\xff")

    def _chain(self, sector: int) -> bytes:
        parts: list[bytes] = []
        while sector < len(self._fat) and len(parts) <= len(self._fat):
            parts.append(self._at(sector))
            sector = self._fat[sector]
        return b"".join(parts)


def read_marks(ole: OleFile) -> dict[str, XlsMarks]:
    """The marks of every sheet by its name; empty where the stream is not BIFF8."""
    stream = ole.stream("Workbook") or ole.stream("WORKBOOK")
    marks: dict[str, XlsMarks] = {}
    for kind, body in _records(stream, 0):
        if kind == _BOUNDSHEET and len(body) > 8:  # noqa: PLR2004 - offset, flags and a name
            marks[_sheet_name(body)] = _scan_sheet(stream, int.from_bytes(body[:4], "little"))
    return marks


def is_encrypted(ole: OleFile) -> bool:
    """Whether the workbook asks for a password before anything can be read."""
    if "EncryptedPackage" in ole.names:
        return True
    stream = ole.stream("Workbook") or ole.stream("Book")
    return any(kind == _FILEPASS for kind, _ in _records(stream, 0))


def _records(stream: bytes, at: int) -> list[tuple[int, bytes]]:
    found = []
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        found.append((kind, stream[at + 4 : at + 4 + length]))
        at += 4 + length
        if kind == _EOF:
            break
    return found


def _sheet_name(body: bytes) -> str:
    length, wide = body[6], body[7] & 1
    return body[8 : 8 + length * 2].decode("utf-16-le") if wide else body[8 : 8 + length].decode("latin-1")


def _scan_sheet(stream: bytes, at: int) -> XlsMarks:
    marks = XlsMarks()
    for kind, body in _records(stream, at):
        if kind in (_BOOLERR, _FORMULA) and len(body) >= 8:  # noqa: PLR2004 - place, style and value
            row, column = struct.unpack_from("<HH", body)
            code = _error_code(kind, body)
            if code is not None:
                marks.errors[row + 1, column] = _ERRORS.get(code, "#错误")
        elif kind == _ROW and len(body) >= 16 and body[12] & 0x20:  # noqa: PLR2004 - the flag lies in byte 12 of 16
            marks.hidden_rows.add(int.from_bytes(body[:2], "little") + 1)
        elif kind == _COLINFO and len(body) >= 10 and body[8] & 1:  # noqa: PLR2004 - the flag lies in byte 8 of 10
            first, last = struct.unpack_from("<HH", body)
            marks.hidden_columns.update(range(first, min(last + 1, _HIGHEST_HIDDEN_COLUMN)))
    return marks


def _error_code(kind: int, body: bytes) -> int | None:
    if kind == _BOOLERR:
        return body[6] if body[7] else None
    # A formula's result is no number where its last two bytes are set; type 2 is an error.
    return body[8] if len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2 else None  # noqa: PLR2004 - as the format lays it
