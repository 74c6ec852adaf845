"""Which backups stay: the newest of 24 hours, 14 days and 12 weeks, as far as there is room for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridworker.ledger.dates import CHINA

HOURS, DAYS, WEEKS = 24, 14, 12
BUDGET = 2 << 30
"""Bytes that backups may take in one place."""
MIGRATION = "migration"
_MIGRATIONS = 2
_NEWEST = 2
_A_DAY, _AN_HOUR, _AHEAD = timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)


@dataclass(frozen=True)
class Kept:
    """What the plan knows of a backup; `number` tells which is newer, because clocks are set back."""

    number: int
    at: datetime
    size: int
    reason: str


def to_drop(kept: Sequence[Kept], *, budget: int = BUDGET) -> set[int]:
    """The numbers of the backups that are not wanted any more, or have no room; the newest two always stay."""
    newest_first = sorted(kept, key=lambda one: -one.number)
    steps = list(_by_worth(newest_first))
    room, stays = budget, set[int]()
    for place, one in enumerate(steps):
        if place < _NEWEST or one.size <= room:
            stays.add(one.number)
            room -= one.size
    return {one.number for one in kept} - stays


def is_due(newest: Kept | None, now: datetime, *, worked: bool) -> str | None:
    """Why a backup should be made now; None when none is needed. A newest one from the future says nothing."""
    if newest is None or newest.at > now + _AHEAD:
        return "start"
    age = now - newest.at
    if age >= _A_DAY:
        return "start"
    return "hourly" if worked and age >= _AN_HOUR else None


def _by_worth(newest_first: Sequence[Kept]) -> Iterator[Kept]:
    """The backups the plan keeps, the most wanted first: where room is short, the finest steps go before the coarse."""
    seen: set[int] = set()
    groups = (
        newest_first[:_NEWEST],
        [one for one in newest_first if one.reason == MIGRATION][:_MIGRATIONS],
        _newest_of(newest_first, _week, WEEKS),
        _newest_of(newest_first, _day, DAYS),
        _newest_of(newest_first, _hour, HOURS),
    )
    for one in (one for group in groups for one in group):
        if one.number not in seen:
            seen.add(one.number)
            yield one


def _newest_of(newest_first: Sequence[Kept], step: Callable[[datetime], tuple[int, ...]], count: int) -> list[Kept]:
    found: dict[tuple[int, ...], Kept] = {}
    for one in newest_first:
        found.setdefault(step(one.at.astimezone(CHINA)), one)
    return list(found.values())[:count]


def _hour(at: datetime) -> tuple[int, ...]:
    return at.year, at.month, at.day, at.hour


def _day(at: datetime) -> tuple[int, ...]:
    return at.year, at.month, at.day


def _week(at: datetime) -> tuple[int, ...]:
    return at.isocalendar()[:2]
