"""今日工作: who is due a visit, what is late and what waits, most urgent first, then in walking order.

The plan of a day is its keys (`plan_keys.py`), which order and count all of it; what is said of a due thing is read for
those that are shown. The whole list is the same plan with everything said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from gridworker.operations.due_records import DueRecord
from gridworker.operations.dwellings import Home, has_several_compounds, homes_named
from gridworker.operations.plan_keys import PLANNED, PROMISED, VISIT, DueKey, day_keys
from gridworker.operations.plan_seen import key_of, said_to, seen_keys
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.planning import urgency
from gridworker.planning.visit_rules import Campaign
from gridworker.store.snoozes import snoozes_on

__all__ = ["VISIT", "DayPlan", "DueItem", "DueKey", "PutOff", "day", "due", "items", "put_off_items"]
_CARE_REASON = {"high": "每周探访", "key": "每月探访", "general": "每季探访"}
PAGE = 60
"""How many due things a window shows at once, or a little more."""


@dataclass(frozen=True)
class DueItem:
    """One thing to do: what, where, by when, and why."""

    household_id: str
    title: str
    place: str
    due_on: date
    days_late: int
    group: str
    reason: str
    care_level: str
    person_id: str | None
    kind: str
    record_id: str
    key: str = ""
    """The plan's own name of the thing, by which it is put off."""
    flag: str = ""
    """yellow, red or overdue where the date is one that people answer for."""
    note: str = ""
    """What must be said beside the date, e.g. that a year's holidays are not known."""
    attempts: int = 0
    """How often nobody was met since the last time somebody was."""


@dataclass(frozen=True)
class PutOff:
    """A due thing that waits for another day, and why."""

    item: DueItem
    until: str
    reason: str


@dataclass(frozen=True)
class DayPlan:
    """What a day asks for, most urgent first, then in walking order; the first items are read already."""

    today: date
    keys: tuple[DueKey, ...]
    first: tuple[DueItem, ...]
    put_off: tuple[PutOff, ...]

    @cached_property
    def by_group(self) -> Mapping[str, int]:
        """How much is late, due today, within seven days and this month."""
        return Counter(one.group for one in self.keys)

    @cached_property
    def by_kind(self) -> Mapping[str, int]:
        """How much is due of each ledger."""
        return Counter(one.kind for one in self.keys)


def day(session: Session, on: date | None = None, *, first: int | None = PAGE) -> DayPlan:
    """The whole plan of a day in order, and so many of its items, None for all; `items` reads any others."""
    today = on or session.today()
    with session.store.read() as tx:
        eyes = Eyes(session, tx)
        keys, put_off = _day(eyes, today)
        return DayPlan(today, tuple(keys), tuple(_items(eyes, keys[:first], today)), put_off)


def items(session: Session, keys: Sequence[DueKey], on: date | None = None) -> list[DueItem]:
    """What is said of some due things, in their order; a home that is gone by now has none."""
    with session.store.read() as tx:
        return list(_items(Eyes(session, tx), keys, on or session.today()))


def due(session: Session, on: date | None = None) -> list[DueItem]:
    """What is due by the end of the month and not put off, most urgent first, then in walking order."""
    return list(day(session, on, first=None).first)


def put_off_items(session: Session, on: date | None = None) -> list[PutOff]:
    """What is due and was put off beyond the day."""
    with session.store.read() as tx:
        return list(_day(Eyes(session, tx), on or session.today())[1])


def _day(eyes: Eyes, today: date) -> tuple[list[DueKey], tuple[PutOff, ...]]:
    snoozed, keys = snoozes_on(eyes.tx, today.isoformat()), seen_keys(eyes, day_keys(eyes.tx, today))
    if not snoozed:
        return keys, ()
    put_off = _items(eyes, [one for one in keys if one.key in snoozed], today)
    said = tuple(PutOff(item, snoozed[item.key].until, snoozed[item.key].reason) for item in put_off)
    return [one for one in keys if one.key not in snoozed], said


def _items(eyes: Eyes, keys: Sequence[DueKey], today: date) -> Iterator[DueItem]:
    homes = _homes(eyes, keys)
    named = has_several_compounds(eyes.tx) if homes else False
    said = said_to(eyes, [one.source for one in keys if isinstance(one.source, DueRecord)])
    for key in keys:
        if isinstance(key.source, DueRecord):
            yield _record_item(key, key.source, *said[key_of(key.source)], today)
        elif key.household_id in homes:
            yield _visit_item(key, homes[key.household_id], today, named=named)


def _homes(eyes: Eyes, keys: Iterable[DueKey]) -> dict[str, Home]:
    wanted = {key.household_id for key in keys if key.kind == VISIT}
    return {home.dwelling.household_id: home for home in homes_named(eyes, sorted(wanted))}


def _visit_item(key: DueKey, home: Home, today: date, *, named: bool) -> DueItem:
    return DueItem(
        key.household_id, f"{'回访' if key.source == PROMISED else '走访'} {_who(home)}", home.place(named=named),
        key.due_on, _late(key.due_on, today), key.group, _reason(key.source, home), _level(home),
        home.in_care.id if home.in_care else None, VISIT, key.record_id, key.key, attempts=key.attempts,
    )  # fmt: skip


def _record_item(key: DueKey, one: DueRecord, title: str, says: str, today: date) -> DueItem:
    return DueItem(
        key.household_id, title, says, key.due_on, _late(key.due_on, today), key.group, one.reason, "", None,
        key.kind, key.record_id, key.key, flag=urgency.flag_of(key.due_on, today) or "", note=key.note,
    )  # fmt: skip


def _reason(source: str | Campaign | DueRecord, home: Home) -> str:
    if isinstance(source, Campaign):
        return source.label
    if source != PLANNED:
        return "走访时约定"
    if home.is_open and home.dwelling.grave_due is not None:
        return home.grave_event or "重大变故"
    if home.dwelling.last_met is None:
        return "还没有走访过"
    if not home.is_open:
        # How often tells whether somebody there is in care.
        return "按计划走访"
    return _CARE_REASON.get(home.dwelling.care_level or "", "每年走访")


def _level(home: Home) -> str:
    return home.dwelling.care_level or "" if home.is_open else ""


def _who(home: Home) -> str:
    return home.in_care.name if home.in_care else f"{home.head}一家" if home.head else "住户"


def _late(due_on: date, today: date) -> int:
    return max(0, (today - due_on).days)
