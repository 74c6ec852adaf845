"""A ledger as .xlsx or .csv that offices open as it is: widths, heights, real dates, texts that stay texts."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import xlsxwriter

from gridworker.errors import Cancelled, KnownError
from gridworker.exchange.atomic import write_whole
from gridworker.exchange.cells import IsCancelled, Progress
from gridworker.ledger.field import Field
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.number_fields import Date, DateTime, Integer, Number

_STEP = 500
_NARROWEST, _WIDEST = 6, 40
_LINE = 15.0
_TITLE_HEIGHT = 30.0
_TALLEST = 400.0
# Excel's own bounds; text beyond them would make a workbook that Excel calls damaged.
_LONGEST_CELL = 32_767
_MOST_ROWS = 1_048_570
# A workbook holds fifteen digits; a longer number stays text.
_MOST_DIGITS = 15
# Workbooks count days from 1900 and miscount its February; what lies before is text, as it is typed.
_FIRST_DAY = "1900-03-01"
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
# A spreadsheet runs a CSV cell that begins like this as a formula.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def write_workbook(
    path: Path,
    ledger: Ledger,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str = "",
    progress: Progress = lambda _done, _total, _text: None,
    cancelled: IsCancelled = lambda: False,
) -> None:
    """Writes shown texts under headings (field keys, or any text); what the reader reads back is the same."""
    columns = [_Column(ledger.find(name), name) for name in headings]
    texts = [[str(text) for text in row] for row in rows]
    if len(texts) > _MOST_ROWS:
        raise KnownError("行数超过了一个工作表能放下的。", safe="什么都没有写。", action="请按月份或楼栋分几次导出。")
    if path.suffix.lower() == ".csv":
        data = _csv(columns, texts)
    else:
        data = _xlsx(columns, texts, title or ledger.label, progress, cancelled)
    if cancelled():
        raise Cancelled
    write_whole(path, data)
    progress(len(texts), len(texts), "已写好")


@dataclass(frozen=True)
class _Column:
    field: Field | None
    name: str

    @property
    def heading(self) -> str:
        return self.field.label if self.field else self.name


def _csv(columns: Sequence[_Column], rows: Sequence[Sequence[str]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([column.heading for column in columns])
    writer.writerows([_harmless(text) for text in row] for row in rows)
    # Excel takes a CSV without the mark for GBK and garbles it.
    return stream.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_DANGEROUS) and not _PLAIN_NUMBER.fullmatch(text) else text


def _xlsx(
    columns: Sequence[_Column], rows: Sequence[Sequence[str]], title: str, progress: Progress, cancelled: IsCancelled
) -> bytes:
    stream = io.BytesIO()
    book = new_workbook(stream)
    sheet = book.add_worksheet(sheet_name(title))
    formats = Formats(book)
    widths = column_widths([column.heading for column in columns], rows)
    write_title(sheet, formats, title, len(columns))
    for index, column in enumerate(columns):
        sheet.set_column(index, index, widths[index])
        sheet.write_string(1, index, column.heading, formats.heading)
    sheet.set_row(1, row_height([column.heading for column in columns], widths))
    for number, row in enumerate(rows):
        if number % _STEP == 0:
            if cancelled():
                raise Cancelled
            progress(number, len(rows), "正在写表格")
        sheet.set_row(number + 2, row_height(row, widths))
        for index, text in enumerate(row):
            _write_cell(sheet, formats, (number + 2, index), columns[index].field, text)
    sheet.freeze_panes(2, 0)
    sheet.autofilter(1, 0, len(rows) + 1, max(0, len(columns) - 1))
    print_setup(sheet)
    book.close()
    return stream.getvalue()


class Formats:
    """The cell formats of one workbook."""

    def __init__(self, book: Any) -> None:
        base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "border": 1, "border_color": "#BFBFBF"}
        self.title = book.add_format(
            {"font_name": "宋体", "font_size": 16, "bold": True, "align": "center", "valign": "vcenter"}
        )
        heading = {**base, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#F2F2F2"}
        self.heading = book.add_format(heading)
        self.text = book.add_format({**base, "num_format": "@", "text_wrap": True})
        self.day = book.add_format({**base, "num_format": "yyyy-mm-dd", "align": "center"})
        self.moment = book.add_format({**base, "num_format": "yyyy-mm-dd hh:mm", "align": "center"})
        self.whole = book.add_format({**base, "num_format": "0"})
        self._book, self._base = book, base
        self._numbers: dict[tuple[int, str], Any] = {}

    def number(self, field: Number) -> Any:
        """Places and unit of a number, as the field shows them."""
        key = (field.places, field.unit)
        if key not in self._numbers:
            shown = "0" + ("." + "0" * field.places if field.places else "") + (f'"{field.unit}"' if field.unit else "")
            self._numbers[key] = self._book.add_format({**self._base, "num_format": shown})
        return self._numbers[key]


def new_workbook(stream: io.BytesIO) -> Any:
    """A workbook that takes texts for texts and leaves no temporary file with them on the disk."""
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(stream, options)


def write_title(sheet: Any, formats: Formats, title: str, width: int) -> None:
    """The title over the whole width of the table."""
    sheet.set_row(0, _TITLE_HEIGHT)
    if width > 1:
        sheet.merge_range(0, 0, 0, width - 1, title, formats.title)
    else:
        sheet.write_string(0, 0, title, formats.title)


def print_setup(sheet: Any, last_header_row: int = 1) -> None:
    """A4 landscape, as wide as one page, the header on each."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, last_header_row)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def sheet_name(title: str) -> str:
    """A title as a sheet may be called."""
    return re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "台账"


def text_width(text: str) -> int:
    """How many narrow characters wide the longest line is."""
    return max(sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line) for line in text.split("\n"))


def column_widths(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """A width for each column from its longest text, within bounds."""
    longest = [text_width(heading) for heading in headings]
    for row in rows:
        for index, text in enumerate(row):
            if len(text) * 2 > longest[index]:
                longest[index] = max(longest[index], text_width(text))
    return [float(min(_WIDEST, max(_NARROWEST, width)) + 2) for width in longest]


def row_height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """The height a row needs; without it LibreOffice prints wrapped lines over one another."""
    lines = 1
    for text, width in zip(texts, widths, strict=False):
        if len(text) * 2 > width - 1 or "\n" in text:
            lines = max(lines, sum(math.ceil(max(1, text_width(line)) / (width - 1)) for line in text.split("\n")))
    return min(_TALLEST, lines * _LINE + 3)


def _write_cell(sheet: Any, formats: Formats, place: tuple[int, int], field: Field | None, text: str) -> None:
    row, column = place
    if not text:
        sheet.write_blank(row, column, None, formats.text)
    elif isinstance(field, Date) and _ISO_DAY.fullmatch(text) and text >= _FIRST_DAY:
        sheet.write_datetime(row, column, date.fromisoformat(text), formats.day)
    elif isinstance(field, DateTime) and _ISO_MOMENT.fullmatch(text) and text >= _FIRST_DAY:
        sheet.write_datetime(row, column, datetime.strptime(text, "%Y-%m-%d %H:%M"), formats.moment)  # noqa: DTZ007 - a cell has no zone
    elif isinstance(field, Integer | Number) and (number := _number(field, text)) is not None:
        chosen = formats.whole if isinstance(field, Integer) else formats.number(field)
        sheet.write_number(row, column, number, chosen)
    else:
        sheet.write_string(row, column, text[:_LONGEST_CELL], formats.text)


def _number(field: Integer | Number, text: str) -> float | None:
    unit = field.unit if isinstance(field, Number) else ""
    try:
        number = Decimal(text.removesuffix(unit))
    except InvalidOperation:
        return None
    fits = number.is_finite() and len(number.as_tuple().digits) <= _MOST_DIGITS
    return float(number) if fits else None
