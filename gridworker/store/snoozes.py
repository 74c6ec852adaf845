"""What was put off in the plan of the day: until when, and why. Of this home alone, never sent."""

from __future__ import annotations

from dataclasses import dataclass

from gridworker.store.statements import Reads, Writes


@dataclass(frozen=True)
class Snooze:
    """One thing put off; `key` is the plan's own name of it, `until` the day on which it returns."""

    key: str
    until: str
    reason: str


def put_snooze(tx: Writes, snooze: Snooze, *, at: str) -> None:
    """Puts a thing off, in place of an earlier word about it."""
    tx.execute(
        "INSERT INTO snooze (key, until, reason, at) VALUES (?,?,?,?) ON CONFLICT (key) DO UPDATE"
        " SET until=excluded.until, reason=excluded.reason, at=excluded.at",
        (snooze.key, snooze.until, snooze.reason, at),
    )


def drop_snooze(tx: Writes, key: str) -> None:
    """Brings a thing back at once; it may never have been put off."""
    tx.execute("DELETE FROM snooze WHERE key=?", (key,))


def snoozes_on(tx: Reads, day: str) -> dict[str, Snooze]:
    """What is put off beyond a day, by key."""
    rows = tx.sql("SELECT key, until, reason FROM snooze WHERE until > ?", (day,))
    return {row[0]: Snooze(*row) for row in rows}
