"""Bringing photos back after a restore or a recovery, from wherever they still are, before the ledger is exchanged.

A photo file that opens and holds stays where it is, whatever became of the ledger: photos stand under their content, so
none contradicts an older ledger, and it may hold what is nowhere else. What it lacks is added to it. One that is
damaged, gone or under another key is made anew beside the coming ledger, from what can still be read of it, from files
that were moved aside before, and from the vaults of every backup place that can be reached.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from gridworker.errors import Cancelled
from gridworker.store import blob_names, blob_waiting, keys, swapping
from gridworker.store.backup import BACKUPS, ELSEWHERE
from gridworker.store.blob_errors import NewerBlobs
from gridworker.store.blob_file import BLOBS, VERSION, blob_key
from gridworker.store.blob_pack import DamagedPack, Photo
from gridworker.store.blob_vault import VAULT, Progress, Stop, Vault
from gridworker.store.blobs import BLOBS_BEGUN, BlobStore, address_of, is_address
from gridworker.store.driver import Error, KeyBytes, connect
from gridworker.store.home import Lock, translate_os
from gridworker.store.salvage import Wreck
from gridworker.store.store import Store

SECOND_PLACE = "backup_place"
_BATCH = 4 << 20
_COLUMNS = ("row_id", "address", "kind", "width", "height", "at")
_PENDING = ("row_id", "id", "kind", "state", "address", "code", "tries", "since", "settled", "at")


@dataclass(frozen=True)
class Wanted:
    """The photos a ledger names, those among them that were added on this device, and where it keeps copies.

    `passing` are the ids of photos on their way that a record names.
    """

    named: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    passing: frozenset[str] = frozenset()
    begun: bool = False
    place: Path | None = None


@dataclass(frozen=True)
class Brought:
    """What became of the photos a ledger names: all, fetched from a copy, lost, and never here; `records` lack some.

    The present photo file was `kept` where it holds, or another `rebuilt` for it, or there was nothing to keep. Nothing
    here is about a resident: `records` are ledgers and record numbers.
    """

    named: int = 0
    back: int = 0
    lost: int = 0
    elsewhere: int = 0
    rebuilt: bool = False
    kept: bool = False
    aside: str = ""
    problem: str = ""
    missing: frozenset[str] = frozenset()
    records: tuple[tuple[str, str], ...] = ()


def wanted_by(folder: Path, data_key: KeyBytes) -> Wanted:
    """What the ledger in a folder, which nobody has open, wants of photos."""
    store = Store.open(folder, data_key)
    try:
        with store.read() as tx:
            own = blob_names.named_lately(tx, 0)
            place = tx.meta(SECOND_PLACE)
            return Wanted(
                frozenset(filter(is_address, blob_names.named(tx))),
                frozenset(filter(is_address, own)),
                frozenset(blob_names.passing(tx)),
                tx.meta(BLOBS_BEGUN) is not None,
                Path(place) if place else None,
            )
    finally:
        store.close()


def records_lacking(folder: Path, data_key: KeyBytes, missing: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Ledger and number of the records that name some photos."""
    if not missing:
        return ()
    store = Store.open(folder, data_key)
    try:
        with store.read() as tx:
            return tuple(blob_names.numbers_naming(tx, set(missing)))
    finally:
        store.close()


def bring_back(
    home: Path,
    staged: Path,
    data_key: KeyBytes,
    wanted: Wanted,
    *,
    places: Sequence[Path | None],
    progress: Progress = lambda *_: None,
    cancelled: Stop = lambda: False,
) -> Brought:
    """Gets every photo a ledger wants, for the home it is to stand in, which the caller holds.

    A photo file made anew lies in `staged` then; the present one is not changed but for what it lacked.
    """
    key, present = blob_key(data_key), home / BLOBS
    sound = is_sound(present, key)
    if not sound and not (wanted.named or wanted.passing or wanted.begun):
        return Brought()
    blobs = BlobStore.open(home if sound else staged, key, create=not sound)
    try:
        if not sound:
            _salvage(present, key, blobs)
        waiting, done = _bring_passing(blobs, wanted.passing, vaults_in((home / BACKUPS, *places, wanted.place), key))
        wanted = replace(wanted, named=wanted.named | done, own=wanted.own | done)
        lacking = _lacking(blobs, wanted.named)
        for photos in _sources(home, key, (*places, wanted.place), cancelled):
            if left := _lacking(blobs, lacking):
                got = len(lacking) - len(left)
                _put_back(blobs, photos(left), partial(_tell, progress, len(lacking), got))
        missing = _lacking(blobs, lacking)
    finally:
        blobs.close()
    lost = frozenset(missing & wanted.own) | waiting
    back, elsewhere = len(lacking) - len(missing), len(missing - lost)
    return Brought(
        len(wanted.named) + len(waiting), back, len(lost), elsewhere, rebuilt=not sound, kept=sound, missing=lost
    )


def recover(
    home: Path,
    secret: str,
    *,
    extra: Path | None = None,
    now: datetime | None = None,
    progress: Progress = lambda *_: None,
    cancelled: Stop = lambda: False,
) -> Brought:
    """Makes the photos of a home whole whose ledger holds; a damaged photo file is moved to `damaged-<date>`."""
    swapping.finish(home, lock=True)
    data_key = keys.unlock(home, secret)
    wanted = wanted_by(home, data_key)
    lock = Lock(home)
    try:
        staged = swapping.begin(home)
        try:
            brought = bring_back(
                home, staged, data_key, wanted, places=(extra,), progress=progress, cancelled=cancelled
            )
            if brought.rebuilt:
                stood = (home / BLOBS).exists()
                folder = swapping.commit(home, aside=f"damaged-{swapping.stamp(now)}")
                brought = replace(brought, aside=folder.name if stood else "")
        finally:
            if not swapping.is_planned(home):
                shutil.rmtree(staged, ignore_errors=True)
    except OSError as failed:
        raise translate_os(failed) from failed
    finally:
        lock.release()
    return replace(brought, records=records_lacking(home, data_key, brought.missing))


def is_sound(path: Path, key: bytes) -> bool:
    """Whether a photo file opens with its key and each page holds; raises NewerBlobs where a newer program wrote it."""
    if not path.exists():
        return False
    try:
        with closing(connect(path, key, readonly=True)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise NewerBlobs
            return bool(version) and not connection.execute("PRAGMA cipher_integrity_check").fetchall()
    except Error:
        return False


def vaults_in(places: Iterable[Path | None], key: bytes) -> list[Vault]:
    """The vaults a person may have meant by some paths: a backup, a folder of them, a home, a stick."""
    found: dict[Path, Vault] = {}
    for place in places:
        if place is None:
            continue
        with suppress(OSError):
            for folder in (place, place.parent, place.parent.parent, place / BACKUPS, *place.glob(f"{ELSEWHERE}-*")):
                if (folder / VAULT).is_dir():
                    found.setdefault((folder / VAULT).resolve(), Vault(folder, key))
    return list(found.values())


def _bring_passing(
    blobs: BlobStore, ids: frozenset[str], vaults: Sequence[Vault]
) -> tuple[frozenset[str], frozenset[str]]:
    """Takes originals out of backups where the photo file does not know them: which are nowhere, and what became."""
    unknown, done = set(ids) - blobs.originals.known(sorted(ids)).keys(), set()
    for identity in sorted(unknown):
        for vault in vaults:
            if (found := blob_waiting.look_up(vault, identity)) is None:
                continue
            with suppress(DamagedPack, OSError):
                blobs.originals.bring(*found)
                unknown.discard(identity)
                done |= {found[0].address} - {""}
                break
    return frozenset(unknown), frozenset(done)


def _sources(
    home: Path, key: bytes, places: Iterable[Path | None], cancelled: Stop
) -> Iterator[Callable[[set[str]], Iterator[Photo]]]:
    """Where photos may lie, the nearest first."""
    for path in (home / BLOBS, *sorted(home.glob(f"aside-*/{BLOBS}")), *sorted(home.glob(f"damaged-*/{BLOBS}"))):
        yield partial(_out_of, path, key, cancelled)
    for vault in vaults_in((home / BACKUPS, *places), key):
        yield partial(vault.photos, cancelled=cancelled)


def _lacking(blobs: BlobStore, wanted: Iterable[str]) -> set[str]:
    names = sorted(wanted)
    return set(names) - blobs.known(names).keys()


def _tell(progress: Progress, total: int, before: int, count: int) -> None:
    progress(before + count, total, "正在找回照片")


def _put_back(blobs: BlobStore, photos: Iterator[Photo], tell: Callable[[int], None] = lambda _: None) -> None:
    batch, size = [], 0
    for count, photo in enumerate(photos):
        batch.append(photo)
        size += len(photo.data)
        if size >= _BATCH:
            blobs.put_back(batch)
            batch, size = [], 0
            tell(count)
    if batch:
        blobs.put_back(batch)


def _out_of(path: Path, key: bytes, cancelled: Stop, wanted: set[str]) -> Iterator[Photo]:
    """Those of some photos that another photo file gives, its log included; opened anew after each bad page."""
    if not path.exists():
        return
    connection = None
    for address in sorted(wanted):
        if cancelled():
            raise Cancelled
        try:
            connection = connection or connect(path, key, readonly=True)
            row = connection.execute(
                "SELECT kind, width, height, at, thumb, data FROM blob JOIN body USING (row_id) WHERE address=unhex(?)",
                [address],
            ).fetchone()
        except Error:
            if connection is None:
                return
            connection.close()
            connection = None
            continue
        if row is not None and address_of(row[5]) == address:
            yield Photo(address, *row)
    if connection is not None:
        connection.close()


def _salvage(path: Path, key: bytes, blobs: BlobStore) -> None:
    """Takes whatever can be read of a damaged photo file, originals on their way included."""
    if not path.exists():
        return
    wreck = Wreck(path, key)
    try:
        _put_back(blobs, _wrecked(wreck))
        rows = wreck.rows("pending", "row_id", _PENDING).rows
        parts = {row[0]: row[1] for row in wreck.rows("original", "row_id", ("row_id", "pending")).rows}
        blobs.originals.put_back(rows, ((owner, _part(wreck, place)) for place, owner in sorted(parts.items())))
    finally:
        wreck.close()


def _wrecked(wreck: Wreck) -> Iterator[Photo]:
    for row_id, address, *facts in wreck.rows("blob", "row_id", _COLUMNS).rows:
        body = wreck.try_sql("SELECT thumb, data FROM body WHERE row_id=?", (row_id,))
        if body and address_of(body[0][1]) == address.hex():
            yield Photo(address.hex(), *facts, *body[0])


def _part(wreck: Wreck, place: int) -> bytes | None:
    found = wreck.try_sql("SELECT part FROM original WHERE row_id=?", (place,))
    return bytes(found[0][0]) if found else None
