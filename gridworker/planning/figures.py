"""The figures of a report (办结率, 满意率, …): every formula declared once, evaluated over plain rows.

A rate over nothing is “—”, never 0 or 100. Rates are exact and rounded half up to two decimals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from gridworker.planning.figures_case import CASE_FIGURES
from gridworker.planning.figures_frame import RATE, Figure, Period, Row, RowSet, Scene, group_code
from gridworker.planning.figures_grid import GRID_FIGURES
from gridworker.planning.figures_rules import figure_rules_in_force
from gridworker.planning.working_days import Calendar, calendar_in_force

NOTHING = "—"
LAST_YEAR = "去年同期"
FIGURES: tuple[Figure, ...] = (*GRID_FIGURES, *CASE_FIGURES)
"""In the order in which a report shows them."""
_BY_KEY = {one.key: one for one in FIGURES}
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Result:
    """A figure of one area: whose records make it up, what it is, how it is shown, and what stands beside it.

    `value` is a percentage or a number; None where there was nothing to divide by. `compared` tells the change
    against a year before, of figures that are compared.
    """

    key: str
    numerator_ids: tuple[str, ...]
    denominator_ids: tuple[str, ...]
    value: Decimal | None
    shown: str
    beside: Mapping[str, int] = field(default_factory=dict)
    compared: str = ""


def figure(key: str) -> Figure:
    """A figure by its key."""
    return _BY_KEY[key]


def evaluate(
    asked: Figure, rows: RowSet | Iterable[Row], period: Period, today: date, calendar: Calendar | None = None
) -> Result:
    """The figure over all rows handed in."""
    scene = _scene(rows, period, today, calendar)
    return _result(asked, scene.rows.of(asked.ledgers[0]), scene)


def evaluate_by(
    asked: Figure,
    rows: RowSet | Iterable[Row],
    period: Period,
    today: date,
    calendar: Calendar | None = None,
    *,
    level: str,
) -> dict[str, Result]:
    """The figure of each area of a level, by its code and in the order of the codes.

    A row belongs to the area of its own grid; what refers to it may lie in another.
    """
    scene = _scene(rows, period, today, calendar)
    areas: dict[str, list[Row]] = {}
    for row in scene.rows.of(asked.ledgers[0]):
        areas.setdefault(group_code(row.grid_code, level), []).append(row)
    return {code: _result(asked, areas[code], scene) for code in sorted(areas)}


def percentage(part: int, whole: int) -> Decimal | None:
    """The part in hundredths of the whole, rounded half up to two decimals; None of nothing."""
    return (Decimal(part) * 100 / Decimal(whole)).quantize(_HUNDREDTH, ROUND_HALF_UP) if whole else None


def show_percentage(value: Decimal | None) -> str:
    """`95.08 %`, or a dash."""
    return NOTHING if value is None else f"{value} %"


def _scene(rows: RowSet | Iterable[Row], period: Period, today: date, calendar: Calendar | None) -> Scene:
    held = rows if isinstance(rows, RowSet) else RowSet(rows)
    return Scene(period, today, calendar or calendar_in_force(), figure_rules_in_force(), held)


def _result(asked: Figure, rows: Sequence[Row], scene: Scene) -> Result:
    whole = [row for row in rows if asked.denominator(row, scene)]
    part = [row.id for row in whole if asked.numerator(row, scene)]
    beside = {label: sum(counts(row, scene) for row in rows) for label, counts in asked.beside}
    whole_ids = tuple(row.id for row in whole)
    if asked.unit == RATE:
        value = percentage(len(part), len(whole))
        return Result(asked.key, tuple(part), whole_ids, value, show_percentage(value), beside)
    compared = ""
    if asked.yearly:
        earlier = replace(scene, period=scene.period.year_before())
        before = sum(asked.denominator(row, earlier) for row in rows)
        beside[LAST_YEAR] = before
        compared = show_percentage(percentage(len(whole) - before, before))
    return Result(asked.key, tuple(part), whole_ids, Decimal(len(whole)), str(len(whole)), beside, compared)
