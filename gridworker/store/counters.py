"""Numbers that are counted here: record numbers, household numbers, and the place of an operation in its row."""

from __future__ import annotations

import hashlib
from datetime import date

from gridworker.identity import record_number
from gridworker.ledger.case_code import local_community, mint
from gridworker.store.statements import Writes

_COMMUNITY = 12
_HOUSEHOLD_DIGITS = 3


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


def next_household_no(tx: Writes, grid_code: str, *, device_tag: str) -> str:
    """The grid's code, the device's tag and three digits: two laptops of a grid give no number twice.

    One more than any household here has under this tag and than any given before. More than three digits hold are
    told by a longer number; the five digits of numbers given before there was a tag in them hold no tag.
    """
    begins = grid_code + device_tag
    # By the index, as text: an import asks for every row. Beyond three digits the counter alone goes on.
    highest = tx.one(
        "SELECT max(household_no) FROM household WHERE household_no > ? AND household_no < ?", (begins, begins + ":")
    )
    tail = str(highest[0])[len(begins) :] if highest and highest[0] else ""
    used = int(tail) if tail.isdecimal() else 0
    return f"{begins}{next_value(tx, household_counter(begins), at_least=used + 1):0{_HOUSEHOLD_DIGITS}d}"


def household_counter(begins: str) -> str:
    """The name under which a device counts the households of a grid, by what their numbers begin with."""
    return f"household:{begins}"
