"""Undoing a saved change, as a new change."""

from __future__ import annotations

from gridworker.errors import KnownError
from gridworker.ledger.facts import Value
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import photo_fields
from gridworker.operations.changes import Changes
from gridworker.operations.handovers import raise_if_kept
from gridworker.operations.heads import raise_if_second_head
from gridworker.operations.merging import links_to
from gridworker.operations.save import Saved
from gridworker.operations.session import Session
from gridworker.store import acts, outbox, saving
from gridworker.store.outbox import Op
from gridworker.store.store import WriteTx


def undo(session: Session, op_id: str) -> Saved:
    """Puts back what one op changed; refuses in words when the fields were changed again since."""
    return session.store.write(lambda tx: undo_in(session, tx, op_id))


def undo_in(session: Session, tx: WriteTx, op_id: str) -> Saved:
    """The same inside a transaction, for undoing many ops as one."""
    op = outbox.get_op(tx, op_id)
    if op is not None and acts.is_act(op.batch):
        return _undo_act(session, tx, op)
    return _undo_one(session, tx, op_id)


def _undo_act(session: Session, tx: WriteTx, named: Op) -> Saved:
    """All that one act wrote, the last first, as one act again; its own record is what the answer is about."""
    ops, act = outbox.by_batch(tx, str(named.batch)), acts.new_whole_act()
    first, changes, last = ops[0].record, Changes(), None
    before = {op.record: tx.find(op.record) for op in ops}
    for op in reversed(ops):
        now = tx.find(op.record)
        if creates(op) and op.record != first and now is not None and _was_worked_on(now):
            raise KnownError(
                f"一起生成的{find_ledger(now.ledger).label}后来又办理过，不能撤销。", safe="记录没有改动。",
                action="请直接修改或删除这些记录。",
            )  # fmt: skip
        last = _undo_one(session, tx, op.op_id, act)
        changes |= last.changes
    for record_id, stood in before.items():
        _raise_if_no_home(tx, stood, tx.find(record_id))
        _raise_if_in_use(tx, stood, tx.find(record_id))
    if last is None:
        raise KnownError("没有找到要撤销的改动。", safe="记录没有改动。")
    return Saved(last.record, [], changes, last.op_id)


def _raise_if_no_home(tx: WriteTx, stood: Record | None, now: Record | None) -> None:
    """Refuses to bring somebody back to a household that is gone, or as the second head of one."""
    if now is None or now.ledger != "person" or now.deleted or now == stood:
        return
    home = tx.get("household", str(now.values.get("household_id") or ""))
    if home is not None and home.deleted:
        raise KnownError(
            "原来的住户已在回收站，不能撤销。", safe="记录没有改动。", action="请先恢复这一户，或另行登记变动。"
        )
    raise_if_second_head(tx, now)


def _raise_if_in_use(tx: WriteTx, stood: Record | None, now: Record | None) -> None:
    """Refuses to drop a registration again, as one that was merged, on which something was written since."""
    if stood is None or stood.deleted or now is None or not (now.deleted and now.values.get("merged_into_id")):
        return
    if next(links_to(tx, now.id), None) is not None:
        raise KnownError("这条登记上后来又有了记录，不能撤销。", safe="记录没有改动。", action="请把两条重新合并一次。")


def _was_worked_on(record: Record) -> bool:
    workflow = find_ledger(record.ledger).workflow
    return workflow is not None and record.status != workflow.initial


def _undo_one(session: Session, tx: WriteTx, op_id: str, act: str | None = None) -> Saved:
    op = outbox.get_op(tx, op_id)
    now = tx.find(op.record) if op else None
    if op is None or now is None or op.n == 0:
        raise KnownError("没有找到要撤销的改动。", safe="记录没有改动。")
    if op.kind == "move":
        raise KnownError("办理步骤已经留痕，不能撤销。", action="请用后面的步骤更正，例如退回或复查不合格。")
    if creates(op):
        raise_if_kept(now)
    if op.kind == "delete" and not now.deleted:
        raise KnownError("这条记录已经从回收站恢复了。", safe="记录没有改动。")
    if op.kind != "delete" and now.deleted:
        raise KnownError("这条记录已在回收站。", safe="记录没有改动。", action="请先恢复，再撤销这一步。")
    if op.kind == "delete":
        undone = saving.restore(tx, now, actor_id=session.actor.id, batch=act)
    elif op.kind == "restore" or creates(op):
        undone = saving.delete(tx, now, actor_id=session.actor.id, reason="撤销", batch=act)
    else:
        back = _put_back(session, tx, now, op_id)
        undone = saving.save(tx, now, back, actor_id=session.actor.id, verb="undo", batch=act)
    return Saved(tx.find(now.id) or now, [], Changes(frozenset({now.id}), frozenset({now.ledger})), undone.op_id)


def creates(op: Op) -> bool:
    """Whether the op made its record."""
    return (op.command or {}).get("name") == "create"


def _put_back(session: Session, tx: WriteTx, now: Record, op_id: str) -> Record:
    entry = next((entry.changes for entry in tx.history(now.id) if entry.op_id == op_id), {})
    ledger = find_ledger(now.ledger)

    def present(key: str, value: Value) -> Value:
        # A photo that became small since is the same photo.
        return photo_fields.as_now(session, ledger, key, value)

    changed = {key: (present(key, old), present(key, new)) for key, (old, new) in entry.items()}
    moved_on = [key for key, (_old, new) in changed.items() if present(key, now.values.get(key)) != new]
    if moved_on:
        labels = "、".join(ledger[key].label if key in ledger else key for key in moved_on)
        raise KnownError(f"{labels}后来又改过，不能撤销这一步。", safe="记录没有改动。", action="请直接修改记录。")
    return now.with_values({key: old for key, (old, _new) in changed.items()})
