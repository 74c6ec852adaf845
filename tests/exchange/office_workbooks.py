"""Workbooks as offices fill them, with people who do not exist."""

import os
import random
import time
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from gridworker.exchange.cells import SheetCells, SheetRow
from gridworker.exchange.reader import read_workbook
from gridworker.sample.names import id_number, phone

RNG = random.Random(20260301)
WOMAN = id_number(RNG, date(1962, 3, 5), "2")
MAN = id_number(RNG, date(1958, 10, 17), "1")
SON = id_number(RNG, date(1988, 7, 1), "1")
PHONE = phone(RNG)
RARE_NAMES = ("王㛃", "李𬭚", "赵䶮", "周𠅤")


def nothing(*_args: object) -> None:
    """Progress nobody looks at."""


def never() -> bool:
    """Nobody cancels."""
    return False


def read(path: Path) -> list[SheetCells]:
    """A file read as the program reads it."""
    return read_workbook(path, progress=nothing, cancelled=never)


def sheet_of(rows: Sequence[Sequence[object]], **facts: object) -> SheetCells:
    """A sheet as the reader gives it, made directly."""
    filled = [
        SheetRow(number, tuple(row)) for number, row in enumerate(rows, start=1) if any(c is not None for c in row)
    ]
    return SheetCells(name="居民", rows=tuple(filled), **facts)


def save(path: Path, rows: Sequence[Sequence[object]], merges: Sequence[str] = ()) -> Path:
    """An .xlsx with these rows and merged ranges."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "居民"
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def residents(path: Path) -> Path:
    """The combined residents' workbook: title, note, two-row merged header, merged households, total and footer."""
    return save(
        path,
        [
            ["阳光社区第三网格居民信息登记表"],
            ["填报单位：阳光社区", None, None, None, None, None, None, None, None, "填报日期：2026年3月1日"],
            ["序号", "住址", None, None, None, "户主信息", None, "家庭成员", None, None, None, None, "备注"],
            [
                None,
                "小区",
                "楼号",
                "单元",
                "房号",
                "姓名",
                "电话",
                "姓名",
                "与户主关系",
                "身份证号",
                "出生年月",
                "联系电话",
                None,
            ],
            [1, "阳光小区", "3号楼", "2单元", 501, "王㛃", PHONE, "王㛃", "户主", WOMAN, "1962.3", None, "独居"],
            [
                2,
                "阳光小区",
                "3号楼",
                "2单元",
                502,
                "李𬭚",
                None,
                "李𬭚",
                "户主",
                MAN,
                date(1958, 10, 17),
                15412345678.0,
                None,
            ],
            [
                3,
                None,
                None,
                None,
                None,
                None,
                None,
                "李 䶮",
                "子",
                SON,
                "1988年7月1日",
                "１５４　１２３４　５６７９",
                None,
            ],
            [4, None, None, None, None, None, None, "古丽娜尔•艾合买提", "儿媳", None, "1990/2/3", "无", None],
            ["合计", None, None, None, None, None, None, "4人"],
            ["填表人：周𠅤", None, None, None, None, None, None, None, None, "审核人："],
        ],
        merges=[
            "A1:M1",
            "A3:A4",
            "B3:E3",
            "F3:G3",
            "H3:L3",
            "M3:M4",
            "B6:B8",
            "C6:C8",
            "D6:D8",
            "E6:E8",
            "F6:F8",
            "G6:G8",
        ],
    )


def as_bytes(book: openpyxl.Workbook) -> bytes:
    """A workbook's bytes."""
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def abort(*_args: object) -> None:
    """What calamine does where memory ends."""
    os.abort()


def hang(*_args: object) -> None:
    """A child that never says a word."""
    time.sleep(60)
