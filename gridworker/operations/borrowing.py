"""Fills what a record takes over from the records it links to (`Ledger.borrows`)."""

from __future__ import annotations

from gridworker.ledger.borrow import Linked, borrowed
from gridworker.ledger.code_fields import Ref
from gridworker.ledger.facts import Value, Values
from gridworker.ledger.ledger import Ledger
from gridworker.operations import references
from gridworker.store.store import ReadTx


def borrowed_from(tx: ReadTx, ledger: Ledger, before: Values, values: Values) -> dict[str, Value]:
    """The fields a record gains from what it links to; `before` is empty for a new one."""

    def look_up(via: str, link: Value) -> Linked | None:
        field = ledger[via]
        found = tx.get(field.to, str(link)) if isinstance(field, Ref) else None
        return Linked(found.values, references.title_of(found.ledger, found.values)) if found else None

    return dict(borrowed(ledger.borrows, before, values, look_up))
