"""Exchanging work with the server, and what the status bar says about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gridworker.errors import KnownError
from gridworker.ledger.dates import CHINA
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import escrow
from gridworker.operations.session import Session
from gridworker.store import outbox
from gridworker.store.outbox import Op
from gridworker.store.query import Query
from gridworker.store.store import ReadTx
from gridworker.sync.meeting import SyncReport

# What is not judged yet, and what was judged and left something for a person to do.
_UNSETTLED = "WHERE status <> 'acked' OR outcome IN ('conflict', 'rejected', 'held') ORDER BY op_id DESC LIMIT 500"


@dataclass(frozen=True)
class Waiting:
    """One change on its way, or one that came back."""

    op_id: str
    ledger: str
    record_id: str
    title: str
    text: str
    state: str


@dataclass(frozen=True)
class SyncState:
    """What waits here, what the server has, what needs a person."""

    waiting: int
    safe: int
    conflicts: int
    refused: int
    last_synced_at: str | None
    server_url: str | None
    text: str


def sync(
    session: Session,
    *,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SyncReport:
    """Sends what waits and fetches what others wrote; may be stopped and repeated at any point."""
    # The network is loaded when it is first used: a laptop starts, and mostly works, without it.
    from gridworker.sync import engine  # noqa: PLC0415
    from gridworker.sync.enrolling import open_transport  # noqa: PLC0415

    with session.store.read() as tx:
        url = tx.meta("server_url")
    if not url:
        raise KnownError(
            "本机还没有加入服务器。", safe="登记的内容都存在本机。", action="请向社区要一个加入码，在“同步”里填写。"
        )
    with open_transport(session.store, cancelled=cancelled) as transport:
        report = engine.sync(session.store, transport, progress=progress, cancelled=cancelled)
    session.refresh()
    escrow.leave_code_if_due(session)
    return report


def state(session: Session) -> SyncState:
    """The figures of the status bar, and one sentence that sums them up."""
    with session.store.read() as tx:
        counts = outbox.counts(tx)
        conflicts = int(tx.sql("SELECT count(DISTINCT op_id) FROM conflict WHERE settled_at IS NULL")[0][0])
        # A refused operation is judged, but its content is not on the server: it never counts as safe.
        refused = int(tx.sql("SELECT count(*) FROM outbox WHERE outcome = 'rejected'")[0][0])
        url, last = tx.meta("server_url") or None, tx.meta("last_synced_at") or None
    waiting = counts.get("pending", 0) + counts.get("exported", 0)
    safe = counts.get("acked", 0) - refused
    said = _sentence(waiting, conflicts + refused, url, last)
    return SyncState(waiting, safe, conflicts, refused, last, url, said)


def waiting(session: Session) -> list[Waiting]:
    """What waits for the server, and what came back and needs a person, the newest first."""
    with session.store.read() as tx:
        ops = outbox.read_ops(tx, _UNSETTLED)
        titles = {op.record: _title(tx, op) for op in ops}
    return [
        Waiting(op.op_id, op.ledger, op.record, titles[op.record], _words(op), op.outcome or op.status) for op in ops
    ]


def _title(tx: ReadTx, op: Op) -> str:
    record = tx.get(op.ledger, op.record)
    ledger = find_ledger(op.ledger)
    return f"{ledger.label}　{ledger.title(record.values) if record else ''}"


def _words(op: Op) -> str:
    if op.outcome is None:
        return "等着上传"
    return {"conflict": "与别人的修改冲突，两边的内容都留着", "held": "服务器暂存，等条件齐了再处理"}.get(
        op.outcome, f"服务器没有接受：{op.detail or op.code or ''}"
    )


def record_counts(session: Session) -> dict[str, int]:
    """How many records of each ledger are here."""
    with session.store.read() as tx:
        return {key: tx.count(Query(key)) for key in all_ledgers()}


def labelled(counts: dict[str, int]) -> dict[str, int]:
    """Counts by the ledgers' labels."""
    return {all_ledgers()[key].label: count for key, count in counts.items()}


def _sentence(waiting: int, trouble: int, url: str | None, last: str | None) -> str:
    if url is None:
        return "本机单独使用，内容已加密保存在本机。"
    if waiting:
        return f"{waiting} 条已存在本机，联网后自动上传。"
    if trouble:
        return f"已同步 · {_when(last)}，{trouble} 条需要看一看。"
    return f"已全部同步 · {_when(last)}" if last else "还没有同步过。"


def _when(stamp: str | None) -> str:
    return datetime.fromisoformat(stamp).astimezone(CHINA).strftime("%m-%d %H:%M") if stamp else ""
