"""What counts in the figures, as data: which answers are valid, which of them are satisfied, who is counted out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from gridworker.paths import resource
from gridworker.planning.data_file import Reading, shown

_LISTS = ("valid", "satisfied", "uncounted_tenures", "gone")
_ANSWERS = ("5", "4", "3", "2", "1")
"""SAT5 without 0 未评价, which is no answer and belongs in no denominator."""
_WHAT = "指标口径"


@dataclass(frozen=True)
class FigureRules:
    """Codes of SAT5 that are answers, and those that are satisfied; homes and people that are not counted."""

    valid: frozenset[str]
    satisfied: frozenset[str]
    uncounted_tenures: frozenset[str]
    gone: frozenset[str]
    source: str
    version: int


@cache
def shipped() -> FigureRules:
    """The rules that came with the program."""
    return _read(resource("planning", "figures.json").read_text(encoding="utf-8"), None)


def parse(text: str) -> FigureRules:
    """A customer's rules laid over the shipped ones; DataRefused names everything that is wrong."""
    return _read(text, shipped())


def figure_rules_in_force() -> FigureRules:
    """The rules by which this process counts."""
    return _in_force or shipped()


def use_figure_rules(rules: FigureRules | None) -> FigureRules | None:
    """Puts rules in force for the whole process, None the shipped ones; returns what was set before."""
    global _in_force
    with _replacing:
        before, _in_force = _in_force, rules
    return before


@contextmanager
def figure_rules_set(rules: FigureRules | None) -> Iterator[None]:
    """The rules inside the block, what was in force before it afterwards."""
    before = use_figure_rules(rules)
    try:
        yield
    finally:
        use_figure_rules(before)


def _read(text: str, base: FigureRules | None) -> FigureRules:
    reading = Reading(_WHAT)
    raw = reading.object_of(text)
    reading.only_keys(raw, ("version", "source", *_LISTS))
    version = reading.whole_number(raw.get("version", 1), "“version”", range(1, 100_000))
    source = reading.text_in(raw.get("source", ""), "“source”")
    lists = {key: _codes(reading, key, raw[key]) if key in raw else getattr(base, key) for key in _LISTS}
    for key in ("valid", "satisfied"):
        for code in sorted(lists[key] - frozenset(_ANSWERS)):
            reading.found(f"“{key}”里的{shown(code)}不是满意度的评价，只能是 5、4、3、2、1（0 是未评价）。")
    for code in sorted(lists["satisfied"] - lists["valid"]):
        reading.found(f"“satisfied”里的{shown(code)}不在“valid”里。")
    reading.raise_if_any()
    return FigureRules(**lists, source=source, version=version)


def _codes(reading: Reading, key: str, raw: Any) -> frozenset[str]:
    codes = reading.rows_in(raw, f"“{key}”")
    return frozenset(reading.text_in(code, f"“{key}”第 {number} 项") for number, code in enumerate(codes, 1))


_replacing = threading.Lock()
_in_force: FigureRules | None = None
