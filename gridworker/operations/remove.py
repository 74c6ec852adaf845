"""Putting a record into the recycle bin, and taking it out again."""

from __future__ import annotations

from gridworker.errors import KnownError
from gridworker.ledger.record import Record
from gridworker.operations import rights
from gridworker.operations.changes import Changes
from gridworker.operations.handovers import raise_if_kept
from gridworker.operations.save import Saved
from gridworker.operations.session import Session
from gridworker.store import saving
from gridworker.store.query import Condition, Query
from gridworker.store.store import ReadTx, WriteTx


def delete(session: Session, record_id: str, reason: str = "") -> Saved:
    """Moves a record to the recycle bin; refuses while others hang on it."""

    def work(tx: WriteTx) -> Saved:
        before = _find(tx, record_id)
        if before.deleted:
            raise KnownError("这条记录已在回收站。")
        rights.raise_if_may_not(session, tx, "delete", before)
        raise_if_kept(before)
        _raise_if_lived_in(tx, before)
        op = saving.delete(tx, before, actor_id=session.actor.id, reason=reason)
        return _saved(tx, before, op.op_id)

    return session.store.write(work)


def restore(session: Session, record_id: str) -> Saved:
    """Takes a record out of the recycle bin."""

    def work(tx: WriteTx) -> Saved:
        before = _find(tx, record_id)
        if not before.deleted:
            raise KnownError("这条记录不在回收站。")
        rights.raise_if_may_not(session, tx, "restore", before)
        op = saving.restore(tx, before, actor_id=session.actor.id)
        return _saved(tx, before, op.op_id)

    return session.store.write(work)


def _find(tx: ReadTx, record_id: str) -> Record:
    before = tx.find(record_id)
    if before is None:
        raise KnownError("本机没有这条记录。", action="请核对记录编号，或先同步。")
    return before


def _raise_if_lived_in(tx: ReadTx, record: Record) -> None:
    if record.ledger != "household":
        return
    members = tx.count(Query("person", (Condition("household_id", "is", record.id),)))
    if members:
        raise KnownError(
            f"这一户还有 {members} 位居民。", safe="没有删除。", action="请先把居民迁出或删除，再删除住户。"
        )


def _saved(tx: ReadTx, before: Record, op_id: str) -> Saved:
    record = tx.find(before.id) or before
    return Saved(record, [], Changes(frozenset({before.id}), frozenset({before.ledger})), op_id)
