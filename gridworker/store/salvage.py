"""Reading what can still be read of a damaged database: ranges are halved around the pages that do not answer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gridworker.store.driver import Connection, Error, KeyBytes, connect_still
from gridworker.store.statements import Row
from gridworker.store.tables import quoted

_BEYOND = 5_000
"""How far rows may go on behind the last one that is known, where nothing tells."""


@dataclass
class Found:
    """What came out of a table: its rows, and the row ids that must have been there."""

    rows: list[Row] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)


class Wreck:
    """A copy of a damaged database that nobody writes; opened anew after each error, for SQLCipher then stays dumb."""

    def __init__(self, path: Path, data_key: KeyBytes) -> None:
        self._path = path
        self._key = data_key
        self._connection: Connection | None = None

    @property
    def readable(self) -> bool:
        """Whether the list of tables can be read; without it nothing can."""
        return bool(self.try_sql("SELECT name FROM sqlite_master WHERE name='audit'"))

    def try_sql(self, statement: str, params: Sequence[object] = ()) -> list[Row] | None:
        """The rows of a statement, or None where a page it needs is unreadable."""
        # A connection may have met a bad page without a word, and fails at the next statement for it.
        for _ in range(1 if self._connection is None else 2):
            try:
                if self._connection is None:
                    self._connection = connect_still(self._path, self._key)
                rows: list[Row] = self._connection.execute(statement, params).fetchall()
            except Error:
                self.close()
            else:
                return rows
        return None

    def columns(self, table: str) -> list[str]:
        """The columns a table has here, in their order; none where it is unknown."""
        return [row[1] for row in self.try_sql(f"PRAGMA table_info({quoted(table)})") or []]

    def rows(
        self, table: str, key: str, columns: Sequence[str], *, after: int = 0, places: Sequence[int] | None = None
    ) -> Found:
        """The rows of a table whose whole number `key` is its row id; columns unknown here come as None.

        `places` are the row ids to look for, in their order, where somebody else knows them.
        """
        known = set(self.columns(table))
        if not known:
            return Found()
        wanted = ", ".join(quoted(one) if one in known else "NULL" for one in columns)
        found = Found()
        self._halve(
            f"SELECT {wanted} FROM {quoted(table)} WHERE {quoted(key)} BETWEEN ? AND ? ORDER BY {quoted(key)}",
            self._places(table, key, after) if places is None else places,
            found,
        )
        return found

    def small(self, table: str, columns: Sequence[str], key: str) -> list[Row]:
        """The rows of a small table, from both ends up to the first page that does not answer."""
        known = set(self.columns(table))
        if not known:
            return []
        wanted = ", ".join(quoted(one) if one in known else "NULL" for one in columns)
        found: dict[tuple[object, ...], Row] = {}
        for direction in ("ASC", "DESC"):
            rows, whole = self._until_error(f"SELECT {wanted} FROM {quoted(table)} ORDER BY {quoted(key)} {direction}")
            found |= {tuple(row): row for row in rows}
            if whole:
                break
        return list(found.values())

    def close(self) -> None:
        """Lets go of the file."""
        if self._connection is not None:
            with suppress(Error):
                self._connection.close()
        self._connection = None

    def _places(self, table: str, key: str, after: int) -> Sequence[int]:
        """The row ids to look for: those an index still names, or else every number that is possible."""
        name, number = quoted(table), quoted(key)
        for index in self.try_sql(f"PRAGMA index_list({name})") or []:
            if index[2] and not index[4]:
                listed = self.try_sql(
                    f"SELECT {number} FROM {name} INDEXED BY {quoted(index[1])} WHERE {number} > ?", (after,)
                )
                if listed is not None:
                    return sorted(row[0] for row in listed)
        last = self.try_sql(f"SELECT max({number}) FROM {name}")
        if last is not None:
            return range(after + 1, (last[0][0] or 0) + 1)
        reached = self._until_error(f"SELECT {number} FROM {name} WHERE {number} > ? ORDER BY {number}", (after,))[0]
        return range(after + 1, (reached[-1][0] if reached else after) + _BEYOND)

    def _halve(self, statement: str, places: Sequence[int], found: Found) -> None:
        if not places:
            return
        rows = self.try_sql(statement, (places[0], places[-1]))
        if rows is not None:
            found.rows += rows
        elif len(places) == 1:
            found.unreadable.append(places[0])
        else:
            middle = len(places) // 2
            self._halve(statement, places[:middle], found)
            self._halve(statement, places[middle:], found)

    def _until_error(self, statement: str, params: Sequence[object] = ()) -> tuple[list[Row], bool]:
        rows: list[Row] = []
        self.close()
        try:
            self._connection = connect_still(self._path, self._key)
            cursor = self._connection.execute(statement, params)
            while (row := cursor.fetchone()) is not None:
                rows.append(row)
        except Error:
            self.close()
            return rows, False
        return rows, True
