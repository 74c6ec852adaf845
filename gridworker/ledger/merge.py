"""Field-level merge: what one device's change does to a record that others may have changed meanwhile.

Pure, and the same on server and client. Workflow state never comes here: moves are
commands, judged by `moves.judge_move`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gridworker.ledger.facts import MergeRule, Value, Values
from gridworker.ledger.ledger import Ledger


@dataclass(frozen=True)
class FieldMark:
    """At which revision a field was last written, and by which device incarnation."""

    revision: int
    author: str


@dataclass(frozen=True)
class ElementChange:
    """Elements a device added to and removed from a list field."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldConflict:
    """Two people wrote one field: the value that stands, the value put aside, who wrote the first."""

    field: str
    theirs: Value
    mine: Value
    their_author: str


@dataclass
class MergeResult:
    """Fields to write, and fields put aside for a person to decide."""

    changes: dict[str, Value] = field(default_factory=dict)
    conflicts: list[FieldConflict] = field(default_factory=list)
    foreign: bool = False
    """Whether a field of the record moved on the server after the base this change was made on."""


def merge_set(
    ledger: Ledger,
    stored: Values,
    marks: Mapping[str, FieldMark],
    wanted: Mapping[str, Value],
    elements: Mapping[str, ElementChange],
    *,
    base_revision: int,
    author: str,
) -> MergeResult:
    """Merges scalar values and list elements into a stored record.

    A scalar is written when nobody else wrote the field after `base_revision`; a device's own
    earlier writes count as seen, so that two edits made offline never conflict with each other.
    A field this program does not know (a newer client's) is treated as a scalar and kept.
    """
    result = MergeResult(foreign=any(_is_foreign(mark, base_revision, author) for mark in marks.values()))
    for key, value in wanted.items():
        mark = marks.get(key)
        if key in ledger and ledger[key].merge is MergeRule.DERIVED:
            continue
        if stored.get(key) == value:
            continue
        if mark is not None and _is_foreign(mark, base_revision, author):
            result.conflicts.append(FieldConflict(key, stored.get(key), value, mark.author))
        else:
            result.changes[key] = value
    for key, change in elements.items():
        merged = apply_elements(stored.get(key), change)
        if merged != stored.get(key):
            result.changes[key] = merged
    return result


def apply_elements(value: Value, change: ElementChange) -> Value:
    """A list with elements removed and added; an empty list is None."""
    present = list(value) if isinstance(value, list) else []
    kept = [element for element in present if element not in change.remove]
    return kept + [element for element in change.add if element not in kept] or None


def element_change(before: Value, after: Value) -> ElementChange:
    """What turns one list into another."""
    old, new = _as_list(before), _as_list(after)
    return ElementChange(
        add=tuple(element for element in new if element not in old),
        remove=tuple(element for element in old if element not in new),
    )


def split_changes(
    ledger: Ledger, before: Values, after: Values, keys: Iterable[str]
) -> tuple[dict[str, Value], dict[str, ElementChange]]:
    """The difference between two states of a record, as scalar values and element changes."""
    scalars: dict[str, Value] = {}
    elements: dict[str, ElementChange] = {}
    for key in keys:
        old, new = before.get(key), after.get(key)
        if old == new or (key in ledger and ledger[key].merge is MergeRule.DERIVED):
            continue
        if key in ledger and ledger[key].merge is MergeRule.ELEMENTS:
            elements[key] = element_change(old, new)
        else:
            scalars[key] = new
    return scalars, elements


def _is_foreign(mark: FieldMark, base_revision: int, author: str) -> bool:
    return mark.revision > base_revision and mark.author != author


def _as_list(value: Value) -> list[str]:
    return list(value) if isinstance(value, list) else []
