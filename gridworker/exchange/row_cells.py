"""The cells of each data row by target: merged ranges filled, the household carried down where that is plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gridworker.exchange.cells import Cell, is_blank, shown
from gridworker.exchange.headings import cell_at, has_address
from gridworker.exchange.recognition import RawRow, Recognised
from gridworker.exchange.synonyms import ADDRESS, HEAD_NAME, HOUSEHOLD, IGNORED, PERSON, PLACE_KEYS
from gridworker.ledger.code_tables import table
from gridworker.ledger.text import clean_name

HEADS = frozenset({"01", "02"})
# What belongs to one person alone is not repeated down a merged range.
_OWN = frozenset({"name", "id_no", "birth_date", "sex_code", "relation_code"})


@dataclass(frozen=True)
class RowCells:
    """The cells of one row by target, and the column each came from."""

    number: int
    cells: dict[str, Cell]
    columns: dict[str, int]
    inherited_from: int | None = None
    filled: frozenset[int] = field(default_factory=frozenset)
    """Columns whose cell was blank and got its text from a merged range or from the row above."""

    def text(self, target: str) -> str:
        """The cell of a target as shown."""
        return shown(self.cells.get(target))


def row_cells(recognised: Recognised, corrections: Mapping[tuple[int, str], str] | None = None) -> list[RowCells]:
    """Every data row's cells. `corrections` (row number, target → text) stand in place of cells."""
    merged = _merged_values(recognised)
    with_address = has_address(recognised.columns)
    found: list[RowCells] = []
    for row in recognised.rows:
        cells = _cells_of(recognised, row, merged, corrections or {})
        above = found[-1] if found else None
        if with_address and above is not None and _continues(cells, above):
            cells = _inherit(cells, above)
        found.append(cells)
    return found


def place_targets(targets: Mapping[str, object]) -> list[str]:
    """The targets among these that say where the household lives."""
    names = {ADDRESS, *PLACE_KEYS, *(HOUSEHOLD + key for key in PLACE_KEYS)}
    return [target for target in targets if target in names]


def person_text(cells: RowCells, key: str) -> str:
    """A fact of the row's person, whichever ledger the sheet is read for."""
    return cells.text(key) or cells.text(PERSON + key)


def is_head(cells: RowCells) -> bool:
    """Whether the row says that its person is the head."""
    relation = table("RELATION").code_of(person_text(cells, "relation_code"))
    if relation is not None:
        return relation in HEADS
    head = clean_name(cells.text(HEAD_NAME))
    return bool(head) and head == clean_name(person_text(cells, "name"))


def _merged_values(recognised: Recognised) -> dict[tuple[int, int], Cell]:
    rows = {row.number: row for row in recognised.rows}
    values: dict[tuple[int, int], Cell] = {}
    for merge in recognised.sheet.merges:
        first = rows.get(merge.top)
        value = cell_at(first, merge.left) if first else None
        if value is None:
            continue
        for number in range(merge.top, merge.bottom + 1):
            if number in rows:
                values[number, merge.left] = value
    return values


def _cells_of(
    recognised: Recognised,
    row: RawRow,
    merged: Mapping[tuple[int, int], Cell],
    corrections: Mapping[tuple[int, str], str],
) -> RowCells:
    cells: dict[str, Cell] = {}
    columns: dict[str, int] = {}
    filled: set[int] = set()
    for match in recognised.columns:
        if match.field is None or match.field == IGNORED:
            continue
        cell = corrections.get((row.number, match.field), cell_at(row, match.index))
        if is_blank(cell) and (row.number, match.index) in merged and match.field.removeprefix(PERSON) not in _OWN:
            cell = merged[row.number, match.index]
            filled.add(match.index)
        columns[match.field] = match.index
        if not is_blank(cell):
            cells[match.field] = cell
    return RowCells(row.number, cells, columns, filled=frozenset(filled))


def _continues(row: RowCells, above: RowCells) -> bool:
    """Whether a row without any address plainly goes on with the household of the row just above it.

    It must follow without a gap, hold a person, and either say a relation that is not the head's or
    name the same head. Anything less stays blank: a guess would move somebody into a strange flat.
    """
    if place_targets(row.cells) or not place_targets(above.cells) or row.number != above.number + 1:
        return False
    if not person_text(row, "name"):
        return False
    head, head_above = clean_name(row.text(HEAD_NAME)), clean_name(above.text(HEAD_NAME))
    if head:
        return head == head_above and not is_head(row)
    return bool(person_text(row, "relation_code")) and not is_head(row)


def _inherit(row: RowCells, above: RowCells) -> RowCells:
    carried = [*place_targets(above.cells), *([HEAD_NAME] if HEAD_NAME in above.cells else [])]
    cells = {**{target: above.cells[target] for target in carried}, **row.cells}
    filled = row.filled | {row.columns[target] for target in carried if target not in row.cells}
    return RowCells(row.number, cells, row.columns, above.inherited_from or above.number, filled)
