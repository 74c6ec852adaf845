"""How a record of each ledger lies in its table: columns, and values to and from them without losing any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gridworker.errors import BugError
from gridworker.ledger.code_fields import Ref
from gridworker.ledger.facts import MergeRule, Value
from gridworker.ledger.field import Bool, Field
from gridworker.ledger.ledger import Ledger, Rollup
from gridworker.ledger.record import Record

DWELLING, RESIDENTS = "household", "person"
"""The two ledgers that others hang on: whose place sorts them, and whose care decides when they are due."""
ENVELOPE = ("row_id", "id", "grid_code", "status", "revision", "deleted")
EXTRA = "extra"
WALK = "walk"
"""Where a record's household lies, as a sort key (`walking.py`)."""
_HEAD = len(ENVELOPE)
_SIXTY_FOUR_BITS = 1 << 63
_NOWHERE = (0, type(None))


def quoted(name: str) -> str:
    """A table or column name as SQL takes it, `case` and `order` included."""
    return '"' + name.replace('"', '""') + '"'


_encode = msgspec.json.Encoder().encode


def to_json(value: object) -> str:
    """Compact JSON with its text as it is."""
    return _encode(value).decode()


def from_json(text: str) -> Any:
    """What `to_json` wrote."""
    return msgspec.json.decode(text)


def affinity(field: Field) -> str:
    """The type of a field's column; decimals stay text, so that 120.50 does not come back as 120.5."""
    return "INTEGER" if field.column == "INTEGER" else "TEXT"


def home_link(ledger: Ledger) -> str:
    """The field by which records of a ledger belong to a household; empty where there is none."""
    return next((link.key for link in ledger.links if isinstance(link, Ref) and link.to == DWELLING), "")


def own_columns(ledger: Ledger) -> tuple[str, ...]:
    """The columns of a ledger's table that are part of no record."""
    return (WALK,) if ledger.key == DWELLING or home_link(ledger) else ()


class Table:
    """The table of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.name = quoted(ledger.key)
        self.keys = tuple(known.key for known in ledger.fields)
        self.columns = (*ENVELOPE, *self.keys, EXTRA)
        self.select = f"SELECT {', '.join(quoted(column) for column in self.columns)} FROM {self.name}"
        self.own = own_columns(ledger)
        written = (*self.columns, *self.own)
        places = ", ".join("?" * len(written))
        self.insert = f"INSERT INTO {self.name} ({', '.join(quoted(column) for column in written)}) VALUES ({places})"
        rest = written[2:]
        self.update = f"UPDATE {self.name} SET {', '.join(f'{quoted(column)}=?' for column in rest)} WHERE row_id=?"
        self.lists = frozenset(known.key for known in ledger.fields if known.merge is MergeRule.ELEMENTS)
        self.bools = frozenset(known.key for known in ledger.fields if isinstance(known, Bool))
        self.derived = frozenset(known.key for known in ledger.fields if known.merge is MergeRule.DERIVED)
        self._places = {known.key: (place, self._kind(known)) for place, known in enumerate(ledger.fields, _HEAD)}
        self._empty = (None,) * (len(ledger.fields) + 1)
        self._special = tuple(
            (place, key, key in self.lists)
            for place, key in enumerate(self.keys, _HEAD)
            if key in self.lists | self.bools
        )

    def encode(self, record: Record, row_id: int, walk: str | None = None) -> list[Any]:
        """A record as the values of its row; what fits no column goes to `extra`."""
        row: list[Any] = [
            row_id, record.id, record.grid_code, record.status, record.revision, int(record.deleted), *self._empty,
        ]  # fmt: skip
        extra: dict[str, Value] = {}
        for key, value in record.values.items():
            place, kind = self._places.get(key, _NOWHERE)
            if kind is str and type(value) is str:
                row[place] = value
            elif value is None:
                continue
            elif type(value) is not kind or (type(value) is int and not -_SIXTY_FOUR_BITS <= value < _SIXTY_FOUR_BITS):
                extra[key] = value
            elif isinstance(value, list):
                row[place] = to_json(value)
            else:
                row[place] = int(value) if isinstance(value, bool) else value
        if extra:
            row[-1] = to_json(extra)
        if self.own:
            row.append(walk)
        return row

    def decode(self, row: Sequence[Any]) -> Record:
        """The record of a row; fields without a value are absent from `values`."""
        values: dict[str, Any] = {
            key: value for key, value in zip(self.keys, row[_HEAD:], strict=False) if value is not None
        }
        for place, key, is_list in self._special:
            if row[place] is not None:
                values[key] = from_json(row[place]) if is_list else bool(row[place])
        if row[-1] is not None:
            values.update(from_json(row[-1]))
        return Record(row[1], self.ledger.key, row[2], values, row[3], row[4], bool(row[5]))

    def _kind(self, known: Field) -> type:
        if known.key in self.lists:
            return list
        if known.key in self.bools:
            return bool
        return int if affinity(known) == "INTEGER" else str


class Tables:
    """The tables of every ledger this program knows, and how rows of one change rows of another."""

    def __init__(self, ledgers: Mapping[str, Ledger]) -> None:
        self.ledgers = dict(ledgers)
        self._tables = {key: Table(ledger) for key, ledger in ledgers.items()}
        self.rollups: tuple[tuple[str, Rollup], ...] = tuple(
            (key, rollup) for key, ledger in ledgers.items() for rollup in ledger.rollups if rollup.to in ledgers
        )

    def __getitem__(self, ledger: str) -> Table:
        try:
            return self._tables[ledger]
        except KeyError:
            raise BugError(f"There is no table for a ledger named {ledger}.") from None

    def __contains__(self, ledger: object) -> bool:
        return ledger in self._tables

    def __iter__(self) -> Iterator[Table]:
        return iter(self._tables.values())
