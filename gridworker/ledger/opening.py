"""A record that another one makes: a visit that found a hazard opens it, an opinion becomes a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gridworker.ledger.facts import Value, Values

TitleOf = Callable[[str], str]
"""What the record that a link field points at is called: an address, a name; empty where there is none."""
Fill = Callable[[Values, TitleOf], Mapping[str, Value]]


def _always(_values: Values) -> bool:
    return True


@dataclass(frozen=True)
class Opening:
    """Makes a record of the ledger `to` when this one is created, or when the move `on` is made of it.

    `back` is the field of the new record that points here, `forth` the field here that points at the new one;
    a list field gains one more. It happens in the same transaction, and not twice for one `back`.
    """

    to: str
    fill: Fill
    when: Callable[[Values], bool] = _always
    on: str = ""
    back: str = ""
    forth: str = ""
