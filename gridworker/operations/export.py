"""A ledger as a workbook; personal fields are masked unless they are asked for on purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gridworker.errors import KnownError
from gridworker.exchange import writer
from gridworker.exchange.synonyms import STATE, label_of
from gridworker.ledger.facts import Purpose
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import rights
from gridworker.operations.session import Session
from gridworker.operations.shown import show_many
from gridworker.store.query import Query


def export(
    session: Session,
    ledger_name: str,
    path: Path,
    *,
    full: bool = False,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Writes `.xlsx` or `.csv` and leaves a trace; returns how many rows. `full` lifts the masks."""
    ledger = find_ledger(ledger_name)
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise KnownError(
            "只能导出为 .xlsx 或 .csv。", safe="没有写文件。", action="请把文件名的结尾改成 .xlsx 或 .csv。"
        )
    rights.raise_if_may_not_here(session, "export")
    if full:
        rights.raise_if_may_not_here(session, "reveal")
    with session.store.read() as tx:
        records = tx.records(ledger.key, tx.select(Query(ledger.key)))
        purpose = Purpose.UNMASKED if full else Purpose.EXPORT
        rows = show_many(tx, ledger, records, ledger.excel_columns, purpose, noted=False)
    cells = [[row[key] for key in ledger.excel_columns] for row in rows]
    headings = ledger.excel_columns
    if ledger.historic is not None and ledger.workflow is not None:
        # Read again in another home it is what it was; here it changes nothing.
        headings = (*headings, label_of(ledger, STATE))
        cells = [
            [*texts, ledger.workflow.label_of(record.status)] for texts, record in zip(cells, records, strict=True)
        ]
    writer.write_workbook(
        path, ledger, headings, cells, title=f"{ledger.label}台账", progress=progress, cancelled=cancelled
    )
    detail = {"rows": len(cells), "full": full}
    session.store.write(lambda tx: tx.audit("export", actor_id=session.actor.id, ledger=ledger.key, detail=detail))
    return len(cells)
