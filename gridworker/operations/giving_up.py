"""What a grid that was taken away left here and no server has: photos, and former files with steps nobody judged.

It is kept sealed and shown nowhere, since it is the only copy; a person says when it may go.
"""

from __future__ import annotations

from dataclasses import dataclass

from gridworker.operations import backups
from gridworker.operations.session import Session
from gridworker.store import leaving, purged
from gridworker.store.backup import Progress, Stop
from gridworker.store.store import WriteTx


@dataclass(frozen=True)
class Kept:
    """So many photos, and the names of the folders beside the ledger."""

    photos: int = 0
    folders: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.photos or self.folders)

    @property
    def words(self) -> str:
        """What there is, for whoever decides."""
        photos = [f"{self.photos} 张照片"] if self.photos else []
        folders = [f"放在旁边的 {'、'.join(self.folders)}"] if self.folders else []
        return f"不再负责的网格留下 {'，和'.join(photos + folders)}，服务器可能没有。它们加密留着，不再显示。"


def kept(session: Session) -> Kept:
    """What only a person may give up; reads the folders that were put aside."""
    with session.store.read() as tx:
        photos, left = len(purged.kept_photos(tx)), leaving.grids_left(tx)
    folders = purged.asides_holding(session.home, session.store.lend_key(), left) if left else ()
    return Kept(photos, folders)


def give_up(session: Session, *, progress: Progress, cancelled: Stop = lambda: False) -> str:
    """Removes it for good, with its copies here and in the second place; what went, in words.

    A second place that is not there now is brought in line when it is next there.
    """
    with session.store.read() as tx:
        left = leaving.grids_left(tx)
    session.store.write(lambda tx: _let_go(session, tx))
    asides = purged.clear_asides(session.home, session.store.lend_key(), left, None)
    told = f"已清除 {'、'.join(asides.gone)}。" if asides.gone else ""
    return told + backups.make(session, backups.PURGE, progress=progress, cancelled=cancelled).text


def _let_go(session: Session, tx: WriteTx) -> None:
    photos = len(purged.kept_photos(tx))
    purged.let_go(tx)
    tx.audit("purge", actor_id=session.actor.id, detail={"photos": photos})
