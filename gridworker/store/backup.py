"""Backups: encrypted copies of a ledger under the same key, each with its key file, each opened before it counts.

A backup is a folder `00012-20260421-094000-hourly` with the database, the key file and its facts. It is made under
another name and gets this one when it has proven itself, so that what bears such a name was good once. Photos are no
part of it: they would make an hourly copy a hundred times as large, and never change. They lie in a vault beside the
copies, each once (`blob_vault`).
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from gridworker.errors import Cancelled
from gridworker.store import backup_plan
from gridworker.store.backup_plan import Kept
from gridworker.store.belonging import marked
from gridworker.store.driver import Connection, Error, KeyBytes, connect, connect_still, connect_target, translate
from gridworker.store.errors import DamagedDatabase, DamagedSidecar
from gridworker.store.home import DATABASE, SIDECAR, translate_os
from gridworker.store.safety_errors import DamagedBackup, NoRoomForBackup
from gridworker.store.sidecar import read_sidecar, sync_folder, write_sidecar

BACKUPS = "backups"
ELSEWHERE = "gridworker-backups"
"""How the folder begins that holds the backups of one device in a second place."""
FACTS = "backup.json"
FLOOR = "backup_floor"
"""Under this fact a restored ledger keeps the highest number among the backups it came from."""
_VERSION = 1
_UNFINISHED = ".making-"
# Room that stays free beside a backup: for the work itself.
_MARGIN = 32 << 20
# Two threads may want a backup at once, as before an import and by the hour; one would clear away what the other makes.
_one_at_a_time = threading.Lock()
Progress = Callable[[int, int, str], None]
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Backup:
    """One backup: where it lies, its number, when and why it was made, and how far the audit had come."""

    path: Path
    number: int
    at: datetime
    reason: str
    size: int
    links: int
    head: str
    incarnation: int = 0
    """Under which name of the device it was made; 0 where it does not say."""

    @property
    def database(self) -> Path:
        """The encrypted copy."""
        return self.path / DATABASE

    def planned(self) -> Kept:
        """What the plan wants to know."""
        return Kept(self.number, self.at, self.size, self.reason)


def _quiet(_done: int, _total: int, _text: str) -> None:
    """Nobody watches."""


def _never() -> bool:
    return False


def make(
    home: Path,
    data_key: KeyBytes,
    reason: str,
    *,
    now: datetime | None = None,
    progress: Progress = _quiet,
    cancelled: Stop = _never,
) -> Backup:
    """Copies the ledger of a home while work goes on, checks the copy, then lets go of backups past their time.

    Raises DamagedDatabase where a page of the ledger cannot be read: no backup is dropped then.
    """
    with _one_at_a_time:
        return _make(home, data_key, reason, now, progress, cancelled)


def _make(
    home: Path, data_key: KeyBytes, reason: str, now: datetime | None, progress: Progress, cancelled: Stop
) -> Backup:
    folder = home / BACKUPS
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _clear_unfinished(folder)
        _make_room(home, folder)
        number = max(_floor(home, data_key), *(one.number for one in listing(folder)), 0) + 1
        at = (now or datetime.now(UTC)).replace(microsecond=0)
        unfinished = folder / f"{_UNFINISHED}{number:05d}"
        unfinished.mkdir(mode=0o700)
        try:
            made = _made(home, data_key, unfinished, number, at, reason, progress, cancelled)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        drop_old(folder)
    except Error as failed:
        raise translate(failed) from failed
    except OSError as failed:
        raise translate_os(failed) from failed
    progress(3, 3, "备份完成")
    return made


def listing(folder: Path) -> list[Backup]:
    """The finished backups in a folder, the newest first; whether they still hold, `verify` tells."""
    try:
        found = [read_facts(path) for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError:
        return []
    return sorted((one for one in found if one is not None), key=lambda one: -one.number)


def read_facts(path: Path) -> Backup | None:
    """The backup in a folder, by what it says of itself."""
    try:
        said = json.loads((path / FACTS).read_text(encoding="utf-8"))
        return Backup(
            path, int(said["number"]), datetime.fromisoformat(said["made_at"]), str(said["reason"]), int(said["size"]),
            int(said["links"]), str(said["head"]), int(said.get("incarnation") or 0),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None


def verify(backup: Backup, data_key: KeyBytes) -> None:
    """Opens a backup and reads every page; raises DamagedBackup where it is not what was written."""
    try:
        if not (backup.path / SIDECAR).exists() or backup.database.stat().st_size != backup.size:
            raise DamagedBackup
        with closing(connect_still(backup.database, data_key)) as connection:
            if connection.execute("PRAGMA cipher_integrity_check").fetchall():
                raise DamagedBackup
            if head_of(connection) != (backup.links, backup.head):
                raise DamagedBackup
    except (Error, OSError) as failed:
        raise DamagedBackup from failed


def copy_to(backup: Backup, place: Path, data_key: KeyBytes, *, budget: int = backup_plan.BUDGET) -> Backup:
    """Puts a backup into a second place, checked there as well; raises OSError or DamagedBackup where it cannot."""
    place.mkdir(parents=True, exist_ok=True)
    present = read_facts(place / backup.path.name)
    if present is not None:
        return present
    _clear_unfinished(place)
    unfinished = place / f"{_UNFINISHED}{backup.number:05d}"
    try:
        unfinished.mkdir()
        for name in (DATABASE, SIDECAR, FACTS):
            shutil.copyfile(backup.path / name, unfinished / name)
            _to_disk(unfinished / name)
        copied = replace(backup, path=unfinished)
        verify(copied, data_key)
        unfinished.rename(place / backup.path.name)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    drop_old(place, budget=budget)
    return replace(backup, path=place / backup.path.name)


def drop_old(folder: Path, *, budget: int = backup_plan.BUDGET) -> int:
    """Removes the backups the plan does not keep; how many."""
    present = listing(folder)
    unwanted = backup_plan.to_drop([one.planned() for one in present], budget=budget)
    for one in present:
        if one.number in unwanted:
            remove(one)
    return len(unwanted)


def remove(backup: Backup) -> None:
    """Takes a backup away; cut off in the middle it is no backup any more."""
    (backup.path / FACTS).unlink(missing_ok=True)
    shutil.rmtree(backup.path, ignore_errors=True)


def copy_into(source: Connection, path: Path, data_key: KeyBytes) -> None:
    """Writes all a reader sees to a new encrypted file, in one step, on the disk before this returns."""
    with closing(connect_target(path, data_key)) as target:
        # In smaller steps each commit meanwhile would start the copy again from the beginning.
        source.backup(target, pages=-1)
    _to_disk(path)


def copy_sidecar(source: Path, folder: Path) -> None:
    """Puts a key file beside the database in a folder, and marks it as belonging to that one."""
    try:
        write_sidecar(folder / SIDECAR, marked(folder, read_sidecar(source)))
    except DamagedSidecar:
        # Kept as it is: another program, or a better day, may still read it.
        shutil.copyfile(source, folder / SIDECAR)


def head_of(connection: Connection) -> tuple[int, str]:
    """How far the audit of a database has come."""
    row = connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return (row[0], row[1].hex()) if row else (0, "")


def _made(
    home: Path, data_key: KeyBytes, unfinished: Path, number: int, at: datetime, reason: str, progress: Progress,
    cancelled: Stop,
) -> Backup:  # fmt: skip
    progress(0, 3, "正在备份")
    with closing(connect(home / DATABASE, data_key, readonly=True)) as source:
        # SQLite copies a page whose seal does not hold as zeros, under a good seal of its own, and says nothing.
        if source.execute("PRAGMA cipher_integrity_check").fetchall():
            raise DamagedDatabase
        copy_into(source, unfinished / DATABASE, data_key)
    if cancelled():
        raise Cancelled
    progress(1, 3, "正在检查备份")
    with closing(connect_still(unfinished / DATABASE, data_key)) as copy:
        _raise_if_zeroed(copy)
        links, head = head_of(copy)
        row = copy.execute("SELECT CAST(value AS INTEGER) FROM meta WHERE key='incarnation'").fetchone()
    size = (unfinished / DATABASE).stat().st_size
    copy_sidecar(home / SIDECAR, unfinished)
    made = Backup(unfinished, number, at, reason, size, links, head, int(row[0]) if row else 0)
    _write_facts(made)
    verify(made, data_key)
    if cancelled():
        raise Cancelled
    progress(2, 3, "正在整理备份")
    final = unfinished.parent / f"{number:05d}-{at:%Y%m%d-%H%M%S}-{reason}"
    unfinished.rename(final)
    sync_folder(final.parent)
    return replace(made, path=final)


def _floor(home: Path, data_key: KeyBytes) -> int:
    with closing(connect(home / DATABASE, data_key, readonly=True)) as source:
        row = source.execute("SELECT value FROM meta WHERE key=?", (FLOOR,)).fetchone()
    return int(row[0]) if row else 0


def _raise_if_zeroed(copy: Connection) -> None:
    """What was zeroed on its way from the log, which the check of the source does not read, is no tree any more."""
    try:
        found = copy.execute("PRAGMA quick_check(1)").fetchall()
    except Error as failed:
        raise DamagedDatabase from failed
    if found != [("ok",)]:
        raise DamagedDatabase


def _write_facts(made: Backup) -> None:
    facts = {
        "version": _VERSION, "number": made.number, "made_at": made.at.isoformat(timespec="seconds"),
        "reason": made.reason, "size": made.size, "links": made.links, "head": made.head,
        "incarnation": made.incarnation,
    }  # fmt: skip
    (made.path / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")
    for name in (SIDECAR, FACTS):
        _to_disk(made.path / name)


def _make_room(home: Path, folder: Path) -> None:
    """Lets the least wanted backups go until another fits; raises NoRoomForBackup before the last two."""
    log = home / f"{DATABASE}-wal"
    need = (home / DATABASE).stat().st_size + (log.stat().st_size if log.exists() else 0) + _MARGIN
    while shutil.disk_usage(folder).free < need:
        present = listing(folder)
        held = sum(one.size for one in present)
        if not drop_old(folder, budget=max(0, held - need)):
            raise NoRoomForBackup


def _clear_unfinished(folder: Path) -> None:
    # What a backup left behind that was cut off before it counted.
    for left in folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
