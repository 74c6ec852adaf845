"""Unpack a WOFF 1 font into the TrueType file it was made from, with the standard library alone."""

# fontTools could do this, but it would be a dependency of the program for the sake of one file at set-up time, and its
# output changes between versions, so that the result could not be pinned by a hash.

import struct
import zlib

_HEADER = struct.Struct(">4sIIHHIHHIIIII")
_ENTRY = struct.Struct(">4sIIII")


def unpack_woff(woff: bytes) -> bytes:
    """Return the TrueType font inside `woff`, tables in their original order."""
    signature, flavor, _length, count, *_ = _HEADER.unpack_from(woff)
    if signature != b"wOFF":
        message = "not a WOFF 1 file"
        raise ValueError(message)
    entries = [_ENTRY.unpack_from(woff, _HEADER.size + index * _ENTRY.size) for index in range(count)]
    offset = 12 + 16 * count
    places: dict[bytes, tuple[int, int, int]] = {}
    body: list[bytes] = []
    for tag, start, packed_size, size, checksum in sorted(entries, key=lambda entry: entry[1]):
        table = woff[start : start + packed_size]
        if packed_size < size:
            table = zlib.decompress(table)
        places[tag] = (checksum, offset, size)
        padded = table + bytes(-size % 4)
        body.append(padded)
        offset += len(padded)
    directory = b"".join(struct.pack(">4sIII", tag, *places[tag]) for tag in sorted(places))
    return _sfnt_header(flavor, count) + directory + b"".join(body)


def _sfnt_header(flavor: int, count: int) -> bytes:
    selector = count.bit_length() - 1
    search_range = 16 << selector
    return struct.pack(">IHHHH", flavor, count, search_range, selector, 16 * count - search_range)
