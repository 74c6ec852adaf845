"""The messages of the work: ops and their outcomes, news, and refusals; `docs/protocol.md` tells them to strangers."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from gridworker.sync.wire_bytes import Body, SparseBody, hash_of

PROTOCOL: Final = 1
OLDEST_PROTOCOL: Final = 1
_LEFT_OUT_EMPTY: Final = frozenset({"set", "elements", "command", "blobs", "act"})

WireValue = str | int | bool | list[str] | None
"""What a field may hold on the wire. Numbers with places travel as text, so that every program hashes them alike."""
OutcomeKind = Literal["applied", "merged", "conflict", "rejected", "held"]
OpKind = Literal["set", "move", "delete", "restore"]
DELETE: Final = "delete"
RESTORE: Final = "restore"
CREATE: Final = "create"
"""Reserved command names; every other name is an event of the ledger's workflow."""


# ---- push


class Elements(SparseBody, frozen=True, kw_only=True):
    """Elements added to and removed from a list field."""

    add: list[str] = []
    remove: list[str] = []


class Command(SparseBody, frozen=True, kw_only=True):
    """A workflow event, or `delete`, `restore`, `create`; `args` may hold `reason`.

    `expect` names what the person saw, e.g. `{"status": "approved"}`; where the server differs the command is rejected.
    With `create` it is about records the new one links to: `{"person_id.household_id": "…"}`.
    """

    name: str
    args: dict[str, WireValue] = {}
    expect: dict[str, WireValue] = {}


class Op(SparseBody, frozen=True, kw_only=True):
    """One thing one person did to one record; never changed once written, except `n` after a fork."""

    op_id: str
    n: int
    actor: str
    scope: str
    type: str
    """The ledger."""
    record: str
    schema: int
    base_rev: int
    """The record's revision the person saw; 0 where the server had not judged the record yet."""
    occurred_at: str
    set: dict[str, WireValue] = {}
    elements: dict[str, Elements] = {}
    command: Command | None = None
    blobs: list[str] = []
    act: str = ""
    """The act it is a part of: all ops of an act, one behind the other, take effect or none does."""
    hash: str = ""

    @property
    def kind(self) -> OpKind:
        """Which of the four things it does; `create` is a set."""
        if self.command is None or self.command.name == CREATE:
            return "set"
        if self.command.name == DELETE:
            return "delete"
        return "restore" if self.command.name == RESTORE else "move"


class Push(Body, frozen=True, kw_only=True):
    """POST /v1/push: ops of one scope, `n` rising by one."""

    protocol: int
    epoch: str
    incarnation: int
    scope: str
    ops: list[Op]


class Conflict(SparseBody, frozen=True, kw_only=True):
    """One field two people wrote: `theirs` stands on the server, `mine` is put aside there."""

    field: str
    theirs: WireValue = None
    mine: WireValue = None
    author: str = ""
    """Device and incarnation that wrote `theirs`."""
    actor: str = ""
    """Person who wrote `theirs`."""
    rev: int = 0


class FieldProblem(Body, frozen=True, kw_only=True):
    """What is wrong with one field, in a sentence for people."""

    field: str
    message: str


class Outcome(SparseBody, frozen=True, kw_only=True):
    """What became of one op, for good (a held op's may be followed by another in a pull)."""

    op_id: str
    outcome: OutcomeKind
    rev: int = 0
    """The record's revision after the op; 0 where there is no such record. Never a cursor and never a base."""
    code: str = ""
    """Why, for programs: with rejected and held always, with some conflicts."""
    reason: str = ""
    """Why, for people, in Chinese."""
    conflicts: list[Conflict] = []
    problems: list[FieldProblem] = []
    details: dict[str, WireValue] = {}


class Pushed(Body, frozen=True, kw_only=True):
    """One outcome an op, in the order of the ops."""

    epoch: str
    scope: str
    last_n: int
    seq: int
    outcomes: list[Outcome]
    before: str = ""
    """The cursor of the moment before this batch; empty where part of it was a replay."""
    upto: str = ""
    """The cursor after it: a client that stood at `before`, and of whose ops each is `applied` and of kind `set`, has
    all there is up to here and need not pull its own words back."""


# ---- pull


class Pull(Body, frozen=True, kw_only=True):
    """POST /v1/pull: what is new after each cursor; a cursor is the server's own text, empty at first."""

    protocol: int
    epoch: str
    incarnation: int
    scopes: dict[str, str]


class MoveMade(SparseBody, frozen=True, kw_only=True):
    """One step of a record's workflow, for its history."""

    rev: int
    event: str
    source: str
    target: str
    actor: str
    at: str
    reason: str = ""


class Delta(SparseBody, frozen=True, kw_only=True):
    """A record's fields that changed after the cursor, or all of them where `whole`."""

    id: str
    type: str
    rev: int
    fields: dict[str, WireValue]
    actor: str
    """Who changed it last."""
    at: str
    whole: bool = False
    """The fields are all the record has; forget others."""
    status: str = ""
    deleted: bool = False
    moves: list[MoveMade] = []


class ScopeDeltas(SparseBody, frozen=True, kw_only=True):
    """One scope's news in the order of revisions; `upto` is the next cursor, to be committed with the data.

    A record may come again on a later page, and its moves with it: they are told apart by record and `rev`.
    """

    upto: str
    more: bool = False
    revoked: bool = False
    """The scope was taken away: nothing else is said about it."""
    records: list[Delta] = []
    outcomes: list[Outcome] = []
    """Final outcomes of ops of this (device, incarnation) that were held before."""


class Pulled(Body, frozen=True, kw_only=True):
    """The news of each scope asked for."""

    epoch: str
    scopes: dict[str, ScopeDeltas]


class Refusal(SparseBody, frozen=True, kw_only=True):
    """The body of every answer that is not 200: a stable number and code, and sentences for people."""

    number: int
    code: str
    title: str
    safe: str = ""
    action: str = ""
    details: dict[str, WireValue] = {}


def sealed(op: Op) -> Op:
    """The op with its hash filled in."""
    members = msgspec.structs.asdict(op)
    sent = {key: value for key, value in members.items() if value or key not in _LEFT_OUT_EMPTY}
    return msgspec.structs.replace(op, hash=hash_of(sent))
