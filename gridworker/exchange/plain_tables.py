"""Tables that are no ledger, such as figures, as the sheets of one workbook: whole numbers stay numbers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridworker.exchange.atomic import write_whole
from gridworker.exchange.writer import (
    Formats,
    column_widths,
    new_workbook,
    print_setup,
    row_height,
    sheet_name,
    write_title,
)

Cell = str | int


@dataclass(frozen=True)
class PlainTable:
    """One sheet: its name, the title over the table, the headings, and rows of texts and whole numbers."""

    name: str
    title: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


def write_tables(path: Path, tables: Sequence[PlainTable]) -> None:
    """Writes the workbook whole, in place of one that is there."""
    stream = io.BytesIO()
    book = new_workbook(stream)
    formats = Formats(book)
    for table in tables:
        _write_sheet(book.add_worksheet(sheet_name(table.name)), formats, table)
    book.close()
    write_whole(path, stream.getvalue())


def _write_sheet(sheet: Any, formats: Formats, table: PlainTable) -> None:
    texts = [[str(cell) for cell in row] for row in table.rows]
    widths = column_widths(table.headings, texts)
    write_title(sheet, formats, table.title, len(table.headings))
    for index, heading in enumerate(table.headings):
        sheet.set_column(index, index, widths[index])
        sheet.write_string(1, index, heading, formats.heading)
    for number, row in enumerate(table.rows, 2):
        sheet.set_row(number, row_height(texts[number - 2], widths))
        for index, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(number, index, cell, formats.whole)
            else:
                sheet.write_string(number, index, cell, formats.text)
    sheet.freeze_panes(2, 0)
    print_setup(sheet)
