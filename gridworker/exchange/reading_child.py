"""The child process that opens a workbook: whatever a file does to it, the program stays up.

It speaks to its parent in msgpack over a pipe and never writes a file. Messages are lists whose first
element names them: `refused` [code, detail], `sheet` [name, hidden, merges, hidden rows, hidden columns,
rows to come], `rows` [[[number, [cells…]]…]], `note` [text], `done`.
"""

from __future__ import annotations

import io
import os
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from python_calamine import PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

from gridworker.exchange import csv_text, xls_marks, xlsx_marks
from gridworker.exchange.cells import CellError, Merge
from gridworker.exchange.wire_cells import encode, pack_cell

MAX_FILE = 100 << 20
MAX_XML = 600 << 20
# Beyond this calamine's dense grid of a nearly empty sheet would not fit in memory, and it aborts.
MAX_GRID = 12_000_000
_BATCH = 500
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style", b"<head", b"mime-version")

_Rows = Iterable[tuple[int, Sequence[object]]]


class Refused(Exception):
    """The file cannot be read; the code names the reason, the parent has the words."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def main(pipe: Connection, path: str, memory: int, seconds: int) -> None:
    """Read the file at `path` and send what it holds through `pipe`."""
    _silence()
    limit_resources(memory, seconds)
    try:
        _read(pipe, Path(path))
        pipe.send_bytes(encode(["done"]))
    except BrokenPipeError:
        # The parent has stopped listening: the person cancelled.
        return
    except Refused as refusal:
        pipe.send_bytes(encode(["refused", refusal.code, refusal.detail]))
    except MemoryError:
        pipe.send_bytes(encode(["refused", "too_large", ""]))
    except PasswordError:
        pipe.send_bytes(encode(["refused", "password", ""]))
    except (FileNotFoundError, IsADirectoryError):
        pipe.send_bytes(encode(["refused", "missing", ""]))
    except PermissionError:
        pipe.send_bytes(encode(["refused", "locked", ""]))
    except OSError:
        pipe.send_bytes(encode(["refused", "unreadable", ""]))
    except (AttributeError, TypeError, NameError, ImportError) as failure:
        pipe.send_bytes(encode(["bug", f"{type(failure).__name__}: {failure}"]))
    except Exception as failure:  # noqa: BLE001 - a damaged file may raise anything; only the kind of it is told
        pipe.send_bytes(encode(["refused", "damaged", type(failure).__name__]))
    finally:
        pipe.close()


def _silence() -> None:
    # A panic of the Rust reader prints its message, which may hold a cell's text, to the terminal.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def limit_resources(memory: int, seconds: int) -> None:
    """Bound this process where the system can; elsewhere the parent's clock alone stops it."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - absent on Windows

    for kind, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _read(pipe: Connection, path: Path) -> None:
    size = path.stat().st_size
    if size == 0:
        raise Refused("empty")
    if size > MAX_FILE:
        raise Refused("too_large")
    data = path.read_bytes()
    if data.startswith(b"PK"):
        _read_xlsx(pipe, data)
    elif data.startswith(_OLE):
        _read_xls(pipe, data)
    else:
        _read_csv(pipe, data)


def _read_xlsx(pipe: Connection, data: bytes) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        raise Refused("damaged") from None
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        raise Refused(_other_archive(names))
    if sum(part.file_size for part in archive.infolist() if part.filename.endswith(".xml")) > MAX_XML:
        raise Refused("too_large")
    book = load_workbook(io.BytesIO(data))
    hidden = {sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible}
    sparse = None
    for name, part in xlsx_marks.sheet_parts(archive):
        if part not in names or "worksheets/" not in part:
            continue
        marks = xlsx_marks.read_marks(archive, part)
        rows: _Rows
        if marks.last_row * (marks.last_column + 1) > MAX_GRID:
            sparse = sparse or _open_sparse(data)
            rows = _sparse_rows(sparse, name)
        else:
            rows = enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), start=1)
        _send_sheet(pipe, name, marks.merges, marks.hidden_rows, marks.hidden_columns, hidden=name in hidden)
        _send_rows(pipe, rows, marks.errors, marks.last_row)


def _other_archive(names: set[str]) -> str:
    if "word/document.xml" in names:
        return "word"
    if "content.xml" in names:
        return "ods"
    return "xlsb" if "xl/workbook.bin" in names else "archive"


def _open_sparse(data: bytes) -> object:
    import openpyxl  # noqa: PLC0415 - slow to import and seldom needed

    return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)


def _sparse_rows(book: object, name: str) -> Iterator[tuple[int, list[object]]]:
    sheet = book[name]  # type: ignore[index]  # an openpyxl workbook
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if cells:
            yield number, [CellError(str(cell.value)) if cell.data_type == "e" else cell.value for cell in cells]


def _read_xls(pipe: Connection, data: bytes) -> None:
    ole = xls_marks.OleFile(data)
    if xls_marks.is_encrypted(ole):
        raise Refused("password")
    if not {"Workbook", "WORKBOOK", "Book"} & ole.names:
        raise Refused("word" if "WordDocument" in ole.names else "not_a_workbook")
    marks = xls_marks.read_marks(ole)
    book = load_workbook(io.BytesIO(data))
    for sheet in book.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        cells = book.get_sheet_by_name(sheet.name)
        known = marks.get(sheet.name, xls_marks.XlsMarks())
        ranges = cells.merged_cell_ranges or []
        merges = [Merge(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in ranges]
        hidden = sheet.visible != SheetVisibleEnum.Visible
        _send_sheet(pipe, sheet.name, merges, known.hidden_rows, known.hidden_columns, hidden=hidden)
        rows = cells.to_python(skip_empty_area=False)
        _send_rows(pipe, enumerate(rows, start=1), known.errors, len(rows))


def _read_csv(pipe: Connection, data: bytes) -> None:
    if data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise Refused("markup")
    try:
        text, encoding = csv_text.decode(data)
    except csv_text.NotText:
        raise Refused("not_text") from None
    records = csv_text.records(text)
    pipe.send_bytes(encode(["note", f"按 {encoding} 编码读取。"]))
    _send_sheet(pipe, "", [], (), (), hidden=False)
    _send_rows(pipe, enumerate(records, start=1), {}, len(records))


def _send_sheet(
    pipe: Connection, name: str, merges: Iterable[Merge], rows: Iterable[int], columns: Iterable[int], *, hidden: bool
) -> None:
    ranges = [[merge.top, merge.left, merge.bottom, merge.right] for merge in merges]
    pipe.send_bytes(encode(["sheet", name, hidden, ranges, sorted(rows), sorted(columns)]))


def _send_rows(pipe: Connection, rows: _Rows, errors: Mapping[tuple[int, int], str], total: int) -> None:
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (number, column), text in errors.items():
        by_row.setdefault(number, []).append((column, text))
    batch: list[object] = []
    for number, row in rows:
        packed = [pack_cell(cell) for cell in _with_errors(row, by_row.get(number, ()))]
        while packed and packed[-1] is None:
            packed.pop()
        if packed:
            batch.append([number, packed])
        if len(batch) >= _BATCH:
            pipe.send_bytes(encode(["rows", number, total, batch]))
            batch = []
    pipe.send_bytes(encode(["rows", total, total, batch]))


def _with_errors(row: Sequence[object], errors: Sequence[tuple[int, str]]) -> Sequence[object]:
    if not errors:
        return row
    cells = [*row, *[None] * (max(column for column, _ in errors) + 1 - len(row))]
    for column, text in errors:
        cells[column] = CellError(text)
    return cells
