"""A ledger that was put back from a copy goes on under a new name, and gives no number a second time."""

from __future__ import annotations

from datetime import UTC, datetime

from gridworker.ledger.dates import CHINA
from gridworker.store import numbering
from gridworker.store.counters import household_counter
from gridworker.store.store import WriteTx

_SKIPPED = 100
"""More numbers of one kind than this are not given between two backups."""


def go_on_as_new(tx: WriteTx, *, above: int, now: datetime | None = None) -> int:
    """The next incarnation of this device; what no server judged is numbered anew and keeps its ids.

    What was written after the copy may be on the server under numbers this ledger does not know of, so some are
    left out.
    """
    fresh = max(int(tx.meta("incarnation") or 1), above) + 1
    numbering.new_incarnation(tx, fresh)
    begins = (tx.meta("grid_code") or "") + (tx.meta("device_tag") or "")
    today = (now or datetime.now(UTC)).astimezone(CHINA).date().isoformat()
    tx.executemany(
        "INSERT INTO counter (name, value) VALUES (?, 0) ON CONFLICT (name) DO NOTHING",
        [(household_counter(begins),), *((f"number:{table.ledger.key}:{today}",) for table in tx.tables)],
    )
    tx.execute(
        "UPDATE counter SET value = value + ? WHERE name LIKE 'number:%:' || ? OR name LIKE 'household:%'",
        (_SKIPPED, today),
    )
    return fresh
