"""The few statements that carry many rows, once for SQLite and once for PostgreSQL; all other SQL is one for both.

PostgreSQL takes columns as arrays, which measured nearly twice as fast there as many-row VALUES; SQLite takes rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.server.tables import id_text


class OpRow(NamedTuple):
    """A row of `op`, in the order of the statement."""

    scope: str
    op_id: str
    device_id: str
    incarnation: int
    n: int
    hash: str
    record: str | None
    outcome: str
    result: str
    body: str
    received_at: int


class RecordRow(NamedTuple):
    """A row of `record`, in the order of the statement."""

    scope: str
    id: str
    ledger: str
    rev: int
    created_rev: int
    status: str
    deleted: bool
    number: str | None
    fields: str
    marks: str
    actor_id: str
    changed_at: int


class KnownOp(NamedTuple):
    """An op the server has an outcome for."""

    op_id: str
    hash: str
    result: str


class UnappliedOp(NamedTuple):
    """An op that left its record untouched: held or rejected."""

    record: str
    device_id: str
    incarnation: int
    outcome: str


_OP_COLUMNS = ", ".join(OpRow._fields)
_RECORD_COLUMNS = ", ".join(RecordRow._fields)
_RECORD_UPDATE = ", ".join(f"{name} = excluded.{name}" for name in RecordRow._fields[3:])
_KNOWN = "SELECT op_id, hash, result FROM op WHERE scope = {scope} AND op_id {within}"
_RECORDS = f"SELECT {_RECORD_COLUMNS} FROM record WHERE scope = {{scope}} AND id {{within}}"
_UNAPPLIED = (
    "SELECT record, device_id, incarnation, outcome FROM op{through}"
    " WHERE scope = {scope} AND record {within} AND outcome IN ('held', 'rejected') ORDER BY device_id, incarnation, n"
)
_NUMBERS = "SELECT ledger, number, id FROM record WHERE scope = {scope} AND number {within}"
_UPSERT = f"ON CONFLICT (scope, id) DO UPDATE SET {_RECORD_UPDATE}"


class Bulk(Protocol):
    """What a database must do with many rows at once."""

    async def known(self, connection: AsyncConnection, scope: str, op_ids: Sequence[str]) -> dict[str, KnownOp]:
        """The ops among these that have an outcome."""

    async def records(self, connection: AsyncConnection, scope: str, ids: Sequence[str]) -> list[RecordRow]:
        """The records among these that exist."""

    async def unapplied(self, connection: AsyncConnection, scope: str, ids: Sequence[str]) -> list[UnappliedOp]:
        """Held and rejected ops for these records."""

    async def numbers(
        self, connection: AsyncConnection, scope: str, numbers: Sequence[str]
    ) -> dict[tuple[str, str], str]:
        """(ledger, record number) → the record that has it, for those that are taken."""

    async def insert_ops(self, connection: AsyncConnection, rows: Sequence[OpRow]) -> None:
        """Adds rows to the log."""

    async def save_records(self, connection: AsyncConnection, rows: Sequence[RecordRow]) -> None:
        """Writes records, new or known."""


class _Shared:
    """What both databases do alike once ids are in their form."""

    def _id_in(self, text: str) -> Any:
        raise NotImplementedError

    def _id_out(self, value: Any) -> str:
        raise NotImplementedError

    async def _within(
        self, connection: AsyncConnection, statement: str, scope: str, values: Sequence[Any], kind: str
    ) -> Sequence[Any]:
        raise NotImplementedError

    async def known(self, connection: AsyncConnection, scope: str, op_ids: Sequence[str]) -> dict[str, KnownOp]:
        rows = await self._within(connection, _KNOWN, scope, [self._id_in(text) for text in op_ids], "uuid")
        found = (KnownOp(self._id_out(row[0]), row[1], row[2]) for row in rows)
        return {known.op_id: known for known in found}

    async def records(self, connection: AsyncConnection, scope: str, ids: Sequence[str]) -> list[RecordRow]:
        rows = await self._within(connection, _RECORDS, scope, [self._id_in(text) for text in ids], "uuid")
        return [RecordRow(row[0], self._id_out(row[1]), *row[2:]) for row in rows]

    async def unapplied(self, connection: AsyncConnection, scope: str, ids: Sequence[str]) -> list[UnappliedOp]:
        rows = await self._within(connection, _UNAPPLIED, scope, [self._id_in(text) for text in ids], "uuid")
        return [UnappliedOp(self._id_out(row[0]), *row[1:]) for row in rows]

    async def numbers(
        self, connection: AsyncConnection, scope: str, numbers: Sequence[str]
    ) -> dict[tuple[str, str], str]:
        rows = await self._within(connection, _NUMBERS, scope, numbers, "text")
        return {(row[0], row[1]): self._id_out(row[2]) for row in rows}


class SqliteBulk(_Shared):
    """Rows one by one through one prepared statement; ids as 16 bytes."""

    # Left to itself SQLite walks all ops of the scope: it does not see that the index holds just the ones asked for.
    _THROUGH = " INDEXED BY op_unapplied"

    def _id_in(self, text: str) -> Any:
        # Ids come here in their one canonical spelling; parsing them as UUIDs took a seventh of a push.
        return bytes.fromhex(text.replace("-", ""))

    def _id_out(self, value: Any) -> str:
        return id_text(value)

    async def _within(
        self,
        connection: AsyncConnection,
        statement: str,
        scope: str,
        values: Sequence[Any],
        kind: str,  # noqa: ARG002 - PostgreSQL wants to know
    ) -> Sequence[Any]:
        if not values:
            return []
        marks = ",".join("?" * len(values))
        sql = statement.format(scope="?", within=f"IN ({marks})", through=self._THROUGH)
        return (await connection.exec_driver_sql(sql, (scope, *values))).all()

    async def insert_ops(self, connection: AsyncConnection, rows: Sequence[OpRow]) -> None:
        marks = ",".join("?" * len(OpRow._fields))
        raw = [
            (row.scope, self._id_in(row.op_id), *row[2:6], self._id_in(row.record) if row.record else None, *row[7:])
            for row in rows
        ]
        await connection.exec_driver_sql(f"INSERT INTO op ({_OP_COLUMNS}) VALUES ({marks})", raw)

    async def save_records(self, connection: AsyncConnection, rows: Sequence[RecordRow]) -> None:
        marks = ",".join("?" * len(RecordRow._fields))
        raw = [(row.scope, self._id_in(row.id), *row[2:]) for row in rows]
        await connection.exec_driver_sql(f"INSERT INTO record ({_RECORD_COLUMNS}) VALUES ({marks}) {_UPSERT}", raw)


class PostgresBulk(_Shared):
    """Columns as arrays, one statement whatever the number of rows."""

    _OP_TYPES = ("text", "uuid", "text", "int", "bigint", "text", "uuid", "text", "text", "text", "bigint")
    _RECORD_TYPES = (
        "text", "uuid", "text", "bigint", "bigint", "text", "bool", "text", "text", "text", "text", "bigint",
    )  # fmt: skip

    def _id_in(self, text: str) -> Any:
        return text

    def _id_out(self, value: Any) -> str:
        return str(value)

    async def _within(
        self, connection: AsyncConnection, statement: str, scope: str, values: Sequence[Any], kind: str
    ) -> Sequence[Any]:
        if not values:
            return []
        sql = statement.format(scope="$1", within=f"= ANY($2::{kind}[])", through="")
        return (await connection.exec_driver_sql(sql, (scope, list(values)))).all()

    async def insert_ops(self, connection: AsyncConnection, rows: Sequence[OpRow]) -> None:
        sql = f"INSERT INTO op ({_OP_COLUMNS}) SELECT * FROM unnest({_arrays(self._OP_TYPES)})"
        await connection.exec_driver_sql(sql, _columns(rows))

    async def save_records(self, connection: AsyncConnection, rows: Sequence[RecordRow]) -> None:
        sql = f"INSERT INTO record ({_RECORD_COLUMNS}) SELECT * FROM unnest({_arrays(self._RECORD_TYPES)}) {_UPSERT}"
        await connection.exec_driver_sql(sql, _columns(rows))


def bulk_for(backend: str) -> Bulk:
    """The statements of a database."""
    return SqliteBulk() if backend == "sqlite" else PostgresBulk()


def _arrays(types: Sequence[str]) -> str:
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, 1))


def _columns(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))
