"""Whether a value has the shape its field lives in, so that no device is handed what it cannot show or store."""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.ledger.facts import MergeRule, Problem, Value
from gridworker.ledger.field import Field
from gridworker.ledger.ledger import Ledger


def shape_problems(ledger: Ledger, changes: Mapping[str, Value]) -> list[Problem]:
    """The known fields whose new value is of another kind: a word where a date belongs, a text where a list does."""
    return [
        Problem(key, f"{ledger[key].label}的格式不对。")
        for key, value in changes.items()
        if key in ledger and value is not None and not _fits(ledger[key], value)
    ]


def _fits(field: Field, value: Value) -> bool:
    if isinstance(value, list) != (field.merge is MergeRule.ELEMENTS):
        return False
    if not isinstance(value, list) and isinstance(value, str) == (field.column == "INTEGER"):
        return False
    try:
        field.format(value)
    except (ValueError, TypeError, ArithmeticError):
        return False
    return True
