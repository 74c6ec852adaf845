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
from gridworker.operations.session import Session
from gridworker.store import audit, backup_plan
from gridworker.store import backup as files
from gridworker.store.backup import BACKUPS, ELSEWHERE, Backup, Progress, Stop
from gridworker.store.ballast import Ballast
from gridworker.store.safety_errors import DamagedBackup, NoBackup

REASONS = {
    "start": "每日", "hourly": "每小时", "manual": "手动", "migration": "升级前", "import": "导入前", "purge": "清除前",
    "pull": "大批接收前",
}  # fmt: skip
_SECOND_PLACE = "backup_place"


@dataclass(frozen=True)
class BackupReport:
    """What was made, whether the second place has it too (None where there is none), and that in words."""

    made_at: datetime
    reason: str
    size: int
    second: bool | None
    text: str


@dataclass(frozen=True)
class Line:
    """One backup for a list."""

    path: Path
    made_at: datetime
    reason: str
    size: int


def due(session: Session) -> str | None:
    """Why a backup should be made now, or None; two small reads."""
    present = files.listing(session.home / BACKUPS)
    newest = present[0] if present else None
    with session.store.read() as tx:
        worked = newest is None or audit.head(tx).links != newest.links
    return backup_plan.is_due(newest.planned() if newest else None, session.now(), worked=worked)


def make(
    session: Session,
    reason: str = "manual",
    *,
    progress: Progress = lambda _done, _total, _text: None,
    cancelled: Stop = lambda: False,
) -> BackupReport:
    """A backup beside the work, and its copy in the second place; raises what the person must hear, as of damage."""
    # Room to finish the work on a full disk is taken while there is plenty.
    Ballast(session.home).lay()
    made = session.store.back_up(reason, now=session.now(), progress=progress, cancelled=cancelled)
    place = second_place(session)
    second = _copied(session, made, place) if place else None
    return BackupReport(made.at, reason, made.size, second, _words(made, second))


def before(session: Session, reason: str) -> str:
    """A backup before something large; empty, or a sentence on why there is none. The work goes on in either case."""
    try:
        session.store.back_up(reason, now=session.now())
    except KnownError as failed:
        return f"{failed.title}{failed.action}"
    return ""


def copy_out(session: Session, place: Path) -> Line:
    """A fresh backup in a place of the person's choice; raises KnownError where it cannot be written."""
    made = session.store.back_up("manual", now=session.now())
    copied = _put(session, made, place)
    session.store.write(lambda tx: tx.audit("backup_out", actor_id=session.actor.id, detail={"links": made.links}))
    return Line(copied.path, copied.at, copied.reason, copied.size)


def listing(session: Session) -> list[Line]:
    """The backups of this home, the newest first."""
    present = files.listing(session.home / BACKUPS)
    return [Line(one.path, one.at, REASONS.get(one.reason, one.reason), one.size) for one in present]


def second_place(session: Session) -> Path | None:
    """Where copies go beside this disk."""
    with session.store.read() as tx:
        known = tx.meta(_SECOND_PLACE)
    return Path(known) if known else None


def set_second_place(session: Session, place: Path | None) -> None:
    """Chooses a second place, as a stick or a share of the office; None for no second place."""
    if place is not None and not place.is_dir():
        raise KnownError("没有这个文件夹。", safe="没有改动。", action="请插好 U 盘或连上共享后再选。")
    text = str(place.absolute()) if place else ""
    session.store.write(lambda tx: tx.set_meta(_SECOND_PLACE, text))


def check_newest(session: Session) -> Callable[[], datetime]:
    """The newest backup, for a check that may take a moment: when it was made, or DamagedBackup or NoBackup."""

    def check() -> datetime:
        present = files.listing(session.home / BACKUPS)
        if not present:
            raise NoBackup
        files.verify(present[0], session.store.lend_key())
        return present[0].at

    return check


def _copied(session: Session, made: Backup, place: Path) -> bool:
    # A stick that is not plugged in must not leave an empty folder at its place.
    if not place.is_dir():
        return False
    try:
        _put(session, made, place)
    except KnownError:
        return False
    return True


def _put(session: Session, made: Backup, place: Path) -> Backup:
    with session.store.read() as tx:
        device = (tx.meta("device_id") or "")[:8]
    try:
        return files.copy_to(made, place / f"{ELSEWHERE}-{device}", session.store.lend_key())
    except (OSError, DamagedBackup) as failed:
        raise KnownError(
            "备份没能写到第二个位置。",
            safe="本机的备份已经做好。",
            action="请检查 U 盘或共享是否插好、有没有空间；下次备份时会自动再写。",
        ) from failed


def _words(made: Backup, second: bool | None) -> str:  # noqa: FBT001 - the third state is "none"
    said = f"已备份 · {made.at.astimezone(CHINA):%m-%d %H:%M}。"
    if second is None:
        return said
    return said + ("第二个位置也存好了。" if second else "第二个备份位置现在连不上，连上后会自动补存。")
