"""本月数据: the figures of a period by area, and the records behind each of them.

Every number is counted from rows that can be opened; nothing is kept between two askings.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from gridworker.area.codes import DIVISION_LENGTH
from gridworker.area.divisions import area_name, shipped_names
from gridworker.area.reach import Reach
from gridworker.errors import KnownError
from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import browse, figures_rows
from gridworker.operations.find import Stopper
from gridworker.operations.seen_rows import seen_rows
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.planning import figures_asked, figures_tally
from gridworker.planning.figures import NOTHING, evaluate_by
from gridworker.planning.figures_asked import LEVEL_LABELS, MONTH, QUARTER, YEAR, month_of, read_period
from gridworker.planning.figures_frame import COUNT, LEVELS, RATE, Figure, Period, Row, RowSet
from gridworker.planning.figures_tally import AreaFigures, Report, Tallies, Tally, by_community, notes_of
from gridworker.store.query import Condition, Query

__all__ = [
    "COUNT",
    "LEVEL_LABELS",
    "MONTH",
    "NOTHING",
    "QUARTER",
    "RATE",
    "YEAR",
    "AreaFigures",
    "Figure",
    "Period",
    "Report",
    "Tally",
    "month_of",
    "read_period",
]  # fmt: skip
Progress = Callable[[int, int, str], object]
PARTS: Mapping[str, str] = {"numerator": "已完成", "missing": "未完成", "denominator": "全部"}
# Not every figure is about what was done: what is counted, and what is not, in its own words.
_OWN_WORDS: Mapping[str, tuple[str, str]] = {
    "satisfaction_rate": ("满意", "不满意"), "service_satisfaction_rate": ("满意", "不满意"),
    "wish_satisfaction_rate": ("满意", "不满意"), "opinion_satisfaction_rate": ("满意", "不满意"),
    "on_time_rectification_rate": ("按期", "未按期"), "on_time_closure_rate": ("按期", "未按期"),
    "resolution_rate": ("已解决", "未解决"), "rework_rate": ("有返工", "无返工"),
    "extension_rate": ("有延期", "无延期"), "return_rate": ("有退回", "无退回"),
    "grid_closure_rate": ("网格内", "网格外"), "recurrence_rate": ("有回流", "无回流"),
}  # fmt: skip
_BETTER_FEW = frozenset({"rework_rate", "extension_rate", "return_rate", "recurrence_rate"})


@dataclass(frozen=True)
class Behind:
    """The records behind a figure: their ledger, and their row ids in the ledger's order."""

    ledger: str
    row_ids: array[int]


class _Told:
    """Says how far a counting is, and ends it where nobody waits for it any more."""

    def __init__(self, progress: Progress | None, stopper: Stopper, steps: int) -> None:
        self.stopper = stopper
        self._progress, self._steps, self._done = progress, steps, 0

    def reads(self, ledger: Ledger) -> None:
        """The next ledger is read."""
        self.begins(f"读取{ledger.label}")

    def begins(self, what: str) -> None:
        """The next ledger is read, or the next figure counted; of several communities the figures count once."""
        self.stopper.raise_if_stopped()
        if self._progress is not None and self._done < self._steps:
            self._progress(self._done, self._steps, f"正在统计：{what}")
        self._done += 1


def figures(
    session: Session,
    period: Period,
    *,
    level: str = "grid",
    area: str = "",
    on: date | None = None,
    progress: Progress | None = None,
    stopper: Stopper | None = None,
) -> Report:
    """Every figure of each area of a level that lies in her posts, and in the area where one is named."""
    today = on or session.today()
    inside = read_area(session, area)
    level = figures_asked.read_level(level, inside)
    reach = reach_of(session, inside)
    held, asked = reach.parts(session.place.grid_code), known_figures()
    ledgers = list(dict.fromkeys(ledger for one in asked for ledger in one.ledgers))
    told = _Told(progress, stopper or Stopper(), len(ledgers) + len(asked))
    tallies = Tallies(period, today, level=level, asked=asked, begins=lambda one: told.begins(one.label))
    with session.store.read() as tx, told.stopper.over(tx):
        rows = figures_rows.read_rows(tx, ledgers, period, today, reach.takes, told.reads)
        begun = figures_rows.has_any(tx, period)
    for community in by_community(rows).values():
        tallies.add(community, area=inside)
    digits = LEVELS[level]
    for code in held:
        if len(code) >= digits:
            tallies.add_area(code[:digits])
    areas = tuple(
        AreaFigures(code, name_of(session, code), found, partial=not reach.covers(code))
        for code, found in tallies.areas().items()
    )
    return Report(period, level, asked, areas, notes_of(period, today, areas, begun=begun))


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
    stopper: Stopper | None = None,
) -> Behind:
    """The same as row ids, for a list that reads what it shows; whoever counts more than she sees is shown fewer."""
    if part not in PARTS:
        listed = "、".join(f"{name}（{label}）" for name, label in PARTS.items())
        raise KnownError(f"没有“{part[:20]}”这一部分。", action=f"可用的：{listed}。")
    asked, today, inside = figures_asked.read_figure(key), on or session.today(), read_area(session, area)
    reach = reach_of(session, inside)
    reach.parts(session.place.grid_code)
    with session.store.read() as tx, (stopper or Stopper()).over(tx):
        rows = figures_rows.read_rows(tx, asked.ledgers, period, today, reach.takes)
        ids = _ids(asked, by_community(rows).values(), period, today, part, inside)
        row_ids = tx.select(Query(asked.ledgers[0], (Condition("id", "in", sorted(ids)),))) if ids else array("q")
        row_ids = seen_rows(Eyes(session, tx), asked.ledgers[0], row_ids)
    return Behind(asked.ledgers[0], row_ids)


def parts_of(figure: Figure) -> dict[str, str]:
    """The parts of a figure in its own words, the one that asks for work first; a count has no parts."""
    if figure.unit == COUNT:
        return {"denominator": PARTS["denominator"]}
    done, missing = _OWN_WORDS.get(figure.key, (PARTS["numerator"], PARTS["missing"]))
    words = {"missing": missing, "numerator": done, "denominator": PARTS["denominator"]}
    order = ("numerator", "missing") if figure.key in _BETTER_FEW else ("missing", "numerator")
    return {part: words[part] for part in (*order, "denominator")}


def known_figures() -> tuple[Figure, ...]:
    """The figures of those ledgers that this program has."""
    return figures_tally.known_figures(all_ledgers())


def widest_area(session: Session) -> str:
    """The widest area of her posts in which her grid lies and which she may report on."""
    grid = session.place.grid_code
    reach = reach_of(session, "")
    posts = session.actor.posts_on(session.today(), grid)
    return min((post.area_code for post in posts if reach.covers(post.area_code)), key=len, default=grid)


def levels_here(session: Session) -> tuple[str, ...]:
    """The levels at which her figures can differ: from a grid up to the widest area of hers."""
    return tuple(level for level, digits in LEVELS.items() if digits >= len(widest_area(session)))


def name_of(session: Session, code: str) -> str:
    """What an area is called, as far as this home knows."""
    place = session.place
    own = {place.grid_code: place.name, place.grid_code[:DIVISION_LENGTH]: place.community_name}
    return area_name(code, {**shipped_names(), **{key: name for key, name in own.items() if name}})


def reach_of(session: Session, area: str) -> Reach:
    """What of an area she may count."""
    return Reach(session.actor, area, session.today())


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
