"""A record as the server holds it while ops are judged: values, who wrote which field at which revision, state."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

from gridworker.ledger.case_code import code_in
from gridworker.ledger.facts import Value
from gridworker.ledger.merge import FieldMark
from gridworker.ledgers.registry import all_ledgers
from gridworker.server.storage_bulk import RecordRow

# Marks that belong to no field; `#` cannot begin a field's name.
BORN = "#born"
STATUS = "#status"
DELETED = "#deleted"
_NUMBER_FIELD = "record_no"


@cache
def number_field(ledger: str) -> str:
    """The field whose value no second record of the ledger may have: its own code, else its record number."""
    known = all_ledgers().get(ledger)
    own = code_in(known.fields) if known else None
    return own.key if own else _NUMBER_FIELD


@dataclass
class LastMove:
    """The step that led to the present state."""

    event: str
    actor_id: str
    made_at: int


@dataclass
class State:
    """One record of a scope. Fields without a mark of their own were written when the record was born."""

    id: str
    ledger: str
    rev: int
    created_rev: int
    values: dict[str, Value]
    marks: dict[str, FieldMark]
    status: str = ""
    deleted: bool = False
    actor_id: str = ""
    changed_at: int = 0
    last_move: LastMove | None = None
    dirty: bool = field(default=False, compare=False)

    @property
    def number(self) -> str | None:
        """The code or record number, where it has one."""
        number = self.values.get(number_field(self.ledger))
        return number if isinstance(number, str) and number else None

    def field_marks(self) -> dict[str, FieldMark]:
        """Every field's mark, and those of state and deletion."""
        born = self.marks[BORN]
        own = {key: mark for key, mark in self.marks.items() if key != BORN}
        return dict.fromkeys(self.values, born) | own

    def is_foreign(self, key: str, base_rev: int, author: str) -> bool:
        """Whether somebody else wrote a mark after a revision."""
        mark = self.marks.get(key)
        return mark is not None and mark.revision > base_rev and mark.author != author

    def touch(self, rev: int, actor_id: str, at: int) -> None:
        """Notes who changed the record last."""
        self.rev, self.actor_id, self.changed_at, self.dirty = rev, actor_id, at, True


def from_row(row: RecordRow) -> State:
    """A state from its row."""
    stored = msgspec.json.decode(row.marks)
    moved = stored.pop("#move", None)
    return State(
        id=row.id,
        ledger=row.ledger,
        rev=row.rev,
        created_rev=row.created_rev,
        values=msgspec.json.decode(row.fields),
        marks={key: FieldMark(*mark) for key, mark in stored.items()},
        status=row.status,
        deleted=bool(row.deleted),
        actor_id=row.actor_id,
        changed_at=row.changed_at,
        last_move=LastMove(*moved) if moved else None,
    )


def to_row(scope: str, state: State) -> RecordRow:
    """A state as its row."""
    marks: dict[str, Any] = {key: (mark.revision, mark.author) for key, mark in state.marks.items()}
    if state.last_move:
        marks["#move"] = (state.last_move.event, state.last_move.actor_id, state.last_move.made_at)
    return RecordRow(
        scope=scope,
        id=state.id,
        ledger=state.ledger,
        rev=state.rev,
        created_rev=state.created_rev,
        status=state.status,
        deleted=state.deleted,
        number=state.number,
        fields=msgspec.json.encode(state.values).decode(),
        marks=msgspec.json.encode(marks).decode(),
        actor_id=state.actor_id,
        changed_at=state.changed_at,
    )
