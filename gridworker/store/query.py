"""Asking a ledger for rows: conditions and order as data, turned into SQL whose names come from the declaration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gridworker.errors import BugError
from gridworker.store.tables import ENVELOPE, WALK, Table, home_link, quoted, to_json

Test = Literal["is", "in", "from", "until", "contains", "filled", "empty"]
# Sorted by the numbers in them: 2号楼 before 10号楼, 902 before 1001.
PLACE = ("compound_name", "building_no", "unit_no", "room_no")
_NATURAL = frozenset(PLACE[1:])
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Condition:
    """One demand on a field or a part of the envelope.

    `until` a day includes the whole day; on a list field `is` and `in` ask for an element.
    """

    field: str
    test: Test
    value: Any = None


@dataclass(frozen=True)
class Query:
    """Which records of a ledger, in which order; `-field` is descending, no order is the ledger's own."""

    ledger: str
    where: tuple[Condition, ...] = ()
    order: tuple[str, ...] = ()
    deleted: bool = False
    limit: int | None = None


def select_statement(table: Table, query: Query) -> tuple[str, list[Any]]:
    """The statement that gives the row ids of a query in order."""
    tests, params = _where(table, query)
    statement = f"SELECT row_id FROM {table.name} WHERE {tests} ORDER BY {_order(table, query)}"
    if query.limit is not None:
        statement += " LIMIT ?"
        params.append(query.limit)
    return statement, params


def count_statement(table: Table, query: Query) -> tuple[str, list[Any]]:
    """The statement that counts the records of a query."""
    tests, params = _where(table, query)
    return f"SELECT count(*) FROM {table.name} WHERE {tests}", params


def _where(table: Table, query: Query) -> tuple[str, list[Any]]:
    tests, params = [f"deleted={int(query.deleted)}"], []
    for condition in query.where:
        text, values = _test(table, condition)
        tests.append(text)
        params += values
    return " AND ".join(tests), params


def _test(table: Table, condition: Condition) -> tuple[str, list[Any]]:
    column = _column(table, condition.field)
    if condition.test == "filled":
        return f"({column} IS NOT NULL AND {column} <> '')", []
    if condition.test == "empty" or (condition.test == "is" and condition.value is None):
        return f"({column} IS NULL OR {column} = '')", []
    return _test_list(column, condition) if condition.field in table.lists else _test_value(table, column, condition)


def _test_value(table: Table, column: str, condition: Condition) -> tuple[str, list[Any]]:
    value = condition.value
    if condition.test == "in":
        return f"{column} IN (SELECT value FROM json_each(?))", [to_json(_plain(value))]
    if condition.test == "contains":
        escaped = str(value).replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return f"{column} LIKE ? ESCAPE '\\'", [f"%{escaped}%"]
    if condition.test == "is":
        return f"{column} = ?", [value]
    return _test_bound(table, condition, column)


def _test_list(column: str, condition: Condition) -> tuple[str, list[Any]]:
    if condition.test == "contains":
        elements, how = [str(condition.value)], "instr(element.value, ?) > 0"
    elif condition.test in ("is", "in"):
        given = (
            condition.value
            if condition.test == "in" or isinstance(condition.value, list | tuple)
            else [condition.value]
        )
        elements, how = [to_json(_plain(given))], "element.value IN (SELECT value FROM json_each(?))"
    else:
        raise BugError(f"A list field cannot be compared by {condition.test}.")
    return f"({column} IS NOT NULL AND EXISTS (SELECT 1 FROM json_each({column}) AS element WHERE {how}))", [*elements]


def _test_bound(table: Table, condition: Condition, column: str) -> tuple[str, list[Any]]:
    value = condition.value
    sign = ">=" if condition.test == "from" else "<="
    if _is_decimal(table, condition.field):
        return f"CAST({column} AS REAL) {sign} ?", [float(value)]
    if condition.test == "until" and isinstance(value, str):
        # `2026-03-31` includes every moment of that day.
        return f"{column} <= ?", [value + _LAST]
    return f"{column} {sign} ?", [value]


def _order(table: Table, query: Query) -> str:
    own = table.ledger.sort_by
    keys = query.order or own
    if len(keys) == 1 and own and keys[0].removeprefix("-") == own[0].removeprefix("-"):
        # Whoever sorts by the first column of the ledger's own order means that order, or its reverse.
        keys = own if keys[0] == own[0] else tuple(map(_reversed, own))
    backwards = bool(keys) and keys[0].startswith("-")
    runs: list[tuple[bool, list[str]]] = []
    for key in keys:  # columns of one direction together: four of them may make one key
        if not runs or runs[-1][0] != key.startswith("-"):
            runs.append((key.startswith("-"), []))
        runs[-1][1].append(key.removeprefix("-"))
    parts = [f"{term}{' DESC' if down else ''}" for down, names in runs for term in sort_keys(table, names)]
    parts.append("row_id DESC" if backwards else "row_id")
    return ", ".join(parts)


def _reversed(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"


def sort_keys(table: Table, names: Sequence[str]) -> list[str]:
    """What rows are sorted by for columns that follow one another, as SQL; the indexes are made of the same."""
    if table.own and tuple(names[: len(PLACE)]) == PLACE:
        return [quoted(WALK), *sort_keys(table, names[len(PLACE) :])]
    return [term for name in names for term in _sort_terms(table, name)]


def _sort_terms(table: Table, name: str) -> Sequence[str]:
    column = _column(table, name)
    if name == home_link(table.ledger) or (table.own and name == PLACE[0]):
        # An id says nothing to anybody, and whoever sorts by the compound walks on through it.
        return (quoted(WALK),)
    if name in _NATURAL:
        # 2 < 10 < 10甲 < A2 < A10: leading number, then what stands before a number at the end, then its length.
        return (
            f"{column} GLOB '[^0-9]*'",
            f"CAST({column} AS INTEGER)",
            f"rtrim({column}, '0123456789')",
            f"length({column})",
            column,
        )
    return (f"CAST({column} AS REAL)",) if _is_decimal(table, name) else (column,)


def _is_decimal(table: Table, name: str) -> bool:
    return name in table.ledger and table.ledger[name].column == "NUMERIC"


def _column(table: Table, name: str) -> str:
    if name not in ENVELOPE and name not in table.ledger:
        raise BugError(f"The ledger {table.ledger.key} has no field {name}.")
    return quoted(name)


def _plain(values: Any) -> list[Any]:
    return [int(value) if isinstance(value, bool) else value for value in values]
