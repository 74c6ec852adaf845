"""Imports as wholes: what came in together can be looked up and taken back together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from gridworker.identity import new_id
from gridworker.ledger.dates import now_stamp
from gridworker.store.statements import Reads, Writes


@dataclass(frozen=True)
class Batch:
    """One import: of which ledger, when, how its rows ended, and whether it was taken back."""

    id: str
    ledger: str
    at: str
    source: str
    counts: dict[str, int]
    undone_at: str | None


def start_batch(tx: Writes, ledger: str, source: str, actor_id: str, counts: Mapping[str, int]) -> str:
    """Notes a new import; its ops carry the id that is returned."""
    batch = new_id()
    tx.execute(
        "INSERT INTO import_batch (id, ledger, actor_id, at, source, counts) VALUES (?,?,?,?,?,?)",
        (batch, ledger, actor_id, now_stamp(), source, json.dumps(dict(counts))),
    )
    return batch


def batches(tx: Reads) -> list[Batch]:
    """Every import, the newest first."""
    rows = tx.sql("SELECT id, ledger, at, source, counts, undone_at FROM import_batch ORDER BY id DESC")
    return [Batch(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5]) for row in rows]


def is_standing(tx: Reads, batch: str) -> bool:
    """Whether there is such an import and it was not taken back yet."""
    return bool(tx.sql("SELECT 1 FROM import_batch WHERE id=? AND undone_at IS NULL", (batch,)))


def mark_undone(tx: Writes, batch: str) -> None:
    """Notes that an import was taken back."""
    tx.execute("UPDATE import_batch SET undone_at=? WHERE id=?", (now_stamp(), batch))
