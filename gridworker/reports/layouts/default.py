"""The sheet of any ledger that has no hand-made one: its labelled fields, columns as wide as their contents ask."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridworker.reports.heading import Column
from gridworker.reports.layouts.context import LayoutContext
from gridworker.reports.sheet import Paper, Sheet, body_size, table_width
from gridworker.reports.table import SIDE_PADDING

# Widths in em. Columns whose usual text is this short stand centred; longer text is read from the left.
_SHORT = 9.9
_WIDEST = 18.0
_LEAST = 2.0
_WHOLE = 3.0  # words of up to three characters are not torn
_SAMPLE = 2_000
_MOST = 0.9
_LATIN = 0.6
_WORD = re.compile("[!-~]+")


def default_layout(rows: Sequence[Mapping[str, str]], context: LayoutContext) -> Sheet:
    """One numbered line for each record, one column for each field of the context."""
    fields = (("number", "序号"), *context.fields)
    texts = tuple(
        (str(number), *(row.get(key, "").strip() for key, _ in context.fields)) for number, row in enumerate(rows, 1)
    )
    wishes = [_Wish.of(label, [row[i] for row in texts[-_SAMPLE:]]) for i, (_, label) in enumerate(fields)]
    columns = tuple(
        Column(key, label, width, "center" if wish.usual <= _SHORT else "left")
        for (key, label), wish, width in zip(fields, wishes, _shared(wishes, context.paper), strict=True)
    )
    return context.sheet(columns, texts)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a column would like: the width of its usual text, and at least that of its usual longest word."""

    usual: float
    least: float

    @classmethod
    def of(cls, label: str, cells: Sequence[str]) -> _Wish:
        usual = _holding_most([_width(text) for text in cells])
        least = _holding_most([_longest_word(text) for text in cells])
        return cls(max(usual, _width(label)), max(least, min(usual, _WHOLE), _width(label) / 2, _LEAST))


def _shared(wishes: Sequence[_Wish], paper: Paper) -> list[float]:
    """Widths that first keep every word whole, then share what is left by what the columns would like."""
    size = body_size(paper, len(wishes))
    padding = 2 * SIDE_PADDING / size + 0.1
    more = [max(min(wish.usual, _WIDEST) - wish.least, 0.0) for wish in wishes]
    left = max(table_width(paper) / size - sum(wish.least + padding for wish in wishes), 0.0)
    share = min(left / sum(more), 1.0) if sum(more) else 0.0
    return [wish.least + padding + extra * share for wish, extra in zip(wishes, more, strict=True)]


def _holding_most(widths: Sequence[float]) -> float:
    """The width that is enough for nine of ten."""
    return sorted(widths)[int((len(widths) - 1) * _MOST)] if widths else 0.0


def _longest_word(text: str) -> float:
    return min(max((_width(word) for word in _WORD.findall(text)), default=0.0), _WIDEST)


def _width(text: str) -> float:
    return sum(_LATIN if character < "\u2e80" else 1.0 for character in text)
