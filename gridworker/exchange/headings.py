"""Finds the header of a sheet under its title rows, one row or two, and reads each column's heading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gridworker.exchange.cells import Cell, Merge, SheetCells, SheetRow, column_letters, is_blank, shown
from gridworker.exchange.synonyms import ADDRESS, HEAD, HEAD_NAME, IGNORED, PERSON, Vocabulary, label_of

_SEARCHED_ROWS = 40
_LONGEST_HEADING = 40
_WIDEST_TABLE = 400
_FEW = 3
# `填报单位：阳光社区` and `2026年3月` above a table are notes, not groups of headings.
_NOTE = re.compile(r"[：:]\s*\S|\d{4}\s*[年.\-/]\s*\d{1,2}")


@dataclass(frozen=True)
class ColumnMatch:
    """What one column was taken for; `field` is a target of `synonyms`, None where nobody knows."""

    index: int
    heading: str
    field: str | None
    suggestion: str | None = None
    confidence: float = 0.0
    note: str = ""

    @property
    def letters(self) -> str:
        """The column as the sheet names it."""
        return column_letters(self.index)


@dataclass(frozen=True)
class Header:
    """Where the header lies and the heading of every column, as a path from group to leaf."""

    rows: tuple[int, ...]
    paths: Mapping[int, tuple[str, ...]]


def find_header(sheet: SheetCells, vocabulary: Vocabulary) -> Header | None:
    """The rows that head the table, or None where no row looks like a header."""
    rows = [row for row in sheet.rows[:_SEARCHED_ROWS] if len(row.cells) <= _WIDEST_TABLE or row.number == 1]
    scores = [(_score(row, vocabulary), -place) for place, row in enumerate(rows)]
    if not scores:
        return None
    (known, filled), negative = max((score, place) for score, place in scores)
    # One familiar word among many is as likely a cell of data, such as 户主 in a column of relations.
    if known == 0 or (known == 1 and filled > _FEW):
        return None
    return _header_around(sheet, rows, -negative)


def match_columns(
    header: Header, vocabulary: Vocabulary, mapping: Mapping[int, str | None] | None
) -> list[ColumnMatch]:
    """A match for every headed column; what the person chose in `mapping` stands over everything."""
    chosen = mapping or {}
    matches = []
    for index, path in sorted(header.paths.items()):
        heading = " ".join(path)
        if index in chosen:
            matches.append(ColumnMatch(index, heading, chosen[index], confidence=1.0, note="由您指定。"))
            continue
        meaning = vocabulary.meaning(path)
        note = "" if meaning.target else _unknown_note(vocabulary, meaning.suggestion)
        matches.append(ColumnMatch(index, heading, meaning.target, meaning.suggestion, meaning.confidence, note))
    return _without_doubles(_as_own_head(matches, vocabulary), vocabulary, frozenset(chosen))


def _score(row: SheetRow, vocabulary: Vocabulary) -> tuple[int, int]:
    texts = [shown(cell) for cell in row.cells if not is_blank(cell)]
    if any(not isinstance(cell, str) for cell in row.cells if not is_blank(cell)):
        # Headings are text; a row with a number or a date in it is data or a note.
        return 0, len(texts)
    known = {vocabulary.exact(text) for text in texts if len(text) <= _LONGEST_HEADING} - {None}
    return len(known), len(texts)


def _header_around(sheet: SheetCells, rows: list[SheetRow], best: int) -> Header:
    chosen = [rows[best]]
    below = rows[best + 1] if best + 1 < len(rows) else None
    if below and below.number == rows[best].number + 1 and _is_split_below(sheet, rows[best], below):
        chosen.append(below)
    above = rows[best - 1] if best else None
    if above and above.number == rows[best].number - 1 and _is_group_row(above):
        chosen.insert(0, above)
    columns = range(max(len(row.cells) for row in chosen))
    lines = [_spread(sheet, row, chosen[-1], last=row is chosen[-1]) for row in chosen]
    paths: dict[int, tuple[str, ...]] = {}
    for column in columns:
        path = tuple(dict.fromkeys(line[column] for line in lines if column in line))
        if path:
            paths[column] = path
    return Header(tuple(row.number for row in chosen), paths)


def _is_split_below(sheet: SheetCells, row: SheetRow, below: SheetRow) -> bool:
    reaches = any(merge.top <= row.number < merge.bottom == below.number for merge in sheet.merges)
    texts = [cell for cell in below.cells if not is_blank(cell)]
    return reaches and bool(texts) and all(isinstance(cell, str) for cell in texts)


def _is_group_row(above: SheetRow) -> bool:
    """Whether a row holds groups over the headings: several short texts that are no notes."""
    texts = [cell for cell in above.cells if not is_blank(cell)]
    return len(texts) > 1 and not any(
        not isinstance(cell, str) or len(cell) > _LONGEST_HEADING or _NOTE.search(cell) for cell in texts
    )


def _spread(sheet: SheetCells, row: SheetRow, leaf: SheetRow, *, last: bool) -> dict[int, str]:
    """The texts of a header row by column, groups spread over the columns they span."""
    texts = {column: shown(cell).replace("\n", "") for column, cell in enumerate(row.cells) if not is_blank(cell)}
    merged = {merge.left: merge for merge in sheet.merges if merge.top == row.number}
    spread = dict(texts)
    for column, text in texts.items():
        if column in merged:
            spread.update(dict.fromkeys(range(column, merged[column].right + 1), text))
        elif not last and not any(merge.top <= row.number <= merge.bottom for merge in sheet.merges):
            # A CSV has no merges: a group reaches over the headed columns up to the next group.
            follower = column + 1
            while follower < len(leaf.cells) and follower not in texts and not is_blank(leaf.cells[follower]):
                spread[follower] = text
                follower += 1
    return spread


def _as_own_head(matches: list[ColumnMatch], vocabulary: Vocabulary) -> list[ColumnMatch]:
    """In a list of persons without a name column, the head named in each row is the person."""
    if vocabulary.ledger.key != "person" or any(match.field == "name" for match in matches):
        return matches
    if not any(match.field == HEAD_NAME for match in matches):
        return matches
    taken = {match.field for match in matches}
    own = []
    for match in matches:
        key = (match.field or "").removeprefix(HEAD)
        if match.field and match.field.startswith(HEAD) and key not in taken:
            said = "表里没有“姓名”一列，按户主本人导入。" if key == "name" else match.note
            own.append(ColumnMatch(match.index, match.heading, key, None, match.confidence, said))
        else:
            own.append(match)
    return own


def _without_doubles(matches: list[ColumnMatch], vocabulary: Vocabulary, chosen: frozenset[int]) -> list[ColumnMatch]:
    """Of several columns for one target the person's choice stays, else the surest, else the first; the rest say so."""
    kept: dict[str, ColumnMatch] = {}
    for match in matches:
        if match.field is None or match.field == IGNORED:
            continue
        rival = kept.get(match.field)
        if rival is None or _rank(match, chosen) > _rank(rival, chosen):
            kept[match.field] = match
    result = []
    for match in matches:
        keeper = kept.get(match.field or "")
        if keeper is None or keeper is match:
            result.append(match)
            continue
        label = label_of(vocabulary.ledger, keeper.field or "")
        note = f"与 {keeper.letters} 列“{keeper.heading}”都像是“{label}”，先用 {keeper.letters} 列；不对请改。"
        result.append(ColumnMatch(match.index, match.heading, None, match.field, 0.0, note))
    return result


def _rank(match: ColumnMatch, chosen: frozenset[int]) -> tuple[bool, float]:
    return match.index in chosen, match.confidence


def _unknown_note(vocabulary: Vocabulary, suggestion: str | None) -> str:
    if suggestion is None:
        return "不认识这个表头，这一列不导入；要导入请指定对应的项目。"
    return f"不认识这个表头，最接近的是“{label_of(vocabulary.ledger, suggestion)}”；不指定就不导入。"


def merged_over(merges: tuple[Merge, ...], row: int, column: int) -> Merge | None:
    """The merged range a cell lies in."""
    return next((m for m in merges if m.top <= row <= m.bottom and m.left <= column <= m.right), None)


def has_address(columns: list[ColumnMatch]) -> bool:
    """Whether any column says where the household lives."""
    return any(_is_place(match.field) for match in columns)


def _is_place(target: str | None) -> bool:
    return target is not None and (target == ADDRESS or target.removeprefix("household.") in ("building_no", "room_no"))


def has_members(columns: list[ColumnMatch]) -> bool:
    """Whether the rows are persons of households, not households."""
    fields = {match.field for match in columns}
    named = bool(fields & {"name", f"{PERSON}name"})
    return bool(fields & {"relation_code", f"{PERSON}relation_code"}) or (named and HEAD_NAME in fields)


def cell_at(row: SheetRow, column: int) -> Cell:
    """A cell of a row; beyond its end there is nothing."""
    return row.cells[column] if column < len(row.cells) else None
