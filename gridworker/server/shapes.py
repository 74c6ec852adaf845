"""Whether a value has the shape its field lives in, so that no device is handed what it cannot show or store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gridworker.ledger.facts import MergeRule, Problem, Value
from gridworker.ledger.field import Field
from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import all_ledgers

_ANY_WORD = "？"


@dataclass(frozen=True)
class Shape:
    """What a field's values are made of; `picky` fields cannot show just any text."""

    field: Field
    kind: type
    picky: bool


def shape_problems(ledger: Ledger, changes: Mapping[str, Value]) -> list[Problem]:
    """The known fields whose new value is of another kind: a word where a date belongs, a text where a list does."""
    shapes = shapes_of(ledger.key)
    return [
        Problem(key, f"{shape.field.label}的格式不对。")
        for key, value in changes.items()
        if value is not None and (shape := shapes.get(key)) is not None and not _fits(shape, value)
    ]


@cache
def derived_keys(ledger_key: str) -> frozenset[str]:
    """The fields that each device computes for itself."""
    return frozenset(field.key for field in all_ledgers()[ledger_key].fields if field.merge is MergeRule.DERIVED)


@cache
def shapes_of(ledger_key: str) -> dict[str, Shape]:
    """The shapes of a ledger's fields, found out once."""
    return {field.key: _shape_of(field) for field in all_ledgers()[ledger_key].fields}


def _shape_of(field: Field) -> Shape:
    if field.merge is MergeRule.ELEMENTS:
        return Shape(field, list, picky=False)
    if field.column == "INTEGER":
        return Shape(field, int, picky=False)
    return Shape(field, str, picky=not _shows(field, _ANY_WORD))


def _fits(shape: Shape, value: Value) -> bool:
    return isinstance(value, shape.kind) and (not shape.picky or _shows(shape.field, value))


def _shows(field: Field, value: Value) -> bool:
    try:
        field.format(value)
    except (ValueError, TypeError, ArithmeticError):
        return False
    return True
