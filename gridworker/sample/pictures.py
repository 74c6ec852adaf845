"""Plain pictures for the demo: a hazard must be seen before and after, and nobody's real stairwell is shown."""

from __future__ import annotations

import struct
import zlib

_WIDTH, _HEIGHT = 320, 240
_Colour = tuple[int, int, int]
_BEFORE: tuple[_Colour, _Colour] = ((196, 178, 158), (150, 92, 72))
_AFTER: tuple[_Colour, _Colour] = ((206, 214, 218), (120, 158, 132))


def before() -> tuple[bytes, int, int]:
    """A wall with something brown before it, as PNG, and its size."""
    return _picture(*_BEFORE), _WIDTH, _HEIGHT


def after() -> tuple[bytes, int, int]:
    """The same wall with green before it."""
    return _picture(*_AFTER), _WIDTH, _HEIGHT


def _picture(wall: _Colour, floor: _Colour) -> bytes:
    edge = _HEIGHT * 2 // 3
    rows = b"".join(b"\0" + bytes(wall if row < edge else floor) * _WIDTH for row in range(_HEIGHT))
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
