"""One address string, as offices write it in a single cell, taken apart into compound, building, unit and room."""

from __future__ import annotations

import re

from gridworker.ledger.facts import FieldError
from gridworker.ledger.text import clean_line, clean_number

_HAN_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_HAN_NUMBER = re.compile(r"[零〇一二两三四五六七八九十]+(?=号楼|号院|栋|幢|座|单元|楼|层|室)")
_BUILDING = r"(?P<building>[A-Za-z]?\d{1,4}[A-Za-z]?|[A-Za-z])"
_UNIT = r"(?P<unit>[A-Za-z]?\d{1,2}[A-Za-z]?|[A-Za-z]|[东西南北中])"
_ROOM = r"(?P<room>[A-Za-z]?\d{1,5}(?:-\d{1,2})?[A-Za-z]?)"
_TAIL = r"(?:室|户|号|房)?$"
_DAY = re.compile(r"(?:19|20)\d\d[-/]\d{1,2}[-/]\d{1,2}")
_FORMS = tuple(
    re.compile(form)
    for form in (
        # 阳光小区3号楼2单元501室, 3#楼2-501, A座1201, 3栋501
        rf"^(?P<compound>.*?)(?<![\dA-Za-z]){_BUILDING}(?:号楼|楼|栋|幢|座|#楼?)-?(?:{_UNIT}(?:单元|门|-))?(?:\d{{1,2}}[层楼])?-?{_ROOM}{_TAIL}",
        # 3-2-501, 阳光小区3-2-501
        rf"^(?P<compound>.*?)(?<![\dA-Za-z-]){_BUILDING}[-/]{_UNIT}[-/]{_ROOM}{_TAIL}",
        # 3号2单元501
        rf"^(?P<compound>.*?)(?<![\dA-Za-z]){_BUILDING}号?{_UNIT}单元-?{_ROOM}{_TAIL}",
        # 3-501: a building and a room, where the second number is too long for a unit
        rf"^(?P<compound>.*?)(?<![\dA-Za-z-]){_BUILDING}-(?P<room>\d{{3,5}}[A-Za-z]?){_TAIL}",
    )
)
_UNIT_AND_ROOM = re.compile(rf"^{_UNIT}(?:单元-?|-)(?P<room>\d{{3,5}}[A-Za-z]?){_TAIL}")


def split_address(text: str) -> dict[str, str]:
    """`compound_name`, `building_no`, `unit_no`, `room_no` of an address, blank parts left out; else FieldError."""
    line = narrow_address(text)
    for form in _FORMS:
        found = form.match(line)
        if found and not _DAY.fullmatch(line):
            parts = found.groupdict()
            named = {
                "compound_name": (parts.get("compound") or "").strip(" -,，"),
                "building_no": parts["building"],
                "unit_no": parts.get("unit") or "",
                "room_no": parts["room"],
            }
            return {key: part for key, part in named.items() if part}
    raise FieldError(f"从“{clean_line(text)[:20]}”拆不出楼栋、单元和室，应写成 3号楼2单元501 或 3-2-501。")


def split_room(text: str) -> dict[str, str]:
    """`2-501` in a room column is unit 2, room 501; anything else is the room as it stands."""
    found = _UNIT_AND_ROOM.match(narrow_address(text))
    return {"unit_no": found["unit"], "room_no": found["room"]} if found else {"room_no": text}


def looks_like_address(text: str) -> bool:
    """Whether one cell holds building and room together."""
    try:
        split_address(text)
    except FieldError:
        return False
    return True


def narrow_address(text: str) -> str:
    """An address in one spelling: narrow signs, no blanks, `三号楼` as `3号楼`."""
    line = re.sub(r"[~～]", "-", clean_number(text))
    return _HAN_NUMBER.sub(lambda found: str(_han_number(found[0])), line)


def _han_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(str(_HAN_DIGITS[character]) for character in text))
    return (_HAN_DIGITS.get(tens, 1) if tens else 1) * 10 + (_HAN_DIGITS.get(ones, 0) if ones else 0)
