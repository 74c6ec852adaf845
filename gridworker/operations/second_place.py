"""The second place for backups, as a stick or a share: what it has, sending what it lacks, and why it could not be.

The copy of the ledger goes first, for records outrank photos; the place counts as full only when every photo has
followed. What is cut off half way is no backup there, and the next time goes on where this one stopped.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from gridworker.errors import KnownError
from gridworker.ledger.dates import CHINA
from gridworker.operations import backup_photos, purging
from gridworker.operations.backup_photos import NO_PHOTOS, PhotoShare
from gridworker.operations.session import Session
from gridworker.store import backup as files
from gridworker.store import keys
from gridworker.store.backup import ELSEWHERE, Backup, Progress, Stop
from gridworker.store.blob_pack import DamagedPack
from gridworker.store.errors import DamagedSidecar, DiskFull, ReadOnlyHome, StoreError
from gridworker.store.home import SIDECAR, translate_os
from gridworker.store.safety_errors import DamagedBackup
from gridworker.store.sidecar import read_sidecar
from gridworker.store.transactions import WriteTx

_PLACE, _STATE, _APART = "backup_place", "backup_place_state", "backup_place_apart"
_AGAIN = timedelta(hours=1)
AWAY = "第二个备份位置现在连不上，连上后会自动补存。"


@dataclass(frozen=True)
class SecondState:
    """What is known of the second place: the last backup that is there whole with all photos, and when that was."""

    place: str = ""
    number: int = 0
    full_at: str = ""
    photos: int = 0
    complete: bool = False
    tried_at: str = ""

    @property
    def words(self) -> str:
        """When it last had everything, as a sentence."""
        if not self.full_at:
            return "第二个位置还没有存全过。"
        at = datetime.fromisoformat(self.full_at).astimezone(CHINA)
        return f"第二个位置上次存全是 {at:%Y-%m-%d %H:%M}" + (f"，照片 {self.photos} 张。" if self.photos else "。")


@dataclass(frozen=True)
class Sent:
    """How a sending ended: whether all is there, in words if not, and the photos the place has."""

    complete: bool
    text: str
    photos: PhotoShare = NO_PHOTOS


def second_place(session: Session) -> Path | None:
    """Where copies go beside this disk."""
    with session.store.read() as tx:
        known = tx.meta(_PLACE)
    return Path(known) if known else None


def set_second_place(session: Session, place: Path | None) -> None:
    """Chooses a second place, as a stick or a share of the office; None for no second place."""
    if place is not None and not place.is_dir():
        raise KnownError("没有这个文件夹。", safe="没有改动。", action="请插好 U 盘或连上共享后再选。")
    text = str(place.absolute()) if place else ""
    former = second_place(session)
    apart = "1" if place and not _on_one_disk(session, place) else ""

    def choose(tx: WriteTx) -> None:
        tx.set_meta(_PLACE, text)
        tx.set_meta(_APART, apart)

    session.store.write(choose)
    if former is not None and str(former) != text:
        backup_photos.want_all_local(session)


def is_there(session: Session, place: Path) -> bool:
    """Whether the chosen place can be written to, and is what was chosen.

    Where a stick was pulled, its folder may stay behind on the disk of the home: a copy there would be no second one.
    """
    if not place.is_dir():
        return False
    with session.store.read() as tx:
        was_apart = bool(tx.meta(_APART))
    return not (was_apart and _on_one_disk(session, place))


def _on_one_disk(session: Session, place: Path) -> bool:
    try:
        return place.stat().st_dev == session.home.stat().st_dev
    except OSError:
        return False


def state(session: Session) -> SecondState:
    """What is known of the chosen second place."""
    place = second_place(session)
    with session.store.read() as tx:
        raw = tx.meta(_STATE)
    known = SecondState(**json.loads(raw)) if raw else SecondState()
    return known if place and known.place == str(place) else SecondState(place=str(place or ""))


def lacks(session: Session, newest: Backup) -> bool:
    """Whether the second place is there and has not all; where it failed it is left in peace for an hour."""
    place = second_place(session)
    if place is None:
        return False
    known = state(session)
    if not is_there(session, place):
        if known.tried_at:
            _keep(session, replace(known, tried_at=""))
        return False
    if known.complete and known.number == newest.number and not _is_out_of_line(session, place):
        return False
    return not known.tried_at or abs(session.now() - datetime.fromisoformat(known.tried_at)) >= _AGAIN


def _is_out_of_line(session: Session, place: Path) -> bool:
    # Where no grid ever left, the medium is not asked.
    return purging.has_left(session) and purging.is_owed_at(session, folder_in(session, place))


def send(session: Session, made: Backup, place: Path, progress: Progress, cancelled: Stop) -> Sent:
    """Brings the chosen second place up to a backup and every photo; never raises for what the place does."""
    # A stick that is not plugged in must not leave an empty folder at its place.
    if not is_there(session, place):
        return Sent(complete=False, text=AWAY)
    known = replace(state(session), complete=False, tried_at=session.now().isoformat())
    try:
        _copied, share = put(session, made, place, progress, cancelled)
    except KnownError as failed:
        _keep(session, known)
        return Sent(complete=False, text=f"{failed.title}{failed.action}")
    if share.complete:
        at = made.at.isoformat()
        known = SecondState(str(place), made.number, at, share.held, complete=True)
    _keep(session, known)
    return Sent(share.complete, backup_photos.second_words(share), share)


def put(session: Session, made: Backup, place: Path, progress: Progress, cancelled: Stop) -> tuple[Backup, PhotoShare]:
    """Puts a backup and all photos into a place; raises KnownError that says what was wrong with it."""
    try:
        folder = folder_in(session, place)
        copied = files.copy_to(made, folder, session.store.lend_key())
        purging.clear_place(session, folder)
        if not backup_photos.has_photos(session):
            return copied, NO_PHOTOS
        return copied, backup_photos.into_second(session, folder, progress, cancelled)
    except (OSError, DamagedBackup, DamagedPack) as failed:
        raise _why(failed, place) from failed


def folder_in(session: Session, place: Path) -> Path:
    """The folder of this ledger in a place; one of the same short name that is another ledger's is left alone."""
    with session.store.read() as tx:
        device = tx.meta("device_id") or ""
    usual = place / f"{ELSEWHERE}-{device[:8]}"
    ours = keys.database_of(session.home)
    for one in files.listing(usual):
        with suppress(DamagedSidecar, StoreError):
            return usual if read_sidecar(one.path / SIDECAR).database == ours else place / f"{ELSEWHERE}-{device}"
    return usual


def _why(failed: Exception, place: Path) -> KnownError:
    safe = "本机的备份已经做好。"
    if isinstance(failed, (DamagedBackup, DamagedPack)):
        return KnownError(
            "第二个备份位置写下去读不回来。", safe=safe, action="U 盘可能坏了，请换一个；没写好的不算备份。"
        )
    kind = type(translate_os(failed)) if isinstance(failed, OSError) else type(failed)
    if kind is DiskFull:
        return KnownError(
            "第二个备份位置满了。", safe=safe, action="请腾出空间或换一个；没写完的不算备份，下次会接着存。"
        )
    if kind is ReadOnlyHome:
        return KnownError("第二个备份位置不能写入。", safe=safe, action="请关掉 U 盘的写保护，或检查共享的权限。")
    if not place.exists():
        return KnownError("备份到一半，第二个位置断开了。", safe=safe, action="没写完的不算备份；接上后会自动补存。")
    return KnownError(
        "备份没能写到第二个位置。", safe=safe, action="请检查 U 盘或共享是否插好、有没有空间；下次备份时会自动再写。"
    )


def _keep(session: Session, known: SecondState) -> None:
    text = json.dumps(asdict(known))
    session.store.write(lambda tx: tx.set_meta(_STATE, text))
