"""Bringing in a workbook: read, look, choose, import as one, undo as one."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gridworker.errors import Cancelled, KnownError
from gridworker.exchange import refused
from gridworker.exchange.cells import SheetCells
from gridworker.exchange.headings import ColumnMatch
from gridworker.exchange.reader import read_workbook
from gridworker.exchange.recognition import Recognised, recognise, recognise_workbook
from gridworker.exchange.rows import parse_rows
from gridworker.ledger.facts import Severity
from gridworker.ledger.imported import DIGITS
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import backups, fresh, rights
from gridworker.operations.changes import Changes
from gridworker.operations.import_plan import (
    CHANGED,
    NEW,
    REFUSED,
    SAME,
    SKIPPED,
    VERDICT_LABELS,
    Pair,
    PlannedRow,
    Planner,
)
from gridworker.operations.import_states import StateChoice, States
from gridworker.operations.session import Session
from gridworker.operations.undo import creates, undo_in
from gridworker.store import batches, outbox, saving
from gridworker.store.batches import Batch
from gridworker.store.outbox import Op
from gridworker.store.store import ReadTx, WriteTx

__all__ = ["CHANGED", "NEW", "REFUSED", "SAME", "SKIPPED", "VERDICT_LABELS", "ImportPlan", "ImportReport"]
# Records of the list with ops that came neither with the import nor before it, deletions left aside.
_WORKED_ON = (
    "SELECT record FROM outbox WHERE record IN (SELECT value FROM json_each(?)) AND kind <> 'delete' "
    "GROUP BY record HAVING count(*) > 1"
)
Progress = Callable[[int, int, str], None]


def _quiet(_done: int, _total: int, _text: str) -> None:
    return None


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Choices:
    """What the person decided: headings mapped by hand, rows left out, cells retyped."""

    mapping: Mapping[int, str | None] | None = None
    skipped: frozenset[int] = frozenset()
    corrections: Mapping[tuple[int, str], str] | None = None
    states: StateChoice = field(default_factory=StateChoice)


@dataclass(frozen=True)
class ImportPlan:
    """A sheet as it was recognised, and what would become of each row."""

    ledger: Ledger
    source: str
    sheets: tuple[SheetCells, ...]
    sheet: SheetCells
    recognised: Recognised
    choices: Choices
    rows: tuple[PlannedRow, ...]
    companions: tuple[Pair, ...]
    digest: str = ""
    """Of the file: what a record that comes in with its state says of where it is from."""

    @property
    def columns(self) -> Sequence[ColumnMatch]:
        """The headings and the fields they were taken for."""
        return self.recognised.columns

    @property
    def counts(self) -> dict[str, int]:
        """How many rows end how, and how many households come along."""
        counted = Counter(row.verdict for row in self.rows)
        along = Counter(after.ledger for before, after in self.companions if before is None)
        return {verdict: counted[verdict] for verdict in VERDICT_LABELS} | {
            "new_households": along["household"],
            "new_people": along["person"],
        }

    @property
    def sentence(self) -> str:
        """The counts in one sentence."""
        return _sentence(self.counts)


@dataclass(frozen=True)
class ImportReport:
    """What was written, under which number it can be undone."""

    batch: str
    counts: dict[str, int]
    changes: Changes

    @property
    def sentence(self) -> str:
        """The counts in one sentence."""
        return _sentence(self.counts)


@dataclass(frozen=True)
class UndoReport:
    """How many changes were taken back, and how many stay because they were changed again since."""

    undone: int
    kept: int
    changes: Changes

    @property
    def sentence(self) -> str:
        """Both counts in one sentence."""
        kept = f"{self.kept} 条后来又改过，保持现状。" if self.kept else ""
        return f"已撤销 {self.undone} 条。{kept}"


def read(
    session: Session,
    ledger_name: str,
    path: Path,
    *,
    sheet: str | None = None,
    progress: Progress = _quiet,
    cancelled: Callable[[], bool] = _never,
) -> ImportPlan:
    """What a file holds and what would become of it; nothing is written.

    Only for whoever may write it: what is new and what is known already tells what is in the ledger.
    """
    ledger = find_ledger(ledger_name)
    rights.raise_if_may_not_here(session, "save")
    sheets = tuple(read_workbook(path, progress=progress, cancelled=cancelled))
    chosen = _choose(sheets, sheet, ledger)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS]
    return _plan(session, ledger, path.name, sheets, chosen, Choices(), digest)


def with_choices(
    session: Session,
    plan: ImportPlan,
    *,
    mapping: Mapping[int, str | None] | None = None,
    skip: Collection[int] = (),
    corrections: Mapping[tuple[int, str], str] | None = None,
    sheet: str | None = None,
    states: StateChoice | None = None,
) -> ImportPlan:
    """The same file planned anew with what the person decided; all decisions are given each time."""
    chosen = _choose(plan.sheets, sheet, plan.ledger) if sheet else plan.sheet
    choices = Choices(mapping, frozenset(skip), corrections, states or StateChoice())
    return _plan(session, plan.ledger, plan.source, plan.sheets, chosen, choices, plan.digest)


def past(session: Session) -> list[Batch]:
    """The imports made on this device, the newest first."""
    with session.store.read() as tx:
        return batches.batches(tx)


def apply(
    session: Session, plan: ImportPlan, *, progress: Progress = _quiet, cancelled: Callable[[], bool] = _never
) -> ImportReport:
    """Writes all rows that stand, in one transaction, after a backup; stopped or failed, nothing is written."""
    rights.raise_if_may_not_here(session, "save")
    backups.before(session, "import")

    def work(tx: WriteTx) -> ImportReport:
        today = _planned_on(session, tx, plan)
        own = [(row.before, row.after) for row in today.rows if row.verdict in (NEW, CHANGED) and row.after]
        # Households before their people, so that a person's place in the search is known when she is written.
        pairs = sorted([*own, *today.companions], key=lambda pair: pair[1].ledger != "household")
        batch = batches.start_batch(tx, plan.ledger.key, plan.source, session.actor.id, today.counts)
        numbered = _numbered(session, tx, pairs, progress, cancelled)
        marks = {row.after.id: row.coming.mark for row in today.rows if row.after and row.coming and row.coming.mark}
        saving.save_many(tx, numbered, actor_id=session.actor.id, batch=batch, marks=marks)
        progress(len(pairs), len(pairs), "正在写入")
        ledgers = frozenset(after.ledger for _, after in pairs)
        return ImportReport(batch, today.counts, Changes(ledgers=ledgers, bulk=True))

    return session.store.write(work)


def undo_import(session: Session, batch: str) -> UndoReport:
    """Takes back a whole import; what was changed again since stays and is counted."""

    def work(tx: WriteTx) -> UndoReport:
        if not batches.is_standing(tx, batch):
            raise KnownError("没有这一批导入，或它已经撤销。", action="请核对批次编号。")
        ops = outbox.by_batch(tx, batch)
        kept = _take_back_edits(session, tx, [op for op in ops if not creates(op)])
        kept += _take_back_new(session, tx, [op for op in ops if creates(op)])
        batches.mark_undone(tx, batch)
        return UndoReport(len(ops) - kept, kept, Changes(ledgers=frozenset(op.ledger for op in ops), bulk=True))

    return session.store.write(work)


def _take_back_edits(session: Session, tx: WriteTx, edits: list[Op]) -> int:
    kept = 0
    for op in reversed(edits):
        try:
            undo_in(session, tx, op.op_id)
        except KnownError:
            kept += 1
    return kept


def _take_back_new(session: Session, tx: WriteTx, made: list[Op]) -> int:
    """Deletes what the import made; a record that was worked on since stays."""
    touched = {record for (record,) in tx.sql(_WORKED_ON, (json.dumps([op.record for op in made]),))}
    standing = [now for op in made if op.record not in touched and (now := tx.get(op.ledger, op.record))]
    gone = [record for record in standing if not record.deleted]
    saving.delete_many(tx, gone, actor_id=session.actor.id, reason="撤销导入")
    return len(touched)


def save_refused(plan: ImportPlan, path: Path) -> int:
    """Writes the refused rows as a workbook with a reason column, to be corrected and imported again."""
    reasons = {
        number: "".join(problem.sentence() for problem in row.problems if problem.severity is Severity.ERROR)
        for row in plan.rows
        if row.verdict == REFUSED
        for number in row.rows or (row.number,)
    }
    refused.write_refused(path, plan.recognised, reasons, corrections=plan.choices.corrections)
    return len(reasons)


def _plan(
    session: Session, ledger: Ledger, source: str, sheets: tuple[SheetCells, ...], sheet: SheetCells, choices: Choices,
    digest: str,
) -> ImportPlan:  # fmt: skip
    recognised = recognise(sheet, ledger, mapping=choices.mapping)
    empty = ImportPlan(ledger, source, sheets, sheet, recognised, choices, (), (), digest)
    with session.store.read() as tx:
        return _planned_on(session, tx, empty)


def _planned_on(session: Session, tx: ReadTx, plan: ImportPlan) -> ImportPlan:
    rows = parse_rows(plan.recognised, plan.ledger, corrections=plan.choices.corrections)
    states = States(session, plan.ledger, plan.choices.states, plan.digest)
    planned = Planner(session, tx, plan.ledger, states).plan(rows, plan.choices.skipped)
    return replace(plan, rows=planned.rows, companions=planned.companions)


def _choose(sheets: tuple[SheetCells, ...], name: str | None, ledger: Ledger) -> SheetCells:
    if name is not None:
        for one in sheets:
            if one.name == name:
                return one
        names = "、".join(one.name for one in sheets)
        raise KnownError(f"没有叫“{name}”的工作表。", action=f"这个文件里有：{names}。")
    return recognise_workbook(sheets, ledger)[0].sheet


def _numbered(
    session: Session,
    tx: WriteTx,
    pairs: list[tuple[Record | None, Record]],
    progress: Progress,
    cancelled: Callable[[], bool],
) -> list[tuple[Record | None, Record]]:
    """New records with the numbers only the store can give."""
    numbered: list[tuple[Record | None, Record]] = []
    for done, (before, after) in enumerate(pairs):
        if done % 500 == 0:
            progress(done, len(pairs), "正在写入")
            if cancelled():
                raise Cancelled
        numbered.append((before, after if before else fresh.with_numbers(session, tx, after)))
    return numbered


def _sentence(counts: Mapping[str, int]) -> str:
    said = "，".join(f"{VERDICT_LABELS[key]} {counts[key]}" for key in VERDICT_LABELS if counts[key] or key != SKIPPED)
    along = [(counts.get("new_households"), "住户"), (counts.get("new_people"), "居民（户主）")]
    made = "".join(f"，随之新建{label} {number}" for number, label in along if number)
    return f"{said}{made}。"
