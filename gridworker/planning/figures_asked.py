"""Which figures somebody asks for: a month, quarter or year as people write it, a level, an area."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from gridworker.area.codes import area_of
from gridworker.errors import KnownError
from gridworker.planning.figures import FIGURES, figure
from gridworker.planning.figures_frame import LEVELS, Figure, Period

LEVEL_LABELS: Mapping[str, str] = {
    "grid": "网格", "community": "社区", "street": "街道", "district": "区市", "city": "城市",
}  # fmt: skip
MONTH, QUARTER, YEAR = "month", "quarter", "year"
_YEARS = range(1900, 2200)
_WRITTEN = {
    MONTH: (re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII), "月份", "2026-10"),
    QUARTER: (re.compile(r"(\d{4})[Qq]([1-4])", re.ASCII), "季度", "2026Q3"),
    YEAR: (re.compile(r"(\d{4})()", re.ASCII), "年份", "2026"),
}


def read_period(kind: str, text: str, today: date) -> Period:
    """`2026-10`, `2026Q3` or `2026`; refuses in words what is none of them, and what has not begun."""
    pattern, label, looks = _WRITTEN[kind]
    found = pattern.fullmatch(text.strip())
    if found is None or int(found[1]) not in _YEARS:
        raise KnownError(f"{label}“{text[:20]}”写法不对。", action=f"请写成 {looks} 这样。")
    period = _period(kind, int(found[1]), int(found[2] or 0))
    if period.start > today:
        raise KnownError(f"{period.label}还没有到。", action=f"请选到今天（{today.isoformat()}）为止的{label}。")
    return period


def _period(kind: str, year: int, number: int) -> Period:
    if kind == MONTH:
        return Period.month(year, number)
    return Period.quarter(year, number) if kind == QUARTER else Period.year(year)


def month_of(day: date) -> Period:
    """The month a day lies in."""
    return Period.month(day.year, day.month)


def read_level(level: str, area: str) -> str:
    """A level that figures can be told apart by; the area's own where none is named."""
    if not level:
        return next((known for known, digits in LEVELS.items() if digits == len(area)), "grid")
    if level not in LEVELS:
        listed = "、".join(f"{key}（{label}）" for key, label in LEVEL_LABELS.items())
        raise KnownError(f"没有“{level[:20]}”这一级。", action=f"可用的：{listed}。")
    if len(area) > LEVELS[level]:
        raise KnownError(
            f"{area} 比{LEVEL_LABELS[level]}小，不能按{LEVEL_LABELS[level]}统计。", action="请选小一级，或不选范围。"
        )
    return level


def read_area(area: str) -> str:
    """What all grid codes of an area begin with; the empty text is everywhere."""
    return area_of(area.strip()) if area.strip() else ""


def read_figure(key: str) -> Figure:
    """A figure by its key or its label."""
    found = next((one for one in FIGURES if key.strip() in (one.key, one.label)), None)
    if found is None:
        listed = "、".join(f"{one.key}（{one.label}）" for one in FIGURES)
        raise KnownError(f"没有“{key[:20]}”这个指标。", action=f"可用的：{listed}。")
    return figure(found.key)
