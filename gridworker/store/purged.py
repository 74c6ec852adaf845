"""What a purge still owes outside the open database, and how each part of it is done: free pages, old copies, photos.

A ledger counts the times a grid left it. What has been seen to since is noted beside that count, place by place, so
that a program which ends in the middle, or a stick that comes back after months, is brought in line later.

Two things are no server's yet, and only a person may give them up: photos, and files put aside with operations that
nobody judged. They are kept, sealed and shown nowhere, until that is said (`let_go`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from gridworker.store import backup as backups
from gridworker.store import blob_names
from gridworker.store.anchor import ANCHOR
from gridworker.store.backup import Backup
from gridworker.store.blob_pending import PREFIX
from gridworker.store.blobs import BLOBS, PURGED, BlobStore
from gridworker.store.driver import Connection, Error, KeyBytes, connect_still
from gridworker.store.errors import StoreError
from gridworker.store.home import DATABASE, SIDECAR
from gridworker.store.safety_errors import DamagedBackup
from gridworker.store.sidecar import read_sidecar
from gridworker.store.store import ReadTx, Store, WriteTx

_TIMES, _PHOTOS, _PLACES = "purges", "purge_photos", "purge_places"
_KEPT = "purge_kept"
"""The photos that only a grid that left had named: they lie here and nowhere else."""
_FILE = "file"
"""Under this name the ledger's own file is noted among the places."""
_ASIDE = ("damaged-*", "aside-*")
_HARMLESS = frozenset({SIDECAR, ANCHOR, "report.json"})
_MORE = (f"{DATABASE}-wal", BLOBS)
"""Beside a former file: its log, and photos."""
_UNSENT = "SELECT op_id FROM outbox WHERE status <> 'acked'"
_NO_ROWS = frozenset({"people", "post", "audit"})
"""Tables that name grids and hold nothing of a resident."""


@dataclass(frozen=True)
class Asides:
    """Folders with former files of this ledger: those that went, and those that hold what is nowhere else."""

    gone: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def owe(tx: WriteTx, *, keeping: Iterable[str] = ()) -> None:
    """Notes that a grid left, and the photos that only it named; no sweep takes these."""
    tx.set_meta(_TIMES, str(_times(tx) + 1))
    tx.set_meta(_KEPT, json.dumps(sorted({*kept_photos(tx), *keeping})))


def kept_photos(tx: ReadTx) -> set[str]:
    """The photos of grids that left, by address or the id of an original."""
    return set(json.loads(tx.meta(_KEPT) or "[]"))


def known_ops(tx: ReadTx) -> set[str]:
    """The operations this ledger has."""
    return {str(row[0]) for row in tx.sql("SELECT op_id FROM outbox")}


def let_go(tx: WriteTx) -> None:
    """Notes that the kept photos are to go, here and wherever copies of them lie."""
    tx.set_meta(_PHOTOS, json.dumps(sorted({*_owed_photos(tx), *kept_photos(tx)})))
    tx.set_meta(_KEPT, "[]")
    owe(tx)


def is_owed(tx: ReadTx, place: str) -> bool:
    """Whether a grid left since a place was brought in line."""
    return _done(tx).get(place, 0) < _times(tx)


def note_done(tx: WriteTx, place: str, times: int) -> None:
    """Notes that a place is in line with so many purges."""
    tx.set_meta(_PLACES, json.dumps({**_done(tx), place: times}))


def times(tx: ReadTx) -> int:
    """How often a grid left this ledger."""
    return _times(tx)


def clear_photos(store: Store, blobs: BlobStore) -> int:
    """Removes the photos of grids that left which were let go; how many."""
    with store.read() as tx:
        owed = _owed_photos(tx)
    if not owed:
        return 0
    count = store.write(lambda tx: _remove_photos(tx, blobs))
    blobs.give_room_back()
    return count


def clear_file(store: Store) -> bool:
    """Writes the ledger's file anew without what was deleted; whether that is done."""
    with store.read() as tx:
        count, owed = _times(tx), is_owed(tx, _FILE)
    if owed and store.compact():
        store.write(lambda tx: note_done(tx, _FILE, count))
        owed = False
    return not owed


def clear_copies(folder: Path, data_key: KeyBytes, left: set[str]) -> bool:
    """Removes the copies in a folder that hold grids which left, when the newest one holds and is free of them."""
    present = backups.listing(folder)
    if not present or _holds(present[0], data_key, left):
        return False
    try:
        backups.verify(present[0], data_key)
    except DamagedBackup:
        return False
    for one in present[1:]:
        if _holds(one, data_key, left):
            backups.remove(one)
    return True


def clear_asides(home: Path, data_key: KeyBytes, left: set[str], known: Collection[str] | None) -> Asides:
    """Removes the folders in which a former file of this ledger was put aside and holds grids that left.

    `known` are the operations this ledger has: a folder with others, or one that cannot be read to the end, may hold
    what is nowhere else, and stays. Where `known` is None it goes as well. What is another ledger's always stays.
    """
    gone, kept = [], []
    for folder in _asides(home):
        if _aside_holds(folder, data_key, left):
            if known is None or _unsent(folder, data_key) <= set(known):
                shutil.rmtree(folder, ignore_errors=True)
                gone.append(folder.name)
            else:
                kept.append(folder.name)
    return Asides(tuple(gone), tuple(kept))


def asides_holding(home: Path, data_key: KeyBytes, left: set[str]) -> tuple[str, ...]:
    """The names of those folders that hold grids which left, or may hold them."""
    return tuple(folder.name for folder in _asides(home) if _aside_holds(folder, data_key, left))


def _asides(home: Path) -> list[Path]:
    ours = read_sidecar(home / SIDECAR).database
    folders = (one for pattern in _ASIDE for one in sorted(home.glob(pattern)) if one.is_dir())
    return [folder for folder in folders if _is_ours(folder, ours)]


def _is_ours(folder: Path, ours: str) -> bool:
    with suppress(StoreError):
        return read_sidecar(folder / SIDECAR).database == ours
    # A recovery sets aside nothing but files of its own ledger, and their key file may be what was damaged.
    return folder.name.startswith("damaged-")


def _aside_holds(folder: Path, data_key: KeyBytes, left: set[str]) -> bool:
    files = {path.name for path in folder.iterdir() if path.stat().st_size} - _HARMLESS
    if files != {DATABASE}:
        # A log, or photos, that no ledger tells about any more.
        return bool(files)
    try:
        with closing(connect_still(folder / DATABASE, data_key)) as connection:
            damaged = bool(connection.execute("PRAGMA cipher_integrity_check").fetchall())
            return damaged or _names(connection, left)
    except Error:
        return True


def _unsent(folder: Path, data_key: KeyBytes) -> set[str]:
    """The operations in a folder that no server has judged; one that nobody has where it cannot tell them all."""
    if any((folder / name).exists() and (folder / name).stat().st_size for name in _MORE):
        return {""}
    with suppress(Error), closing(connect_still(folder / DATABASE, data_key)) as connection:
        if not connection.execute("PRAGMA cipher_integrity_check").fetchall():
            return {str(row[0]) for row in connection.execute(_UNSENT).fetchall()}
    return {""}


def _holds(copy: Backup, data_key: KeyBytes, left: set[str]) -> bool:
    """Whether rows of some grids may be read in a copy; in one that does not open it is not known, so that they may."""
    try:
        with closing(connect_still(copy.database, data_key)) as connection:
            return _names(connection, left)
    except (Error, OSError):
        return True


def _names(connection: Connection, left: set[str]) -> bool:
    facts = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    done = json.loads(facts.get(_PLACES) or "{}")
    if int(facts.get(_TIMES) or 0) > int(done.get(_FILE, 0)):
        # Made between the deleting and the writing anew: its free pages still tell.
        return True
    scopes = json.dumps(sorted(left))
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()}
    for table in sorted(tables - _NO_ROWS):
        columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")').fetchall()}
        for column in columns & {"grid_code", "scope"}:
            words = ' AND ("set" IS NOT NULL OR elements IS NOT NULL)' if table == "outbox" else ""
            found = f'SELECT 1 FROM "{table}" WHERE "{column}" IN (SELECT value FROM json_each(?)){words} LIMIT 1'
            if connection.execute(found, (scopes,)).fetchone():
                return True
    return False


def _remove_photos(tx: WriteTx, blobs: BlobStore) -> int:
    # On the writer's thread nothing can be saved meanwhile: what names one of them again stands here already.
    named = blob_names.named(tx)
    gone = _owed_photos(tx) - named
    photos = {name for name in gone if not name.startswith(PREFIX)}
    passing = blobs.originals.known(sorted(gone - photos))
    photos |= {one.address for one in passing.values() if one.address} - named
    known = blobs.known(sorted(photos))
    blobs.remove(photos, links=PURGED)
    blobs.originals.remove(passing, even_fresh=True)
    tx.set_meta(_PHOTOS, "[]")
    return len(known) + sum(not one.address for one in passing.values())


def _times(tx: ReadTx) -> int:
    return int(tx.meta(_TIMES) or 0)


def _done(tx: ReadTx) -> dict[str, int]:
    found = json.loads(tx.meta(_PLACES) or "{}")
    return {str(place): int(count) for place, count in found.items()}


def _owed_photos(tx: ReadTx) -> set[str]:
    return set(json.loads(tx.meta(_PHOTOS) or "[]"))
