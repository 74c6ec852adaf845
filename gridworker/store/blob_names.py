"""Which photos are named anywhere in the ledger: in records, drafts, history, operations, and what sync put aside.

Reads all there is, and is meant for the rare sweep alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gridworker.ledger.field import Files
from gridworker.store.blob_pending import PREFIX
from gridworker.store.statements import Reads
from gridworker.store.tables import EXTRA, quoted

_NAME = re.compile(rf"[0-9a-f]{{64}}|{PREFIX}[0-9a-f-]{{36}}")
_CHUNK = 5_000
# Texts that may name a photo, beside the tables of the ledgers; each table with the key it is read along.
_TEXTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("history", "n", ("changes",)),
    ("outbox", "seq", ('"set"', "elements", "command", "detail")),
)
_SMALL = (
    "SELECT body FROM base",
    "SELECT mine || ' ' || theirs FROM conflict",
    "SELECT raw FROM draft",
)


def newest_op(tx: Reads) -> int:
    """The place of the newest operation."""
    row = tx.one("SELECT coalesce(max(seq), 0) FROM outbox")
    return int(row[0]) if row else 0


def named(tx: Reads) -> set[str]:
    """Every address and every id of a photo on its way that anything in the ledger names."""
    return {name for text in _texts(tx) for name in _NAME.findall(text)}


def named_lately(tx: Reads, since: int) -> set[str]:
    """The names in operations after a place, and in all drafts: what may have come while `named` was read."""
    rows = tx.sql('SELECT "set", elements, command FROM outbox WHERE seq > ?', [since])
    rows += tx.sql("SELECT raw FROM draft")
    return {name for row in rows for text in row if text for name in _NAME.findall(text)}


def records_naming(tx: Reads, name: str, since: int) -> list[tuple[str, str]]:
    """The ledger and id of each record that an operation made after a place gives this photo."""
    # A ledger that was put back to an older state counts its operations from further down.
    place = since if since <= newest_op(tx) else 0
    rows = tx.sql(
        'SELECT DISTINCT ledger, record FROM outbox WHERE seq > ? AND (instr(elements, ?) OR instr("set", ?)'
        " OR instr(command, ?))",
        (place, name, name, name),
    )
    return [(str(ledger), str(record)) for ledger, record in rows]


def passing(tx: Reads) -> set[str]:
    """The ids of photos on their way that a record or a draft names now."""
    texts = [str(row[0]) for row in tx.sql("SELECT raw FROM draft WHERE instr(raw, ?)", [PREFIX])]
    for table in tx.tables:
        for column in (quoted(field.key) for field in table.ledger.fields if isinstance(field, Files)):
            rows = tx.sql(f"SELECT {column} FROM {table.name} WHERE instr({column}, ?)", [PREFIX])
            texts += [str(row[0]) for row in rows]
    return {name for text in texts for name in _NAME.findall(text) if name.startswith(PREFIX)}


def numbers_naming(tx: Reads, names: set[str]) -> Iterator[tuple[str, str]]:
    """Ledger and number of each standing record that names one of some photos."""
    for table in tx.tables:
        files = [quoted(field.key) for field in table.ledger.fields if isinstance(field, Files)]
        if not files:
            continue
        rows = tx.sql(
            f"SELECT record_no, id, {', '.join(files)} FROM {table.name} WHERE deleted = 0 AND"
            f" coalesce({', '.join(files)}, NULL) IS NOT NULL ORDER BY row_id"
        )
        for number, identity, *texts in rows:
            if any(name in names for text in texts if text for name in _NAME.findall(text)):
                yield table.ledger.key, str(number or identity)


def _texts(tx: Reads) -> Iterator[str]:
    for table in tx.tables:
        files = [quoted(field.key) for field in table.ledger.fields if isinstance(field, Files)]
        for column in (*files, EXTRA):
            yield from _column(tx, table.name, "row_id", column)
    for name, key, columns in _TEXTS:
        for column in columns:
            yield from _column(tx, name, key, column)
    for statement in _SMALL:
        yield from (str(row[0]) for row in tx.sql(statement) if row[0])


def _column(tx: Reads, table: str, key: str, column: str) -> Iterator[str]:
    last = -1
    statement = f"SELECT {key}, {column} FROM {table} WHERE {key} > ? AND {column} IS NOT NULL ORDER BY {key} LIMIT ?"
    while rows := tx.sql(statement, (last, _CHUNK)):
        yield from (str(row[1]) for row in rows)
        last = rows[-1][0]
