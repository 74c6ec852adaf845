"""The search index: what of each record can be found, written in the transaction that writes the record.

One contentless FTS5 table over all ledgers. Its row ids are those of `record_index`, which every ledger's table
shares. A person is found by the address of the household too: it is copied into the person's entry, and the
members' entries follow when it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gridworker.errors import Cancelled
from gridworker.ledger.record import Record
from gridworker.store.pinyin import name_entry, short_keys
from gridworker.store.search_words import number_tokens, place_tokens, spaced, words
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import Table, to_json

# Who is found by whose address, and through which link.
_RESIDENTS, _DWELLING, _LIVES_IN = "person", "household", "household_id"
_ADDRESS = ("compound_name", "building_no", "unit_no", "room_no")
_NO_ADDRESS = ("", "", "", "")
_INSERT = "INSERT INTO search_index (rowid, names, texts, rooms, numbers, pinyin, whole) VALUES (?,?,?,?,?,?,?)"
_CHUNK = 2_000

Address = tuple[str, str, str, str]
Pair = tuple[int, Record | None, Record | None]


def refresh(tx: Writes, table: Table, pairs: Sequence[Pair]) -> None:
    """Brings the entries of changed rows up to date, and of those that are found through them."""
    changed = [pair for pair in pairs if _searched(table, pair[1]) != _searched(table, pair[2])]
    _write(tx, table, changed)
    if table.ledger.key == _DWELLING and _RESIDENTS in tx.tables:
        moved = [
            record.id
            for _, before, after in changed
            if (record := after or before) and _address(before) != _address(after)
        ]
        _refresh_residents(tx, moved)


def rebuild(tx: Writes, progress: Callable[[int, int, str], None], cancelled: Callable[[], bool]) -> None:
    """Makes the whole index anew from the rows: a contentless index cannot rebuild itself."""
    tx.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")
    total = tx.sql("SELECT count(*) FROM record_index")[0][0]
    done = 0
    for table in tx.tables:
        last = 0
        while rows := tx.sql(f"{table.select} WHERE row_id > ? AND deleted=0 ORDER BY row_id LIMIT {_CHUNK}", (last,)):
            if cancelled():
                raise Cancelled
            _insert(tx, table, [(row[0], table.decode(row)) for row in rows])
            last, done = rows[-1][0], done + len(rows)
            progress(done, total, "正在重建搜索")
    tx.execute("INSERT INTO search_index (search_index) VALUES ('optimize')")


def _searched(table: Table, record: Record | None) -> tuple[Any, ...] | None:
    """All of a record that its entry depends on."""
    if record is None or record.deleted:
        return None
    search, values = table.ledger.search, record.values
    found = tuple(values.get(key) for key in (*search.names, *search.texts, *search.numbers))
    return (*found, values.get(_LIVES_IN)) if table.ledger.key == _RESIDENTS else found


def _write(tx: Writes, table: Table, changed: Sequence[Pair]) -> None:
    known = [(row_id,) for row_id, before, _ in changed if before is not None]
    if known:
        tx.executemany("DELETE FROM search_index WHERE rowid=?", known)
    _insert(tx, table, [(row_id, after) for row_id, _, after in changed if after is not None and not after.deleted])


def _insert(tx: Writes, table: Table, rows: Sequence[tuple[int, Record]]) -> None:
    addresses = _addresses(tx, [record for _, record in rows]) if table.ledger.key == _RESIDENTS else {}
    entries = ((row_id, *entry_of(table, record, addresses)) for row_id, record in rows)
    filled = [entry for entry in entries if any(entry[1:])]
    if filled:
        tx.executemany(_INSERT, filled)


def entry_of(table: Table, record: Record, addresses: Mapping[str, Address]) -> tuple[str, ...]:
    """The columns of a record's entry: names, texts, rooms, numbers, pinyin, whole names and their first letters."""
    search, values = table.ledger.search, record.values
    names = [str(values[key]) for key in search.names if values.get(key)]
    texts = [str(values[key]) for key in search.texts if values.get(key)]
    rooms: list[str] = []
    if table.ledger.key == _DWELLING:
        address = _address(record)
        rooms = place_tokens(*address[1:]) if any(address[1:]) else []
    elif table.ledger.key == _RESIDENTS:
        address = addresses.get(str(values.get(_LIVES_IN)), _NO_ADDRESS)
        rooms = place_tokens(*address[1:]) if any(address[1:]) else []
        texts += [part for part in address if part]
    numbers = [token for key in search.numbers if values.get(key) for token in number_tokens(str(values[key]))]
    cut = [words(name) for name in names]
    entries = [name_entry(tuple(parts)) for parts in cut]
    latin = [part for parts in cut for part in parts if part.isascii() and part.isalpha()]
    whole = [*("".join(parts) for parts in cut), *(short for _, short in entries), *short_keys(latin)]
    pinyin = " ".join(keys for keys, _ in entries)
    return spaced(cut), spaced(map(words, texts)), " ".join(rooms), " ".join(numbers), pinyin, " ".join(whole)


def _refresh_residents(tx: Writes, dwellings: Sequence[str]) -> None:
    if not dwellings:
        return
    table = tx.tables[_RESIDENTS]
    rows = tx.sql(
        f"{table.select} WHERE {_LIVES_IN} IN (SELECT value FROM json_each(?)) AND deleted=0", (to_json(dwellings),)
    )
    residents = [(row[0], table.decode(row)) for row in rows]
    tx.executemany("DELETE FROM search_index WHERE rowid=?", [(row_id,) for row_id, _ in residents])
    _insert(tx, table, residents)


def _addresses(tx: Reads, residents: Iterable[Record]) -> dict[str, Address]:
    wanted = {str(record.values[_LIVES_IN]) for record in residents if record.values.get(_LIVES_IN)}
    if not wanted or _DWELLING not in tx.tables:
        return {}
    rows = tx.sql(
        f"SELECT id, {', '.join(_ADDRESS)} FROM {_DWELLING} WHERE id IN (SELECT value FROM json_each(?)) AND deleted=0",
        (to_json(sorted(wanted)),),
    )
    return {row[0]: (row[1] or "", row[2] or "", row[3] or "", row[4] or "") for row in rows}


def _address(record: Record | None) -> Address:
    if record is None or record.deleted:
        return _NO_ADDRESS
    compound, building, unit, room = (str(record.values.get(key) or "") for key in _ADDRESS)
    return compound, building, unit, room
