"""Laying what could be read of a damaged ledger over the backup that takes its place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gridworker.ledger.record import Record
from gridworker.store import audit, base_layer, kept_keys, outbox, saving, search_index
from gridworker.store.outbox import Op, as_op, as_row
from gridworker.store.replay import laid_over_all, replay
from gridworker.store.salvage import Found, Wreck
from gridworker.store.statements import Row
from gridworker.store.tables import Table
from gridworker.store.transactions import WriteTx

_HISTORY = "n, record, at, actor_id, verb, event, op_id, changes, reason, from_status, to_status"
_AUDIT = "seq, at, actor_id, verb, ledger, record, detail, hash"
# The newest word counts for each of these. Never the cursors: what the server has comes again, nothing is left out.
_TAKEN_OVER = {
    "people": ("id", "id, name, role, grid_code"),
    "draft": ("key", "key, ledger, raw, at"),
    "snooze": ("key", "key, until, reason, at"),
    "import_batch": ("id", "id, ledger, actor_id, at, source, counts, undone_at"),
    "base": ("record", "record, ledger, grid_code, body, status, revision, deleted"),
    "reference_data": ("kind", "kind, key, version, body, source, server_digest, changed_at, changed_by"),
    "conflict": ("op_id", "op_id, field, record, ledger, scope, mine, theirs, their_author, code, at, settled_at"),
}
# Facts about what lies in a file, of which the damaged one knows nothing here.
_SAID_OF_A_FILE = ("incarnation", search_index.GENERATION, kept_keys.META)
_CHUNK = 500


@dataclass
class Rejoined:
    """What came back beyond the backup, and what did not, by ledger."""

    ops: int = 0
    links: int = 0
    rescued: Counter[str] = field(default_factory=Counter)
    """Records whose operation was lost, and which were read from their rows."""
    steps_lost: Counter[str] = field(default_factory=Counter)
    """Records whose state had moved on by a step that could not be read."""
    unreadable: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    """Records that are neither readable nor in the backup."""


def lay_over(tx: WriteTx, wreck: Wreck, *, actor_id: str, off_chain: bool = False) -> Rejoined:
    """Brings everything readable that is newer than what stands here; in the writer's one transaction.

    `off_chain`: what stands here went another way than the damaged file, so that no number says what is newer.
    """
    done = Rejoined()
    done.links = _links(tx, wreck)
    ops, lost_ops = _new_ops(tx, wreck, off_chain=off_chain)
    done.ops = len(ops)
    _take_over(tx, wreck, ops)
    _replay(tx, ops)
    index = _Index(wreck)
    rows_of = {table.ledger.key: _view_rows(wreck, table, index) for table in tx.tables}
    for key, (records, _) in rows_of.items():
        _compare(tx, tx.tables[key], records, actor_id, done, ops_lost=lost_ops)
    for key, (_, unreadable) in rows_of.items():
        _count_lost(tx, index, key, unreadable, done)
    return done


def _links(tx: WriteTx, wreck: Wreck) -> int:
    """The links that follow the last one here and hold; at the first gap the chain begins a new stretch."""
    last = audit.head(tx)
    added: list[Row] = []
    for row in wreck.rows("audit", "seq", _AUDIT.split(", "), after=last.links).rows:
        if row[0] != last.links + 1 or audit.link_hash(last.hash, tuple(row[:-1])) != row[-1]:
            break
        last = audit.Head(row[0], row[-1])
        added.append(row)
    tx.executemany(f"INSERT INTO audit ({_AUDIT}) VALUES (?,?,?,?,?,?,?,?)", added)
    return len(added)


def _new_ops(tx: WriteTx, wreck: Wreck, *, off_chain: bool) -> tuple[list[Op], bool]:
    """Operations made after the backup; whether some of them could not be read."""
    last = 0 if off_chain else tx.sql("SELECT coalesce(max(seq), 0) FROM outbox")[0][0]
    names = ["seq", *(one.strip().strip('"') for one in outbox.COLUMNS.split(","))]
    found = wreck.rows("outbox", "seq", names, after=last)
    taken = {row[0] for row in tx.sql("SELECT op_id FROM outbox")}
    used = set(tx.sql("SELECT scope, device, incarnation, n FROM outbox"))
    ops: list[Op] = []
    for seq, *columns in found.rows:
        op = as_op(columns)
        if op.op_id in taken:
            continue
        if (op.scope, op.device, op.incarnation, op.n) in used:
            op = replace(op, n=-seq)
        used.add((op.scope, op.device, op.incarnation, op.n))
        ops.append(op)
    outbox.add_rows(tx, [as_row(op) for op in ops])
    return ops, bool(found.unreadable)


def _take_over(tx: WriteTx, wreck: Wreck, ops: Sequence[Op]) -> None:
    """History, small tables and counters; and the server's side of records before operations are laid over them."""
    touched = {op.record for op in ops if op.status != outbox.ACKED}
    base_layer.remember_bases(tx, [tx.find(record) for record in sorted(touched)])
    newest = tx.sql("SELECT coalesce(max(n), 0) FROM history")[0][0]
    history = wreck.rows("history", "n", _HISTORY.split(", "), after=newest)
    tx.executemany(f"INSERT INTO history ({_HISTORY}) VALUES (?,?,?,?,?,?,?,?,?,?,?)", history.rows)
    for table, (key, columns) in _TAKEN_OVER.items():
        rows = wreck.small(table, columns.split(", "), key)
        places = ",".join("?" * len(columns.split(", ")))
        tx.executemany(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({places})", rows)
    facts = [row for row in wreck.small("meta", ("key", "value"), "key") if row[0] not in _SAID_OF_A_FILE]
    tx.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)", facts)
    tx.executemany(
        "INSERT INTO counter (name, value) VALUES (?,?) ON CONFLICT (name) DO UPDATE"
        " SET value = max(value, excluded.value)",
        wreck.small("counter", ("name", "value"), "name"),
    )


def _replay(tx: WriteTx, ops: Sequence[Op]) -> None:
    """Lays the operations over the records of the backup; refused ones and lost conflicts do not show."""
    by_record: dict[str, list[Op]] = defaultdict(list)
    for op in ops:
        if op.outcome not in ("rejected", "conflict") and op.ledger in tx.tables:
            by_record[op.record].append(op)
    for record, row in by_record.items():
        present = tx.find(record)
        after = laid_over_all(present, row) if present else replay(None, row)
        if after is not None:
            tx.put(after)


class _Index:
    """Which records the damaged file knew of, by its own index; it may have holes itself."""

    def __init__(self, wreck: Wreck) -> None:
        found = wreck.rows("record_index", "row_id", ("row_id", "id", "ledger"))
        self.ids: dict[int, str] = {row[0]: row[1] for row in found.rows}
        self._ledgers: dict[int, str] = {row[0]: row[2] for row in found.rows}
        self._unknown = found.unreadable

    def places(self, ledger: str) -> list[int]:
        """Where rows of a ledger may lie."""
        return sorted([*(row_id for row_id, one in self._ledgers.items() if one == ledger), *self._unknown])


def _view_rows(wreck: Wreck, table: Table, index: _Index) -> tuple[list[Record], Found]:
    found = wreck.rows(table.ledger.key, "row_id", table.columns, places=index.places(table.ledger.key))
    return [table.decode(row) for row in found.rows], found


def _compare(
    tx: WriteTx, table: Table, records: Sequence[Record], actor_id: str, done: Rejoined, *, ops_lost: bool
) -> None:
    """Readable rows are what the person last saw: what operations and backup do not explain is taken from them."""
    for start in range(0, len(records), _CHUNK):
        chunk = records[start : start + _CHUNK]
        present = tx.find_rows(table.ledger.key, [record.id for record in chunk])
        for record in chunk:
            now = present.get(record.id)
            if now is None or _differ(table, now, record):
                _take_row(tx, table, now, record, actor_id, done, ops_lost=ops_lost)


def _take_row(
    tx: WriteTx, table: Table, now: Record | None, record: Record, actor_id: str, done: Rejoined, *, ops_lost: bool
) -> None:
    known_to_server = record.revision > (now.revision if now else 0)
    if known_to_server or not ops_lost:
        # The server's word, or the row itself after every operation was read.
        tx.put(record)
        return
    done.rescued[table.ledger.key] += 1
    if now is None:
        saving.save(tx, None, record, actor_id=actor_id, verb="recover")
        return
    if (now.status, now.deleted) != (record.status, record.deleted):
        done.steps_lost[table.ledger.key] += 1
    wanted = replace(record, status=now.status, deleted=now.deleted)
    saving.save(tx, now, wanted, actor_id=actor_id, verb="recover")


def _differ(table: Table, one: Record, other: Record) -> bool:
    if (one.status, one.deleted, one.grid_code, one.revision) != (
        other.status, other.deleted, other.grid_code, other.revision,
    ):  # fmt: skip
        return True
    keys = {*one.values, *other.values} - table.derived
    return any(one.values.get(key) != other.values.get(key) for key in keys)


def _count_lost(tx: WriteTx, index: _Index, ledger: str, found: Found, done: Rejoined) -> None:
    gone = [index.ids[row_id] for row_id in found.unreadable if row_id in index.ids]
    here = tx.find_rows(ledger, gone) if gone else {}
    for kept, count in ((done.unreadable, len(gone)), (done.lost, len(gone) - len(here))):
        if count:
            kept[ledger] += count
