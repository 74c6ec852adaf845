"""Field types whose values are quantities or moments: whole numbers, decimals, dates, date-times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import ClassVar

from gridworker.ledger import dates
from gridworker.ledger.facts import FieldError, Value
from gridworker.ledger.field import Field, as_text
from gridworker.ledger.text import clean_number


@dataclass(frozen=True)
class Integer(Field):
    """A whole number between `low` and `high`."""

    low: int = 0
    high: int = 1_000_000

    column: ClassVar[str] = "INTEGER"
    align: ClassVar[str] = "right"

    def _read(self, raw: object) -> Value:
        text = re.sub(r"[,，人户个岁]", "", clean_number(as_text(raw)))
        if not re.fullmatch(r"[+-]?[0-9]{1,15}", text):
            raise FieldError(f"{self.label}应为整数，现在是“{text[:20]}”。")
        return int(text)

    def problem(self, value: Value) -> str | None:
        if isinstance(value, int) and not self.low <= value <= self.high:
            return f"{self.label}应在 {self.low} 到 {self.high} 之间，现在是 {value}。"
        return None


@dataclass(frozen=True)
class Number(Field):
    """A decimal number with `places` places, kept as exact text such as `120.50`."""

    places: int = 2
    unit: str = ""

    column: ClassVar[str] = "NUMERIC"
    align: ClassVar[str] = "right"

    def _read(self, raw: object) -> Value:
        text = re.sub(r"[,，元￥¥㎡]", "", clean_number(as_text(raw)))
        number = _rounded(text, self.places)
        if number is None:
            raise FieldError(f"{self.label}应为数字，现在是“{text[:20]}”。")
        return str(number)

    def problem(self, value: Value) -> str | None:
        return f"{self.label}不能小于 0，现在是 {value}。" if value is not None and Decimal(str(value)) < 0 else None

    def format(self, value: Value) -> str:
        return "" if value is None else f"{Decimal(str(value)):.{self.places}f}{self.unit}"


@dataclass(frozen=True)
class Date(Field):
    """A day, stored as `2026-03-05`."""

    align: ClassVar[str] = "center"

    def _read(self, raw: object) -> Value:
        return dates.read_date(raw)

    def format(self, value: Value) -> str:
        return "" if value is None else dates.show_date(str(value))

    def mask(self, value: Value) -> str:
        return self.format(value)[:4] + "-**-**"


@dataclass(frozen=True)
class DateTime(Field):
    """A moment, stored as `2026-03-05T09:40+08:00`."""

    align: ClassVar[str] = "center"

    def _read(self, raw: object) -> Value:
        return dates.read_datetime(raw)

    def format(self, value: Value) -> str:
        return "" if value is None else dates.show_datetime(str(value))


def _rounded(text: str, places: int) -> Decimal | None:
    try:
        number = Decimal(text)
        # NaN would pass through quantize unharmed, so it is asked for.
        return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) if number.is_finite() else None
    except InvalidOperation:
        return None


def count_of(values: Mapping[str, object], key: str) -> int:
    """A whole number among the values of a record; 0 where there is none."""
    found = values.get(key)
    return found if isinstance(found, int) else 0
