"""The figures of areas, summed up community by community, so that no more than one community is ever in memory.

What refers to a record is looked for in the record's own community: a visit in another grid of it counts, what lies
in another community does not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from gridworker.planning.figures import (
    FIGURES,
    LAST_YEAR,
    Result,
    evaluate_by,
    percentage,
    show_percentage,
)
from gridworker.planning.figures_frame import RATE, Figure, Period, Row, RowSet


@dataclass(frozen=True)
class Tally:
    """A figure of one area as numbers: the same as a `Result`, without the records behind it."""

    key: str
    numerator: int
    denominator: int
    value: Decimal | None
    shown: str
    beside: Mapping[str, int] = field(default_factory=dict)
    compared: str = ""


@dataclass(frozen=True)
class AreaFigures:
    """One area with every figure of it, by key; `partial` where whoever asks looks after a part of it only."""

    code: str
    name: str
    tallies: Mapping[str, Tally]
    partial: bool = False


@dataclass(frozen=True)
class Report:
    """The figures of a period: which, of which areas, and what must be said beside them."""

    period: Period
    level: str
    figures: tuple[Figure, ...]
    areas: tuple[AreaFigures, ...]
    notes: tuple[str, ...] = ()


class Tallies:
    """Figures of the areas of a level, over as many communities as are added."""

    def __init__(
        self,
        period: Period,
        today: date,
        *,
        level: str,
        asked: Sequence[Figure] = FIGURES,
        begins: Callable[[Figure], object] | None = None,
    ) -> None:
        """`begins` hears of each figure before it is counted, and may raise to end it all."""
        self._period, self._today, self._level, self._asked = period, today, level, tuple(asked)
        self._begins = begins
        self._sums: dict[str, dict[str, Counter[str]]] = {}

    def add(self, rows: Iterable[Row], *, area: str = "") -> None:
        """Adds the rows of one community, of which only those in the area are counted."""
        held = RowSet(rows)
        for one in self._asked:
            if self._begins is not None:
                self._begins(one)
            for code, result in evaluate_by(one, held, self._period, self._today, level=self._level).items():
                if code.startswith(area):
                    self._count(code, result)

    def add_area(self, code: str) -> None:
        """An area that is to be shown even where it has no record."""
        self._sums.setdefault(code, {})

    def areas(self) -> dict[str, dict[str, Tally]]:
        """By the code of the area and the key of the figure, every figure in each."""
        nothing: Counter[str] = Counter()
        return {
            code: {one.key: _tally(one, sums.get(one.key, nothing)) for one in self._asked}
            for code, sums in sorted(self._sums.items())
        }

    def _count(self, code: str, result: Result) -> None:
        sums = self._sums.setdefault(code, {}).setdefault(result.key, Counter())
        sums.update({_PART: len(result.numerator_ids), _WHOLE: len(result.denominator_ids)})
        sums.update(result.beside)


def by_community(rows: Iterable[Row], digits: int = 12) -> dict[str, list[Row]]:
    """Rows by the community they lie in."""
    communities: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        communities[row.grid_code[:digits]].append(row)
    return communities


def known_figures(ledgers: Container[str]) -> tuple[Figure, ...]:
    """The figures of those ledgers that a program has."""
    return tuple(one for one in FIGURES if one.ledgers[0] in ledgers)


def notes_of(period: Period, today: date, areas: Iterable[AreaFigures], *, begun: bool) -> tuple[str, ...]:
    """What must be said beside a report; `begun` tells whether anything at all is dated in the period."""
    notes = []
    if not begun:
        notes.append("这段时间没有登记过任何记录。")
    if period.end > today:
        notes.append(f"本期还没有结束，数据截至 {today.isoformat()}。")
    part = [one.name for one in areas if one.partial]
    if part:
        notes.append(f"{'、'.join(part)}：只统计了您负责的部分。")
    return tuple(notes)


def _tally(asked: Figure, sums: Mapping[str, int]) -> Tally:
    part, whole = sums.get(_PART, 0), sums.get(_WHOLE, 0)
    labels = [label for label, _ in asked.beside] + ([LAST_YEAR] if asked.yearly else [])
    beside = {label: sums.get(label, 0) for label in labels}
    if asked.unit == RATE:
        value = percentage(part, whole)
        return Tally(asked.key, part, whole, value, show_percentage(value), beside)
    before = beside.get(LAST_YEAR, 0)
    compared = show_percentage(percentage(whole - before, before)) if asked.yearly else ""
    return Tally(asked.key, part, whole, Decimal(whole), str(whole), beside, compared)


_PART, _WHOLE = "numerator", "denominator"
