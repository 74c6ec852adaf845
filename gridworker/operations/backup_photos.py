"""The photos' part of a backup: what the local vault and the one of a second place take, and that in words.

Locally a second copy guards against a damaged or deleted photo file, not against a broken disk or a thief; so it gets
a budget, and free room comes first. While there is no second place, the vault keeps whatever it has and says what found
no room. Once a second place has every photo, the local vault lets the oldest go before it is full: then what is newest,
and not yet elsewhere, always finds room here. The second place holds every photo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from gridworker.errors import KnownError
from gridworker.operations.session import Session
from gridworker.store import backup as files
from gridworker.store import blob_filling, blob_names, blob_waiting
from gridworker.store.backup import BACKUPS, Progress, Stop
from gridworker.store.blob_filling import Filled, Room
from gridworker.store.blob_pack import DamagedPack
from gridworker.store.blob_vault import Vault
from gridworker.store.blobs import BLOBS_BEGUN, blob_key
from gridworker.store.home import translate_os

LOCAL_BUDGET, LOCAL_FREE = 4 << 30, 1 << 30
"""Bytes that copies of photos may take on the disk of the ledger, and what stays free there beside them."""
_LOCAL_LEAST = LOCAL_BUDGET * 3 // 4
_SECOND_FREE = 8 << 20
_SUSPECT = "photo_vault_suspect"
_GIGA = 1 << 30
_CHECKED, _CHUNK = _GIGA, 2_000


@dataclass(frozen=True)
class PhotoShare:
    """How many photos a place has, got now, found no room for, and could not be read; `problem` where nothing went."""

    held: int = 0
    added: int = 0
    waiting: int = 0
    unread: int = 0
    problem: str = ""

    @property
    def complete(self) -> bool:
        """Whether every photo that can be read lies there."""
        return not self.waiting and not self.problem


NO_PHOTOS = PhotoShare()


def has_photos(session: Session) -> bool:
    """Whether a photo was ever kept in this home."""
    with session.store.read() as tx:
        return tx.meta(BLOBS_BEGUN) is not None


def vault(session: Session, folder: Path) -> Vault:
    """The vault beside the backups in a folder."""
    return Vault(folder, blob_key(session.store.lend_key()))


def local_folder(session: Session) -> Path:
    """Where the backups of this home lie."""
    return session.home / BACKUPS


def into_local(session: Session, progress: Progress, cancelled: Stop) -> PhotoShare:
    """Brings the local vault up to date; what hinders it is told, for the copy of the ledger is made already."""
    try:
        done = _fill(session, local_folder(session), Room(LOCAL_BUDGET, LOCAL_FREE), progress, cancelled)
    except KnownError as failed:
        return PhotoShare(problem=failed.title)
    except OSError as failed:
        return PhotoShare(problem=translate_os(failed).title)
    except DamagedPack:
        return PhotoShare(problem="照片备份写下去读不回来，磁盘可能有坏道。")
    return _share(done)


def into_second(session: Session, folder: Path, progress: Progress, cancelled: Stop) -> PhotoShare:
    """Brings the vault of a second place up to date; raises OSError or DamagedPack where the place fails."""
    try:
        return _share(_fill(session, folder, Room(None, _SECOND_FREE), progress, cancelled))
    except KnownError as failed:
        return PhotoShare(problem=failed.title)


def ease_local(session: Session, second: Path) -> None:
    """Lets the oldest photos of the local vault go before it is full; only right after a second place had them all."""
    local = vault(session, local_folder(session))
    try:
        blob_filling.trim(local, _LOCAL_LEAST, vault(session, second))
    except OSError:
        # It is tried again with the next backup.
        return


def want_all_local(session: Session) -> None:
    """The second place is another one now: what was let go of here is wanted here again."""
    if has_photos(session):
        blob_filling.forget_floor(vault(session, local_folder(session)))


def local_words(share: PhotoShare) -> str:
    """What the local vault has, as a sentence."""
    said = [f"照片 {share.held} 张都有备份。" if share.complete and not share.unread else ""]
    if share.problem:
        said.append(f"照片没有备份：{share.problem}")
    if share.waiting:
        limit = f"本机的照片备份最多占 {LOCAL_BUDGET // _GIGA} GB，并给磁盘留 {LOCAL_FREE // _GIGA} GB 空闲"
        said.append(f"有 {share.waiting} 张照片本机放不下第二份（{limit}），请用第二个备份位置。")
    return "".join(said) + _unread_words(share)


def second_words(share: PhotoShare) -> str:
    """What kept photos from a second place, as a sentence; empty where it has all."""
    if share.problem:
        return f"照片没有存过去：{share.problem}"
    return f"第二个位置放不下，还差 {share.waiting} 张照片，请腾出空间。" if share.waiting else ""


@dataclass(frozen=True)
class VaultCheck:
    """What a check of a vault found: photos that should be there, read back, damaged, and not there at all."""

    held: int
    read: int
    damaged: int
    missing: int

    @property
    def words(self) -> str:
        """As sentences."""
        part = "全部" if self.read + self.damaged >= self.held else f"抽查 {self.read + self.damaged} 张，"
        whole = f"有 {self.held} 张，{part}能读回来。" if self.held else "还没有照片。"
        said = whole if not self.damaged else f"{self.damaged} 张读不回来。"
        if self.damaged:
            said += "下次备份会从本机重新存。"
        return said + (f"还差 {self.missing} 张，下次备份会补上。" if self.missing else "")


def check(session: Session, folder: Path, *, everything: bool = False) -> VaultCheck:
    """Reads photos of a vault back: all of them up to a gigabyte, beyond that as many by chance unless `everything`."""
    place = vault(session, folder)
    found = place.check(limit=None if everything else _CHECKED)
    seen = place.look().catalog
    floor = seen.floor if seen.source == session.blobs.identity else 0
    held, missing, row = place.addresses(seen), 0, floor
    while rows := session.blobs.after(row, _CHUNK):
        missing += sum(raw not in held for _row, raw, _size in rows)
        row = rows[-1][0]
    return VaultCheck(found.photos, found.read, found.damaged, missing)


def suspect(session: Session, folder: Path) -> None:
    """The next run reads all of this vault and copies again what does not hold."""
    session.store.write(lambda tx: tx.set_meta(_key(session, folder), "1"))


def _fill(session: Session, folder: Path, room: Room, progress: Progress, cancelled: Stop) -> Filled:
    key = _key(session, folder)
    with session.store.read() as tx:
        doubted = tx.meta(key) == "1"
    kept = files.listing(folder)
    place = vault(session, folder)
    done = blob_filling.fill(
        place,
        session.blobs,
        room,
        # The copies of the ledger kept here decide what may go: none of them is to name a photo that is not here.
        links=min((one.links for one in kept), default=0),
        suspect=doubted,
        progress=progress,
        cancelled=cancelled,
    )
    missed = blob_waiting.keep(
        place, session.blobs.originals, keep_free=room.keep_free, named=lambda: _passing(session)
    )
    if doubted:
        session.store.write(lambda tx: tx.set_meta(key, ""))
    return replace(done, waiting=done.waiting + missed)


def _passing(session: Session) -> set[str]:
    with session.store.read() as tx:
        return blob_names.passing(tx)


def _key(session: Session, folder: Path) -> str:
    return f"{_SUSPECT}_{'local' if folder == local_folder(session) else 'second'}"


def _share(done: Filled) -> PhotoShare:
    return PhotoShare(done.held, done.added, done.waiting, done.unread)


def _unread_words(share: PhotoShare) -> str:
    if not share.unread:
        return ""
    return f"有 {share.unread} 张照片在本机读不出来，没有备份，请用“恢复台账”（命令 gridworker recover）找回。"
