"""Division and grid codes: 6 county, 3 street or town, 3 community = 12 digits; 3 more for a grid."""

from __future__ import annotations

from gridworker.errors import KnownError

DIVISION_LENGTH = 12
GRID_LENGTH = 15
# Digits that tell one level from the next; what follows them is zero.
_LEVELS = {"province": 2, "city": 4, "district": 6, "street": 9, "community": 12}

_AREA_LENGTHS = frozenset({*_LEVELS.values(), GRID_LENGTH})


def is_division_code(text: str) -> bool:
    """Whether a text is the code of a division of any level."""
    return _is_digits(text, DIVISION_LENGTH) and not text.startswith("0")


def is_grid_code(text: str) -> bool:
    """Whether a text is the code of a grid inside a community: fifteen digits, the grid counted from 001."""
    return (
        _is_digits(text, GRID_LENGTH)
        and is_division_code(text[:DIVISION_LENGTH])
        and level_of(text[:DIVISION_LENGTH]) == "community"
        and text[DIVISION_LENGTH:] != "000"
    )


def level_of(code: str) -> str:
    """The level a division code names, by its trailing zeros."""
    return next(level for level, digits in _LEVELS.items() if not code[digits:].strip("0"))


def is_area_code(text: str) -> bool:
    """Whether a text is what all codes of one area begin with: a province's two digits … a grid's fifteen."""
    return len(text) in _AREA_LENGTHS and text.isascii() and text.isdigit()


def area_lengths() -> tuple[int, ...]:
    """How many digits the areas of each level share, from a province to a grid."""
    return tuple(sorted(_AREA_LENGTHS))


def area_of(code: str) -> str:
    """What all grid codes inside begin with, from a division code with its zeros, a grid code, or such a beginning."""
    if is_division_code(code):
        return code[: _LEVELS[level_of(code)]]
    if is_grid_code(code) or (len(code) < DIVISION_LENGTH and is_area_code(code) and not code.startswith("0")):
        return code
    raise KnownError(
        f"“{code[:20]}”不是网格编码，也不是区划代码。",
        action="网格编码 15 位，区划代码 12 位（街道、区市后面补零），例如 370211003041001、370211003000。",
    )


def community_of(grid_code: str) -> str:
    """The community a grid lies in."""
    return grid_code[:DIVISION_LENGTH]


def raise_if_no_grid_code(text: str) -> None:
    """Refuses what is no grid code, and says how one is built."""
    if is_grid_code(text):
        return
    length = len(text)
    raise KnownError(
        f"“{text[:20]}”不是网格编码。",
        action=f"网格编码是 15 位数字：12 位社区区划代码加 3 位网格序号（从 001 起），现在是 {length} 位。",
    )


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()
