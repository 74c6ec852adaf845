"""Field types that hold one small fact for each entry of a code table: a finding an item, a number a category.

The value is one text in the order of the table, such as `表达:正常、行动:异常` or `居民代表:12、党员:3`, so that it is
stored, sent and merged as any other; two devices that change it meet in a conflict and not in a mixture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gridworker.ledger.code_fields import NO_TABLE
from gridworker.ledger.codes import CodeTable
from gridworker.ledger.facts import FieldError, Value
from gridworker.ledger.field import Text, as_text
from gridworker.ledger.text import clean_line

_PARTS = re.compile(r"[、，,；;|\n]+")
_ALL = re.compile(r"(?:均|全部|全都|都)")
_REST = re.compile(r"(?:其余|其他|其它)(?:均|都)?[:：]?")
_COUNTED = re.compile(r"(.+?)[\s:：]*(\d{1,6})\s*[人名位个]?", re.ASCII)
_MOST = 100_000


def pairs_of(value: Value) -> dict[str, str]:
    """What a stored value says, by entry."""
    parts = str(value or "").split("、")
    return {key: fact for key, colon, fact in (part.partition(":") for part in parts) if colon}


@dataclass(frozen=True)
class Checklist(Text):
    """One code of `marks` for each entry of `items`; `正常` alone says it of all, `其余正常` of those not named."""

    items: CodeTable = NO_TABLE
    marks: CodeTable = NO_TABLE

    @property
    def tables(self) -> tuple[CodeTable, ...]:
        return self.items, self.marks

    def _read(self, raw: object) -> Value:
        found: dict[str, str] = {}
        rest = ""
        for part in _parts(raw):
            mark = self.marks.code_of(_ALL.sub("", part, count=1)) or self.marks.code_of(_REST.sub("", part, count=1))
            if mark is not None:
                rest = mark
                continue
            item, mark = self._pair(part)
            if found.setdefault(item, mark) != mark:
                raise FieldError(f"{self.label}里“{self.items.label_of(item)}”写了两次，请只留一个。")
        if rest:
            found = {**dict.fromkeys((code for code, _ in self.items), rest), **found}
        return _joined(self.items, found)

    def format(self, value: Value) -> str:
        found = pairs_of(value)
        usual = self.marks.entries[0][0] if self.marks.entries else ""
        others = {item: mark for item, mark in found.items() if mark != usual}
        if list(found) != [code for code, _ in self.items] or len(others) == len(found):
            return "、".join(self._said(item, mark) for item, mark in found.items())
        if not others:
            return f"均{self.marks.label_of(usual)}"
        return "、".join(
            [*(self._said(item, mark) for item, mark in others.items()), f"其余{self.marks.label_of(usual)}"]
        )

    def _said(self, item: str, mark: str) -> str:
        return f"{self.items.label_of(item)}：{self.marks.label_of(mark)}"

    def problem(self, value: Value) -> str | None:
        if _is_whole(value):
            return None
        return f"{self.label}应写成“{self._example()}”这样，现在是“{str(value)[:20]}”。"

    def missing(self, value: Value) -> list[str]:
        """The labels of the items nothing was found about."""
        found = pairs_of(value)
        return [label for code, label in self.items if code not in found]

    def _pair(self, part: str) -> tuple[str, str]:
        for end in range(1, len(part)):
            item, mark = self.items.code_of(part[:end].rstrip(":： ")), self.marks.code_of(part[end:].lstrip(":： "))
            if item is not None and mark is not None:
                return item, mark
        raise FieldError(f"{self.label}应写成“{self._example()}”这样，看不懂“{part[:20]}”。")

    def _example(self) -> str:
        labels = [label for _, label in self.items][:2]
        marks = [label for _, label in self.marks][:2]
        return "、".join(f"{label}{mark}" for label, mark in zip(labels, marks, strict=False))


@dataclass(frozen=True)
class Counts(Text):
    """A number of people for each entry of `categories` that has any."""

    categories: CodeTable = NO_TABLE

    @property
    def tables(self) -> tuple[CodeTable, ...]:
        return (self.categories,)

    def _read(self, raw: object) -> Value:
        found: dict[str, str] = {}
        for part in _parts(raw):
            counted = _COUNTED.fullmatch(part)
            category = self.categories.code_of(counted[1]) if counted else None
            if counted is None or category is None:
                raise FieldError(self._unread(part))
            if category in found:
                raise FieldError(f"{self.label}里“{self.categories.label_of(category)}”写了两次，请合为一个数。")
            if int(counted[2]):
                found[category] = str(int(counted[2]))
        return _joined(self.categories, found)

    def format(self, value: Value) -> str:
        return "、".join(f"{self.categories.label_of(one)} {number}" for one, number in pairs_of(value).items())

    def problem(self, value: Value) -> str | None:
        if _is_whole(value) and all(number.isdecimal() and number.isascii() for number in pairs_of(value).values()):
            return None if total_of(value) <= _MOST else f"{self.label}合计 {total_of(value)} 人，请核对。"
        return f"{self.label}应写成“居民代表 12、党员 3”这样，现在是“{str(value)[:20]}”。"

    def _unread(self, part: str) -> str:
        near = self.categories.nearest(re.sub(r"[\d\s:：]+.*", "", part))
        choices = f"最接近的是“{near}”" if near else "可填：" + "、".join(label for _, label in self.categories)
        return f"{self.label}看不懂“{part[:20]}”，应写成“类别 人数”，{choices}。"


def total_of(value: Value) -> int:
    """How many people a stored value of `Counts` adds up to."""
    return sum(int(number) for number in pairs_of(value).values() if number.isdecimal())


def _parts(raw: object) -> list[str]:
    if isinstance(raw, Mapping):
        return [f"{clean_line(str(key))}:{clean_line(as_text(fact))}" for key, fact in raw.items()]
    given = [str(part) for part in raw] if isinstance(raw, list) else [as_text(raw)]
    return [part for text in given for piece in _PARTS.split(text) if (part := clean_line(piece))]


def _joined(table: CodeTable, found: Mapping[str, str]) -> str | None:
    known: Iterable[str] = (code for code, _ in table if code in found)
    ordered = list(dict.fromkeys([*known, *found]))
    return "、".join(f"{key}:{found[key]}" for key in ordered) or None


def _is_whole(value: Value) -> bool:
    """Whether a stored text is nothing but pairs, each entry once."""
    parts = str(value).split("、")
    keys = [key for key, colon, fact in (part.partition(":") for part in parts) if key and colon and fact]
    return len(keys) == len(parts) == len(set(keys))
