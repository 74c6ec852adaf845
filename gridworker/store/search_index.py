"""The entries of the search index: what of each record can be found, written with the record."""

from __future__ import annotations

from collections.abc import Sequence

from gridworker.ledger.record import Record
from gridworker.store.statements import Writes
from gridworker.store.tables import Table


def refresh(tx: Writes, table: Table, pairs: Sequence[tuple[int, Record | None, Record | None]]) -> None:
    """Brings the entries of changed rows up to date."""
