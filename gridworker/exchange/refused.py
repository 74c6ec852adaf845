"""The rows that were not imported, as a workbook to be corrected and imported again: same columns, and the reason."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gridworker.exchange.atomic import write_whole
from gridworker.exchange.cells import SheetRow, is_blank, shown
from gridworker.exchange.headings import cell_at, merged_over
from gridworker.exchange.recognition import Recognised
from gridworker.exchange.row_cells import row_cells
from gridworker.exchange.writer import Formats, column_widths, new_workbook, print_setup, row_height

REASON_HEADING = "未导入原因"
_SHEET = "未导入的行"
_NOTE = "以下各行没有导入。请改正后保存，再导入这个文件；最后一列只作说明，不会导入。"


def write_refused(
    path: Path,
    recognised: Recognised,
    reasons: Mapping[int, str],
    *,
    corrections: Mapping[tuple[int, str], str] | None = None,
) -> None:
    """Writes the rows named in `reasons` with their cells as texts, so that no program changes them again."""
    header = [row for row in recognised.sheet.rows if row.number in recognised.header_rows]
    lines = _lines(recognised, reasons, corrections or {})
    width = max([len(row.cells) for row in header] + [len(line) for line in lines.values()])
    table = [[*line, *[""] * (width - len(line)), reasons[number]] for number, line in lines.items()]
    stream = io.BytesIO()
    book = new_workbook(stream)
    sheet = book.add_worksheet(_SHEET)
    formats = Formats(book)
    heads = [[shown(cell_at(row, column)) for column in range(width)] for row in header]
    widths = column_widths([*heads[-1], REASON_HEADING], table)
    for index, one in enumerate(widths):
        sheet.set_column(index, index, one)
    sheet.write_string(0, 0, _NOTE)
    _write_header(sheet, formats, recognised, header, width)
    for place, row in enumerate(table, start=1 + len(header)):
        sheet.set_row(place, row_height(row, widths))
        for column, text in enumerate(row):
            if text:
                sheet.write_string(place, column, text, formats.text)
            else:
                sheet.write_blank(place, column, None, formats.text)
    sheet.freeze_panes(1 + len(header), 0)
    print_setup(sheet, len(header))
    book.close()
    write_whole(path, stream.getvalue())


def _lines(
    recognised: Recognised, reasons: Mapping[int, str], corrections: Mapping[tuple[int, str], str]
) -> dict[int, list[str]]:
    """The texts of each refused row; cells blank under a merged range or a carried address are written out."""
    filled = {row.number: row for row in row_cells(recognised, corrections)}
    lines: dict[int, list[str]] = {}
    for row in recognised.rows:
        if row.number not in reasons:
            continue
        texts = ["" if is_blank(cell) else shown(cell) for cell in row.cells]
        cells = filled[row.number]
        for target, column in cells.columns.items():
            if column in cells.filled or (row.number, target) in corrections:
                texts.extend([""] * (column + 1 - len(texts)))
                texts[column] = cells.text(target)
        lines[row.number] = texts
    return lines


def _write_header(sheet: Any, formats: Formats, recognised: Recognised, header: list[SheetRow], width: int) -> None:
    numbers = [row.number for row in header]
    written: set[tuple[int, int]] = set()
    for place, row in enumerate(header, start=1):
        for column in range(width):
            merge = merged_over(recognised.sheet.merges, row.number, column)
            bottom = max((number for number in numbers if merge and number <= merge.bottom), default=row.number)
            if (row.number, column) in written:
                continue
            text = shown(cell_at(row, column))
            if (
                merge
                and (merge.top, merge.left) == (row.number, column)
                and (bottom > row.number or merge.right > column)
            ):
                last = place + numbers.index(bottom) - numbers.index(row.number)
                sheet.merge_range(place, column, last, merge.right, text, formats.heading)
                written |= {(n, c) for n in numbers if n <= bottom for c in range(column, merge.right + 1)}
            else:
                sheet.write_string(place, column, text, formats.heading)
    if len(header) > 1:
        sheet.merge_range(1, width, len(header), width, REASON_HEADING, formats.heading)
    else:
        sheet.write_string(1, width, REASON_HEADING, formats.heading)
