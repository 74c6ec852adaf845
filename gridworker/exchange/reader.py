"""Reads a workbook or CSV file in a child process and says in plain words why one cannot be read."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from gridworker.errors import BugError, Cancelled, KnownError
from gridworker.exchange import reading_child
from gridworker.exchange.cells import IsCancelled, Merge, Progress, SheetCells, SheetRow
from gridworker.exchange.wire_cells import decode

MEMORY = 1536 << 20
CPU_SECONDS = 180
# A living child sends something at least every few seconds; one that is silent this long is stuck.
SILENCE_SECONDS = 120.0
_TICK = 0.1
_MOST_NAMED = 8

_SAVE_AS = "请用 Excel 或 WPS 打开它，另存为“Excel 工作簿（.xlsx）”，再导入。"
_REASONS = {
    "empty": ("这个文件是空的，大小为 0。", "请向发给您的人重新要一份。"),
    "missing": ("找不到这个文件，它可能被移动、改名或删除了。", "请重新选择文件。"),
    "locked": ("没有权限读这个文件，或者它正被别的程序占用。", "请关闭打开它的程序，或把它复制到自己的文件夹，再试。"),
    "unreadable": ("读这个文件时出错，可能是 U 盘松动或网络盘断开。", "请把文件复制到本机，再试。"),
    "too_large": ("这个文件太大，或者展开后太大，读不下。", "请把表格拆成几个文件，删去没有用的工作表，再导入。"),
    "password": ("这个工作簿设了打开密码，读不了。", "请用 Excel 或 WPS 打开它，取消密码后另存，再导入。"),
    "damaged": ("这个文件已经损坏，或者没有保存完整。", "请用 Excel 打开它，另存为 .xlsx；打不开时请重新要一份。"),
    "markup": ("这个文件名义上是表格，内容其实是网页；一些系统导出的 .xls 就是这样。", _SAVE_AS),
    "word": ("这是 Word 文档，不是表格。", "请把其中的表格复制到 Excel，存为 .xlsx，再导入。"),
    "ods": ("这是 OpenDocument 表格（.ods），不能直接导入。", _SAVE_AS),
    "xlsb": ("这是二进制工作簿（.xlsb），不能直接导入。", _SAVE_AS),
    "archive": ("这是压缩包，不是表格。", "请先解压，再选择里面的表格。"),
    "not_a_workbook": ("这个文件里没有表格。", "请确认选对了文件。"),
    "not_text": ("这个文件既不是 Excel 表格，也不是能认出编码的 CSV 文本。", _SAVE_AS),
    "crashed": (
        "读这个文件时内存或时间超出了限度，已经停下。",
        "表格里可能有很远的零散单元格；请把有用的部分复制到新的工作簿，再导入。",
    ),
}  # fmt: skip


def read_workbook(path: Path, *, progress: Progress, cancelled: IsCancelled) -> list[SheetCells]:
    """All sheets of an .xlsx, .xls or CSV file; what the file really is decides, not its name."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(
        target=reading_child.main, args=(sender, str(path), MEMORY, CPU_SECONDS), daemon=True, name="read-workbook"
    )
    child.start()
    sender.close()
    try:
        return _collect(receiver, progress, cancelled)
    finally:
        receiver.close()
        _end(child)


def _collect(pipe: Connection, progress: Progress, cancelled: IsCancelled) -> list[SheetCells]:
    drafts: list[_Draft] = []
    notes: list[str] = []
    while True:
        kind, *rest = _next_message(pipe, cancelled)
        if kind == "refused":
            raise _known(rest[0])
        if kind == "bug":
            raise BugError(f"读取表格时程序出错（{rest[0]}）。", safe="什么都没有导入。")
        if kind == "done":
            return [draft.finish(tuple(notes)) for draft in drafts]
        if kind == "note":
            notes.append(rest[0])
        elif kind == "sheet":
            drafts.append(_Draft(rest))
        elif kind == "rows":
            done, total, rows = rest
            drafts[-1].rows.extend(SheetRow(number, tuple(cells)) for number, cells in rows)
            progress(done, total, f"正在读取{drafts[-1].called}")
        else:
            raise BugError(f"读取表格的进程发来了不认识的消息：{kind}。")


def _next_message(pipe: Connection, cancelled: IsCancelled) -> list[Any]:
    silent_until = time.monotonic() + SILENCE_SECONDS
    while not pipe.poll(_TICK):
        if cancelled():
            raise Cancelled
        if time.monotonic() > silent_until:
            raise _known("crashed")
    if cancelled():
        raise Cancelled
    try:
        return decode(pipe.recv_bytes())
    except (EOFError, OSError):
        raise _known("crashed") from None


def _known(code: str) -> KnownError:
    title, action = _REASONS.get(code, _REASONS["damaged"])
    return KnownError(title, safe="什么都没有导入，原来的文件没有改动。", action=action)


def _end(child: BaseProcess) -> None:
    child.join(timeout=0.2)
    if child.is_alive():
        child.kill()
        child.join()
    child.close()


class _Draft:
    """A sheet whose rows are still arriving."""

    def __init__(self, facts: list[Any]) -> None:
        self.name, self.hidden, merges, hidden_rows, hidden_columns = facts
        self.merges = tuple(Merge(*ends) for ends in merges)
        self.hidden_rows = frozenset(hidden_rows)
        self.hidden_columns = frozenset(hidden_columns)
        self.rows: list[SheetRow] = []

    @property
    def called(self) -> str:
        return f"工作表“{self.name}”" if self.name else "文件"

    def finish(self, notes: tuple[str, ...]) -> SheetCells:
        filled = {row.number for row in self.rows}
        hidden = sorted(self.hidden_rows & filled)
        said = list(notes)
        if self.hidden:
            said.append(f"{self.called}在表格里是隐藏的，也已读入。")
        if hidden:
            said.append(f"第 {_some(hidden)} 行在表格里是隐藏的，也已读入。")
        return SheetCells(
            self.name, tuple(self.rows), self.merges, self.hidden, frozenset(hidden), self.hidden_columns, tuple(said)
        )


def _some(numbers: list[int]) -> str:
    named = "、".join(str(number) for number in numbers[:_MOST_NAMED])
    return named if len(numbers) <= _MOST_NAMED else f"{named} 等 {len(numbers)}"
