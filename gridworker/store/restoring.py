"""Restoring a backup as the ledger of a home, under a new name of the device; what lies there goes aside first.

All is made ready in a folder of its own and checked there. Until the exchange is planned nothing of the home changes,
and whatever ends the work before, a fault, a stop or a kill, leaves the home as it was.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gridworker.errors import Cancelled
from gridworker.store import backup as backups
from gridworker.store import keys, patience, restorable, swapping
from gridworker.store.anchor import read_marks
from gridworker.store.backup import Backup, Progress, Stop
from gridworker.store.blob_file import BLOBS
from gridworker.store.blob_return import Brought, bring_back, records_lacking, wanted_by
from gridworker.store.driver import KeyBytes
from gridworker.store.errors import (
    DamagedSidecar,
    DiskFull,
    DiskTrouble,
    MissingSidecar,
    NoHome,
    ReadOnlyHome,
    StoreError,
)
from gridworker.store.home import SIDECAR, Lock, make_home, raise_if_remote, translate_os
from gridworker.store.recovery_facts import standing
from gridworker.store.renaming import go_on_as_new
from gridworker.store.safety_errors import (
    DamagedBackup,
    HomeStands,
    NoBackup,
    NoRoomToRestore,
    OnlyBackups,
    SeveralLedgers,
    SourceClosed,
    SourceGone,
)
from gridworker.store.sidecar import read_sidecar, write_sidecar
from gridworker.store.store import Store, WriteTx

_PART = 1 << 20
_KILO = 1 << 10
# For the log of the new ledger and its first saves.
_MARGIN = 64 << 20
_UNREADABLE = (DamagedSidecar, MissingSidecar, NoHome, OnlyBackups, DiskTrouble, ReadOnlyHome)


@dataclass(frozen=True)
class Restored:
    """Which backup is the ledger now, how many newer ones did not hold, and where the former files lie."""

    made_at: datetime
    reason: str
    skipped: int
    aside: str
    incarnation: int
    photos: Brought
    standing: Mapping[str, int]


def restore(
    home: Path,
    source: Path,
    secret: str,
    *,
    ledger: str = "",
    aside: bool = False,
    now: datetime | None = None,
    progress: Progress = lambda *_: None,
    cancelled: Stop = lambda: False,
) -> Restored:
    """Makes a backup the ledger of a home. `source` is one backup, a folder of them, or the database in one.

    Without `aside` a home that stands is refused; with it the ledger is moved into a folder of its own. Photos that the
    backup names are brought along; a photo file that holds stays, and one that does not is moved with the ledger.
    `ledger` begins the name of the one that is meant where copies of several lie there.
    """
    candidates = _meant(source, ledger)
    raise_if_remote(home)
    make_home(home)
    swapping.finish(home, lock=True)
    stands = keys.has_home(home)
    if stands and not aside:
        raise HomeStands
    lock = Lock(home)
    try:
        with _staged(home) as staged:
            work = _Work(home, staged, source, progress, cancelled)
            return _restored(work, candidates, secret, stands=stands, now=now)
    finally:
        lock.release()


@dataclass(frozen=True)
class _Work:
    """Where it is done, from where, and who watches."""

    home: Path
    staged: Path
    source: Path
    progress: Progress
    cancelled: Stop


def _meant(source: Path, ledger: str) -> Sequence[Backup]:
    found = [one for one in restorable.look(source) if one.ledger.startswith(ledger)]
    if not found:
        raise NoBackup
    if len(found) > 1:
        raise SeveralLedgers(len(found))
    return found[0].copies


@contextmanager
def _staged(home: Path) -> Iterator[Path]:
    """A folder to make the coming files in; nothing of it stays unless the exchange was planned."""
    try:
        yield swapping.begin(home)
    except DiskFull as failed:
        raise NoRoomToRestore from failed
    except OSError as failed:
        known = translate_os(failed)
        raise (NoRoomToRestore() if isinstance(known, DiskFull) else known) from failed
    finally:
        swapping.discard(home)


def _restored(
    work: _Work, candidates: Sequence[Backup], secret: str, *, stands: bool, now: datetime | None
) -> Restored:  # fmt: skip
    home, staged = work.home, work.staged
    chosen, data_key, skipped = _first_good(work, candidates, secret)
    above, beside = _known_incarnation(home, data_key), backups.listing(chosen.path.parent)
    floor = max(one.number for one in (*candidates, *beside))
    incarnation = stage(staged, chosen, data_key, above=above, floor=floor, now=now)
    there = _standing(staged, data_key)
    photos = _bring_photos(work, chosen, data_key)
    foreign = (home / BLOBS).exists() and not (photos.rebuilt or photos.kept)
    if not stands:
        _forget_keyring(staged)
        # Before the exchange: a cut behind it must leave no ledger without the count that it expects.
        patience.begin(home, data_key)
    also = (f"{BLOBS}-wal", f"{BLOBS}-shm", BLOBS) if foreign else ()
    folder = swapping.commit(home, aside=f"aside-{swapping.stamp(now)}", also=also)
    if stands:
        # The count of wrong secrets at the former lock says nothing about this one.
        patience.begin(home, data_key)
    return Restored(chosen.at, chosen.reason, skipped, folder.name if stands else "", incarnation, photos, there)


def _forget_keyring(staged: Path) -> None:
    """What another machine's keyring holds opens nothing here, and would be asked at every start."""
    sidecar = read_sidecar(staged / SIDECAR)
    if keys.KEYRING in sidecar.kinds():
        write_sidecar(staged / SIDECAR, sidecar.without(keys.KEYRING))


def _bring_photos(work: _Work, chosen: Backup, data_key: KeyBytes) -> Brought:
    work.progress(0, 0, "正在找回照片")
    photos = bring_back(
        work.home, work.staged, data_key, wanted_by(work.staged, data_key), places=(chosen.path, work.source),
        progress=work.progress, cancelled=work.cancelled,
    )  # fmt: skip
    if work.cancelled():
        raise Cancelled
    # What a medium takes along when it is pulled out is not lost: it is to be plugged in again.
    _raise_if_gone(chosen)
    return replace(photos, records=records_lacking(work.staged, data_key, photos.missing))


def stage(
    staged: Path, chosen: Backup, data_key: KeyBytes, *, above: int, floor: int = 0, now: datetime | None = None
) -> int:
    """Gives a copy that was made ready its new name; which incarnation that is.

    Its own backups are numbered above `floor`, so that in a folder with those before they are the newer ones.
    """
    store = Store.open(staged, data_key)

    def rename(tx: WriteTx) -> int:
        fresh = go_on_as_new(tx, above=above, now=now)
        tx.set_meta(backups.FLOOR, str(floor))
        detail = {"backup": chosen.number, "links": chosen.links, "incarnation": fresh}
        tx.audit("restore", actor_id=tx.meta("actor_id") or "", detail=detail)
        return fresh

    try:
        return store.write(rename)
    finally:
        store.close()


def _standing(staged: Path, data_key: KeyBytes) -> dict[str, int]:
    store = Store.open(staged, data_key)
    try:
        with store.read() as tx:
            return standing(tx)
    finally:
        store.close()


def _first_good(work: _Work, candidates: Sequence[Backup], secret: str) -> tuple[Backup, KeyBytes, int]:
    """The newest copy that holds, made ready; whether it holds is told by what arrived here."""
    for skipped, one in enumerate(candidates):
        try:
            data_key = _unlocked(one, secret, work.home)
            _fetch(work, one)
            work.progress(0, 0, "正在核对备份")
            backups.verify(replace(one, path=work.staged), data_key)
        except DamagedBackup:
            if len(candidates) == 1:
                raise
            swapping.begin(work.home)
            continue
        return one, data_key, skipped
    raise DamagedBackup


def _unlocked(one: Backup, secret: str, home: Path) -> KeyBytes:
    try:
        return keys.unlock_copy(one.path, secret, counted_in=home)
    except _UNREADABLE as failed:
        _raise_if_gone(one)
        if isinstance(failed, ReadOnlyHome):
            raise SourceClosed from failed
        raise DamagedBackup from failed


def _fetch(work: _Work, one: Backup) -> None:
    if shutil.disk_usage(work.home).free < one.size + _MARGIN:
        raise NoRoomToRestore.of(one.size + _MARGIN)
    for path in (one.path / SIDECAR, one.database):
        parts = _parts_of(path, one)
        with (work.staged / path.name).open("wb") as target:
            done = 0
            for part in parts:
                if work.cancelled():
                    raise Cancelled
                target.write(part)
                done += len(part)
                work.progress(done // _KILO, one.size // _KILO, "正在复制台账")
            target.flush()
            os.fsync(target.fileno())


def _parts_of(path: Path, one: Backup) -> Iterator[bytes]:
    """The bytes of a copy; what hinders their reading is told of the medium, not of this machine."""
    try:
        with path.open("rb") as file:
            while part := file.read(_PART):
                yield part
    except OSError as failed:
        _raise_if_gone(one)
        raise (SourceClosed if isinstance(failed, PermissionError) else DamagedBackup) from failed


def _raise_if_gone(one: Backup) -> None:
    if not (one.path / backups.FACTS).exists():
        raise SourceGone


def _known_incarnation(home: Path, data_key: KeyBytes) -> int:
    """The last name the present files know of, where they can still say it; a server knows better and tells."""
    try:
        newest = read_marks(home, data_key).newest
    except StoreError:
        return 0
    return newest.incarnation if newest else 0
