"""A grid that was taken away: after its work has outcomes, and after a backup, it leaves the open database."""

from __future__ import annotations

from gridworker.errors import KnownError
from gridworker.store import leaving
from gridworker.sync.meeting import Meeting


def leave_revoked(present: Meeting) -> None:
    """Takes out the grids the server names as taken away; mere absence from its words takes nothing out.

    What lies outside the database follows when the meeting is over (`operations.purging`).
    """
    with present.store.read() as tx:
        owed = [scope for scope in present.welcome.revoked if leaving.is_owed(tx, scope)]
        ended = [scope for scope in owed if not leaving.unjudged(tx, scope)]
    if not ended:
        return
    try:
        # It shows that every page can be read, and is there until a copy without the grid has proven itself.
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
    present.report.changed.update(gone.records)
    told = f"{name if own and name else scope} 已不归您负责，本机的 {len(gone.records)} 条记录已清除。"
    if kept:
        told += f"没有被采用的 {kept} 步内容服务器留着，交主管处理。"
    if gone.drafts:
        told += f"没有保存的 {gone.drafts} 份草稿也清除了。"
    if gone.photos:
        told += f"只属于它的 {gone.photos} 张照片服务器还没有，先加密留着，不再显示，可在“设置”里清除。"
    present.report.notes.append(told)
