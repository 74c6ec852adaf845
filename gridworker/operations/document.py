"""A ledger sheet in memory: made in a worker process, shown, saved and printed from the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gridworker.ledger.facts import Purpose
from gridworker.operations import print_
from gridworker.operations.session import Session
from gridworker.reports import preview, printing, target, worker
from gridworker.reports.sheet import PrintReport

Progress = Callable[[int, int, str], None]
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Wish:
    """Which sheet: of what ledger, what month (empty is everything), for which eyes; of notices, which kind."""

    ledger: str
    month: str
    purpose: Purpose
    notice: str = ""


@dataclass(frozen=True)
class Document:
    """A finished sheet: its bytes, what was made, the size of its pages in points."""

    wish: Wish
    data: bytes
    report: PrintReport
    page_size: tuple[float, float]


def make(session: Session, wish: Wish, progress: Progress, cancelled: Stop) -> Document:
    """Lay the sheet out; leaves nothing on the disk."""
    progress(0, 0, "正在读取记录")
    sheet = print_.sheet(session, wish.ledger, month=wish.month or None, purpose=wish.purpose, notice=wish.notice)
    data, report = worker.render_in_worker(sheet, progress=progress, cancelled=cancelled)
    return Document(wish, data, report, preview.page_size(data, 0))


def save(session: Session, document: Document, path: Path) -> Path:
    """Write the shown bytes as a file, whole or not at all, and leave the trace that they left."""
    target.write_target(path, document.data)
    _note(session, document)
    return path


def spool(session: Session, document: Document, printer: str | None, copies: int) -> str:
    """Hand the shown bytes to the print queue; gives back the queue's number."""
    number = printing.spool(document.data, printer=printer, copies=copies)
    _note(session, document)
    return number


def note_printed(session: Session, document: Document) -> None:
    """Leave the trace of a sheet that went to a printer by another way."""
    _note(session, document)


def _note(session: Session, document: Document) -> None:
    print_.note_printed(session, document.wish.ledger, rows=document.report.rows, purpose=document.wish.purpose)
