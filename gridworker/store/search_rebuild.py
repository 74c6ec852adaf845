"""Making the search index anew while people go on working: part by part, each in a short transaction of its own.

A part takes the entries of some rows out and puts them in as they are made today. So at every moment each record has
exactly one entry, old or new, and what is saved in between brings its own. Stopped half-way the index is whole and
keeps the mark of the rules it had before; the next time all of it is made. Only an index that is damaged in itself is
emptied first, and is known for incomplete until the end.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gridworker.errors import AppError, Cancelled
from gridworker.store import search_check
from gridworker.store.search_index import GENERATION, generation, put_entries, take_out
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import to_json

Write = Callable[[Callable[[Writes], Any]], Any]
Progress = Callable[[int, int, str], None]
_PART = 100
# What FTS5 reads and writes at once when it joins its segments: a few dozen milliseconds.
_MERGED_PAGES = 64
_MOST_MERGES = 10_000
_TABLES = ("search_index", "search_index_data", "search_index_idx", "search_index_docsize")
_LAST_ROW = (1 << 63) - 1


def is_sound(tx: Reads) -> bool:
    """Whether entries can be made anew one by one: the index reads from end to end, and none was lost."""
    try:
        if any(tx.sql(f"PRAGMA integrity_check('{table}')") != [("ok",)] for table in _TABLES):
            return False
        return not search_check.is_current(tx) or search_check.missing(tx) <= 0
    except AppError:
        # The driver gives up at a page that is gone, under several names.
        return False


def rebuild(write: Write, progress: Progress, cancelled: Callable[[], bool], *, sound: bool) -> None:
    """Makes the index anew by many calls of `write`, each one transaction; raises Cancelled between two of them."""
    total = write(partial(_begin, sound=sound))
    last, done = 0, 0
    while last < _LAST_ROW:
        if cancelled():
            raise Cancelled
        last, count = write(partial(_renew, after=last))
        done += count
        progress(min(done, total), total, "正在重建搜索")
    write(_mark)
    for turn in range(_MOST_MERGES):
        if cancelled() or not write(partial(_merge, first=turn == 0)):
            return


def _begin(tx: Writes, *, sound: bool) -> int:
    if not sound:
        tx.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")
        tx.execute("DELETE FROM meta WHERE key=?", (GENERATION,))
    return int(tx.sql("SELECT count(*) FROM record_index")[0][0])


def _renew(tx: Writes, *, after: int) -> tuple[int, int]:
    """Makes the entries of the next rows; gives the last row number they reach to, and how many they are."""
    rows = tx.sql("SELECT row_id, ledger FROM record_index WHERE row_id > ? ORDER BY row_id LIMIT ?", (after, _PART))
    upto = rows[-1][0] if len(rows) == _PART else _LAST_ROW
    # What a newer program made searchable stays as that program made it.
    foreign = {row_id for row_id, ledger in rows if ledger not in tx.tables}
    listed = tx.sql("SELECT id FROM search_index_docsize WHERE id > ? AND id <= ?", (after, upto))
    take_out(tx, [row_id for (row_id,) in listed if row_id not in foreign])
    by_ledger: dict[str, list[int]] = {}
    for row_id, ledger in rows:
        by_ledger.setdefault(ledger, []).append(row_id)
    for ledger in by_ledger.keys() & tx.tables.ledgers.keys():
        table = tx.tables[ledger]
        found = tx.sql(
            f"{table.select} WHERE row_id IN (SELECT value FROM json_each(?)) AND deleted=0",
            (to_json(by_ledger[ledger]),),
        )
        put_entries(tx, table, [(row[0], table.decode(row)) for row in found])
    return upto, len(rows)


def _mark(tx: Writes) -> None:
    tx.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)", (GENERATION, generation(tx.tables)))


def _merge(tx: Writes, *, first: bool) -> bool:
    """Joins some of the segments the parts have left; whether there is more to join."""
    # A negative number begins with all segments, as `optimize` does, which would do it in one long transaction.
    pages = -_MERGED_PAGES if first else _MERGED_PAGES
    before = tx.sql("SELECT total_changes()")[0][0]
    tx.execute("INSERT INTO search_index (search_index, rank) VALUES ('merge', ?)", (pages,))
    # One change is the command itself.
    return int(tx.sql("SELECT total_changes()")[0][0]) - int(before) > 1
