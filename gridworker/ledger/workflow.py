"""A workflow as a table: states, and the moves between them that people command.

The same code judges a move on the laptop and on the server; the server's word is final.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gridworker.errors import KnownError
from gridworker.ledger.facts import Value, Values

_DAY, _MINUTES = len("2026-03-05"), len("2026-03-05T09:40")


@dataclass(frozen=True)
class State:
    """A state a record can be in; a final one has nothing after it."""

    key: str
    label: str
    final: bool = False


@dataclass(frozen=True)
class MoveContext:
    """Who moves, and when; `units` are the handling units (承办单位) she speaks for, `reason` what she gave as one."""

    actor_id: str
    roles: tuple[str, ...]
    today: date
    units: tuple[str, ...] = ()
    now: str = ""
    """The moment as stored text; empty where only the day is known."""
    reason: str = ""
    before: Values = field(default_factory=dict)
    """The record as it stood before the move."""

    @property
    def moment(self) -> str:
        """The moment of the move as a date-time field holds it: to the minute, as it is shown and typed."""
        return f"{self.now[:_MINUTES]}+08:00" if self.now else f"{self.today.isoformat()}T00:00+08:00"

    @property
    def day(self) -> str:
        """The day of the move as a date field holds it, also where the move is judged days later."""
        return self.moment[:_DAY]


Guard = Callable[[Values, MoveContext], str | None]
"""Why the move may not be made now, or None."""
Derive = Callable[[Values, MoveContext], Mapping[str, Value]]


def _nothing(_values: Values, _context: MoveContext) -> Mapping[str, Value]:
    return {}


def today_in(key: str) -> Derive:
    """Fills a date the person left empty with the day of the move."""

    def derive(values: Values, context: MoveContext) -> Mapping[str, Value]:
        return {key: values.get(key) or context.today.isoformat()}

    return derive


@dataclass(frozen=True)
class Move:
    """One row of the table: an event that leads from any of `sources` to `target`.

    `asks` are the fields the person fills while moving; of these `requires` must end up filled.
    `sets` are fixed changes, `derive` computed ones. A move with `reason` must be given one.
    `yours` tells who may not make it where roles alone do not say, `ready` why the record is not there yet: both see
    the record as it stood, `guard` sees what the move would make of it.
    """

    event: str
    label: str
    sources: tuple[str, ...]
    target: str
    who: tuple[str, ...]
    asks: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    sets: Mapping[str, Value] = field(default_factory=dict)
    derive: Derive = _nothing
    guard: Guard | None = None
    reason: bool = False
    yours: Guard | None = None
    ready: Guard | None = None


def staying(states: tuple[str, ...], event: str, label: str, who: tuple[str, ...], **more: Any) -> tuple[Move, ...]:
    """A step that leaves the state as it is, from each of several states."""
    return tuple(Move(event, label, (state,), state, who, **more) for state in states)


@dataclass(frozen=True)
class MoveResult:
    """What an allowed move does: the new state and the fields it changes."""

    move: Move
    state: str
    changes: dict[str, Value]
    args: dict[str, Value]
    """What was asked for, with the blanks the move filled itself: enough to judge it again on another day."""


class MoveRefused(KnownError):
    """A move that is not allowed now; says why and who could. `code` says it to programs."""

    def __init__(self, title: str, *, code: str, action: str = "") -> None:
        super().__init__(title, safe="记录没有改动。", action=action)
        self.code = code


@dataclass(frozen=True)
class Workflow:
    """States in their usual order, the first being where a record begins, and the moves between them."""

    states: tuple[State, ...]
    moves: tuple[Move, ...]
    refusals: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Why (state, event) is refused, where the bare table would not explain itself."""
    roles: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())
    """The roles that some move names."""

    def __post_init__(self) -> None:
        named = dict.fromkeys(role for move in self.moves for role in move.who)
        object.__setattr__(self, "roles", tuple(named))

    @property
    def initial(self) -> str:
        """The state a new record is in."""
        return self.states[0].key

    def label_of(self, state: str) -> str:
        """A state's label; an unknown state is its own label."""
        return next((known.label for known in self.states if known.key == state), state)

    def moves_from(self, state: str) -> tuple[Move, ...]:
        """The moves that leave a state, in the table's order."""
        return tuple(move for move in self.moves if state in move.sources)

    def find(self, state: str, event: str) -> Move:
        """The move an event makes from a state; raises MoveRefused with the reason."""
        candidates = [move for move in self.moves if event in (move.event, move.label)]
        if not candidates:
            known = "、".join(f"{move.event}（{move.label}）" for move in self.moves_from(state)) or "无"
            raise MoveRefused(f"没有“{event}”这一步。", code="UNKNOWN_EVENT", action=f"现在可以做的是：{known}。")
        for move in candidates:
            if state in move.sources:
                return move
        raise MoveRefused(
            self.refusals.get((state, candidates[0].event))
            or f"现在是“{self.label_of(state)}”，不能{candidates[0].label}。",
            code="WRONG_STATE",
            action="现在可以做的是：" + ("、".join(move.label for move in self.moves_from(state)) or "无") + "。",
        )
