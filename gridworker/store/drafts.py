"""Drafts: what was typed and not yet saved, as it was typed, kept through a crash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gridworker.ledger.dates import now_stamp
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import from_json, to_json


@dataclass(frozen=True)
class Draft:
    """The texts of one form, by field."""

    key: str
    ledger: str
    raw: dict[str, str]
    at: str


def put_draft(tx: Writes, key: str, ledger: str, raw: Mapping[str, str], *, at: str | None = None) -> str:
    """Keeps a form's texts under a key, in place of those before; the moment it was kept."""
    moment = at or now_stamp()
    tx.execute(
        "INSERT INTO draft (key, ledger, raw, at) VALUES (?,?,?,?) ON CONFLICT (key) DO UPDATE"
        " SET ledger=excluded.ledger, raw=excluded.raw, at=excluded.at",
        (key, ledger, to_json(dict(raw)), moment),
    )
    return moment


def get_draft(tx: Reads, key: str) -> Draft | None:
    """The draft under a key."""
    found = tx.one("SELECT key, ledger, raw, at FROM draft WHERE key=?", (key,))
    return Draft(found[0], found[1], from_json(found[2]), found[3]) if found else None


def drop_draft(tx: Writes, key: str) -> None:
    """Forgets a draft; there may be none."""
    tx.execute("DELETE FROM draft WHERE key=?", (key,))


def list_drafts(tx: Reads) -> list[Draft]:
    """Every draft, the newest first."""
    rows = tx.sql("SELECT key, ledger, raw, at FROM draft ORDER BY at DESC, key")
    return [Draft(key, ledger, from_json(raw), at) for key, ledger, raw, at in rows]
