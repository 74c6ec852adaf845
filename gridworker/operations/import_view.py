"""What the import window shows of a plan: its columns with samples and choices, its rows as cells, what was odd."""

from __future__ import annotations

from dataclasses import dataclass

from gridworker.exchange.cells import SheetRow, shown
from gridworker.exchange.synonyms import IGNORED, label_of, vocabulary
from gridworker.operations import effects
from gridworker.operations.import_ import ImportPlan

__all__ = ["IGNORED", "ColumnLine", "RowTexts", "column_lines", "kept_only", "odd_things", "sheet_names", "targets"]
_SAMPLES = 3
_LOOKED_AT = 40
_LONGEST = 24


@dataclass(frozen=True)
class ColumnLine:
    """One column: where it stands, what heads it, what it was taken for, and a few of its cells."""

    index: int
    letters: str
    heading: str
    target: str | None
    suggestion: str | None
    suggestion_label: str
    note: str
    samples: tuple[str, ...]


def column_lines(plan: ImportPlan) -> list[ColumnLine]:
    """Every headed column in the order of the sheet."""
    ledger = plan.ledger
    return [
        ColumnLine(
            match.index, match.letters, match.heading,
            match.field,
            match.suggestion, label_of(ledger, match.suggestion) if match.suggestion else "",
            match.note, _samples(plan, match.index),
        )
        for match in plan.recognised.columns
    ]  # fmt: skip


def targets(plan: ImportPlan) -> list[tuple[str, str]]:
    """What a column may be taken for, with its label; leaving it out comes first."""
    known = [(target, text) for target, text in vocabulary(plan.ledger.key).targets if target != IGNORED]
    return [(IGNORED, label_of(plan.ledger, IGNORED)), *known]


def sheet_names(plan: ImportPlan) -> list[str]:
    """The sheets of the file that hold something."""
    return [sheet.name for sheet in plan.sheets if sheet.rows]


def odd_things(plan: ImportPlan) -> list[str]:
    """What the person should know before going on: notes of the reading, and rows that are no records."""
    notes = list(dict.fromkeys((*plan.sheet.notes, *plan.recognised.notes)))
    skipped = [f"第 {row.number} 行：{row.reason}，没有当作记录。" for row in plan.recognised.skipped[:_SAMPLES]]
    more = len(plan.recognised.skipped) - len(skipped)
    return [*kept_only(plan), *notes, *skipped, *([f"另有 {more} 行不是记录。"] if more > 0 else [])]


def kept_only(plan: ImportPlan) -> list[str]:
    """A row of a sheet tells what was; what saving one record does elsewhere is not done over for hundreds."""
    if effects.act_of(plan.ledger) is None:
        return []
    return [f"导入的{plan.ledger.label}只作登记，不会生成或改动别的记录；要连带改动的，请逐条登记。"]


class RowTexts:
    """The cells of the data rows as texts, with what the person retyped in their place."""

    def __init__(self, plan: ImportPlan) -> None:
        self._rows: dict[int, SheetRow] = {row.number: row for row in plan.recognised.rows}
        self._corrections = plan.choices.corrections or {}
        self._index = {match.field: match.index for match in plan.recognised.columns if match.field}

    def text(self, number: int, target: str) -> str:
        """The text of a row under a target."""
        retyped = self._corrections.get((number, target))
        if retyped is not None:
            return retyped
        row, index = self._rows.get(number), self._index.get(target, -1)
        return shown(row.cells[index]) if row and 0 <= index < len(row.cells) else ""

    def is_retyped(self, number: int, target: str) -> bool:
        """Whether the person typed this cell anew."""
        return (number, target) in self._corrections


def _samples(plan: ImportPlan, index: int) -> tuple[str, ...]:
    texts = [
        shown(row.cells[index]).replace("\n", " ")[:_LONGEST]
        for row in plan.recognised.rows[:_LOOKED_AT]
        if index < len(row.cells)
    ]
    return tuple(dict.fromkeys(text for text in texts if text))[:_SAMPLES]
