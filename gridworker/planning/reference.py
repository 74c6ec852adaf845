"""Reference data (参考数据): code tables, calendar years, clocks, visit rules and what counts as satisfied.

The built-in ones lie in `resources/`; an item of a customer stands in place of one of them, whole. Items are the same
in a home, on the server and on the wire; what one says is in force for the whole process or not at all.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gridworker.errors import KnownError
from gridworker.ledger import code_tables
from gridworker.ledger.code_files import read_object, to_object
from gridworker.ledger.codes import CodeList
from gridworker.planning import calendar_years, clocks, figures_rules, visit_rules, working_days

CODE_TABLE, CALENDAR_YEAR = "code_table", "calendar_year"
CLOCKS, VISIT_INTERVALS, FIGURES = "clocks", "visit_intervals", "figures"
KIND_LABELS: Mapping[str, str] = {
    CODE_TABLE: "代码表", CALENDAR_YEAR: "放假安排", CLOCKS: "时限", VISIT_INTERVALS: "走访规则",
    FIGURES: "指标口径",
}  # fmt: skip
_BUILT_IN = "built_in"
_DIGEST = 32


@dataclass(frozen=True)
class Item:
    """One item of a customer's: `body` is its JSON text, `version` counts what was issued for its key."""

    kind: str
    key: str
    version: int
    body: str
    source: str = ""

    @property
    def digest(self) -> str:
        """What tells two bodies apart: the first 32 hex digits of the SHA-256 of the text."""
        return hashlib.sha256(self.body.encode()).hexdigest()[:_DIGEST]

    @property
    def label(self) -> str:
        """What a person calls it, e.g. 代码表“隐患类别”."""
        return label_of(self.kind, self.key)


def label_of(kind: str, key: str) -> str:
    """What a person calls an item."""
    what = KIND_LABELS.get(kind, kind)
    if kind == CODE_TABLE:
        return f"{what}“{code_tables.table(key).label if key in code_tables.known_tables() else key}”"
    return f"{key} 年{what}" if kind == CALENDAR_YEAR else what


def code_table_item(key: str, content: CodeList) -> Item:
    """A code table as an item."""
    return Item(CODE_TABLE, key, content.version, _compact(to_object(key, content)), content.source)


def item_of(kind: str, text: str, *, source: str = "") -> Item:
    """The item a file's text holds; KnownError names everything that is wrong with it."""
    if kind == CODE_TABLE:
        raw = json.loads(text)
        return code_table_item(str(raw.get("key", "")), read_object(raw))
    if kind == CALENDAR_YEAR:
        year = calendar_years.parse(text, source=source)
        return Item(kind, str(year.year), year.version, calendar_years.written(year), year.source)
    found = _PARSERS[kind](text)
    return Item(kind, kind, found.version, _compact(json.loads(text.lstrip("\ufeff"))), found.source)


def content_of(item: Item) -> CodeList:
    """What the code table of an item says; the built-in one where the item was reset to it."""
    raw = json.loads(item.body)
    if raw.get(_BUILT_IN):
        built_in = code_tables.table(item.key).built_in
        retired = tuple((code, label) for code, label in raw["retired"])
        return replace(built_in, retired=(*built_in.retired, *retired), version=item.version)
    return read_object(raw)


def after(item: Item, former: Item | None) -> Item:
    """The item in place of a former one: codes the former had are retired, so that records can show them."""
    if item.kind != CODE_TABLE or item.key not in code_tables.known_tables():
        return item
    before = content_of(former) if former else code_tables.table(item.key).built_in
    raw = json.loads(item.body)
    if raw.get(_BUILT_IN):
        retired = dict(content_of(item).after(before).retired)
        return replace(item, body=_compact({"key": item.key, _BUILT_IN: True, "retired": list(retired.items())}))
    content = read_object(raw).after(before)
    return code_table_item(item.key, content)


def issued(item: Item, former: Item | None) -> Item:
    """As `after`, for an item a person sets: a table that says something else has a higher version than the former."""
    if item.kind != CODE_TABLE or item.key not in code_tables.known_tables():
        return item
    before = content_of(former) if former else code_tables.table(item.key).built_in
    content = content_of(item).after(before)
    return code_table_item(item.key, replace(content, version=max(content.version, before.version + 1)))


def reset_of(item: Item) -> Item | None:
    """What stands in place of an item that is given up: nothing, or the built-in table with its later codes retired."""
    if item.kind != CODE_TABLE or item.key not in code_tables.known_tables():
        return None
    body = _compact({"key": item.key, _BUILT_IN: True, "retired": []})
    reset = after(Item(CODE_TABLE, item.key, item.version + 1, body, code_tables.table(item.key).source), item)
    return reset if json.loads(reset.body)["retired"] else None


def is_reset(item: Item) -> bool:
    """Whether the item only keeps names of what once was, and the built-in table is in force."""
    return item.kind == CODE_TABLE and bool(json.loads(item.body).get(_BUILT_IN))


def built_in(kind: str) -> dict[str, tuple[int, str]]:
    """Version and source of the items of a kind that came with the program, by key."""
    if kind == CODE_TABLE:
        found = {key: code_tables.table(key).built_in for key in code_tables.known_tables()}
        return {key: (content.version, content.source) for key, content in found.items()}
    if kind == CALENDAR_YEAR:
        return {}
    shipped = _SHIPPED[kind]()
    return {kind: (shipped.version, shipped.source)}


def put_in_force(items: Iterable[Item]) -> list[Item]:
    """Puts these items, and no others, in force for the whole process; returns those that this program cannot read.

    An item of a newer program is no reason not to open a home: it waits, and the built-in one goes on.
    """
    wanted = sorted(items, key=lambda item: (item.kind, item.key))
    with _changing:
        if wanted == _in_force:
            return []
        unread: list[Item] = []
        content: dict[str, Any] = {kind: {} for kind in KIND_LABELS}
        for item in wanted:
            try:
                content[item.kind][item.key] = _READ[item.kind](item)
            except (KnownError, ValueError, KeyError, TypeError, AttributeError):
                unread.append(item)
        code_tables.use(content[CODE_TABLE])
        if _years(content) != _years_now():
            working_days.use_years(_years(content))
        clocks.use_clocks(content[CLOCKS].get(CLOCKS))
        visit_rules.use_visit_rules(content[VISIT_INTERVALS].get(VISIT_INTERVALS))
        figures_rules.use_figure_rules(content[FIGURES].get(FIGURES))
        _in_force[:] = wanted
        return unread


def _years(content: Mapping[str, Any]) -> tuple[calendar_years.YearTable, ...]:
    return tuple(content[CALENDAR_YEAR].values())


def _years_now() -> tuple[calendar_years.YearTable, ...]:
    # A new calendar counts every year out anew, so one that says the same is left in place.
    return working_days.calendar_in_force().tables


def _compact(raw: object) -> str:
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":"))


def _of_body(parse: Callable[[str], Any]) -> Callable[[Item], Any]:
    return lambda item: parse(item.body)


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    CLOCKS: clocks.parse, VISIT_INTERVALS: visit_rules.parse, FIGURES: figures_rules.parse,
}  # fmt: skip
_SHIPPED: Mapping[str, Callable[[], Any]] = {
    CLOCKS: clocks.shipped, VISIT_INTERVALS: visit_rules.shipped, FIGURES: figures_rules.shipped,
}  # fmt: skip
_READ: Mapping[str, Callable[[Item], Any]] = {
    CODE_TABLE: content_of,
    CALENDAR_YEAR: lambda item: calendar_years.parse(item.body),
    **{kind: _of_body(parse) for kind, parse in _PARSERS.items()},
}
_changing = threading.Lock()
_in_force: list[Item] = []
