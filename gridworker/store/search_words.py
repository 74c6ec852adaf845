"""Cutting text into what the index stores and queries ask for, the same way on both sides."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from gridworker.paths import resource

_HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_NOT_ALNUM = re.compile(r"[\W_]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ASCII_TAIL = re.compile(r"[0-9a-z]+$")
# A private-use character between values: no phrase of a query reaches over it.
BREAK = "\uf8ff"
# Another before each word of a former name, which is so found apart from names in use and costs them nothing.
FORMER = "\uf8fe"
# What phones, address books and web pages leave between letters, and blanks that are none to Unicode.
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x180E, 0xFEFF, 0x1160, 0x3164, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)]
)
_BLANK = {0x2800: " "}
_LOOKALIKES = str.maketrans("oil", "011")

_BUILDING_UNIT = re.compile(
    r"(?P<head>.*?)(?:(?P<building>[0-9a-z]+)(?:号楼|号院|栋|幢|座|楼|#楼?)-?)?(?:(?P<unit>[0-9a-z]+)单元-?)?"
    r"(?P<rest>(?:[0-9a-z]+-){0,2}[0-9a-z]*)[室号]?-?"
)


@dataclass(frozen=True)
class Place:
    """A place as somebody types it: what may stand before the numbers, and tokens of which one must be there."""

    head: str
    tokens: tuple[str, ...]


def fold(text: str) -> str:
    """Text as it is compared: width, letter case, 繁体 and 简体, and characters nobody sees make no difference."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text)
    table, characters = _folded()
    # Most texts hold none of them, and looking is six times as fast as translating.
    return (text if characters.isdisjoint(text) else text.translate(table)).lower()


@cache
def _folded() -> tuple[dict[int, str | None], frozenset[str]]:
    pairs = "".join(json.loads(resource("traditional.json").read_text(encoding="utf-8"))["pairs"])
    simplified = {ord(old): new for old, new in zip(pairs[::2], pairs[1::2], strict=True)}
    table: dict[int, str | None] = {**_INVISIBLE, **_BLANK, **simplified}
    return table, frozenset(map(chr, table))


def words(text: str) -> list[str]:
    """The Chinese characters of a text one by one, and its other words and numbers whole."""
    return _WORD.findall(fold(text))


def spaced(values: Iterable[Iterable[str]]) -> str:
    """Values, cut into words, as the index stores them for phrases."""
    return f" {BREAK} ".join(map(" ".join, values))


def as_number(text: str) -> str:
    """A number or code as it is compared: without dashes, and an O, I or L as the digit it is taken for on paper."""
    bare = _NOT_ALNUM.sub("", fold(text))
    return bare if bare.isdigit() else bare.translate(_LOOKALIKES)


def number_tokens(value: str) -> list[str]:
    """The numbers of a value and their reverses, whose beginnings are tails; dates are found from the front only."""
    if value.isalnum() and value.isascii():
        number = value if value.isdigit() else value.lower().translate(_LOOKALIKES)
        return [number, "r" + number[::-1]]
    if _DATE.match(value):
        return [_NOT_ALNUM.sub("", value[:10])]
    parts = (as_number(part) for part in re.split(r"[、，,；;/\s]+", value))
    return [token for part in parts if part for token in (part, "r" + part[::-1])]


def place_tokens(building: str, unit: str, room: str) -> list[str]:
    """A dwelling under each way to name it: 3-2-501, 3-501, 2-501 and 501."""
    unit_no, room_no = _bare(unit), _bare(room)
    tokens = [f"r{room_no}"]
    if unit_no:
        tokens.append(f"u{unit_no}r{room_no}")
    for name in dict.fromkeys((_bare(building), _core(building))):
        if name:
            tokens.append(f"b{name}r{room_no}")
            if unit_no:
                tokens.append(f"b{name}u{unit_no}r{room_no}")
    return tokens


def typed_place(text: str) -> Place | None:
    """The place that a folded word means, or None where it means none."""
    found = _BUILDING_UNIT.fullmatch(text)
    if not found:
        return None
    head, building, unit, rest = found["head"], found["building"], found["unit"], found["rest"]
    if head and (head[-1] == "-" or (head[-1].isascii() and head[-1].isalnum())):
        return None
    parts = [part for part in rest.split("-") if part] if rest else []
    open_end = rest.endswith("-")
    tokens = _tokens_of(building, unit, parts, open_end=open_end)
    return Place(head, tuple(tokens)) if tokens else None


def _tokens_of(building: str | None, unit: str | None, parts: list[str], *, open_end: bool) -> list[str]:
    """The beginnings of tokens that typed numbers stand for; the last number may not be typed to its end."""
    if building and unit:
        return [f"b{building}u{unit}r{parts[0] if parts else ''}"] if len(parts) <= 1 else []
    if building:
        return _behind(f"b{building}", parts, open_end=open_end)
    if unit:
        return [f"u{unit}r{parts[0] if parts else ''}"] if len(parts) <= 1 else []
    if not parts or not parts[0][0].isdigit():
        return []
    if len(parts) == 1 and not open_end:
        return [f"r{parts[0]}"]
    tokens = _behind(f"b{parts[0]}", parts[1:], open_end=open_end)
    if len(parts) == 1 or (len(parts) == 2 and not open_end):  # noqa: PLR2004 - unit and room
        tokens.append(f"u{parts[0]}r{parts[1] if len(parts) > 1 else ''}")
    return tokens


def _behind(building: str, parts: list[str], *, open_end: bool) -> list[str]:
    if not parts:
        return [f"{building}r"]
    if len(parts) == 1:
        return [f"{building}u{parts[0]}r"] if open_end else [f"{building}r{parts[0]}", f"{building}u{parts[0]}"]
    return [f"{building}u{parts[0]}r{parts[1]}"] if len(parts) == 2 else []  # noqa: PLR2004 - unit and room


def _bare(text: str) -> str:
    return _NOT_ALNUM.sub("", fold(text))


def _core(building: str) -> str:
    # A座 is typed as A, 东3 as 3号楼.
    name = re.sub(r"(号楼|号院|栋|幢|座|楼|院|号)$", "", _bare(building))
    tail = _ASCII_TAIL.search(name)
    return tail[0] if tail else name
