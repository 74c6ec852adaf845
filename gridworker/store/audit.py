"""The audit: a chain of links, each holding the hash of the one before, that nobody changes without being seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import to_json

_START = bytes(32)
_CHUNK = 20_000


@dataclass(frozen=True)
class Head:
    """The newest link: how many there are, and its hash. Kept elsewhere, it shows a tail that was cut."""

    links: int
    hash: bytes


@dataclass(frozen=True)
class AuditReport:
    """What verifying the chain found; `broken_at` is the first link that does not hold."""

    head: Head
    broken_at: int | None = None

    @property
    def ok(self) -> bool:
        """Whether every link holds."""
        return self.broken_at is None


def add(
    tx: Writes,
    verb: str,
    *,
    at: str,
    actor_id: str,
    record: str = "",
    ledger: str = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Appends a link."""
    last = head(tx)
    row = (last.links + 1, at, actor_id, verb, ledger, record, to_json(detail or {}))
    tx.execute(
        "INSERT INTO audit (seq, at, actor_id, verb, ledger, record, detail, hash) VALUES (?,?,?,?,?,?,?,?)",
        (*row, link_hash(last.hash, row)),
    )


def head(tx: Reads) -> Head:
    """The newest link."""
    found = tx.one("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    return Head(found[0], found[1]) if found else Head(0, _START)


def link_hash(before: bytes, row: tuple[object, ...]) -> bytes:
    """The hash of a link, over the hash before it and all its words."""
    return hashlib.sha256(before + to_json(row).encode("utf-8", "surrogatepass")).digest()


def verify(tx: Reads, anchor: Head | None = None) -> AuditReport:
    """Walks the chain; with an anchor kept elsewhere a cut tail shows too."""
    count, last = 0, _START
    while True:
        rows = tx.sql(
            "SELECT seq, at, actor_id, verb, ledger, record, detail, hash FROM audit"
            " WHERE seq > ? ORDER BY seq LIMIT ?",
            (count, _CHUNK),
        )
        for *words, stored in rows:
            if words[0] != count + 1 or link_hash(last, tuple(words)) != stored:
                return AuditReport(Head(count, last), broken_at=count + 1)
            count, last = words[0], stored
            if anchor is not None and count == anchor.links and last != anchor.hash:
                return AuditReport(Head(count, last), broken_at=count)
        if not rows:
            break
    cut = anchor is not None and count < anchor.links
    return AuditReport(Head(count, last), broken_at=count + 1 if cut else None)
