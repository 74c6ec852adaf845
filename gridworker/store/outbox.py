"""The outbox: every change made here, as an operation the server will judge, in the order it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridworker.ledger.facts import Value
from gridworker.ledger.merge import ElementChange
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import from_json, to_json

PENDING, EXPORTED, ACKED = "pending", "exported", "acked"
SET, MOVE, DELETE, RESTORE = "set", "move", "delete", "restore"


@dataclass(frozen=True)
class Op:
    """One change: which fields of which record, on which revision of the server it was made, by whom, and its fate.

    `n` is contiguous for each (scope, device, incarnation). An operation whose `n` is 0 was never written, because
    there was nothing to change.
    """

    op_id: str
    n: int
    scope: str
    ledger: str
    record: str
    kind: str
    schema: int
    base_rev: int
    occurred_at: str
    actor: str
    set: Mapping[str, Value] = field(default_factory=dict)
    elements: Mapping[str, ElementChange] = field(default_factory=dict)
    command: Mapping[str, Any] | None = None
    device: str = ""
    incarnation: int = 0
    status: str = PENDING
    outcome: str | None = None
    code: str | None = None
    detail: str | None = None
    batch: str | None = None


COLUMNS = (
    'op_id, n, scope, ledger, record, kind, schema, base_rev, occurred_at, actor, "set", elements, command, device,'
    " incarnation, status, outcome, code, detail, batch"
)
_INSERT = f"INSERT INTO outbox ({COLUMNS}) VALUES ({','.join('?' * 20)})"


def last_number(tx: Reads, scope: str, device: str, incarnation: int) -> int:
    """The number of the newest operation in the row of a scope; 0 before the first."""
    found = tx.one("SELECT value FROM counter WHERE name=?", (f"op:{scope}:{device}:{incarnation}",))
    return int(found[0]) if found else 0


def set_last_number(tx: Writes, scope: str, device: str, incarnation: int, last: int) -> None:
    """Notes the number of the newest operation in the row of a scope."""
    tx.execute(
        "INSERT INTO counter (name, value) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value=excluded.value",
        (f"op:{scope}:{device}:{incarnation}", last),
    )


def add_rows(tx: Writes, rows: Iterable[Sequence[Any]]) -> None:
    """Writes operations that have their numbers, as `as_row` gives them."""
    tx.executemany(_INSERT, rows)


def read_ops(tx: Reads, tail: str, params: Sequence[Any] = ()) -> list[Op]:
    """Operations by the end of a SELECT, e.g. `WHERE scope=? ORDER BY n`."""
    return [as_op(row) for row in tx.sql(f"SELECT {COLUMNS} FROM outbox {tail}", params)]


def pending(tx: Reads, scope: str, limit: int) -> list[Op]:
    """The operations of a scope that no server has judged, in their order."""
    return read_ops(tx, "WHERE scope=? AND status <> 'acked' ORDER BY n LIMIT ?", (scope, limit))


def ops_of(tx: Reads, record: str) -> list[Op]:
    """All operations of a record made here, the oldest first."""
    return read_ops(tx, "WHERE record=? ORDER BY seq", (record,))


def by_batch(tx: Reads, batch: str) -> list[Op]:
    """The operations of one import or other bulk work, the oldest first."""
    return read_ops(tx, "WHERE batch=? ORDER BY seq", (batch,))


def get_op(tx: Reads, op_id: str) -> Op | None:
    """One operation."""
    found = read_ops(tx, "WHERE op_id=?", (op_id,))
    return found[0] if found else None


def counts(tx: Reads) -> dict[str, int]:
    """How many operations there are in each status."""
    known: dict[str, int] = dict(tx.sql("SELECT status, count(*) FROM outbox WHERE status <> 'acked' GROUP BY status"))
    # Operations are never deleted, so nobody counts half a million to say how many there are.
    newest = tx.sql("SELECT coalesce(max(seq), 0) FROM outbox")[0][0]
    acked = newest - sum(known.values())
    return known | {ACKED: acked} if acked else known


def waiting_records(tx: Reads, ids: Sequence[str]) -> set[str]:
    """Which of some records have operations that no server has judged."""
    statement = (
        "SELECT DISTINCT record FROM outbox WHERE status <> 'acked' AND record IN (SELECT value FROM json_each(?))"
    )
    return {row[0] for row in tx.sql(statement, (to_json(list(ids)),))}


def elements_json(elements: Mapping[str, ElementChange]) -> str | None:
    """List changes as stored and sent."""
    if not elements:
        return None
    return to_json({key: {"add": change.add, "remove": change.remove} for key, change in elements.items()})


def as_op(row: Sequence[Any]) -> Op:
    """The operation of a row read by `COLUMNS`."""
    changes = from_json(row[10]) if row[10] else {}
    elements = _elements(row[11]) if row[11] else {}
    command = from_json(row[12]) if row[12] else None
    values = (*row[:10], changes, elements, command, *row[13:])
    return Op(*values)


def _elements(text: str) -> dict[str, ElementChange]:
    read = from_json(text).items()
    return {key: ElementChange(tuple(change["add"]), tuple(change["remove"])) for key, change in read}


def as_row(op: Op) -> tuple[Any, ...]:
    """The row of an operation; its JSON is compact, so that it can be sent as it lies."""
    return (
        op.op_id, op.n, op.scope, op.ledger, op.record, op.kind, op.schema, op.base_rev, op.occurred_at, op.actor,
        to_json(op.set) if op.set else None, elements_json(op.elements), to_json(op.command) if op.command else None,
        op.device, op.incarnation, op.status, op.outcome, op.code, op.detail, op.batch,
    )  # fmt: skip
