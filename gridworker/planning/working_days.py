"""Working days with 调休: what the notices of the known years say, and an honest guess, marked as one, for the others.

A deadline that crosses a year whose notice is not known is counted on weekdays and the holidays of fixed date, and
says so: `DueDay.text`, `DayCount.text`.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property

from gridworker.planning.calendar_years import YearTable, fixed_days

UNKNOWN_YEAR = "该年放假安排未导入"
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DueDay:
    """A day that was counted, and the years it was counted through without their notice."""

    day: date
    unknown_years: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """What to show beside the day; nothing where every year was known."""
        return UNKNOWN_YEAR if self.unknown_years else ""


@dataclass(frozen=True)
class DayCount:
    """A number of working days, and the years it was counted through without their notice."""

    count: int
    unknown_years: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """What to show beside the number; nothing where every year was known."""
        return UNKNOWN_YEAR if self.unknown_years else ""


@dataclass(frozen=True)
class _Arranged:
    """Holidays and shifted working days of all known years together."""

    holidays: dict[date, str]
    workdays: frozenset[date]
    years: frozenset[int]


@dataclass(frozen=True)
class Calendar:
    """Which days are worked: imported tables first, then what `chinesecalendar` knows, then fixed dates."""

    tables: tuple[YearTable, ...] = ()
    _worked: dict[int, tuple[date, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def knows(self, year: int) -> bool:
        """Whether the notice of the year is known."""
        return year in self._arranged.years

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on the day; of an unknown year the best guess, see `knows`."""
        worked = self._working_days_of(day.year)
        found = bisect_left(worked, day)
        return found < len(worked) and worked[found] == day

    def name_of(self, day: date) -> str:
        """The holiday a day off belongs to; empty for any other day."""
        return self._arranged.holidays.get(day, "")

    def add_working_days(self, start: date, n: int) -> DueDay:
        """The n-th working day after `start`, which is not counted itself; `start` where n is 0."""
        if n < 0:
            raise ValueError("working days are added, never taken away")
        year, left = start.year, n
        worked = self._working_days_of(year)
        position = bisect_right(worked, start)
        while left > len(worked) - position:
            left -= len(worked) - position
            year, position = year + 1, 0
            if year > date.max.year:
                raise ValueError("the day lies beyond the last year a calendar has")
            worked = self._working_days_of(year)
        day = worked[position + left - 1] if left else start
        return DueDay(day, self._unknown_between(start, day))

    def working_days_between(self, a: date, b: date) -> DayCount:
        """The working days after `a` up to and with `b`; below zero where `b` comes first."""
        if b < a:
            turned = self.working_days_between(b, a)
            return DayCount(-turned.count, turned.unknown_years)
        whole = sum(len(self._working_days_of(year)) for year in range(a.year, b.year))
        before = bisect_right(self._working_days_of(a.year), a)
        return DayCount(whole + bisect_right(self._working_days_of(b.year), b) - before, self._unknown_between(a, b))

    def _unknown_between(self, a: date, b: date) -> tuple[int, ...]:
        # The first day is not counted: 31 December asks nothing of its own year.
        first = a.year if a in (b, date.max) else (a + _DAY).year
        return tuple(year for year in range(first, b.year + 1) if not self.knows(year)) if a < b else ()

    def _working_days_of(self, year: int) -> tuple[date, ...]:
        known = self._worked.get(year)
        if known is None:
            # Two threads that meet here write the same tuple.
            known = self._worked[year] = tuple(self._count_out(year))
        return known

    def _count_out(self, year: int) -> Iterator[date]:
        arranged = self._arranged
        fixed = {} if year in arranged.years else dict(fixed_days(year))
        first = date(year, 1, 1).toordinal()
        for ordinal in range(first, date(year, 12, 31).toordinal() + 1):
            day = date.fromordinal(ordinal)
            rest = day.weekday() >= _SATURDAY or day in arranged.holidays or day in fixed
            if day in arranged.workdays or not rest:
                yield day

    @cached_property
    def _arranged(self) -> _Arranged:
        library, tables = _library(), _newest(self.tables)
        own = frozenset(table.year for table in tables)
        holidays = {day: name for day, name in library.holidays.items() if day.year not in own}
        workdays = {day for day in library.workdays if day.year not in own}
        for table in tables:
            # A year's notice may change the last December days of the year before.
            holidays = {day: name for day, name in holidays.items() if day not in table.workdays}
            workdays.difference_update(day for day, _ in table.holidays)
            holidays.update(table.holidays)
            workdays.update(table.workdays)
        return _Arranged(holidays, frozenset(workdays), own | library.years)


def _newest(tables: Iterable[YearTable]) -> list[YearTable]:
    """One table a year, the one of the highest version, oldest year first."""
    best: dict[int, YearTable] = {}
    for table in tables:
        held = best.get(table.year)
        if held is None or table.version >= held.version:
            best[table.year] = table
    return [best[year] for year in sorted(best)]


@cache
def _library() -> _Arranged:
    # Only when the first day is asked for: the import takes longer than the window's first frame may wait.
    import chinese_calendar  # noqa: PLC0415 - see above

    holidays: dict[date, str] = {
        day: chinese_calendar.Holiday(name).chinese for day, name in chinese_calendar.holidays.items()
    }
    years = frozenset(range(min(holidays).year, max(holidays).year + 1))
    return _Arranged(holidays, frozenset(chinese_calendar.workdays), years)


_replacing = threading.Lock()
_in_force = Calendar()


def calendar_in_force() -> Calendar:
    """The calendar by which this process counts; one answer stays the same while it is held."""
    return _in_force


def note_of(day: date) -> str:
    """What stands beside a date that was counted in working days; nothing where its year's notice is known."""
    return "" if calendar_in_force().knows(day.year) else UNKNOWN_YEAR


def use_years(tables: Iterable[YearTable]) -> Calendar:
    """Puts these imported tables, and no others, in force for the whole process; returns the calendar before."""
    global _in_force
    calendar = Calendar(tuple(tables))
    with _replacing:
        before, _in_force = _in_force, calendar
    return before


@contextmanager
def years_in_force(tables: Iterable[YearTable]) -> Iterator[Calendar]:
    """These tables inside the block, what was in force before it afterwards."""
    before = use_years(tables)
    try:
        yield calendar_in_force()
    finally:
        use_years(before.tables)
