"""Backups without asking: when one is due, making it beside the work, and a copy in a second place.

The window asks `due` a moment after unlocking and every few minutes, and runs `make` on its worker when it names a
reason. Nothing here stops the work: what could not be done is said in `BackupReport.text`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gridworker.errors import KnownError
from gridworker.ledger.dates import CHINA
from gridworker.operations import backup_photos, purging
from gridworker.operations.backup_photos import NO_PHOTOS, PhotoShare
from gridworker.operations.second_place import folder_in, put, second_place, send, set_second_place
from gridworker.operations.second_place import lacks as second_lacks
from gridworker.operations.second_place import state as second_state
from gridworker.operations.session import Session
from gridworker.store import audit, backup_plan
from gridworker.store import backup as files
from gridworker.store.backup import BACKUPS, Backup, Progress, Stop
from gridworker.store.ballast import Ballast
from gridworker.store.safety_errors import NoBackup

__all__ = ["folder_in", "second_place", "second_state", "set_second_place"]
REASONS = {
    "start": "每日", "hourly": "每小时", "manual": "手动", "migration": "升级前", "import": "导入前", "purge": "清除前",
    "pull": "大批接收前",
}  # fmt: skip
PHOTO_GIGABYTES = backup_photos.LOCAL_BUDGET >> 30
PURGE = "purge"
"""The reason where a grid was taken away, and something of it still lies here."""
SECOND = "second"
"""The reason to send to the second place what it lacks, without another backup here."""


@dataclass(frozen=True)
class BackupReport:
    """What was made, whether the second place has all of it too (None where there is none), and that in words."""

    made_at: datetime
    reason: str
    size: int
    second: bool | None
    text: str
    photos: PhotoShare = NO_PHOTOS
    second_photos: PhotoShare = NO_PHOTOS
    second_full_at: str = ""
    cleared: str = ""
    """What went of a grid that was taken away, in words."""


@dataclass(frozen=True)
class Line:
    """One backup for a list."""

    path: Path
    made_at: datetime
    reason: str
    size: int
    photos: int = 0


def due(session: Session) -> str | None:
    """Why a backup should be made now, or None; a few small reads."""
    if purging.is_owed(session):
        return PURGE
    present = files.listing(session.home / BACKUPS)
    newest = present[0] if present else None
    with session.store.read() as tx:
        worked = newest is None or audit.head(tx).links != newest.links
    reason = backup_plan.is_due(newest.planned() if newest else None, session.now(), worked=worked)
    if reason is None and newest is not None and second_lacks(session, newest):
        return SECOND
    return reason


def make(
    session: Session,
    reason: str = "manual",
    *,
    progress: Progress = lambda _done, _total, _text: None,
    cancelled: Stop = lambda: False,
) -> BackupReport:
    """A backup beside the work, photos included, and both in the second place; raises what the person must hear."""
    begun = purging.clear_home(session)
    made = _made(session, PURGE if begun.owed else reason, progress, cancelled)
    cleared = purging.clear_here(session, begun)
    photos = NO_PHOTOS
    if backup_photos.has_photos(session):
        photos = backup_photos.into_local(session, progress, cancelled)
    place = second_place(session)
    sent = send(session, made, place, progress, cancelled) if place else None
    if place and sent and sent.complete and sent.photos.held:
        backup_photos.ease_local(session, folder_in(session, place))
    said = [f"已备份 · {made.at.astimezone(CHINA):%m-%d %H:%M}。"]
    if backup_photos.has_photos(session):
        said.append(backup_photos.local_words(photos))
    said.append(cleared)
    if sent:
        said.append("第二个位置也存好了。" if sent.complete else sent.text + second_state(session).words)
    return BackupReport(
        made.at, made.reason, made.size, sent.complete if sent else None, "".join(said), photos,
        sent.photos if sent else NO_PHOTOS, second_state(session).full_at if sent else "",
        cleared,
    )  # fmt: skip


def before(session: Session, reason: str) -> str:
    """A backup before something large; empty, or a sentence on why there is none. The work goes on in either case."""
    try:
        session.store.back_up(reason, now=session.now())
    except KnownError as failed:
        return f"{failed.title}{failed.action}"
    if backup_photos.has_photos(session):
        return backup_photos.into_local(session, _quiet, _never).problem
    return ""


def copy_out(session: Session, place: Path, *, progress: Progress = lambda _done, _total, _text: None) -> Line:
    """A fresh backup with every photo in a place of the person's choice; raises KnownError where it cannot be."""
    made = session.store.back_up("manual", now=session.now())
    copied, photos = put(session, made, place, progress, _never)
    session.store.write(lambda tx: tx.audit("backup_out", actor_id=session.actor.id, detail={"links": made.links}))
    if not photos.complete:
        text = backup_photos.second_words(photos)
        raise KnownError(text, safe="台账本身已经备份过去。", action="存好的照片下次不用再存。")
    return Line(copied.path, copied.at, copied.reason, copied.size, photos.held)


def listing(session: Session) -> list[Line]:
    """The backups of this home, the newest first."""
    present = files.listing(session.home / BACKUPS)
    return [Line(one.path, one.at, REASONS.get(one.reason, one.reason), one.size) for one in present]


def check_newest(session: Session) -> Callable[[], datetime]:
    """The newest backup, for a check that may take a moment: when it was made, or DamagedBackup or NoBackup."""

    def check() -> datetime:
        present = files.listing(session.home / BACKUPS)
        if not present:
            raise NoBackup
        files.verify(present[0], session.store.lend_key())
        return present[0].at

    return check


def _made(session: Session, reason: str, progress: Progress, cancelled: Stop) -> Backup:
    present = files.listing(session.home / BACKUPS) if reason == SECOND else []
    if present:
        return present[0]
    # Room to finish the work on a full disk is taken while there is plenty.
    Ballast(session.home).lay()
    return session.store.back_up(
        "manual" if reason == SECOND else reason, now=session.now(), progress=progress, cancelled=cancelled
    )


def _quiet(_done: int, _total: int, _text: str) -> None:
    """Nobody watches."""


def _never() -> bool:
    return False
