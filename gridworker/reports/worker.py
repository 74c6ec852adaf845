"""Making a sheet in a process of its own, so that the window never waits for the interpreter lock.

The sheet goes to the child and the finished document comes back by pipe; only the parent writes to the disk, so a child
that is stopped leaves nothing behind. A child whose parent died ends itself. A packaged program must call
`multiprocessing.freeze_support()` first thing in `main`.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from gridworker.errors import AppError, BugError, Cancelled, KnownError, where_it_broke
from gridworker.reports.fonts import FontBook
from gridworker.reports.sheet import PrintReport, Progress, Sheet, Stop, never, quiet, render_sheet
from gridworker.reports.target import write_target

_LOOK_EVERY = 0.05
# Faster than any eye, and few enough that the pipe never holds the child up.
_TELL_EVERY = 0.03


def print_in_worker(
    sheet: Sheet,
    target: Path,
    *,
    progress: Progress = quiet,
    cancelled: Stop = never,
    book: FontBook | None = None,
) -> PrintReport:
    """Write the sheet as a PDF file, whole or not at all, while this process stays free."""
    data, report = render_in_worker(sheet, progress=progress, cancelled=cancelled, book=book)
    if cancelled():
        raise Cancelled
    write_target(target, data)
    return report


def render_in_worker(
    sheet: Sheet,
    *,
    progress: Progress = quiet,
    cancelled: Stop = never,
    book: FontBook | None = None,
) -> tuple[bytes, PrintReport]:
    """The sheet as PDF in memory, made in a child process; stopping kills the child at once."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_child, args=(theirs,), name="gridworker-print", daemon=True)
    try:
        _start(child, theirs)
        return _converse(ours, (sheet, book), progress, cancelled)
    finally:
        ours.close()
        if child.pid is not None:
            child.kill()
            child.join()
            child.close()


def _start(child: Any, theirs: Connection) -> None:
    try:
        child.start()
    except OSError as error:
        raise KnownError(
            "系统现在开不出打印用的进程。",
            safe="台账内容没有变化。",
            action="请关闭一些程序，稍后再试。",
        ) from error
    finally:
        # With our copy open, a dead child would look like a silent one.
        theirs.close()


def _converse(
    ours: Connection,
    work: tuple[Sheet, FontBook | None],
    progress: Progress,
    cancelled: Stop,
) -> tuple[bytes, PrintReport]:
    """Hand the work over and listen until the document, or a failure, comes back."""
    # A large sheet fills the pipe before the child has started to read; the wish to stop is still heard meanwhile.
    sender = threading.Thread(target=_send, args=(ours, work), name="gridworker-print-send", daemon=True)
    sender.start()
    try:
        while True:
            if cancelled():
                raise Cancelled
            if not ours.poll(_LOOK_EVERY):
                continue
            kind, value = ours.recv()
            if kind == "progress":
                progress(*value)
            elif kind == "done":
                return value[0], value[1]
            else:
                raise _rebuilt(kind, value)
    except (EOFError, OSError) as error:
        raise KnownError(
            "排版进程中途停了，可能是内存不足。",
            safe="台账内容没有变化，也没有写出文件。",
            action="请关闭一些程序再试，或少选一些记录分次打印。",
        ) from error


def _send(ours: Connection, work: tuple[Sheet, FontBook | None]) -> None:
    # A child that died before reading is told by the listening side.
    with contextlib.suppress(OSError, ValueError):
        ours.send(work)


def _rebuilt(kind: str, value: tuple[str, str, str]) -> AppError:
    title, safe, action = value
    return (KnownError if kind == "known" else BugError)(title, safe=safe, action=action)


def _child(connection: Connection) -> None:
    """The whole life of the child: receive, make, answer."""
    _end_with_parent()
    with contextlib.suppress(EOFError, OSError):
        sheet, book = connection.recv()
        try:
            connection.send(("done", render_sheet(sheet, progress=_teller(connection), book=book)))
        except AppError as error:
            kind = "known" if isinstance(error, KnownError) else "bug"
            connection.send((kind, (error.title, error.safe, error.action)))
        except MemoryError:
            connection.send(("known", ("内存不足，排版没有完成。", "台账内容没有变化。", "请少选一些记录分次打印。")))
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it; the text may hold cells
            connection.send(("bug", (f"排版时出错（{where_it_broke(error)}）。", "台账内容没有变化。", "")))


def _teller(connection: Connection) -> Progress:
    """Progress that is sent at a pace the parent can read."""
    told_at = 0.0

    def tell(done: int, total: int, text: str) -> None:
        nonlocal told_at
        now = time.monotonic()
        if done >= total or now - told_at >= _TELL_EVERY:
            told_at = now
            connection.send(("progress", (done, total, text)))

    return tell


def _end_with_parent(leave: Callable[[int], Any] = os._exit) -> None:
    """Let this process end when its parent has, however the parent ended."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        leave(1)

    threading.Thread(target=watch, name="gridworker-print-watch", daemon=True).start()
