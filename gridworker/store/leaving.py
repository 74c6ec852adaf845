"""Leaving a grid: its rows, what was pulled of it and what is derived of both go out of the open database, for good.

Of the operations the server has all words, so that here only their fate stays. The audit stays as it is: its links
name records by their ids and hold no value of any. What lies outside the database, photos and copies, is seen to
afterwards (`purged.py`); until then a count in the ledger says that it is owed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridworker.store import blob_names, purged
from gridworker.store.blobs import BLOBS_BEGUN
from gridworker.store.statements import Reads
from gridworker.store.tables import to_json
from gridworker.store.transactions import ReadTx, WriteTx

_LEFT = "grids_left"
_CHUNK = 2_000
_NO_WORDS = (
    'UPDATE outbox SET "set" = NULL, elements = NULL, command = CASE WHEN command IS NULL THEN NULL'
    " ELSE json_object('name', json_extract(command, '$.name')) END,"
    # What the server said may name a value; that a grid is looked after no longer names none.
    " detail = CASE WHEN code = 'SCOPE_REVOKED' THEN detail ELSE NULL END"
    " WHERE scope = ? AND status = 'acked'"
)
_HAS_WORDS = (
    "SELECT 1 FROM outbox WHERE scope = ? AND status = 'acked' AND"
    """ ("set" IS NOT NULL OR elements IS NOT NULL OR json_extract(command, '$.args') IS NOT NULL) LIMIT 1"""
)
_NOWHERE = (
    "SELECT DISTINCT record FROM outbox WHERE scope = ? AND status = 'acked'"
    " AND record NOT IN (SELECT id FROM record_index)"
)
_AMONG = "IN (SELECT value FROM json_each(?))"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Gone:
    """What left: the ids of the records that were here, how many forms that were not finished, and photos of both."""

    records: tuple[str, ...]
    drafts: int = 0
    photos: int = 0
    """No server has them yet: they stay, shown nowhere, until somebody gives them up."""


def grids_left(tx: ReadTx) -> set[str]:
    """The grids whose rows were taken out here, and that were not given back since."""
    return set(json.loads(tx.meta(_LEFT) or "[]"))


def is_owed(tx: ReadTx, scope: str) -> bool:
    """Whether something of a grid is here that is to leave, also once more."""
    return scope not in grids_left(tx) or bool(tx.sql(_HAS_WORDS, (scope,)))


def come_back(tx: WriteTx, scopes: Sequence[str]) -> None:
    """Notes that grids are looked after again."""
    left = grids_left(tx)
    if left & set(scopes):
        tx.set_meta(_LEFT, json.dumps(sorted(left - set(scopes))))


def leave(tx: WriteTx, scope: str, *, actor_id: str) -> Gone:
    """Takes out a grid whose operations all have an outcome."""
    before = blob_names.named(tx) if tx.meta(BLOBS_BEGUN) else set()
    rows = [
        (
            table.ledger.key,
            [str(row[0]) for row in tx.sql(f"SELECT id FROM {table.name} WHERE grid_code = ?", (scope,))],
        )
        for table in tx.tables
    ]
    records = tuple(identity for _, ids in rows for identity in ids)
    for ledger, ids in rows:
        for part in _parts(ids):
            tx.drop(ledger, part)
    gone = {*records, *(str(row[0]) for row in tx.sql(_NOWHERE, (scope,)))}
    for part in _parts(sorted(gone)):
        for table in ("history", "base", "conflict"):
            tx.execute(f"DELETE FROM {table} WHERE record {_AMONG}", (to_json(part),))
    for statement in (
        "DELETE FROM base WHERE grid_code = ?",
        "DELETE FROM conflict WHERE scope = ?",
        "DELETE FROM cursor WHERE scope = ?",
        # A file that was read in may be called after what stood in it.
        "UPDATE import_batch SET source = '' WHERE id IN (SELECT batch FROM outbox WHERE scope = ?)",
        # The operations themselves are never deleted.
        _NO_WORDS,
    ):
        tx.execute(statement, (scope,))
    drafts = _forget_notes(tx, gone, own=tx.meta("grid_code") == scope)
    tx.set_meta(_LEFT, json.dumps(sorted(grids_left(tx) | {scope})))
    tx.audit("leave", actor_id=actor_id, detail={"grid": scope, "records": len(records)})
    # Only what it alone named; whatever anything else names, a form that is being filled in included, stays.
    photos = before - blob_names.named(tx) if before else set()
    purged.owe(tx, keeping=photos)
    return Gone(records, drafts, len(photos))


def unjudged(tx: Reads, scope: str) -> int:
    """How many operations of a grid no server has judged."""
    return int(tx.sql("SELECT count(*) FROM outbox WHERE scope = ? AND status <> 'acked'", (scope,))[0][0])


def not_taken(tx: Reads, scope: str) -> int:
    """How many operations of a grid were judged and not taken, and are still here with their words."""
    statement = (
        "SELECT count(*) FROM outbox WHERE scope = ? AND outcome IN ('rejected', 'held', 'conflict')"
        """ AND ("set" IS NOT NULL OR elements IS NOT NULL OR command IS NOT NULL)"""
    )
    return int(tx.sql(statement, (scope,))[0][0])


def _forget_notes(tx: WriteTx, gone: set[str], *, own: bool) -> int:
    """What was put off or half typed about these records; a new record of one's own grid has no other to go to."""
    for (key,) in tx.sql("SELECT key FROM snooze"):
        if gone & set(_ID.findall(str(key))):
            tx.execute("DELETE FROM snooze WHERE key = ?", (key,))
    drafts = 0
    for key, raw in tx.sql("SELECT key, raw FROM draft"):
        named = {*_ID.findall(str(key)), *_ID.findall(str(raw))}
        if gone & named or (own and not _stands(tx, str(key))):
            drafts += tx.execute("DELETE FROM draft WHERE key = ?", (key,))
    return drafts


def _stands(tx: WriteTx, key: str) -> bool:
    """Whether a draft is about a record that is still here."""
    return any(tx.find(identity) is not None for identity in _ID.findall(key))


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _CHUNK):
        yield list(ids[start : start + _CHUNK])
