"""What a workbook's cells are once read: each keeps its kind, its place and the ranges it is merged into.

The kinds: text `str`, number `int` or `float`, `date`, `datetime`, `bool`, an error `CellError`, nothing `None`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from gridworker.ledger.field import as_text
from gridworker.ledger.text import clean_text

Progress = Callable[[int, int, str], None]
IsCancelled = Callable[[], bool]
UNCALCULATED = "公式未计算"


@dataclass(frozen=True)
class CellError:
    """An error a cell shows instead of a value, such as `#N/A`."""

    text: str


Cell = str | int | float | bool | date | datetime | CellError | None


@dataclass(frozen=True)
class Merge:
    """A merged range, rows and columns counted from 1 and 0 as in `SheetRow`, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class SheetRow:
    """A row that holds something: its number as the sheet shows it, and its cells from column A on."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class SheetCells:
    """One sheet as it was read. Hidden parts are read too; `notes` says so and what else is odd."""

    name: str
    rows: tuple[SheetRow, ...]
    merges: tuple[Merge, ...] = ()
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()


def column_letters(index: int) -> str:
    """`A` for column 0, `AA` for column 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_ref(row: int, column: int) -> str:
    """`D17` for row 17 and column 3."""
    return f"{column_letters(column)}{row}"


def place_of(ref: str) -> tuple[int, int]:
    """Row from 1 and column from 0 of `D17`."""
    letters = ref.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(ref[len(letters) :]), column - 1


def shown(cell: Cell) -> str:
    """The cell as a person saw it, on one line or several."""
    if cell is None:
        return ""
    if isinstance(cell, CellError):
        return cell.text
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    return clean_text(as_text(cell))


def is_blank(cell: Cell) -> bool:
    """Whether a cell shows nothing."""
    return cell is None or (isinstance(cell, str) and not clean_text(cell))
