"""A field filled from the record that another field links to: a rented house has the address of its household."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gridworker.ledger.facts import Value, Values


@dataclass(frozen=True)
class Linked:
    """The record a link leads to: its values, and what it is called."""

    values: Values
    title: str


LookUp = Callable[[str, Value], Linked | None]
"""The record that a link field with this value leads to; None where it is not at hand."""


@dataclass(frozen=True)
class Borrow:
    """Fills `field` from the record `via` links to when the link, or one of `after`, is new.

    What a person wrote herself stands, and without the link nothing is filled.
    """

    field: str
    via: str
    take: Callable[[Values, Linked], Value]
    after: tuple[str, ...] = ()


def borrowed(borrows: Iterable[Borrow], before: Values, values: Values, look_up: LookUp) -> Mapping[str, Value]:
    """What the record gains; `before` is empty for a new one."""
    gained: dict[str, Value] = {}
    for borrow in borrows:
        own = values.get(borrow.field)
        written = own not in (None, "", []) and own != before.get(borrow.field)
        stale = own in (None, "", []) or any(values.get(key) != before.get(key) for key in (borrow.via, *borrow.after))
        link = values.get(borrow.via)
        if written or not stale or not link:
            continue
        linked = look_up(borrow.via, link)
        value = borrow.take({**values, **gained}, linked) if linked else None
        if value not in (None, "", []):
            gained[borrow.field] = value
    return gained
