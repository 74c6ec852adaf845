"""Numbers that are counted here: record numbers, household numbers, and the place of an operation in its row."""

from __future__ import annotations

from datetime import date

from gridworker.identity import record_number
from gridworker.store.statements import Writes

_COMMUNITY = 12
_HOUSEHOLD_DIGITS = 5


def next_value(tx: Writes, name: str, *, at_least: int = 1, count: int = 1) -> int:
    """The first of `count` fresh values of a counter."""
    tx.execute(
        "INSERT INTO counter (name, value) VALUES (?,?) ON CONFLICT (name) DO UPDATE"
        " SET value=max(value+?, excluded.value)",
        (name, at_least + count - 1, count),
    )
    found = tx.one("SELECT value FROM counter WHERE name=?", (name,))
    return (found[0] if found else at_least + count - 1) - count + 1


def next_number(tx: Writes, ledger: str, day: date, *, grid_code: str, device_tag: str) -> str:
    """A record number that this device gives once (domain.md §3)."""
    prefix = tx.tables[ledger].ledger.number_prefix
    sequence = next_value(tx, f"number:{ledger}:{day.isoformat()}")
    return record_number(prefix, grid_code[:_COMMUNITY], day, device_tag, sequence)


def next_household_no(tx: Writes, grid_code: str) -> str:
    """The grid's code and five digits, one more than any household here has and than any given before."""
    highest = tx.one(
        "SELECT max(household_no) FROM household WHERE household_no >= ? AND household_no <= ?",
        (grid_code + "0" * _HOUSEHOLD_DIGITS, grid_code + "9" * _HOUSEHOLD_DIGITS),
    )
    tail = str(highest[0])[len(grid_code) :] if highest and highest[0] else ""
    used = int(tail) if tail.isdecimal() else 0
    return f"{grid_code}{next_value(tx, f'household:{grid_code}', at_least=used + 1):0{_HOUSEHOLD_DIGITS}d}"
