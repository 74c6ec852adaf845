"""What a save or a move made beside its own record, so that people hear of it and can go there."""

from __future__ import annotations

from dataclasses import dataclass

from gridworker.ledgers.registry import find_ledger
from gridworker.operations.linked import number_of
from gridworker.operations.save import Saved
from gridworker.operations.session import Session


@dataclass(frozen=True)
class Opened:
    """A record that another one made: its ledger's label, and the number a person calls it by."""

    ledger: str
    id: str
    label: str
    number: str


def opened_by(session: Session, saved: Saved) -> list[Opened]:
    """The records a save or move opened: the hazard a visit found, the case an opinion became."""
    targets = {opening.to for opening in find_ledger(saved.record.ledger).opens}
    with session.store.read() as tx:
        found = [tx.find(one) for one in sorted(saved.changes.ids - {saved.record.id})] if targets else []
    return [
        Opened(one.ledger, one.id, find_ledger(one.ledger).label, number_of(find_ledger(one.ledger), one))
        for one in found
        if one is not None and one.ledger in targets and not one.deleted
    ]
