"""Restoring a backup as the ledger of a home, under a new name of the device; what lies there goes aside first."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gridworker.store import backup as backups
from gridworker.store import keys, patience, swapping
from gridworker.store.anchor import read_marks
from gridworker.store.backup import BACKUPS, ELSEWHERE, Backup
from gridworker.store.blob_file import BLOBS
from gridworker.store.blob_return import Brought, bring_back, records_lacking, wanted_by
from gridworker.store.driver import KeyBytes
from gridworker.store.errors import StoreError
from gridworker.store.home import DATABASE, SIDECAR, Lock, make_home, raise_if_remote, translate_os
from gridworker.store.renaming import go_on_as_new
from gridworker.store.safety_errors import DamagedBackup, HomeStands, NoBackup
from gridworker.store.store import Store, WriteTx


@dataclass(frozen=True)
class Restored:
    """Which backup is the ledger now, how many newer ones did not hold, and where the former files lie."""

    made_at: datetime
    reason: str
    skipped: int
    aside: str
    incarnation: int
    photos: Brought


def restore(
    home: Path,
    source: Path,
    secret: str,
    *,
    aside: bool = False,
    now: datetime | None = None,
    cancelled: backups.Stop = lambda: False,
) -> Restored:
    """Makes a backup the ledger of a home. `source` is one backup, a folder of them, or the database in one.

    Without `aside` a home that stands is refused; with it the ledger is moved into a folder of its own. Photos that the
    backup names are brought along; a photo file that holds stays, and one that does not is moved with the ledger.
    """
    candidates = found_in(source)
    if not candidates:
        raise NoBackup
    raise_if_remote(home)
    make_home(home)
    swapping.finish(home, lock=True)
    stands = keys.has_home(home)
    if stands and not aside:
        raise HomeStands
    lock = Lock(home)
    try:
        chosen, data_key, skipped = _first_good(candidates, secret, home)
        staged = swapping.begin(home)
        above, floor = _known_incarnation(home, data_key), max(one.number for one in candidates)
        incarnation = stage(chosen, staged, data_key, above=above, floor=floor, now=now)
        wanted = wanted_by(staged, data_key)
        photos = bring_back(home, staged, data_key, wanted, places=(chosen.path, source), cancelled=cancelled)
        photos = replace(photos, records=records_lacking(staged, data_key, photos.missing))
        foreign = (home / BLOBS).exists() and not (photos.rebuilt or photos.kept)
        name = f"aside-{swapping.stamp(now)}"
        folder = swapping.commit(home, aside=name, also=(f"{BLOBS}-wal", f"{BLOBS}-shm", BLOBS) if foreign else ())
        # The count of wrong secrets at the former lock says nothing about this one.
        patience.begin(home, data_key)
    except OSError as failed:
        raise translate_os(failed) from failed
    finally:
        lock.release()
    return Restored(chosen.at, chosen.reason, skipped, folder.name if stands else "", incarnation, photos)


def found_in(source: Path) -> list[Backup]:
    """The backups a person may have meant by a path, the newest first."""
    place = source.parent if source.is_file() else source
    alone = backups.read_facts(place)
    if alone is not None:
        return [alone]
    folders = (place, place / BACKUPS, *sorted(place.glob(f"{ELSEWHERE}-*")))
    return next((found for folder in folders if (found := backups.listing(folder))), [])


def stage(
    chosen: Backup, staged: Path, data_key: KeyBytes, *, above: int, floor: int = 0, now: datetime | None = None
) -> int:
    """Copies a backup to where it is made ready, and gives it its new name; which incarnation that is.

    Its own backups are numbered above `floor`, so that in a folder with those before they are the newer ones.
    """
    try:
        shutil.copyfile(chosen.database, staged / DATABASE)
        shutil.copyfile(chosen.path / SIDECAR, staged / SIDECAR)
    except OSError as failed:
        raise translate_os(failed) from failed
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


def _first_good(candidates: list[Backup], secret: str, home: Path) -> tuple[Backup, KeyBytes, int]:
    for skipped, one in enumerate(candidates):
        try:
            data_key = keys.unlock_copy(one.path, secret, counted_in=home)
            backups.verify(one, data_key)
        except DamagedBackup:
            if len(candidates) == 1:
                raise
            continue
        return one, data_key, skipped
    raise NoBackup


def _known_incarnation(home: Path, data_key: KeyBytes) -> int:
    """The last name the present files know of, where they can still say it; a server knows better and tells."""
    try:
        newest = read_marks(home, data_key).newest
    except StoreError:
        return 0
    return newest.incarnation if newest else 0
