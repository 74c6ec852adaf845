"""How a building is laid out: floors from room numbers, natural order, the way a person walks."""

from __future__ import annotations

import re
from collections.abc import Iterable

_DIGITS = re.compile(r"(\d+)")
_SHORTEST_WITH_FLOOR = 3


def natural_key(text: str) -> tuple[tuple[int, int | str], ...]:
    """Sorts 2号楼 before 10号楼."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in _DIGITS.split(text) if part)


def floor_of(room_no: str) -> int | None:
    """5 of 501, 12 of 1203; None where the number does not tell."""
    found = re.search(r"\d+", room_no)
    if found is None or len(found[0]) < _SHORTEST_WITH_FLOOR:
        return None
    return int(found[0]) // 100


def walking_order(places: Iterable[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """(compound, building, unit, room) in the order in which they are walked."""
    return sorted(places, key=lambda place: tuple(natural_key(part) for part in place))
