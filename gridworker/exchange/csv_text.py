"""CSV as offices save it: which encoding, which delimiter, and the records."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITERS = (",", "\t", ";", "，")
_SAMPLE_RECORDS = 50
# Control characters and points nobody has given a character: signs of bytes that were never text.
_NEVER_TYPED = ("Cc", "Cn")
_BREAKS = "\t\n\r"
_SAMPLE_CHARACTERS = 200_000
_LONGEST_CELL = 1 << 20
# Excel's way to keep a long number as text in a CSV.
_QUOTED_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


class NotText(ValueError):
    """Bytes that are text in none of the encodings offices use."""


def decode(data: bytes) -> tuple[str, str]:
    """The text, and the encoding as a person would name it."""
    text, name = _decoded(data)
    strange = sum(unicodedata.category(one) in _NEVER_TYPED and one not in _BREAKS for one in text[:_SAMPLE_CHARACTERS])
    if strange * 50 > min(len(text), _SAMPLE_CHARACTERS):
        raise NotText
    return text, name


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _strictly(data, codec), codec.removesuffix("-sig").upper()
    if b"\0" in data[:4096]:
        return _utf16_without_mark(data)
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _strictly(data, "gb18030"), "GB18030"


def records(text: str) -> list[list[str | None]]:
    """The records of a CSV text, the delimiter found by trying; blank cells are None."""
    named = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    if named:
        delimiter, text = named[1], text[named.end() :]
    else:
        delimiter = find_delimiter(text)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [[_cell(part) for part in record] for record in reader]


def find_delimiter(text: str) -> str:
    """The delimiter that cuts the first records into the most columns most evenly."""
    sample = text[:_SAMPLE_CHARACTERS]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        widths = Counter[int]()
        for number, record in enumerate(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)):
            if number >= _SAMPLE_RECORDS:
                break
            if record:
                widths[len(record)] += 1
        widths.pop(1, None)
        if widths:
            width, often = widths.most_common(1)[0]
            # A comma inside remarks is common too, but its columns are few and uneven.
            score = often * min(width, 10)
            if score > best_score:
                best, best_score = delimiter, score
    return best


def _cell(part: str) -> str | None:
    wrapped = _QUOTED_FORMULA.fullmatch(part.strip())
    return (wrapped[1].replace('""', '"') if wrapped else part) or None


def _strictly(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        raise NotText from None


def _utf16_without_mark(data: bytes) -> tuple[str, str]:
    sample = data[:4096]
    codec = "utf-16-le" if sample[1::2].count(0) >= sample[0::2].count(0) else "utf-16-be"
    text = _strictly(data, codec)
    # Any even number of bytes is UTF-16 of some kind; a table has lines or delimiters.
    if "\0" in text or not any(sign in text for sign in "\n,;\t"):
        raise NotText
    return text, "UTF-16"
