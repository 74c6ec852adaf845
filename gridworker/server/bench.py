"""What lies before the judge of one device's ops on one scope, in memory, and how it is written over.

Nothing here touches a database: `docket.py` loads what a batch names, and writes what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from gridworker.area.asked import Asked, asked_of
from gridworker.area.belonging import Actor
from gridworker.ledger.facts import Profile, Value
from gridworker.ledger.ledger import CheckContext, Ledger
from gridworker.ledger.merge import FieldMark
from gridworker.server import verdicts
from gridworker.server.state import BORN, DELETED, STATUS, State
from gridworker.sync import wire


@dataclass(frozen=True)
class MoveRow:
    """A step made, for the record's history."""

    record: str
    rev: int
    event: str
    source: str
    target: str
    actor_id: str
    made_at: int
    reason: str


@dataclass(frozen=True)
class ConflictRow:
    """A field put aside for people."""

    record: str
    op_id: str
    author: str
    base_rev: int
    code: str
    conflict: wire.Conflict


@dataclass(frozen=True)
class Led:
    """A link that named a registration merged away, and was written as one to the registration that is kept."""

    dropped: str
    record: str
    field: str


@dataclass(frozen=True)
class Standing:
    """How things lay before an act."""

    seq: int
    states: Mapping[str, State | None]
    numbers: Mapping[tuple[str, str], str]
    blocked: Mapping[str, str]
    kept: Mapping[str, str]
    moves: int
    conflicts: int
    led: int


@dataclass
class Bench:
    """One device's turn on one scope."""

    scope: str
    author: str
    actor: Actor
    now_ms: int
    today: date
    seq: int
    ledgers: Mapping[str, Ledger]
    states: dict[str, State]
    numbers: dict[tuple[str, str], str]
    """(ledger, record number) → record, for the numbers this batch wants."""
    blocked: dict[str, str]
    """Records that do not exist because this author's op for them was held or rejected, and which of the two."""
    actor_of: Callable[[str], str]
    """The person behind an author."""
    moves: list[MoveRow] = field(default_factory=list)
    conflicts: list[ConflictRow] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    """Registrations merged away → the one each was merged into."""
    led: list[Led] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context = CheckContext(Profile.WIRE, self.today)
        self.is_posted = bool(self.actor.posts_on(self.today, self.scope))

    def dirty_states(self) -> list[State]:
        """The records that changed."""
        return [state for state in self.states.values() if state.dirty]

    def standing(self, records: Iterable[str]) -> Standing:
        """How things lie now, as far as ops on these records can change them."""
        found = ((record, self.states.get(record)) for record in records)
        states = {record: state and replace(state, marks=dict(state.marks)) for record, state in found}
        return Standing(
            self.seq, states, dict(self.numbers), dict(self.blocked), dict(self.kept),
            len(self.moves), len(self.conflicts), len(self.led),
        )  # fmt: skip

    def go_back(self, before: Standing) -> None:
        """Lays everything as it lay."""
        self.seq, self.numbers, self.blocked = before.seq, dict(before.numbers), dict(before.blocked)
        self.kept = dict(before.kept)
        for record, state in before.states.items():
            self.states.pop(record, None)
            if state is not None:
                self.states[record] = state
        del self.moves[before.moves :], self.conflicts[before.conflicts :], self.led[before.led :]

    def asked(self, ledger: Ledger, values: Mapping[str, Value]) -> Asked:
        """What rights look at; of a record that hangs on a household, the household's building as well."""
        asked = asked_of(ledger, self.scope, values)
        for link in ledger.links if not asked.building else ():
            home = self.states.get(str(values.get(link.key) or ""))
            if home is not None and home.ledger in self.ledgers:
                asked = asked.at(asked_of(self.ledgers[home.ledger], self.scope, home.values).building)
        return asked

    def write(self, state: State, changes: Mapping[str, Value]) -> None:
        """Writes fields under a fresh revision, as this author."""
        before = state.number
        rev = self.next_rev()
        state.values = {**state.values, **changes}
        state.marks.update(dict.fromkeys(changes, FieldMark(rev, self.author)))
        state.touch(rev, self.actor.id, self.now_ms)
        self.keep_number(state, before)

    def put_aside(self, op: wire.Op, state: State, code: str, wanted: Mapping[str, Value]) -> wire.Outcome:
        """Keeps what cannot be written for people to decide."""
        marks = state.field_marks()
        whole = marks.get({"EDIT_OF_DELETED": DELETED, "EDIT_OF_FINISHED": STATUS}.get(code, ""))
        found = []
        for key, mine in wanted.items():
            mark = whole or marks.get(key) or state.marks[BORN]
            theirs = state.values.get(key)
            author = mark.author
            found.append(
                wire.Conflict(
                    field=key, theirs=_wire(theirs), mine=_wire(mine), author=author,
                    actor=self.actor_of(author), rev=mark.revision,
                )
            )  # fmt: skip
        self.conflicts += [ConflictRow(state.id, op.op_id, self.author, op.base_rev, code, one) for one in found]
        return verdicts.conflicting(op, code, state.rev, found)

    def next_rev(self) -> int:
        """The next revision of the scope."""
        self.seq += 1
        return self.seq

    def rev_of(self, op: wire.Op) -> int:
        """The revision of the record an op names; 0 where there is none."""
        state = self.states.get(op.record)
        return state.rev if state else 0

    def keep_number(self, state: State, before: str | None) -> None:
        """Notes which record has a number now."""
        if before and before != state.number:
            self.numbers.pop((state.ledger, before), None)
        if state.number:
            self.numbers[state.ledger, state.number] = state.id


def _wire(value: Value) -> wire.WireValue:
    return str(value) if isinstance(value, float) else value
