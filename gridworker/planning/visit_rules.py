"""How often whom to visit, as data: intervals, campaigns, grave events; a customer's own are laid over the shipped.

`resources/planning/visit-intervals.json` has the numbers. A campaign without days is one that is declared when it is
needed, as for extreme weather; until then nobody is due for it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from gridworker.ledger.dates import read_date
from gridworker.ledger.facts import FieldError
from gridworker.paths import resource
from gridworker.planning.data_file import Reading, shown

ORDINARY = "ordinary"
# The strictest level first: a household is visited as often as its neediest member.
CARE_ORDER = ("high", "key", "general")
LEVELS = (*CARE_ORDER, ORDINARY)
_COUNTS = {"grave_event": "hours", "building": "days", "snooze": "days"}
_KEYS = ("version", "source", *LEVELS, *_COUNTS, "campaigns")
_CAMPAIGN_KEYS = ("key", "label", "from", "to", "care_levels")
# Spans that fill a year, so that every year's periods are the same.
_SPANS = (1, 2, 3, 4, 6, 12)
_WHAT = "走访规则"


@dataclass(frozen=True)
class Interval:
    """Either a number of days after the last contact, or once in each span of `count` calendar months."""

    every: str
    count: int


@dataclass(frozen=True)
class Campaign:
    """Days in which everybody of some care levels is to be met once more."""

    key: str
    label: str
    start: date | None
    end: date | None
    care_levels: tuple[str, ...]

    def runs_on(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.start is not None and self.end is not None and self.start <= day <= self.end


@dataclass(frozen=True)
class VisitRules:
    """All that the visit plan takes from data."""

    intervals: Mapping[str, Interval]
    grave_hours: int
    building_days: int
    snooze_days: int
    campaigns: tuple[Campaign, ...]
    source: str
    version: int


@cache
def shipped() -> VisitRules:
    """The rules that came with the program."""
    return _read(resource("planning", "visit-intervals.json").read_text(encoding="utf-8"), None)


def parse(text: str) -> VisitRules:
    """A customer's rules laid over the shipped ones; DataRefused names everything that is wrong.

    Campaigns with a key of their own are added, those with a known key take its place.
    """
    return _read(text, shipped())


def rules_in_force() -> VisitRules:
    """The rules by which this process plans."""
    return _in_force or shipped()


def use_visit_rules(rules: VisitRules | None) -> VisitRules | None:
    """Puts rules in force for the whole process, None the shipped ones; returns what was set before."""
    global _in_force
    with _replacing:
        before, _in_force = _in_force, rules
    return before


@contextmanager
def visit_rules_in_force(rules: VisitRules | None) -> Iterator[None]:
    """The rules inside the block, what was in force before it afterwards."""
    before = use_visit_rules(rules)
    try:
        yield
    finally:
        use_visit_rules(before)


def _read(text: str, base: VisitRules | None) -> VisitRules:
    reading = Reading(_WHAT)
    raw = reading.object_of(text)
    reading.only_keys(raw, _KEYS)
    version = reading.whole_number(raw.get("version", 1), "“version”", range(1, 100_000))
    source = reading.text_in(raw.get("source", ""), "“source”")
    intervals = dict(base.intervals) if base else {}
    for level in LEVELS:
        if level in raw:
            intervals[level] = _interval(reading, level, raw[level])
    known = (
        {"grave_event": base.grave_hours, "building": base.building_days, "snooze": base.snooze_days} if base else {}
    )
    counts = {key: _count(reading, key, raw[key]) if key in raw else known[key] for key in _COUNTS}
    campaigns = {campaign.key: campaign for campaign in base.campaigns} if base else {}
    for number, row in enumerate(reading.rows_in(raw.get("campaigns", []), "“campaigns”"), 1):
        campaign = _campaign(reading, f"“campaigns”第 {number} 项", row)
        campaigns[campaign.key] = campaign
    reading.raise_if_any()
    return VisitRules(
        MappingProxyType(intervals),
        counts["grave_event"],
        counts["building"],
        counts["snooze"],
        tuple(campaigns.values()),
        source,
        version,
    )


def _interval(reading: Reading, level: str, raw: Any) -> Interval:
    given = reading.objects_in(raw, f"“{level}”")
    reading.only_keys(given, ("every", "count"), f"“{level}”里")
    every = given.get("every")
    if every not in ("days", "months"):
        reading.found(f"“{level}”的“every”应是“days”（天）或“months”（自然月），不能是 {shown(every)}。")
        return Interval("days", 1)
    count = reading.whole_number(given.get("count"), f"“{level}”的“count”", range(1, 1001 if every == "days" else 13))
    if every == "months" and count not in _SPANS:
        reading.found(f"“{level}”的“count”按月只能是 {'、'.join(map(str, _SPANS))}，不能是 {shown(count)}。")
    return Interval(str(every), count)


def _count(reading: Reading, key: str, raw: Any) -> int:
    given = reading.objects_in(raw, f"“{key}”")
    reading.only_keys(given, ("every", "count"), f"“{key}”里")
    if given.get("every", _COUNTS[key]) != _COUNTS[key]:
        reading.found(f"“{key}”的“every”只能是“{_COUNTS[key]}”，不能是 {shown(given.get('every'))}。")
    return reading.whole_number(given.get("count"), f"“{key}”的“count”", range(1, 1001))


def _campaign(reading: Reading, where: str, raw: Any) -> Campaign:
    given = reading.objects_in(raw, where)
    reading.only_keys(given, _CAMPAIGN_KEYS, f"{where}：")
    key = reading.text_in(given.get("key"), f"{where}的“key”")
    label = reading.text_in(given.get("label", key), f"{where}的“label”")
    if isinstance(given.get("key"), str) and not key:
        reading.found(f"{where}的“key”不能是空。")
    start, end = (_day(reading, f"{where}的“{name}”", given.get(name)) for name in ("from", "to"))
    if (start is None) != (end is None):
        reading.found(f"{where}的“from”和“to”要么都写，要么都不写。")
    if start is not None and end is not None and end < start:
        reading.found(f"{where}的“to”（{end.isoformat()}）早于“from”（{start.isoformat()}）。")
    levels = reading.rows_in(given.get("care_levels", list(LEVELS)), f"{where}的“care_levels”")
    for level in levels:
        if level not in LEVELS:
            reading.found(f"{where}的“care_levels”里没有 {shown(level)} 这一级，只有 {'、'.join(LEVELS)}。")
    return Campaign(key, label, start, end, tuple(str(level) for level in levels))


def _day(reading: Reading, where: str, raw: Any) -> date | None:
    if raw is None:
        return None
    try:
        return date.fromisoformat(read_date(reading.text_in(raw, where)))
    except FieldError as error:
        reading.found(f"{where}：{error}")
        return None


_replacing = threading.Lock()
_in_force: VisitRules | None = None
