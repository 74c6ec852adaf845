"""What a figure is made of: plain rows, a period, the scene it is judged in, and the declaration of its formula."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from gridworker.ledger.dates import local_date
from gridworker.ledger.number_fields import count_of
from gridworker.planning.figures_rules import FigureRules
from gridworker.planning.working_days import Calendar

RATE, COUNT = "%", "件"
LEVELS = {"grid": 15, "community": 12, "street": 9, "district": 6, "city": 4}
"""How many digits of a grid code name an area of each level."""
_QUARTERS = 4
_MONTHS_A_QUARTER = 3


@dataclass(frozen=True)
class Row:
    """One record as figures see it; the values are those of its ledger, as they are stored."""

    id: str
    ledger: str
    grid_code: str
    status: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def day(self, key: str) -> date | None:
        """The day of a date or moment; None where there is none, or none that can be read."""
        stamp = self.values.get(key)
        try:
            return local_date(str(stamp)) if stamp else None
        except ValueError:
            # An imported text that is no day takes its row out of a cohort, not the report down.
            return None

    def number(self, key: str) -> int:
        """A whole number; 0 where there is none."""
        return count_of(self.values, key)

    def flag(self, key: str) -> bool | None:
        """A yes or no, also where a database column holds it as 1 or 0; None where neither was said."""
        value = self.values.get(key)
        return bool(value) if isinstance(value, int) else None


@dataclass(frozen=True)
class Period:
    """The days from `start` to `end`, both counted."""

    start: date
    end: date
    label: str = ""

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a period ends before it begins")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """A calendar month."""
        return cls(date(year, month, 1), _month_end(year, month), f"{year}年{month}月")

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Period:
        """A quarter, 1 to 4."""
        if quarter not in range(1, _QUARTERS + 1):
            raise ValueError("a year has quarters 1 to 4")
        last = quarter * _MONTHS_A_QUARTER
        first = date(year, last - _MONTHS_A_QUARTER + 1, 1)
        return cls(first, _month_end(year, last), f"{year}年第{'一二三四'[quarter - 1]}季度")

    @classmethod
    def year(cls, year: int) -> Period:
        """A calendar year."""
        return cls(date(year, 1, 1), date(year, 12, 31), f"{year}年")

    def year_before(self) -> Period:
        """The same days a year earlier; the end of a month stays the end of that month."""
        at_month_end = (self.end + timedelta(days=1)).day == 1
        month_end = _month_end(self.end.year - 1, self.end.month)
        end = month_end if at_month_end else self.end.replace(year=self.end.year - 1)
        start_day = min(self.start.day, monthrange(self.start.year - 1, self.start.month)[1])
        return Period(date(self.start.year - 1, self.start.month, start_day), end)


class RowSet:
    """All rows a report looks at, found by ledger and by what refers to them; evaluate several figures over one set."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._of: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            self._of[row.ledger].append(row)
        self._links: dict[tuple[str, str], Mapping[str, Sequence[Row]]] = {}

    def of(self, ledger: str) -> Sequence[Row]:
        """The rows of one ledger, in the order given."""
        return self._of.get(ledger, [])

    def referring(self, ledger: str, via: str, to: object) -> Sequence[Row]:
        """The rows of a ledger whose field `via` holds the value."""
        found = self._links.get((ledger, via))
        if found is None:
            made: dict[str, list[Row]] = defaultdict(list)
            for row in self.of(ledger):
                if row.values.get(via):
                    made[str(row.values[via])].append(row)
            found = self._links[ledger, via] = dict(made)
        return found.get(str(to), ())


@dataclass(frozen=True)
class Scene:
    """What a row is judged by: the period asked for, the day of the asking, the calendar, the customer's rules."""

    period: Period
    today: date
    calendar: Calendar
    rules: FigureRules
    rows: RowSet

    @property
    def as_of(self) -> date:
        """The last day of the period that has come."""
        return min(self.today, self.period.end)


Predicate = Callable[[Row, Scene], bool]


@dataclass(frozen=True)
class Figure:
    """A figure declared: `numerator` is asked only of rows in the `denominator`, so the one lies inside the other.

    `ledgers` names the ledger that is counted first, then those that are looked up. A figure of unit `件` counts its
    denominator and has no numerator of its own; `yearly` sets the same count of a year before beside it.
    """

    key: str
    label: str
    ledgers: tuple[str, ...]
    unit: str
    cohort: str
    """Which rows the period takes in, in words."""
    denominator: Predicate
    numerator: Predicate
    note: str = ""
    beside: tuple[tuple[str, Predicate], ...] = ()
    yearly: bool = False


def group_code(grid_code: str, level: str) -> str:
    """What names the area of a level that a grid lies in; a code too short to lie in one is a ValueError."""
    digits = LEVELS[level]
    if len(grid_code) < digits:
        raise ValueError(f"a code of {len(grid_code)} digits lies in no {level}")
    return grid_code[:digits]


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
