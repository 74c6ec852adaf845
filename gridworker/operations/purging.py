"""After a grid was taken away: what of it lies outside the open database goes too, and never before a good copy stands.

The order: its operations have outcomes and its rows are out (`sync.leaving`); then the photos only it had, the free
pages of the file, a new backup that is proven, and only behind that one the older copies, here at once and in the
second place when it is next there.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gridworker.errors import KnownError
from gridworker.operations import backup_photos
from gridworker.operations.session import Session
from gridworker.store import leaving, purged, swapping
from gridworker.store.backup import BACKUPS

_HERE = "here"


@dataclass(frozen=True)
class Begun:
    """Whether a grid left since the copies here were brought in line, and what of it was done first."""

    owed: bool = False
    photos: int = 0
    clean: bool = True


def is_owed(session: Session) -> bool:
    """Whether a grid left and copies of it still lie in this home."""
    with session.store.read() as tx:
        return purged.is_owed(tx, _HERE)


def clear_home(session: Session) -> Begun:
    """The photos and the free pages. What cannot be done now is tried again with every backup, which it never stops."""
    photos, owed = 0, is_owed(session)
    clean = True
    if backup_photos.has_photos(session):
        with suppress(KnownError):
            photos = purged.clear_photos(session.store, session.blobs)
    if owed:
        try:
            clean = purged.clear_file(session.store)
        except KnownError:
            clean = False
    return Begun(owed, photos, clean)


def clear_here(session: Session, begun: Begun) -> str:
    """The copies beside the work and the files put aside, behind a new copy that is proven; what went, in words."""
    said = [f"留下的 {begun.photos} 张照片清除了。"] if begun.photos else []
    folder, key = session.home / BACKUPS, session.store.lend_key()
    with session.store.read() as tx:
        left, times = leaving.grids_left(tx), purged.times(tx)
    if begun.owed and begun.clean and purged.clear_copies(folder, key, left):
        with session.store.read() as tx:
            known = purged.known_ops(tx)
        asides = purged.clear_asides(session.home, key, left, known)
        if asides.gone:
            said.append(f"以前放在旁边的 {'、'.join(asides.gone)} 里也有它，一并清除了。")
        if asides.kept:
            said.append(f"以前放在旁边的 {'、'.join(asides.kept)} 里可能有没上传过的内容，先留着。")
        swapping.discard(session.home)
        session.store.write(lambda tx: purged.note_done(tx, _HERE, times))
    return "".join(said)


def clear_place(session: Session, folder: Path) -> None:
    """The copies in another place, where its newest one holds and is free of the grids that left."""
    with session.store.read() as tx:
        left, times, owed = leaving.grids_left(tx), purged.times(tx), purged.is_owed(tx, str(folder))
    if owed and purged.clear_copies(folder, session.store.lend_key(), left):
        session.store.write(lambda tx: purged.note_done(tx, str(folder), times))


def has_left(session: Session) -> bool:
    """Whether a grid was ever taken away from this ledger."""
    with session.store.read() as tx:
        return purged.times(tx) > 0


def is_owed_at(session: Session, folder: Path) -> bool:
    """Whether a place may still hold copies of a grid that left."""
    with session.store.read() as tx:
        return purged.is_owed(tx, str(folder))
