"""A ledger on paper: the records of a month, masked for the paper's purpose, laid out as the office wants it."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from gridworker.errors import KnownError
from gridworker.ledger.facts import Purpose
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.notice import Notice
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import rights
from gridworker.operations.session import Session
from gridworker.operations.shown import show_many
from gridworker.reports import worker
from gridworker.reports.layouts.context import LayoutContext
from gridworker.reports.layouts.default import default_layout
from gridworker.reports.layouts.lookup import layout_for
from gridworker.reports.sheet import PrintReport, Sheet
from gridworker.store.query import Condition, Query

PURPOSES = {"archive": Purpose.ARCHIVE, "notice": Purpose.NOTICE}
_NOTES = {Purpose.ARCHIVE: "内部资料　注意保管", Purpose.NOTICE: "公示"}
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def sheet(
    session: Session,
    ledger_name: str,
    *,
    month: str | None = None,
    purpose: Purpose = Purpose.ARCHIVE,
    notice: str = "",
) -> Sheet:
    """The sheet of a ledger, of one month (`2026-04`) where the ledger counts by month.

    Where a ledger has several kinds of public notice, `notice` names one; the first is usual.
    """
    ledger = find_ledger(ledger_name)
    hung = _notice_of(ledger, notice) if purpose is Purpose.NOTICE else None
    rights.raise_if_may_not_here(session, "print")
    # Hand-made layouts may show more than the declared columns, so every field is handed over.
    columns = [field.key for field in ledger.fields]
    with session.store.read() as tx:
        order = tuple(key.lstrip("-") for key in ledger.sort_by) if month else ledger.sort_by
        shown = (Condition("status", "in", list(hung.states)),) if hung else ()
        row_ids = tx.select(Query(ledger.key, (*_in_month(ledger, month), *shown), order))
        rows = show_many(tx, ledger, tx.records(ledger.key, row_ids), columns, purpose)
    if purpose is Purpose.NOTICE:
        # A remark is free text of the office: nobody can say what it holds about a person.
        rows = [{**row, "remark": ""} for row in rows]
    context = _context(session, ledger, month, purpose)
    if hung:
        fields = tuple((key, ledger[key].label) for key in hung.columns)
        return default_layout(rows, replace(context, title=hung.label, fields=fields))
    return layout_for(ledger.key)(rows, context)


def _notice_of(ledger: Ledger, name: str) -> Notice | None:
    if not ledger.notices and not name:
        return None
    found = next((one for one in ledger.notices if name in ("", one.key, one.label)), None)
    if found is None:
        known = "、".join(f"{one.key}（{one.label}）" for one in ledger.notices) or "没有分种类"
        raise KnownError(f"{ledger.label}没有叫“{name}”的公示。", action=f"{ledger.label}的公示：{known}。")
    return found


def _context(session: Session, ledger: Ledger, month: str | None, purpose: Purpose) -> LayoutContext:
    today = session.today()
    return LayoutContext(
        title=f"{ledger.label}台账",
        unit=" ".join(part for part in (session.place.community_name, session.place.name) if part),
        reporter=session.actor.name,
        date_text=f"{today.year}年{today.month}月{today.day}日",
        period=f"{int(month[:4])}年{int(month[5:])}月" if month else "",
        note=_NOTES[purpose],
        fields=tuple((key, ledger[key].label) for key in ledger.pdf_columns),
    )


def print_ledger(
    session: Session,
    ledger_name: str,
    path: Path,
    *,
    month: str | None = None,
    purpose: Purpose = Purpose.ARCHIVE,
    notice: str = "",
    progress: Callable[[int, int, str], None] = lambda _done, _total, _text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> PrintReport:
    """Writes the sheet as a PDF and leaves the trace that it was printed."""
    laid_out = sheet(session, ledger_name, month=month, purpose=purpose, notice=notice)
    report = worker.print_in_worker(laid_out, path, progress=progress, cancelled=cancelled)
    note_printed(session, ledger_name, rows=report.rows, purpose=purpose)
    return report


def note_printed(session: Session, ledger_name: str, *, rows: int, purpose: Purpose) -> None:
    """Leaves the trace that a ledger left on paper."""
    key = find_ledger(ledger_name).key
    detail = {"rows": rows, "purpose": purpose.value}
    session.store.write(lambda tx: tx.audit("print", actor_id=session.actor.id, ledger=key, detail=detail))


def _in_month(ledger: Ledger, month: str | None) -> tuple[Condition, ...]:
    if month is None:
        return ()
    found = _MONTH.fullmatch(month)
    if found is None:
        raise KnownError(f"月份“{month}”写法不对。", action="请写成 2026-04 这样。")
    if not ledger.month_field:
        raise KnownError(f"{ledger.label}不按月份统计。", action="请不带月份打印全部。")
    year, number = int(found[1]), int(found[2])
    last = date(year, number, monthrange(year, number)[1])
    return (
        Condition(ledger.month_field, "from", f"{month}-01"),
        Condition(ledger.month_field, "until", f"{last.isoformat()}T24"),
    )
