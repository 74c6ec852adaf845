"""The search index: what of each record can be found, written in the transaction that writes the record.

One contentless FTS5 table over all ledgers. Its row ids are those of `record_index`, which every ledger's table
shares. A person is found by the address of the household too: it is copied into the person's entry, and the
members' entries follow when it changes. Names a person had before are read from the history, which is therefore
written before the row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from gridworker.ledger.code_fields import Code, Codes
from gridworker.ledger.codes import CodeList
from gridworker.ledger.facts import Value
from gridworker.ledger.field import Field
from gridworker.ledger.record import Record
from gridworker.paths import resource
from gridworker.store.pinyin import name_entry, name_keys, short_keys, syllables_of
from gridworker.store.search_words import FORMER, number_tokens, place_tokens, spaced, words
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import Table, Tables, to_json

# Who is found by whose address, and through which link.
_RESIDENTS, _DWELLING, _LIVES_IN, _NAME = "person", "household", "household_id", "name"
_ADDRESS = ("compound_name", "building_no", "unit_no", "room_no")
_NO_ADDRESS = ("", "", "", "")
_INSERT = "INSERT INTO search_index (rowid, names, texts, rooms, numbers, pinyin, whole) VALUES (?,?,?,?,?,?,?)"
# Raised whenever entries are made in another way, so that older indexes are known for what they are.
_FORM = 4
GENERATION = "search_generation"
_SHORTEST_ALIAS = 2
# A name that was taken back at once was a slip and no name.
_FORMER = (
    "SELECT record, json_extract(changes, '$.name[0]') FROM history"
    " WHERE record IN (SELECT value FROM json_each(?)) AND changes IS NOT NULL AND verb <> 'undo' ORDER BY n"
)

Address = tuple[str, str, str, str]
Pair = tuple[int, Record | None, Record | None]


def refresh(tx: Writes, table: Table, pairs: Sequence[Pair]) -> None:
    """Brings the entries of changed rows up to date, and of those that are found through them."""
    changed = [pair for pair in pairs if pair[1] is None or _searched(table, pair[1]) != _searched(table, pair[2])]
    _write(tx, table, changed)
    if table.ledger.key == _DWELLING and _RESIDENTS in tx.tables:
        moved = [
            record.id
            for _, before, after in changed
            if (record := after or before) and _address(before) != _address(after)
        ]
        _refresh_residents(tx, moved)


def generation(tables: Tables) -> str:
    """What entries depend on beside the records, as a mark: another mark, another index."""
    digest = hashlib.blake2s(str(_FORM).encode(), digest_size=8)
    for name in ("surnames.json", "traditional.json"):
        digest.update(resource(name).read_bytes())
    for table in tables:
        digest.update(repr((table.ledger.key, table.ledger.search)).encode())
        for field in map(table.ledger.__getitem__, table.ledger.search.tags):
            # A customer's list finds records by other words; the built-in lists are a matter of `_FORM`.
            if isinstance(field, Code | Codes) and field.table.content is not field.table.built_in:
                digest.update(repr((field.table.content.labels, field.table.aliases)).encode())
    return digest.hexdigest()


def former_names(tx: Reads, records: Iterable[Record]) -> dict[str, list[str]]:
    """The names residents had before, by id; who never changed it is left out."""
    now = {record.id: str(record.values.get(_NAME) or "") for record in records if record.ledger == _RESIDENTS}
    former: dict[str, list[str]] = {}
    for identity, name in tx.sql(_FORMER, (to_json(list(now)),)) if now else ():
        if name and name != now[identity] and name not in former.get(identity, ()):
            former.setdefault(identity, []).append(str(name))
    return former


@lru_cache(64)
def sought_fields(table: Table) -> tuple[str, ...]:
    """The fields that make an entry: a record in which one of them is filled has one."""
    search = table.ledger.search
    link = (_LIVES_IN,) if table.ledger.key == _RESIDENTS else ()
    return (*search.names, *search.texts, *search.numbers, *search.tags, *link)


def _searched(table: Table, record: Record | None) -> tuple[Any, ...] | None:
    """All of a record that its entry depends on."""
    if record is None or record.deleted:
        return None
    found = tuple(map(record.values.get, sought_fields(table)))
    return (*found, record.values.get(table.ledger.search.reading))


def _write(tx: Writes, table: Table, changed: Sequence[Pair]) -> None:
    known = [row_id for row_id, before, _ in changed if before is not None]
    take_out(tx, known)
    rows = [(row_id, after) for row_id, _, after in changed if after is not None and not after.deleted]
    put_entries(tx, table, rows, born=not known)


def take_out(tx: Writes, row_ids: Sequence[int]) -> None:
    """Takes the entries of rows out."""
    if row_ids:
        tx.executemany("DELETE FROM search_index WHERE rowid=?", [(row_id,) for row_id in row_ids])


def put_entries(tx: Writes, table: Table, rows: Sequence[tuple[int, Record]], *, born: bool = False) -> None:
    """Makes the entries of rows that have none."""
    keys = sought_fields(table)
    rows = [(row_id, record) for row_id, record in rows if any(map(record.values.get, keys))]
    entries = entries_of(tx, table, [record for _, record in rows], born=born)
    if rows:
        tx.executemany(_INSERT, ((row_id, *entry) for (row_id, _), entry in zip(rows, entries, strict=True)))


def entries_of(tx: Reads, table: Table, records: Sequence[Record], *, born: bool = False) -> Iterator[tuple[str, ...]]:
    """The entries of records of one ledger; who was just born had no other name."""
    residents = records if table.ledger.key == _RESIDENTS else ()
    addresses = _addresses(tx, residents)
    former = {} if born else former_names(tx, residents)
    return (_entry(table, record, addresses, former.get(record.id, ())) for record in records)


def _entry(table: Table, record: Record, addresses: Mapping[str, Address], former: Sequence[str]) -> tuple[str, ...]:
    """The columns of an entry: names, texts, rooms, numbers, pinyin, whole names and their first letters."""
    search, values = table.ledger.search, record.values
    names = [str(values[key]) for key in search.names if values.get(key)]
    texts = [str(values[key]) for key in search.texts if values.get(key)]
    texts += [
        label for key in search.tags if values.get(key) for label in labels_of_tag(table.ledger[key], values[key])
    ]
    rooms: list[str] = []
    if table.ledger.key == _DWELLING:
        address = _address(record)
        rooms = place_tokens(*address[1:]) if any(address[1:]) else []
    elif table.ledger.key == _RESIDENTS:
        address = addresses.get(str(values.get(_LIVES_IN)), _NO_ADDRESS)
        rooms = place_tokens(*address[1:]) if any(address[1:]) else []
        texts += [part for part in address if part]
    numbers = [token for key in search.numbers if values.get(key) for token in number_tokens(str(values[key]))]
    said = syllables_of(str(values[search.reading])) if values.get(search.reading) else ()
    cut = [words(name) for name in names]
    sounds = [name_entry(tuple(parts), () if place else said) for place, parts in enumerate(cut)]
    latin = [part for parts in cut for part in parts if part.isascii() and part.isalpha()]
    whole = [*("".join(parts) for parts in cut), *(short for _, short in sounds), *short_keys(latin)]
    pinyin = [keys for keys, _ in sounds]
    for parts in map(words, former) if former else ():
        cut.append([FORMER + part for part in parts])
        pinyin += [FORMER + key for key in name_keys(tuple(parts))]
    return (
        spaced(cut), spaced(map(words, texts)), " ".join(rooms), " ".join(numbers), " ".join(pinyin), " ".join(whole),
    )  # fmt: skip


def labels_of_tag(known: Field, value: Value) -> Iterator[str]:
    """The words by which the codes of a tag find a record."""
    for code in value if isinstance(value, list) else [str(value)]:
        if isinstance(known, Code | Codes):
            yield from _labels_of(known.table.content, code)


@lru_cache(2_000)
def _labels_of(content: CodeList, code: str) -> tuple[str, ...]:
    """The label of a code, and the other words people have for it."""
    label = content.labels.get(code, code)
    others = (alias for alias, meant in (*content.aliases, *content.renamed) if meant == code and alias not in label)
    return (label, *(alias for alias in others if len(alias) >= _SHORTEST_ALIAS))


def _refresh_residents(tx: Writes, dwellings: Sequence[str]) -> None:
    if not dwellings:
        return
    table = tx.tables[_RESIDENTS]
    rows = tx.sql(
        f"{table.select} WHERE {_LIVES_IN} IN (SELECT value FROM json_each(?)) AND deleted=0", (to_json(dwellings),)
    )
    residents = [(row[0], table.decode(row)) for row in rows]
    take_out(tx, [row_id for row_id, _ in residents])
    put_entries(tx, table, residents)


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
