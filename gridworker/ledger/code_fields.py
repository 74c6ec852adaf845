"""Field types whose values come from elsewhere: a code table, or another record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from gridworker.ledger import masks
from gridworker.ledger.codes import CodeList, CodeTable
from gridworker.ledger.facts import FieldError, MergeRule, Value
from gridworker.ledger.field import Field, as_text
from gridworker.ledger.text import clean_line, clean_text

_STRONG = re.compile(r"[、；;|\n]+")
_SEPARATORS = re.compile(r"[、，,；;/|\s]+")
# What a message can name before it is not read any more.
_MOST_NAMED = 8
NO_TABLE = CodeTable("", CodeList(()))


@dataclass(frozen=True)
class Code(Field):
    """One code of a table. Typed text may be a code, its label or an alias."""

    table: CodeTable = NO_TABLE

    align: ClassVar[str] = "center"

    @property
    def tables(self) -> tuple[CodeTable, ...]:
        return (self.table,)

    def _read(self, raw: object) -> Value:
        return _code_in(self.table, self.label, as_text(raw))

    def demand(self) -> str:
        return f"请选择{self.label}。"

    def parse_again(self, raw: object, stored: Value) -> Value:
        try:
            return self.parse(raw)
        except FieldError:
            if isinstance(stored, str) and _names(self.table, as_text(raw), stored):
                return stored
            raise

    def format(self, value: Value) -> str:
        return "" if value is None else self.table.label_of(str(value))


@dataclass(frozen=True)
class Codes(Field):
    """Several codes of a table; changes merge element by element."""

    table: CodeTable = NO_TABLE
    merge: MergeRule = MergeRule.ELEMENTS

    @property
    def tables(self) -> tuple[CodeTable, ...]:
        return (self.table,)

    def _read(self, raw: object) -> Value:
        return self._codes(raw, ())

    def demand(self) -> str:
        return f"请选择{self.label}。"

    def parse_again(self, raw: object, stored: Value) -> Value:
        return self._codes(raw, stored) if raw is not None and isinstance(stored, list) else self.parse(raw)

    def _codes(self, raw: object, stored: Sequence[str]) -> Value:
        """The codes written, in the order written; one that is stored already stays whatever the table says now."""
        parts = [str(part) for part in raw] if isinstance(raw, list) else self._parts(clean_text(as_text(raw)), stored)
        codes = [
            next((code for code in stored if _names(self.table, part, code)), None)
            or _code_in(self.table, self.label, part)
            for part in parts
            if part.strip()
        ]
        return list(dict.fromkeys(codes)) or None

    def _parts(self, text: str, stored: Sequence[str]) -> list[str]:
        """The labels in a text; one that holds a separator itself, such as 失能/半失能, stays whole."""
        if self._is_one(text, stored):
            return [text]
        return [
            piece
            for part in _STRONG.split(text)
            for piece in ([part] if self._is_one(part, stored) else _SEPARATORS.split(part))
        ]

    def _is_one(self, text: str, stored: Sequence[str]) -> bool:
        known = self.table.code_of(text) or self.table.retired_code_of(text)
        return known is not None or clean_line(text) in stored

    def format(self, value: Value) -> str:
        return "、".join(self.table.label_of(code) for code in value) if isinstance(value, list) else ""


@dataclass(frozen=True)
class Ref(Field):
    """A link to one record of the ledger `to`, or to a person who works here (`to="actor"`)."""

    to: str = ""

    def _read(self, raw: object) -> Value:
        return clean_line(as_text(raw))

    def mask(self, value: Value) -> str:
        return masks.hide(self.format(value))


@dataclass(frozen=True)
class Refs(Field):
    """Links to several records; changes merge element by element."""

    to: str = ""
    merge: MergeRule = MergeRule.ELEMENTS

    def _read(self, raw: object) -> Value:
        parts = [str(part) for part in raw] if isinstance(raw, list) else _SEPARATORS.split(clean_text(as_text(raw)))
        return list(dict.fromkeys(part.strip() for part in parts if part.strip())) or None

    def format(self, value: Value) -> str:
        return "、".join(value) if isinstance(value, list) else ""


def _names(table: CodeTable, text: str, code: str) -> bool:
    """Whether a text is how a stored code is written: as itself, or as its label of today or of once."""
    return clean_line(text) == code or code in (table.code_of(text), table.retired_code_of(text))


def _code_in(table: CodeTable, label: str, text: str) -> str:
    code = table.code_of(text)
    if code is not None:
        return code
    gone = table.retired_code_of(text)
    if gone is not None:
        raise FieldError(f"{label}的“{table.label_of(gone)}”已停用，不能新选，{_choices(table)}")
    near = table.nearest(text)
    offered = f"最接近的是“{near}”。" if near else _choices(table)
    raise FieldError(f"{label}没有“{clean_line(text)[:20]}”这一项，{offered}")


def _choices(table: CodeTable) -> str:
    names = [name for _, name in table.entries]
    return "可填：" + "、".join(names[:_MOST_NAMED]) + ("等。" if len(names) > _MOST_NAMED else "。")
