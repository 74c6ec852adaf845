"""本月数据: the figures of a period by area, and the records behind each of them.

Every number is counted from rows that can be opened; nothing is kept between two askings.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from gridworker.area.codes import DIVISION_LENGTH
from gridworker.area.divisions import area_name, shipped_names
from gridworker.errors import KnownError
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import browse, figures_rows
from gridworker.operations.rights import may_here, raise_if_may_not_here
from gridworker.operations.session import Session
from gridworker.planning import figures_asked
from gridworker.planning.figures import FIGURES, NOTHING, evaluate_by
from gridworker.planning.figures_asked import LEVEL_LABELS, MONTH, QUARTER, YEAR, month_of, read_period
from gridworker.planning.figures_frame import COUNT, LEVELS, RATE, Figure, Period, Row, RowSet
from gridworker.planning.figures_tally import Tallies, Tally, by_community
from gridworker.store.query import Condition, Query

__all__ = [
    "COUNT", "LEVEL_LABELS", "MONTH", "NOTHING", "QUARTER", "RATE", "YEAR", "Figure", "Period", "Tally", "month_of",
    "read_period",
]  # fmt: skip
PARTS: Mapping[str, str] = {"numerator": "已完成", "missing": "未完成", "denominator": "全部"}


@dataclass(frozen=True)
class AreaFigures:
    """One area with every figure of it, by key; `partial` where she looks after a part of it only."""

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


@dataclass(frozen=True)
class Behind:
    """The records behind a figure: their ledger, and their row ids in the ledger's order."""

    ledger: str
    row_ids: array[int]


@dataclass(frozen=True)
class Reach:
    """What of an area she may count."""

    session: Session
    area: str

    def takes(self, grid_code: str) -> bool:
        """Whether to look at records of a grid: of the whole community, since one grid refers to another."""
        return grid_code.startswith(self.area[:DIVISION_LENGTH]) and may_here(self.session, "report", grid_code)

    def areas(self) -> list[str]:
        """The parts of the area that lie in her posts; refuses where there is none."""
        posts = self.session.actor.posts_on(self.session.today())
        inside = [_narrower(post.area_code, self.area) for post in posts]
        found = [code for code in dict.fromkeys(inside) if code and may_here(self.session, "report", code)]
        if not found:
            raise_if_may_not_here(self.session, "report", self.area)
        return found


def figures(session: Session, period: Period, *, level: str = "grid", area: str = "", on: date | None = None) -> Report:
    """Every figure of each area of a level that lies in her posts, and in the area where one is named."""
    today = on or session.today()
    inside = read_area(session, area)
    level = figures_asked.read_level(level, inside)
    reach = Reach(session, inside)
    held, asked = reach.areas(), known_figures()
    tallies = Tallies(period, today, level=level, asked=asked)
    with session.store.read() as tx:
        ledgers = [ledger for one in asked for ledger in one.ledgers]
        rows = figures_rows.read_rows(tx, ledgers, period, today, reach.takes)
        begun = figures_rows.has_any(tx, period)
    for community in by_community(rows).values():
        tallies.add(community, area=inside)
    digits = LEVELS[level]
    for code in held:
        if len(code) >= digits:
            tallies.add_area(code[:digits])
    areas = tuple(
        AreaFigures(code, name_of(session, code), found, partial=not may_here(session, "report", code))
        for code, found in tallies.areas().items()
    )
    return Report(period, level, asked, areas, _notes(period, today, areas, begun=begun))


def rows_behind(
    session: Session,
    key: str,
    period: Period,
    part: str = "denominator",
    *,
    area: str = "",
    on: date | None = None,
) -> list[browse.Row]:
    """The records behind a figure as lists show them, masked; `missing` are those of the whole not in the part."""
    behind = behind_figure(session, key, period, part, area=area, on=on)
    return browse.rows(session, behind.ledger, behind.row_ids)


def behind_figure(
    session: Session,
    key: str,
    period: Period,
    part: str = "denominator",
    *,
    area: str = "",
    on: date | None = None,
) -> Behind:
    """The same as row ids, for a list that reads what it shows."""
    if part not in PARTS:
        listed = "、".join(f"{name}（{label}）" for name, label in PARTS.items())
        raise KnownError(f"没有“{part[:20]}”这一部分。", action=f"可用的：{listed}。")
    asked, today, inside = figures_asked.read_figure(key), on or session.today(), read_area(session, area)
    reach = Reach(session, inside)
    reach.areas()
    with session.store.read() as tx:
        rows = figures_rows.read_rows(tx, asked.ledgers, period, today, reach.takes)
        ids = _ids(asked, by_community(rows).values(), period, today, part, inside)
        row_ids = tx.select(Query(asked.ledgers[0], (Condition("id", "in", sorted(ids)),))) if ids else array("q")
    return Behind(asked.ledgers[0], row_ids)


def known_figures() -> tuple[Figure, ...]:
    """The figures of those ledgers that this program has."""
    return tuple(one for one in FIGURES if one.ledgers[0] in all_ledgers())


def name_of(session: Session, code: str) -> str:
    """What an area is called, as far as this home knows."""
    place = session.place
    own = {place.grid_code: place.name, place.grid_code[:DIVISION_LENGTH]: place.community_name}
    return area_name(code, {**shipped_names(), **{key: name for key, name in own.items() if name}})


def _ids(
    asked: Figure, communities: Iterable[list[Row]], period: Period, today: date, part: str, area: str
) -> set[str]:
    found: set[str] = set()
    for rows in communities:
        for code, result in evaluate_by(asked, RowSet(rows), period, today, level="grid").items():
            if code.startswith(area):
                done, whole = set(result.numerator_ids), set(result.denominator_ids)
                found |= {"numerator": done, "missing": whole - done, "denominator": whole}[part]
    return found


def read_area(session: Session, area: str) -> str:
    """What all grid codes of an area begin with, as this home knows it; the empty text is everywhere."""
    # A home that has joined no server looks after a grid whose code no office gave.
    return area if area == session.place.grid_code else figures_asked.read_area(area)


def _narrower(one: str, other: str) -> str:
    """The smaller of two areas of which one lies in the other; nothing where neither does."""
    if one.startswith(other):
        return one
    return other if other.startswith(one) else ""


def _notes(period: Period, today: date, areas: tuple[AreaFigures, ...], *, begun: bool) -> tuple[str, ...]:
    notes = []
    if not begun:
        notes.append("这段时间没有登记过任何记录。")
    if period.end > today:
        notes.append(f"本期还没有结束，数据截至 {today.isoformat()}。")
    part = [one.name for one in areas if one.partial]
    if part:
        notes.append(f"{'、'.join(part)}：只统计了您负责的部分。")
    return tuple(notes)
