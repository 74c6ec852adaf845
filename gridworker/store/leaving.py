"""Leaving a grid: its rows, what was pulled of it and what is derived of both go out of the open database, for good.

What the server did not take stays in the outbox with its words, and so does the audit. The copies made before stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from gridworker.store.statements import Reads
from gridworker.store.tables import to_json
from gridworker.store.transactions import ReadTx, WriteTx

_LEFT = "grids_left"
_CHUNK = 2_000
_NO_WORDS = (
    'UPDATE outbox SET "set" = NULL, elements = NULL, command = CASE WHEN command IS NULL THEN NULL'
    " ELSE json_object('name', json_extract(command, '$.name')) END"
    " WHERE scope = ? AND status = 'acked' AND outcome IN ('applied', 'merged')"
)
_AMONG = "IN (SELECT value FROM json_each(?))"


def grids_left(tx: ReadTx) -> set[str]:
    """The grids whose rows were taken out here, and that were not given back since."""
    return set(json.loads(tx.meta(_LEFT) or "[]"))


def come_back(tx: WriteTx, scopes: Sequence[str]) -> None:
    """Notes that grids are looked after again."""
    left = grids_left(tx)
    if left & set(scopes):
        tx.set_meta(_LEFT, json.dumps(sorted(left - set(scopes))))


def leave(tx: WriteTx, scope: str, *, actor_id: str) -> list[str]:
    """Takes out a grid whose operations all have an outcome; gives the ids of the records that were here."""
    gone: list[str] = []
    for table in tx.tables:
        rows = tx.sql(f"SELECT id FROM {table.name} WHERE grid_code = ?", (scope,))
        for ids in _parts([str(row[0]) for row in rows]):
            tx.drop(table.ledger.key, ids)
            gone += ids
    for ids in _parts(gone):
        tx.execute(f"DELETE FROM history WHERE record {_AMONG}", (to_json(ids),))
    for statement in (
        "DELETE FROM base WHERE grid_code = ?",
        "DELETE FROM conflict WHERE scope = ?",
        "DELETE FROM cursor WHERE scope = ?",
        # The operations themselves are never deleted; those that took effect need no words here any more.
        _NO_WORDS,
    ):
        tx.execute(statement, (scope,))
    _forget_notes(tx, set(gone))
    tx.set_meta(_LEFT, json.dumps(sorted(grids_left(tx) | {scope})))
    tx.audit("leave", actor_id=actor_id, detail={"grid": scope, "records": len(gone)})
    return gone


def unjudged(tx: Reads, scope: str) -> int:
    """How many operations of a grid no server has judged."""
    return int(tx.sql("SELECT count(*) FROM outbox WHERE scope = ? AND status <> 'acked'", (scope,))[0][0])


def not_taken(tx: Reads, scope: str) -> int:
    """How many operations of a grid were judged and not taken, and are kept here with their words."""
    statement = "SELECT count(*) FROM outbox WHERE scope = ? AND outcome IN ('rejected', 'held', 'conflict')"
    return int(tx.sql(statement, (scope,))[0][0])


def _forget_notes(tx: WriteTx, gone: set[str]) -> None:
    """What was put off or half typed about these records."""
    for (key,) in tx.sql("SELECT key FROM snooze"):
        if gone & set(str(key).split(":")):
            tx.execute("DELETE FROM snooze WHERE key = ?", (key,))
    for key, raw in tx.sql("SELECT key, raw FROM draft"):
        named = {*str(key).split(":"), *map(str, json.loads(raw).values())}
        if gone & named:
            tx.execute("DELETE FROM draft WHERE key = ?", (key,))


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _CHUNK):
        yield list(ids[start : start + _CHUNK])
