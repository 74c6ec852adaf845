"""The official frame of a ledger sheet (台账汇总表) and the two ways to make one: as a file, or as bytes in memory."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from gridworker.errors import BugError
from gridworker.reports.cidfont import CidFont
from gridworker.reports.fonts import FontBook, Role, find_fonts
from gridworker.reports.heading import Column, Heading, column_edges, measure_heading
from gridworker.reports.pagination import Piece, Room, paginate
from gridworker.reports.table import LINE_PADDING, SIDE_PADDING, Body, raise_if_cancelled
from gridworker.reports.target import write_target
from gridworker.reports.text import Align, DocumentFonts, Typesetter

Progress = Callable[[int, int, str], None]
Stop = Callable[[], bool]
Paper = Literal["A4", "A3"]

_LANDSCAPE: dict[Paper, tuple[float, float]] = {"A4": (841.89, 595.28), "A3": (1190.55, 841.89)}
_SIZE_2, _SIZE_SMALL_4, _SIZE_5, _SIZE_SMALL_5, _SIZE_6 = 22.0, 12.0, 10.5, 9.0, 7.5  # 二号 小四 五号 小五 六号
_SIDE, _TOP, _BOTTOM = 42.5, 40.0, 46.0
_SIGNATURE, _SIGN_HERE = 40.0, 150.0
_SIGNERS = ("制表人", "审核人", "负责人（签字）")
_EMPTY_HEIGHT = 60.0
# Faces are shared and read by seeking, and reportlab's font registry is global: one document at a time.
_ONE_DOCUMENT = threading.Lock()
_FIRST_FONT = "gridworker-first"


@dataclass(frozen=True)
class Sheet:
    """Everything a ledger sheet shows, already formatted and masked; `merge_keys` name columns, the outermost first."""

    title: str
    subtitle: str
    unit: str
    reporter: str
    date_text: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[str]]
    merge_keys: tuple[str, ...] = ()
    signature: bool = True
    note: str = ""
    empty_text: str = "无记录"
    paper: Paper = "A4"


@dataclass(frozen=True, slots=True)
class PrintReport:
    """What was made: pages, rows, the characters no font could draw, and the fonts in plain words."""

    pages: int
    rows: int
    missing_characters: tuple[str, ...]
    fonts: tuple[str, ...]


def quiet(_done: int, _total: int, _text: str) -> None:
    """Progress nobody watches."""


def never() -> bool:
    """A wish to stop that never comes."""
    return False


def print_sheet(
    sheet: Sheet,
    target: Path,
    *,
    progress: Progress = quiet,
    cancelled: Stop = never,
    book: FontBook | None = None,
) -> PrintReport:
    """Write the sheet as a PDF file, whole or not at all."""
    data, report = render_sheet(sheet, progress=progress, cancelled=cancelled, book=book)
    raise_if_cancelled(cancelled)
    write_target(target, data)
    return report


def render_sheet_bytes(sheet: Sheet, *, book: FontBook | None = None) -> bytes:
    """The sheet as PDF in memory, for a preview that leaves nothing on the disk."""
    return render_sheet(sheet, book=book)[0]


def render_sheet(
    sheet: Sheet,
    *,
    progress: Progress = quiet,
    cancelled: Stop = never,
    book: FontBook | None = None,
) -> tuple[bytes, PrintReport]:
    """The sheet as PDF in memory, and what was made."""
    raise_if_malformed(sheet)
    with _ONE_DOCUMENT:
        return _Press(sheet, book or find_fonts()).print(progress, cancelled)


def raise_if_malformed(sheet: Sheet) -> None:
    """A layout that hands over cells without columns is our fault, told before a page is made."""
    keys = [column.key for column in sheet.columns]
    if not keys or len(set(keys)) != len(keys):
        raise BugError("打印版式没有列，或有两列同名。")
    if any(key not in keys for key in sheet.merge_keys):
        raise BugError("打印版式要合并的列不存在。")
    if any(len(row) != len(keys) for row in sheet.rows):
        raise BugError("打印版式的行与列数目不符。")


class _Press:
    """One document in the making."""

    def __init__(self, sheet: Sheet, book: FontBook) -> None:
        self._sheet, self._book = sheet, book
        self._width, self._height = _LANDSCAPE[sheet.paper]
        self._left, self._right = _SIDE, self._width - _SIDE
        first = CidFont(_FIRST_FONT, book.roles["song"].path)
        pdfmetrics.registerFont(first)
        self._buffer = io.BytesIO()
        self._canvas: Any = Canvas(
            self._buffer,
            pagesize=(self._width, self._height),
            pageCompression=1,
            initialFontName=_FIRST_FONT,
            lang="zh-CN",
        )
        self._describe()
        self._fonts = DocumentFonts(self._canvas._doc, book)  # noqa: SLF001 - fonts are entered into the document itself
        size = body_size(sheet.paper, len(sheet.columns))
        self._body_setter = Typesetter(self._fonts, "fang", size)
        self._edges = column_edges(
            sheet.columns,
            self._left,
            self._right - self._left,
            2 * size + 2 * SIDE_PADDING + 0.5,
        )
        head_size = min(_SIZE_5, size + 1.5)
        self._heading = measure_heading(sheet.columns, self._edges, Typesetter(self._fonts, "hei", head_size))

    def print(self, progress: Progress, cancelled: Stop) -> tuple[bytes, PrintReport]:
        """Measure, paginate, emit, save."""
        sheet = self._sheet
        body = Body(sheet.columns, self._edges, self._body_setter, sheet.merge_keys)
        room = self._room()
        tallest = room.other / 2
        measured = body.measure(sheet.rows, tallest=tallest, progress=progress, cancelled=cancelled)
        pages = paginate(measured, room)
        for number, pieces in enumerate(pages, 1):
            raise_if_cancelled(cancelled)
            progress(number - 1, len(pages), "正在生成页面")
            self._page(body, self._heading, pieces, number, len(pages))
        raise_if_cancelled(cancelled)
        self._canvas.save()
        progress(len(pages), len(pages), "页面已生成")
        missing = tuple(self._fonts.missing)
        return self._buffer.getvalue(), PrintReport(len(pages), len(sheet.rows), missing, self._book.describe())

    def _describe(self) -> None:
        canvas = self._canvas
        canvas.setTitle(self._sheet.title)
        canvas.setSubject(self._sheet.subtitle)
        canvas.setAuthor(self._sheet.unit)
        canvas.setCreator("网格台账")

    def _room(self) -> Room:
        head = self._heading.height
        tail = _SIGNATURE if self._sheet.signature else 0.0
        setter = self._body_setter
        return Room(
            first=self._table_top(1) - _BOTTOM - head,
            other=self._table_top(2) - _BOTTOM - head,
            tail=tail,
            line=setter.leading,
            padding=LINE_PADDING,
        )

    def _table_top(self, page: int) -> float:
        if page > 1:
            return self._height - _TOP - 10
        return self._height - _TOP - (70 if self._sheet.subtitle else 52)

    def _page(self, body: Body, heading: Heading, pieces: list[Piece], number: int, total: int) -> None:
        top = self._table_top(number)
        out = self._title() if number == 1 else self._running_title()
        out += heading.draw(top)
        top -= heading.height
        if pieces:
            out += body.draw(pieces, top)
            bottom = top - pieces[-1].top - pieces[-1].height
        else:
            out += self._nothing(top)
            bottom = top - _EMPTY_HEIGHT
        if number == total and self._sheet.signature:
            out += self._signature(bottom)
        out += self._text(f"第 {number} 页 共 {total} 页", "song", _SIZE_SMALL_5, self._width / 2, 26.0, "center")
        self._canvas._code.append("\n".join(out))  # noqa: SLF001 - page content goes out as finished operators
        self._canvas.showPage()

    def _title(self) -> list[str]:
        sheet, middle, y = self._sheet, self._width / 2, self._height - _TOP
        wide = self._right - self._left
        out = self._text(sheet.note, "hei", _SIZE_5, self._left, y, "left", wide * 0.25)
        out += self._text(sheet.title, "title", _SIZE_2, middle, y - 18, "center", wide)
        if sheet.subtitle:
            out += self._text(sheet.subtitle, "kai", _SIZE_SMALL_4, middle, y - 38, "center", wide)
        y = self._table_top(1) + 7
        out += self._text(f"填报单位：{sheet.unit}", "song", _SIZE_5, self._left, y, "left", wide * 0.5)
        out += self._text(f"填报人：{sheet.reporter}", "song", _SIZE_5, middle + wide * 0.03, y, "left", wide * 0.2)
        out += self._text(f"填报日期：{sheet.date_text}", "song", _SIZE_5, self._right, y, "right", wide * 0.26)
        return out

    def _running_title(self) -> list[str]:
        sheet, y, wide = self._sheet, self._height - _TOP - 4, self._right - self._left
        name = f"{sheet.title}　{sheet.subtitle}" if sheet.subtitle else sheet.title
        out = self._text(name, "song", _SIZE_SMALL_5, self._left, y, "left", wide * 0.6)
        return out + self._text(sheet.note, "hei", _SIZE_SMALL_5, self._right, y, "right", wide * 0.38)

    def _nothing(self, top: float) -> list[str]:
        wide = self._right - self._left
        box = f"q 0 G 0.6 w {self._left:.2f} {top - _EMPTY_HEIGHT:.2f} {wide:.2f} {_EMPTY_HEIGHT:.2f} re S Q"
        y = top - _EMPTY_HEIGHT / 2 - 4
        return [box, *self._text(self._sheet.empty_text, "fang", _SIZE_SMALL_4, self._width / 2, y, "center")]

    def _signature(self, bottom: float) -> list[str]:
        y, x, step = bottom - 27, self._left, (self._right - self._left - 130) / len(_SIGNERS)
        out = []
        for signer in _SIGNERS:
            label = f"{signer}："
            out += self._text(label, "song", _SIZE_5, x, y, "left")
            start = x + Typesetter(self._fonts, "song", _SIZE_5).width(label)
            stop = min(x + step - 24, start + _SIGN_HERE)
            out.append(f"q 0.5 w {start:.2f} {y - 2:.2f} m {stop:.2f} {y - 2:.2f} l S Q")
            x += step
        return out + self._text("年　　月　　日", "song", _SIZE_5, self._right, y, "right")

    def _text(
        self,
        text: str,
        role: Role,
        size: float,
        x: float,
        y: float,
        align: Align,
        room: float | None = None,
    ) -> list[str]:
        """One line from, around or up to `x`; a line longer than its room is set smaller, never cut."""
        line_text = " ".join(text.split("\n"))
        setter = Typesetter(self._fonts, role, size)
        width = setter.width(line_text)
        if room and width > room:
            setter = Typesetter(self._fonts, role, size * room / width)
            width = room
        start = x - {"left": 0.0, "center": width / 2, "right": width}[align]
        shown = setter.line(line_text).show
        return [f"{setter.begin()} 1 0 0 1 {start:.2f} {y:.2f} Tm {shown} ET"] if shown else []


def body_size(paper: Paper, columns: int) -> float:
    """五号 where the columns leave room for it, then 小五, then 六号, the smallest that reads on paper."""
    per_column = table_width(paper) / columns
    for size, least in ((_SIZE_5, 75.0), (_SIZE_SMALL_5, 44.0)):
        if per_column >= least:
            return size
    return _SIZE_6


def table_width(paper: Paper) -> float:
    """The width a table has on a paper, in points."""
    return _LANDSCAPE[paper][0] - 2 * _SIDE
