"""Keeping sums of one ledger in rows of another (`Ledger.rollups`), in the transaction that changed what they sum."""

from __future__ import annotations

from collections.abc import Sequence

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
            _recompute(tx, rollup, sorted(targets))
    summed = {rollup.field: rollup for _, rollup in tx.tables.rollups if rollup.to == table.ledger.key}
    for rollup in summed.values():
        _recompute(tx, rollup, [after.id for _, after in pairs if after is not None])


def _share(record: Record | None, rollup: Rollup) -> tuple[object, ...] | None:
    if record is None or record.deleted:
        return None
    return record.values.get(rollup.via), record.values.get(rollup.of), record.values.get(rollup.where)


def _recompute(tx: Writes, rollup: Rollup, targets: Sequence[str]) -> None:
    """Sets the newest of all ledgers that are summed up in one field: a care visit is as good as any other."""
    newest = [
        f"SELECT max({quoted(one.of)}) AS at FROM {tx.tables[source].name}"
        f" WHERE {quoted(one.via)}=? AND {quoted(one.where)}=1 AND deleted=0"
        for source, one in tx.tables.rollups
        if (one.to, one.field) == (rollup.to, rollup.field)
    ]
    whole = newest[0] if len(newest) == 1 else f"SELECT max(at) FROM ({' UNION ALL '.join(newest)})"
    statement = f"UPDATE {tx.tables[rollup.to].name} SET {quoted(rollup.field)}=({whole}) WHERE id=?"
    tx.executemany(statement, [(target,) * (len(newest) + 1) for target in targets])
