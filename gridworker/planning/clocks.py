"""How much time each matter has: named clocks as data, which of them is in force for what, and a customer's own.

The numbers are local practice, not law, and live in `resources/planning/clocks.json`; a customer's file of the same
shape replaces single clocks or assignments and leaves the rest as it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from gridworker.paths import resource
from gridworker.planning.data_file import Reading, shown
from gridworker.planning.working_days import Calendar, DueDay, calendar_in_force

WORKING_DAYS, DAYS = "working_days", "days"
ANY = "*"
LIMITS = ("extension", "extensions", "return", "longest")
"""The longest extension, how many there may be, within what a case may be returned, the longest time in all."""
_FLAGS = ("yellow_left", "red_late")
_CLOCK_KEYS = ("label", WORKING_DAYS, DAYS, "limits", "source")
_FILE_KEYS = ("version", "source", "clocks", "in_force", "flags")
_LONGEST = range(1001)
_WHAT = "时限"


@dataclass(frozen=True)
class Clock:
    """So many days of one unit; `limits` are in the same unit, `extensions` is a number of times."""

    name: str
    label: str
    unit: str
    count: int
    limits: Mapping[str, int]
    source: str = ""

    @property
    def text(self) -> str:
        """The time as people say it."""
        if self.count == 0:
            return "当日"
        return f"{self.count} 个工作日" if self.unit == WORKING_DAYS else f"{self.count} 天"


@dataclass(frozen=True)
class ClockBook:
    """All clocks, what is in force for which ledger and kind, and when the cards come."""

    clocks: Mapping[str, Clock]
    in_force: Mapping[str, Mapping[str, str]]
    flags: Mapping[str, int]
    source: str
    version: int


def clock(name: str) -> Clock:
    """A clock by its name; a name no declaration may use is a KeyError."""
    return book_in_force().clocks[name]


def limit(name: str, key: str) -> int | None:
    """A limit of a clock, of `LIMITS`; None where no rule sets one."""
    if key not in LIMITS:
        raise KeyError(key)
    return clock(name).limits.get(key)


def due_after(name: str, start: date, *, calendar: Calendar | None = None) -> DueDay:
    """The last day of a clock that began on `start`, which is not counted itself."""
    ticking = clock(name)
    if ticking.unit == WORKING_DAYS:
        return (calendar or calendar_in_force()).add_working_days(start, ticking.count)
    return DueDay(start + timedelta(days=ticking.count))


def name_in_force(ledger: str, *kinds: str) -> str | None:
    """The clock for a ledger and the first of the kinds that has one, else the one for any kind."""
    assigned = book_in_force().in_force.get(ledger, {})
    return next((assigned[kind] for kind in (*kinds, ANY) if kind in assigned), None)


def clock_in_force(ledger: str, *kinds: str) -> Clock | None:
    """As `name_in_force`, the clock itself."""
    name = name_in_force(ledger, *kinds)
    return clock(name) if name is not None else None


def flag_days(key: str) -> int:
    """How many working days before or after the due day a card comes: `yellow_left`, `red_late`."""
    return book_in_force().flags[key]


@cache
def shipped() -> ClockBook:
    """The clocks that came with the program."""
    return _read(resource("planning", "clocks.json").read_text(encoding="utf-8"), None)


def parse(text: str) -> ClockBook:
    """A customer's clocks laid over the shipped ones; DataRefused names everything that is wrong."""
    return _read(text, shipped())


def book_in_force() -> ClockBook:
    """The clocks by which this process counts."""
    return _in_force or shipped()


def use_clocks(book: ClockBook | None) -> ClockBook | None:
    """Puts a book in force for the whole process, None the shipped one; returns what was set before."""
    global _in_force
    with _replacing:
        before, _in_force = _in_force, book
    return before


@contextmanager
def clocks_in_force(book: ClockBook | None) -> Iterator[None]:
    """The book inside the block, what was in force before it afterwards."""
    before = use_clocks(book)
    try:
        yield
    finally:
        use_clocks(before)


def _read(text: str, base: ClockBook | None) -> ClockBook:
    reading = Reading(_WHAT)
    raw = reading.object_of(text)
    reading.only_keys(raw, _FILE_KEYS)
    version = reading.whole_number(raw.get("version", 1), "“version”", range(1, 100_000))
    source = reading.text_in(raw.get("source", ""), "“source”")
    clocks = dict(base.clocks) if base else {}
    for name, given in reading.objects_in(raw.get("clocks", {}), "“clocks”").items():
        clocks[name] = _clock(reading, name, given, clocks.get(name))
    in_force = {ledger: dict(kinds) for ledger, kinds in base.in_force.items()} if base else {}
    for ledger, kinds in reading.objects_in(raw.get("in_force", {}), "“in_force”").items():
        _assign(reading, ledger, kinds, in_force, clocks)
    flags = dict(base.flags) if base else {}
    given_flags = reading.objects_in(raw.get("flags", {}), "“flags”")
    reading.only_keys(given_flags, _FLAGS, "“flags”里")
    for key in _FLAGS:
        if key in given_flags:
            flags[key] = reading.whole_number(given_flags[key], f"“flags”的“{key}”", range(1, 31))
    reading.raise_if_any()
    frozen = {ledger: MappingProxyType(kinds) for ledger, kinds in in_force.items()}
    return ClockBook(MappingProxyType(clocks), MappingProxyType(frozen), MappingProxyType(flags), source, version)


def _clock(reading: Reading, name: str, raw: Any, known: Clock | None) -> Clock:
    where = f"时限“{name}”"
    given = reading.objects_in(raw, where)
    reading.only_keys(given, _CLOCK_KEYS, f"{where}：")
    units = [unit for unit in (WORKING_DAYS, DAYS) if unit in given]
    if len(units) != 1:
        reading.found(f"{where}应写“{WORKING_DAYS}”（工作日）或“{DAYS}”（自然日）中的一个。")
    unit = units[0] if units else WORKING_DAYS
    count = reading.whole_number(given.get(unit, 0), f"{where}的“{unit}”", _LONGEST)
    limits = reading.objects_in(given.get("limits", {}), f"{where}的“limits”")
    reading.only_keys(limits, LIMITS, f"{where}的“limits”：")
    kept = {key: reading.whole_number(limits[key], f"{where}的“{key}”", _LONGEST) for key in LIMITS if key in limits}
    if kept.get("longest", count) < count:
        reading.found(f"{where}的“longest”不能比它自己的 {count} 天还短。")
    label = reading.text_in(given.get("label", known.label if known else name), f"{where}的“label”")
    source = reading.text_in(given.get("source", ""), f"{where}的“source”")
    return Clock(name, label, unit, count, MappingProxyType(kept), source)


def _assign(
    reading: Reading, ledger: str, raw: Any, in_force: dict[str, dict[str, str]], clocks: Mapping[str, Clock]
) -> None:
    assigned = in_force.setdefault(ledger, {})
    for kind, name in reading.objects_in(raw, f"“in_force”的“{ledger}”").items():
        if isinstance(name, str) and name in clocks:
            assigned[kind] = name
        else:
            reading.found(f"“in_force”的“{ledger}”里，“{kind}”指的时限{shown(name)}不存在。")


_replacing = threading.Lock()
_in_force: ClockBook | None = None
