"""The ledgers of a home as on a shelf: how much is in each, and how much of it is still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.session import Session
from gridworker.store.query import Condition, Query
from gridworker.store.store import ReadTx


@dataclass(frozen=True)
class Shelved:
    """One ledger: `open` counts what is in no final state; a ledger without a workflow has nothing open."""

    ledger: str
    label: str
    total: int
    open: int
    newest: str
    """When the newest is dated, empty where there is none."""


def shelf(session: Session, ledgers: Sequence[str]) -> list[Shelved]:
    """The ledgers asked for, in the order asked."""
    with session.store.read() as tx:
        return [_shelved(tx, find_ledger(key)) for key in ledgers]


def _shelved(tx: ReadTx, ledger: Ledger) -> Shelved:
    states = [state.key for state in ledger.workflow.states if not state.final] if ledger.workflow else []
    unfinished = sum(tx.count(Query(ledger.key, (Condition("status", "is", state),))) for state in states)
    newest = tx.records(ledger.key, tx.select(Query(ledger.key, limit=1)))
    dated = str(newest[0].values.get(ledger.month_field) or "")[:10] if newest and ledger.month_field else ""
    return Shelved(ledger.key, ledger.label, tx.count(Query(ledger.key)), unfinished, dated)
