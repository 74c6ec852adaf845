"""What a ledger says of matters that were settled before it was kept here: how an old sheet tells how far each came."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from gridworker.ledger.codes import CodeTable
from gridworker.ledger.facts import Value, Values

Owes = Callable[[Values, str], Mapping[str, Value]]
"""The deadlines of a record that comes in open, by its values and state: counted from its own days, not from today."""

Ends = Callable[[Values, str, Collection[str]], str]
"""The state a word means in a sheet that has these columns: where nothing of a last step is kept, the one before it."""


def _nothing(_values: Values, _state: str) -> Mapping[str, Value]:
    return {}


def _as_it_says(_values: Values, state: str, _columns: Collection[str]) -> str:
    return state


@dataclass(frozen=True)
class Historic:
    """How a row of an old sheet says which state its record is in.

    `words` is the table of the words offices use, each for one state; it is data like every code table. `told_by` are
    fields whose whole cell may be such a word (处理结果：已办结); the first field of `shown_by` that is filled shows a
    state as well, and what leads further of the two holds. `ended_on` are the days the office itself may have given
    for the end, the last of them first.
    """

    words: CodeTable
    told_by: tuple[str, ...] = ()
    shown_by: tuple[tuple[str, str], ...] = ()
    ended_on: tuple[str, ...] = ()
    ends: Ends = _as_it_says
    owes: Owes = _nothing
