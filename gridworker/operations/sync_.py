"""Exchanging work with the server, and what the status bar says about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gridworker.errors import KnownError
from gridworker.ledger.dates import CHINA
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import backups, escrow, purging, reference_dues
from gridworker.operations.session import Session
from gridworker.planning.working_days import Calendar, calendar_in_force
from gridworker.store import outbox
from gridworker.store.query import Query
from gridworker.sync.meeting import SyncReport

_DUES_TOLD = 5


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
    from gridworker.sync import engine  # noqa: PLC0415 - see above
    from gridworker.sync.enrolling import open_transport  # noqa: PLC0415 - see above

    with session.store.read() as tx:
        url = tx.meta("server_url")
    if not url:
        raise KnownError(
            "本机还没有加入服务器。", safe="登记的内容都存在本机。", action="请向社区要一个加入码，在“同步”里填写。"
        )
    try:
        with open_transport(session.store, cancelled=cancelled) as transport:
            years = calendar_in_force()
            report = engine.sync(session.store, transport, progress=progress, cancelled=cancelled)
    finally:
        # Also where the meeting broke off behind it: what left must not wait for the next network.
        cleared = _clear_left(session)
    report.text += cleared
    session.refresh()
    _tell_dues(session, report, years)
    escrow.leave_code_if_due(session)
    return report


def _clear_left(session: Session) -> str:
    """What lies outside the database of a grid that was taken away goes as well; in words."""
    if not purging.is_owed(session):
        return ""
    try:
        return backups.make(session, backups.PURGE).cleared
    except KnownError as failed:
        return f"有网格已不归您负责，旧备份还没有清除，会自动再试：{failed.title}"


def _tell_dues(session: Session, report: SyncReport, years: Calendar) -> None:
    """A year's notice that came with the sync may put due dates elsewhere."""
    now = calendar_in_force()
    if now is years:
        return
    with session.store.read() as tx:
        changed = [due.sentence for due in reference_dues.between(tx, years, now)]
    report.reference += changed
    if changed:
        report.text += f"放假安排变了，{len(changed)} 个时限受影响：{''.join(changed[:_DUES_TOLD])}"


def state(session: Session) -> SyncState:
    """The figures of the status bar, and one sentence that sums them up."""
    with session.store.read() as tx:
        counts = outbox.counts(tx)
        conflicts = int(tx.sql("SELECT count(DISTINCT op_id) FROM conflict WHERE settled_at IS NULL")[0][0])
        # A refused operation is judged, but its content is not on the server: it never counts as safe.
        counted = "SELECT count(*) FROM outbox WHERE outcome = 'rejected' AND code IS NOT 'ACT_REFUSED'"
        refused = int(tx.sql(counted)[0][0])
        url, last = tx.meta("server_url") or None, tx.meta("last_synced_at") or None
    waiting = counts.get("pending", 0) + counts.get("exported", 0)
    safe = counts.get("acked", 0) - refused
    said = _sentence(waiting, conflicts + refused, url, last)
    return SyncState(waiting, safe, conflicts, refused, last, url, said)


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
