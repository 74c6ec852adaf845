"""How a recovery ended, and what it works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gridworker.store.anchor import Mark, Marks
from gridworker.store.backup import Backup
from gridworker.store.driver import KeyBytes
from gridworker.store.lost_keys import FoundKey
from gridworker.store.rejoining import Rejoined
from gridworker.store.statements import Reads

UNHARMED, MENDED, FROM_BACKUP, FROM_WRECK, AS_IS = "unharmed", "mended", "backup", "wreck", "as_is"
KEYS = "keys"
"""Only the key file was missing."""


@dataclass(frozen=True)
class Recovered:
    """How a recovery ended; counts are by ledger, and nothing here is about a resident."""

    kind: str
    aside: str = ""
    backup_at: datetime | None = None
    bits: int = 0
    pages_lost: int = 0
    links_missing: int = 0
    audit_lost: bool = False
    """Whether the missing links are those of operations that came back by themselves."""
    drafts_missing: int = 0
    """Commits without a link, as of drafts and pulls."""
    keys_at: datetime | None = None
    """Of which day the key file is, where it came from a copy."""
    rejoined: Rejoined = field(default_factory=Rejoined)
    standing: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """What a recovery works on."""

    home: Path
    staged: Path
    found: FoundKey
    marks: Marks
    copies: list[Backup]
    now: datetime | None
    tell: Callable[[int, str], None]

    @property
    def data_key(self) -> KeyBytes:
        """The key of the ledger and its copies."""
        return self.found.data_key

    @property
    def newest(self) -> Mark | None:
        """How far the ledger had come."""
        return self.marks.newest


def standing(tx: Reads) -> dict[str, int]:
    """How many records there are, by ledger."""
    return {
        table.ledger.key: count
        for table in tx.tables
        if (count := int(tx.sql(f"SELECT count(*) FROM {table.name} WHERE deleted=0")[0][0]))
    }
