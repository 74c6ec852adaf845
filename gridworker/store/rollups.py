"""Keeping sums of one ledger in rows of another (`Ledger.rollups`), in the transaction that changed what they sum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gridworker.ledger.ledger import Rollup
from gridworker.ledger.record import Record
from gridworker.store.statements import Writes
from gridworker.store.tables import Table, quoted


def refresh(tx: Writes, table: Table, pairs: Sequence[tuple[Record | None, Record | None]]) -> None:
    """Recomputes the sums that changed rows of a table take part in, as a source and as a target."""
    for source, rollup in tx.tables.rollups:
        if source == table.ledger.key:
            targets = {
                str(record.values[rollup.via])
                for before, after in pairs
                if _share(before, rollup) != _share(after, rollup)
                for record in (before, after)
                if record is not None and record.values.get(rollup.via)
            }
            _recompute(tx, source, rollup, sorted(targets))
        if rollup.to == table.ledger.key:
            _recompute(tx, source, rollup, (after.id for _, after in pairs if after is not None))


def _share(record: Record | None, rollup: Rollup) -> tuple[object, ...] | None:
    if record is None or record.deleted:
        return None
    return record.values.get(rollup.via), record.values.get(rollup.of), record.values.get(rollup.where)


def _recompute(tx: Writes, source: str, rollup: Rollup, targets: Iterable[str]) -> None:
    via, of, where = quoted(rollup.via), quoted(rollup.of), quoted(rollup.where)
    newest = f"SELECT max({of}) FROM {tx.tables[source].name} WHERE {via}=? AND {where}=1 AND deleted=0"
    statement = f"UPDATE {tx.tables[rollup.to].name} SET {quoted(rollup.field)}=({newest}) WHERE id=?"
    tx.executemany(statement, ((target, target) for target in targets))
