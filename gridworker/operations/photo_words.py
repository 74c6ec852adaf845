"""Photos after a check, a restore or a recovery, in sentences: numbers and record numbers, nothing of a resident."""

from __future__ import annotations

from pathlib import Path

from gridworker.errors import KnownError
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import backup_photos
from gridworker.operations.session import Session
from gridworker.store import blob_names
from gridworker.store.blob_return import Brought
from gridworker.store.blobs import is_address

_TOLD = 10


def photo_sentences(photos: Brought) -> list[str]:
    """What came back, what did not and in which records, and what was never here."""
    said = []
    there = photos.named - photos.lost - photos.elsewhere
    if there:
        back = f"，其中 {photos.back} 张从备份找回" if photos.back else ""
        said.append(f"记录里的照片 {there} 张都在{back}。")
    if photos.lost:
        told = "、".join(named_records(photos)[:_TOLD])
        more = f"等 {len(photos.records)} 条记录" if len(photos.records) > _TOLD else ""
        said.append(f"有 {photos.lost} 张照片没能找回" + (f"，在：{told}{more}。" if told else "。"))
    if photos.elsewhere:
        said.append(f"另有 {photos.elsewhere} 张照片是在别的电脑上添加的，本机没有。")
    if photos.problem:
        said.append(f"照片还没有找回：{photos.problem}台账不受影响；请再做一次“恢复台账”，会接着找照片。")
    return said


def named_records(photos: Brought) -> list[str]:
    """The records that lack a photo, by label and number."""
    known = all_ledgers()
    return [f"{known[ledger].label if ledger in known else ledger} {number}" for ledger, number in photos.records]


def in_place(session: Session) -> tuple[str, bool]:
    """Whether every page of the photo file holds, and every photo that was added here is in it."""
    try:
        session.blobs.raise_if_damaged()
    except KnownError as failed:
        return failed.title, False
    with session.store.read() as tx:
        added = {name for name in blob_names.named_lately(tx, 0) if is_address(name)}
        standing = blob_names.named(tx)
        wanted = sorted(added & standing)
        missing = set(wanted) - session.blobs.known(wanted).keys()
        records = tuple(blob_names.numbers_naming(tx, missing)) if missing else ()
    if missing:
        lost = Brought(named=len(wanted), lost=len(missing), records=records)
        return photo_sentences(lost)[-1].replace("没能找回", "不在本机"), False
    return f"{session.blobs.count()} 张，每一页都完好，记录里添加过的都在。", True


def in_vault(session: Session, folder: Path, *, everything: bool) -> tuple[str, bool | None]:
    """Whether the photos of a backup place can be read back; what is damaged there the next backup copies again."""
    try:
        found = backup_photos.check(session, folder, everything=everything)
    except OSError:
        return "读不出来，请检查是否插好。", False
    if found.damaged:
        backup_photos.suspect(session, folder)
        return found.words, False
    return found.words, None if found.missing else True
