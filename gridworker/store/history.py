"""The history of each record on this device: who, when, what from, what to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridworker.ledger.facts import Value
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import from_json, to_json


@dataclass(frozen=True)
class HistoryEntry:
    """One step in the life of a record; `changes` holds the old and the new value of each field."""

    at: str
    actor_id: str
    verb: str
    event: str = ""
    changes: dict[str, list[Value]] = field(default_factory=dict)
    reason: str = ""
    from_status: str = ""
    to_status: str = ""
    op_id: str = ""


_INSERT = (
    "INSERT INTO history (record, at, actor_id, verb, event, op_id, changes, reason, from_status, to_status)"
    " VALUES (?,?,?,?,?,?,?,?,?,?)"
)
# What a workbook changes of a record with steps has a state before it.
_IMPORTED = (
    "SELECT record, min(at) FROM history WHERE record IN (SELECT value FROM json_each(?))"
    " AND verb='import' AND from_status='' GROUP BY record"
)


def add_many(tx: Writes, entries: Iterable[tuple[str, HistoryEntry]]) -> None:
    """Writes steps of records, each as (record id, entry).

    A step without changes that names an operation is read from that operation: a record's first values are kept once.
    """
    tx.executemany(_INSERT, (_as_row(record, entry) for record, entry in entries))


def of_record(tx: Reads, record: str) -> list[HistoryEntry]:
    """The steps of a record, the oldest first."""
    rows = tx.sql(
        'SELECT h.at, h.actor_id, h.verb, h.event, h.changes, h.reason, h.from_status, h.to_status, h.op_id, o."set",'
        " o.elements"
        " FROM history h LEFT JOIN outbox o ON o.op_id = h.op_id AND h.changes IS NULL WHERE h.record=? ORDER BY h.n",
        (record,),
    )
    return [
        HistoryEntry(
            row[0], row[1], row[2], row[3], _changes(row[4], row[9], row[10]), row[5], row[6], row[7], row[8] or ""
        )
        for row in rows
    ]


def imported_on(tx: Reads, ids: Sequence[str]) -> dict[str, str]:
    """On which day those of some records of ledgers with steps came in that a workbook brought."""
    return {str(record): str(at)[:10] for record, at in tx.sql(_IMPORTED, (to_json(list(ids)),))}


def _as_row(record: str, entry: HistoryEntry) -> tuple[Any, ...]:
    changes = to_json(entry.changes) if entry.changes or not entry.op_id else None
    return (
        record, entry.at, entry.actor_id, entry.verb, entry.event, entry.op_id or None, changes, entry.reason,
        entry.from_status, entry.to_status,
    )  # fmt: skip


def _changes(kept: str | None, first: str | None, elements: str | None) -> dict[str, list[Value]]:
    if kept is not None:
        return dict(from_json(kept))
    changes: dict[str, list[Value]] = {key: [None, value] for key, value in from_json(first or "{}").items()}
    return changes | {key: [None, change["add"]] for key, change in from_json(elements or "{}").items()}
