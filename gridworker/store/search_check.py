"""Whether the search index still belongs to the records: its rules, its count, and a sample of its entries."""

from __future__ import annotations

import random
from collections.abc import Sequence

from gridworker.ledger.record import Record
from gridworker.store.search_index import GENERATION, entries_of, generation, sought_fields
from gridworker.store.statements import Reads
from gridworker.store.tables import Table, quoted

COLUMNS = ("names", "texts", "rooms", "numbers", "pinyin", "whole")
_SAMPLE = 60


def is_current(tx: Reads) -> bool:
    """Whether the index was made by the rules of this program; one look-up."""
    made_by = tx.one("SELECT value FROM meta WHERE key=?", (GENERATION,))
    return made_by is not None and made_by[0] == generation(tx.tables)


def is_in_step(tx: Reads, *, sample: int = _SAMPLE) -> bool:
    """Whether the index has as many entries as there are records to find, and a sample is found by its words."""
    return is_current(tx) and missing(tx) == 0 and all(_is_found(tx, *one) for one in _some(tx, sample))


def missing(tx: Reads) -> int:
    """How many entries fewer there are than records to find; below 0 where there are too many."""
    return _findable(tx) - _entries(tx)


def _entries(tx: Reads) -> int:
    return int(tx.sql("SELECT count(*) FROM search_index_docsize")[0][0])


def _findable(tx: Reads) -> int:
    # An entry of a ledger that this program does not know, or no more, is nothing it can judge.
    return sum(
        int(tx.sql(f"SELECT count(*) FROM {table.name} WHERE deleted=0 AND ({_filled(table)})")[0][0])
        for table in tx.tables
    ) + _unknown(tx)


def _filled(table: Table) -> str:
    return " OR ".join(f"{quoted(key)} NOT IN ('', '[]')" for key in sought_fields(table)) or "0"


def _unknown(tx: Reads) -> int:
    ledgers = [row[0] for row in tx.sql("SELECT DISTINCT ledger FROM record_index") if row[0] not in tx.tables]
    if not ledgers:
        return 0
    return int(
        tx.sql(
            "SELECT count(*) FROM search_index_docsize d JOIN record_index r ON r.row_id = d.id"
            f" WHERE r.ledger IN ({', '.join('?' * len(ledgers))})",
            ledgers,
        )[0][0]
    )


def _some(tx: Reads, sample: int) -> list[tuple[Table, int, Record]]:
    last = tx.sql("SELECT coalesce(max(row_id), 0) FROM record_index")[0][0]
    places = random.sample(range(1, last + 1), min(sample, last))
    chosen: list[tuple[Table, int, Record]] = []
    for table in tx.tables:
        marks = ", ".join("?" * len(places))
        rows = tx.sql(f"{table.select} WHERE row_id IN ({marks}) AND deleted=0", places)
        chosen += [(table, row[0], table.decode(row)) for row in rows]
    return chosen


def _is_found(tx: Reads, table: Table, row_id: int, record: Record) -> bool:
    if not any(record.values.get(key) for key in sought_fields(table)):
        return True
    entry = next(entries_of(tx, table, [record]))
    asked = [
        f'{column} : "{token}"' for column, text in zip(COLUMNS, entry, strict=True) for token in _ends(text.split())
    ]
    if not asked:
        return True
    query = "SELECT count(*) FROM search_index WHERE search_index MATCH ? AND rowid=?"
    return bool(tx.sql(query, (" AND ".join(asked), row_id))[0][0])


def _ends(tokens: Sequence[str]) -> Sequence[str]:
    return tokens[:1] if len(tokens) <= 1 else (tokens[0], tokens[-1])
