"""A grid that was taken away: after its work has outcomes, and after a backup, it leaves the open database."""

from __future__ import annotations

from gridworker.errors import KnownError
from gridworker.store import leaving
from gridworker.sync.meeting import Meeting


def leave_revoked(present: Meeting) -> None:
    """Takes out the grids the server names as taken away; mere absence from its words takes nothing out."""
    with present.store.read() as tx:
        left = leaving.grids_left(tx)
        waiting = {scope: leaving.unjudged(tx, scope) for scope in present.welcome.revoked if scope not in left}
    ended = [scope for scope, unjudged in waiting.items() if not unjudged]
    if not ended:
        return
    try:
        present.store.back_up("purge")
    except KnownError as failed:
        present.report.notes.append(f"有网格已不归您负责，要先备份才能清除：{failed.title}")
        return
    for scope in ended:
        _leave(present, scope)


def _leave(present: Meeting, scope: str) -> None:
    store, actor_id = present.store, present.welcome.actor_id
    with store.read() as tx:
        own, name, kept = tx.meta("grid_code") == scope, tx.meta("grid_name") or "", leaving.not_taken(tx, scope)
    gone = store.write(lambda tx: leaving.leave(tx, scope, actor_id=actor_id))
    present.report.changed.update(gone)
    told = f"{name if own and name else scope} 已不归您负责，本机的 {len(gone)} 条记录已清除，清除前做了备份。"
    if kept:
        told += f"没有被采用的 {kept} 步内容服务器留着交主管处理，本机也还看得到。"
    present.report.notes.append(told)
