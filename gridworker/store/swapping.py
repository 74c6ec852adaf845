"""Putting restored files in the place of the present ones, so that a cut at any moment is finished by the next start.

What is to come in is made ready in the folder `restoring`. Only when all of it is on the disk a plan is written; from
then on every step may be repeated. The present files are moved aside, never removed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gridworker.store.anchor import ANCHOR
from gridworker.store.blob_file import BLOBS
from gridworker.store.errors import StoreError
from gridworker.store.home import DATABASE, SIDECAR, Lock, translate_os
from gridworker.store.sidecar import sync_folder

RESTORING = "restoring"
_PLAN = "plan.json"
# The log goes before its database: a log beside another database would be laid over it.
_WITH_BLOBS = (f"{BLOBS}-wal", f"{BLOBS}-shm", BLOBS)
_WITH_DATABASE = (f"{DATABASE}-wal", f"{DATABASE}-shm", DATABASE)


def begin(home: Path) -> Path:
    """An empty folder to make the coming files in; what an unfinished attempt left there goes."""
    staged = home / RESTORING
    try:
        if staged.exists():
            shutil.rmtree(staged)
        staged.mkdir(parents=True, mode=0o700)
    except OSError as failed:
        raise translate_os(failed) from failed
    return staged


def commit(home: Path, *, aside: str, also: Sequence[str] = ()) -> Path:
    """From here on the staged files are the ledger; the present ones go to a folder of this name, with `also`."""
    staged = home / RESTORING
    folder = _free(home, aside)
    try:
        plan = {"aside": folder.name, "also": list(also)}
        fresh = staged / f"{_PLAN}.new"
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(plan, file)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(staged)
        fresh.replace(staged / _PLAN)
        sync_folder(staged)
    except OSError as failed:
        raise translate_os(failed) from failed
    finish(home)
    return folder


def finish(home: Path, *, lock: bool = False) -> bool:
    """Finishes an exchange that was cut off; whether there was one. Files in use by another program stay."""
    plan = home / RESTORING / _PLAN
    if not plan.exists():
        return False
    held = Lock(home) if lock else None
    try:
        said = json.loads(plan.read_text(encoding="utf-8"))
        _exchange(home, home / str(said["aside"]), [str(name) for name in said["also"]])
        plan.unlink()
        shutil.rmtree(home / RESTORING, ignore_errors=True)
        sync_folder(home)
    except OSError as failed:
        raise translate_os(failed) from failed
    except (ValueError, KeyError, TypeError):
        raise StoreError(
            "上一次恢复没有做完，它的步骤文件读不出来。", action="请保留整个数据文件夹，重新做一次恢复。"
        ) from None
    finally:
        if held:
            held.release()
    return True


def discard(home: Path) -> None:
    """Clears away what an attempt left that was given up, or cut off before anything was to come in."""
    if not is_planned(home):
        shutil.rmtree(home / RESTORING, ignore_errors=True)


def is_planned(home: Path) -> bool:
    """Whether what is staged is to come in, so that it must not be touched."""
    return (home / RESTORING / _PLAN).exists()


def stamp(now: datetime | None = None) -> str:
    """A moment as it stands in the name of a folder."""
    return f"{(now or datetime.now(UTC)).astimezone():%Y%m%d-%H%M%S}"


def _exchange(home: Path, aside: Path, also: Sequence[str]) -> None:
    staged = home / RESTORING
    aside.mkdir(mode=0o700, exist_ok=True)
    if (staged / DATABASE).exists():
        for name in _WITH_DATABASE:
            _set_aside(home / name, aside)
        # The anchor before the database: a database without its anchor would open unasked.
        if (staged / ANCHOR).exists():
            _set_aside(home / ANCHOR, aside)
            sync_folder(aside)
            (staged / ANCHOR).replace(home / ANCHOR)
        (staged / DATABASE).replace(home / DATABASE)
        sync_folder(home)
    for name in also:
        _set_aside(home / name, aside)
    if (staged / BLOBS).exists():
        for name in _WITH_BLOBS:
            _set_aside(home / name, aside)
        (staged / BLOBS).replace(home / BLOBS)
    if (home / SIDECAR).exists() and not (aside / SIDECAR).exists():
        # A copy: a home without its key file would look like no home at all.
        shutil.copyfile(home / SIDECAR, aside / f"{SIDECAR}.new")
        (aside / f"{SIDECAR}.new").replace(aside / SIDECAR)
    if (staged / SIDECAR).exists():
        (staged / SIDECAR).replace(home / SIDECAR)
    sync_folder(home)
    sync_folder(aside)
    # On a new machine nothing stood here, and nothing went aside.
    with suppress(OSError):
        aside.rmdir()


def _set_aside(path: Path, aside: Path) -> None:
    """Moves a present file; one that already lies aside was moved before the cut."""
    if path.exists() and not (aside / path.name).exists():
        path.replace(aside / path.name)


def _free(home: Path, wanted: str) -> Path:
    place, count = home / wanted, 1
    while place.exists():
        count += 1
        place = home / f"{wanted}-{count}"
    return place
