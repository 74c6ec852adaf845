"""The hidden sort key of a household's place, kept beside the household and every record that belongs to one.

As text it sorts as `planning.rooms.walking_order` does: 2号楼 before 10号楼, 902 before 1001. It is part of no record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from gridworker.ledger.record import Record
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import DWELLING, WALK, Table, home_link, quoted, to_json

PLACE = ("compound_name", "building_no", "unit_no", "room_no")
_DIGITS = re.compile(r"(\d+)")
# Below every sign that can stand in a name, so that a name sorts before those it begins.
_END = "\x01"
_CONTROLS = re.compile(r"[\x00-\x01]")
# Longer runs of digits are no numbers, and reading them as one is slow on purpose in Python.
_LONGEST_NUMBER = 100
_FIRST_LENGTH = 0x20


def natural_text(text: str) -> str:
    """A text whose plain order is the natural one: each number is led by how many digits it has."""
    parts = []
    for part in _DIGITS.split(_CONTROLS.sub("", text)):
        if part.isdecimal():
            number = str(int(part)) if len(part) < _LONGEST_NUMBER else part
            parts.append(f"0{chr(_FIRST_LENGTH + len(number))}{number}")
        elif part:
            parts.append(f"1{part}{_END}")
    return "".join(parts) + _END


def place_key(home: Record) -> str:
    """The key of a household."""
    return "".join(natural_text(str(home.values.get(key) or "")) for key in PLACE)


def keys_for(tx: Reads, table: Table, records: Sequence[Record]) -> dict[str, str]:
    """The keys of records, by id; records of no household that is here have none."""
    if table.ledger.key == DWELLING:
        return {record.id: place_key(record) for record in records}
    link = _link(table)
    if not link or DWELLING not in tx.tables:
        return {}
    lives = {record.id: str(record.values[link]) for record in records if record.values.get(link)}
    known = _keys_of(tx, set(lives.values()))
    return {identity: known[home] for identity, home in lives.items() if home in known}


def refresh(tx: Writes, table: Table, pairs: Sequence[tuple[Record | None, Record | None]]) -> None:
    """Carries the new place of households on to what belongs to them."""
    if table.ledger.key != DWELLING:
        return
    moved = [
        (key, after.id)
        for before, after in pairs
        if after is not None and (key := place_key(after)) != (place_key(before) if before is not None else None)
    ]
    for other in tx.tables:
        link = _link(other)
        if link and other.ledger.key != DWELLING:
            tx.executemany(f"UPDATE {other.name} SET {WALK}=? WHERE {quoted(link)}=?", moved)


def rebuild(tx: Writes) -> None:
    """Makes all keys anew."""
    if DWELLING not in tx.tables:
        return
    home = tx.tables[DWELLING]
    rows = tx.sql(f"SELECT row_id, {', '.join(PLACE)} FROM {home.name}")
    keys = [("".join(natural_text(str(part or "")) for part in place), row_id) for row_id, *place in rows]
    tx.executemany(f"UPDATE {home.name} SET {WALK}=? WHERE row_id=?", keys)
    for other in tx.tables:
        link = home_link(other.ledger)
        if link and other.ledger.key != DWELLING:
            newest = f"SELECT home.{WALK} FROM {home.name} AS home WHERE home.id={other.name}.{quoted(link)}"
            tx.execute(f"UPDATE {other.name} SET {WALK}=({newest}) WHERE {quoted(link)} IS NOT NULL")


@lru_cache(64)
def _link(table: Table) -> str:
    return home_link(table.ledger)


def _keys_of(tx: Reads, homes: Iterable[str]) -> dict[str, str]:
    wanted = sorted(homes)
    if not wanted:
        return {}
    name = tx.tables[DWELLING].name
    if len(wanted) == 1:
        return dict(tx.sql(f"SELECT id, {WALK} FROM {name} WHERE id=?", wanted))
    statement = f"SELECT id, {WALK} FROM {name} WHERE id IN (SELECT value FROM json_each(?))"
    return dict(tx.sql(statement, (to_json(wanted),)))
