"""Numbers that are counted here: record numbers, household numbers, and the place of an operation in its row."""

from __future__ import annotations

import hashlib
from datetime import date

from gridworker.identity import record_number
from gridworker.ledger.case_code import local_community, mint
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
    """A record number that this device gives once."""
    prefix = tx.tables[ledger].ledger.number_prefix
    sequence = next_value(tx, f"number:{ledger}:{day.isoformat()}")
    return record_number(prefix, grid_code[:_COMMUNITY], day, device_tag, sequence)


def next_code(tx: Writes, ledger: str, prefix: str, day: date, *, community: str, device_tag: str) -> str:
    """A code that this device mints once and for good; it shares its row of numbers with the record numbers.

    The days are counted apart and never forgotten, so a clock that was set back goes on where that day ended.
    """
    return mint(prefix, community, day, device_tag, next_value(tx, f"number:{ledger}:{day.isoformat()}"))


def community_of(grid_code: str, *, device_id: str, is_joined: bool) -> str:
    """The community part of codes minted here; before a server named this device, one of its own."""
    if is_joined:
        return grid_code[:_COMMUNITY]
    return local_community(int.from_bytes(hashlib.sha256(device_id.encode()).digest()[:8], "big"))


def next_household_no(tx: Writes, grid_code: str) -> str:
    """The grid's code and five digits, one more than any household here has and than any given before."""
    highest = tx.one(
        "SELECT max(household_no) FROM household WHERE household_no >= ? AND household_no <= ?",
        (grid_code + "0" * _HOUSEHOLD_DIGITS, grid_code + "9" * _HOUSEHOLD_DIGITS),
    )
    tail = str(highest[0])[len(grid_code) :] if highest and highest[0] else ""
    used = int(tail) if tail.isdecimal() else 0
    return f"{grid_code}{next_value(tx, f'household:{grid_code}', at_least=used + 1):0{_HOUSEHOLD_DIGITS}d}"
