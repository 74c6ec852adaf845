"""Finding records by what a person types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gridworker.store.statements import Reads


@dataclass(frozen=True)
class Hit:
    """A record that was found."""

    ledger: str
    id: str
    row_id: int


def search(tx: Reads, text: str, *, ledgers: Sequence[str] | None = None, limit: int = 50) -> list[Hit]:
    """The records a text finds, best first."""
    return []
