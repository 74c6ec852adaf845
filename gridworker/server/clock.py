"""The server's clock, the only one that stamps anything."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

from gridworker.ledger.dates import CHINA, now_stamp


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def day_of(moment_ms: int) -> date:
    """The day in China."""
    return datetime.fromtimestamp(moment_ms / 1000, CHINA).date()


def stamp(moment_ms: int) -> str:
    """ISO 8601 text in China's time."""
    return now_stamp(datetime.fromtimestamp(moment_ms / 1000, UTC))


def moment_of(occurred_at: str, now_ms: int) -> str:
    """When a step was made as its device says, offline or not; the server's own time where that lies ahead of it."""
    try:
        made = datetime.fromisoformat(occurred_at)
    except ValueError:
        return stamp(now_ms)
    if made.tzinfo is None or made.timestamp() * 1000 > now_ms:
        return stamp(now_ms)
    return now_stamp(made)


def offset_of(client_clock: str, moment_ms: int) -> int:
    """The client's clock less the server's in milliseconds; 0 where the text is no moment."""
    try:
        client = datetime.fromisoformat(client_clock)
    except ValueError:
        return 0
    if client.tzinfo is None:
        return 0
    return int(client.timestamp() * 1000) - moment_ms
