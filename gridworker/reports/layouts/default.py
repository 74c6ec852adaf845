"""The sheet of any ledger that has no hand-made one: its labelled fields, columns as wide as their contents ask."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from gridworker.reports.heading import Column
from gridworker.reports.layouts.context import LayoutContext
from gridworker.reports.sheet import Sheet

# Columns whose usual text is this short stand centred; longer text is read from the left.
_SHORT = 12
_WIDEST = 36
_SAMPLE = 2_000
_USUAL = 0.9


def default_layout(rows: Sequence[Mapping[str, str]], context: LayoutContext) -> Sheet:
    """One numbered line for each record, one column for each field of the context."""
    columns = [Column("number", "序号", max(4, len(str(len(rows))) + 1), "center")]
    for key, label in context.fields:
        usual = _usual_width(row.get(key, "") for row in rows[:_SAMPLE])
        weight = min(max(usual, _width(label) / 2, 4), _WIDEST) + 1
        columns.append(Column(key, label, weight, "center" if usual <= _SHORT else "left"))
    texts = tuple(
        (str(number), *(row.get(key, "").strip() for key, _ in context.fields)) for number, row in enumerate(rows, 1)
    )
    return Sheet(
        title=context.title, subtitle=context.period, unit=context.unit, reporter=context.reporter,
        date_text=context.date_text, columns=tuple(columns), rows=texts, merge_keys=context.merge_keys,
        signature=context.signature, note=context.note, empty_text=context.empty_text, paper=context.paper,
    )


def _usual_width(texts: Iterable[str]) -> int:
    """The width that holds nine of ten cells, in half characters."""
    widths = sorted(_width(text) for text in texts)
    return widths[int((len(widths) - 1) * _USUAL)] if widths else 0


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)
