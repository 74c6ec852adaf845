"""What happened to a record of the sample: how it began, and the moves it made, each on its day by one of the cast."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from gridworker.ledger.facts import Value
from gridworker.planning.working_days import calendar_in_force

WORKER, LEAD, COMMUNITY, STREET = "worker", "lead", "community", "street"
# The handling units (承办单位) of the sample, as the table UNIT has them.
UNITS = ("街道市政环卫", "街道综合执法", "物业服务企业")


class Step(NamedTuple):
    """A move: when, which, with what, and who of the cast made it; the home's own person where nobody is named."""

    on: date
    event: str
    args: Mapping[str, Value]
    who: str = WORKER
    hour: int = 10


@dataclass(frozen=True)
class Story:
    """A record as it begins, and the moves it made, the earliest first; an empty id is made up when it is written."""

    ledger: str
    began_on: date
    values: Mapping[str, Value]
    moves: tuple[Step, ...] = ()
    record_id: str = ""
    hour: int = 9


def until(story: Story, on: date) -> Story:
    """The story as far as it has come by a day."""
    return Story(
        story.ledger, story.began_on, story.values, tuple(step for step in story.moves if step.on <= on),
        story.record_id, story.hour,
    )  # fmt: skip


def days_before(rng: random.Random, on: date, count: int, *, least: int = 1, most: int = 350) -> Iterator[date]:
    """So many days of the year up to `on`, the earliest first, denser towards the end: as in a ledger in use."""
    back = sorted((least + int((most - least) * rng.random() ** 1.4) for _ in range(count)), reverse=True)
    return (on - timedelta(days=one) for one in back)


def work_on(day: date) -> date:
    """The day itself, or the next on which offices work."""
    while not calendar_in_force().is_working_day(day):
        day += timedelta(days=1)
    return day


def later(day: date, count: int) -> date:
    """So many working days later."""
    return calendar_in_force().add_working_days(day, count).day


def earlier(day: date, count: int) -> date:
    """So many working days earlier."""
    for _ in range(count):
        day -= timedelta(days=1)
        while not calendar_in_force().is_working_day(day):
            day -= timedelta(days=1)
    return day


def at(day: date, hour: int, minute: int = 0) -> str:
    """A moment as records hold it."""
    return f"{day.isoformat()}T{hour:02d}:{minute:02d}+08:00"
