"""Bringing a vault up to date with the photo file: what came since goes in, what was given up goes out.

A run costs what is new. It looks at the rows behind the last one it knows, and compares address by address only where
it cannot know: another photo file, a pack gone, a catalog lost. Small packs of hourly runs are taken up into the next
one as it reaches their size, so that their number grows with the bytes and not with the hours.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gridworker.errors import Cancelled
from gridworker.store import blob_pack, blob_packing
from gridworker.store.blob_catalog import Catalog
from gridworker.store.blob_errors import BlobAbsent, DamagedBlobs
from gridworker.store.blob_packing import Packing
from gridworker.store.blob_vault import DAMAGED, Progress, Stop, Vault
from gridworker.store.blobs import BlobStore

_CHUNK = 2_000
# What a photo takes beside its own bytes: the small picture, its seal and its line in the list.
_BESIDE = 16 << 10
# The room for a catalog of a hundred thousand packs.
_FOR_CATALOG = 1 << 20
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Room:
    """What a vault may take: bytes in all, or None for no limit, and the bytes that are to stay free on its disk."""

    budget: int | None
    keep_free: int


@dataclass(frozen=True)
class Filled:
    """What a run did: photos added and given up, held now, without room, and such as the photo file cannot read."""

    added: int = 0
    dropped: int = 0
    held: int = 0
    size: int = 0
    waiting: int = 0
    unread: int = 0

    @property
    def complete(self) -> bool:
        """Whether every photo that can be read lies here."""
        return not self.waiting


def fill(
    vault: Vault,
    blobs: BlobStore,
    room: Room,
    *,
    links: int = 0,
    suspect: bool = False,
    progress: Progress = lambda *_: None,
    cancelled: Stop = lambda: False,
) -> Filled:
    """Brings a vault up to date. Copies of the ledger kept beside it reach back to `links`; `suspect` checks all of it.

    Raises OSError where the place cannot be written, DamagedPack where it does not give back what was written, and
    DamagedBlobs where the photo file cannot even be listed.
    """
    with _one_at_a_time:
        run = _Run(vault, blobs, room, progress, cancelled)
        try:
            return run.run(links, suspect=suspect)
        finally:
            run.packs.discard()


def trim(vault: Vault, limit: int, second: Vault | None = None) -> int:
    """Lets go of the oldest packs until the rest fits, to be called where a second place has every photo; how many.

    What had no room here and lies in the vault `second` is not waited for any longer: the room is for what comes.
    """
    with _one_at_a_time:
        before = catalog = vault.look().catalog
        there = second.look().catalog if second else catalog
        if there.source == catalog.source and there.upto > catalog.upto:
            catalog = replace(catalog, upto=there.upto, mark=there.mark, floor=there.upto)
        while catalog.size > limit:
            oldest = min(catalog.packs, key=lambda pack: pack.last)
            floor = max(catalog.floor, min(oldest.last, catalog.upto))
            catalog = replace(catalog.without([oldest.name], doomed=True), floor=floor)
        if catalog != before:
            blob_packing.keep(vault, catalog)
            blob_packing.remove_doomed(vault, catalog)
        return before.count - catalog.count


def forget_floor(vault: Vault) -> None:
    """What was let go of is wanted again: the next run compares all."""
    with _one_at_a_time, suppress(OSError):
        catalog = vault.look().catalog
        if catalog.floor:
            blob_packing.keep(vault, replace(catalog, floor=0, upto=0, mark=""))


class _Run:
    """One run over one vault."""

    def __init__(self, vault: Vault, blobs: BlobStore, room: Room, progress: Progress, cancelled: Stop) -> None:
        self.vault, self.blobs, self.room = vault, blobs, room
        self.progress, self.cancelled = progress, cancelled
        self.packs = Packing(vault)
        self.free = 0
        self.added = self.dropped = self.waiting = 0

    def run(self, links: int, *, suspect: bool) -> Filled:
        self.vault.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stored = self._begin(suspect=suspect)
        self._give_up(links)
        if self.blobs.after(self._start, 1) or self.catalog.unread:
            self._copy()
        self._clear_ruins(links)
        if self.catalog != stored:
            blob_packing.keep(self.vault, self.catalog)
        facts = self.catalog
        return Filled(self.added, self.dropped, facts.count, facts.size, self.waiting, len(facts.unread))

    @property
    def catalog(self) -> Catalog:
        return self.packs.catalog

    @property
    def _start(self) -> int:
        return max(self.catalog.upto, self.catalog.floor)

    def _begin(self, *, suspect: bool) -> Catalog | None:
        """The catalog as it can be relied on; gives back what was stored, to tell a change."""
        stored = self.packs.look(suspect=suspect)
        catalog, source = self.catalog, self.blobs.identity
        if catalog.source != source:
            self.packs.catalog = Catalog(source, packs=catalog.packs)
        elif self.packs.broke or (catalog.upto and self.blobs.at_row(catalog.upto) != catalog.mark):
            self.packs.catalog = replace(catalog, upto=0, mark="")
        self.packs.broke = False
        return stored

    def _copy(self) -> None:
        total = self.blobs.count(after=self._start) + len(self.catalog.unread)
        before, now = self.vault.held(self.catalog, total), set[bytes]()
        last = (self.catalog.upto, self.catalog.mark)
        for done, (row, raw, size) in enumerate(self._rows()):
            if self.cancelled():
                raise Cancelled
            held = raw in now or before(raw)
            if not held and (self.waiting or not self._fits(size)):
                # From here on there is no room: the rest is counted, and tried again by the next run.
                self.waiting += 1
            elif held or self._put(row, raw):
                now.add(raw)
                self._unread(row, is_so=False)
            else:
                self._unread(row, is_so=True)
            if not self.waiting:
                last = max(last, (row, raw.hex()))
            if self.packs.is_full:
                self.packs.commit(last)
                self.progress(done, total, "正在备份照片")
        self.packs.commit(last)
        self.packs.reach(last)

    def _rows(self) -> Iterator[tuple[int, bytes, int]]:
        place = self._start
        for row in self.catalog.unread:
            if address := self.blobs.at_row(row):
                yield row, bytes.fromhex(address), 0
            else:
                self._unread(row, is_so=False)
        while rows := self.blobs.after(place, _CHUNK):
            yield from rows
            place = rows[-1][0]

    def _unread(self, row: int, *, is_so: bool) -> None:
        known = self.catalog.unread
        if is_so != (row in known):
            rows = (*known, row) if is_so else tuple(one for one in known if one != row)
            self.packs.catalog = replace(self.catalog, unread=rows)

    def _fits(self, size: int) -> bool:
        if self.packs.writer is None:
            self.free = shutil.disk_usage(self.vault.folder).free
        coming = self.packs.coming + size + _BESIDE
        if self.room.budget is not None and self.catalog.size + coming > self.room.budget:
            return False
        # A pack may take up others twice as large as itself before they go.
        return self.free - 3 * coming - _FOR_CATALOG >= self.room.keep_free

    def _put(self, row: int, raw: bytes) -> bool:
        """Whether the photo can be read; one that was taken away meanwhile needs no copy."""
        try:
            photo = self.blobs.whole(raw.hex())
        except BlobAbsent:
            return True
        except DamagedBlobs:
            return False
        self.packs.begin_pack().add(photo, row)
        self.added += 1
        return True

    def _give_up(self, links: int) -> None:
        """Takes out what was removed on purpose, once no copy of the ledger from before is kept beside it."""
        rows, purged = self.blobs.gone(self.catalog.gone, links), self.blobs.purged(self.catalog.purged)
        if not (rows or purged):
            return
        leave = {raw for _row, raw in (*rows, *purged)}
        for pack in self.catalog.packs:
            listed = self.vault.addresses(Catalog(packs=(pack,)))
            if not listed & leave or not self.packs.carry_over(pack, leave):
                continue
            self.dropped += len(listed & leave)
            where = (self.catalog.upto, self.catalog.mark)
            self.packs.commit(where, (pack.name,))
            if listed <= leave:
                self.packs.catalog = self.catalog.without([pack.name], doomed=True)
        gone = max((row for row, _raw in rows), default=self.catalog.gone)
        last = max((row for row, _raw in purged), default=self.catalog.purged)
        self.packs.catalog = replace(self.catalog, gone=gone, purged=last)
        blob_packing.keep(self.vault, self.catalog)
        blob_packing.remove_doomed(self.vault, self.catalog)

    def _clear_ruins(self, links: int) -> None:
        """A pack that broke goes when nothing that can be read of it is missing in the packs that hold."""
        ruins = [path for path in self.vault.folder.iterdir() if path.suffix == DAMAGED]
        if ruins and (purged := {raw for _row, raw in self.blobs.purged(0)}):
            ruins = [path for path in ruins if not self._purge_ruin(path, purged)]
        if not ruins or self.waiting or self.packs.broke:
            return
        held = self.vault.addresses(self.catalog) | {raw for _row, raw in self.blobs.gone(0, links)}
        for path in ruins:
            if all(bytes.fromhex(photo.address) in held for photo in blob_pack.scan(path, self.vault.seal)):
                path.unlink()

    def _purge_ruin(self, path: Path, purged: set[bytes]) -> bool:
        """Lets a ruin go that holds what no place may keep, once whatever else it alone holds is in a pack."""
        photos = {bytes.fromhex(photo.address): photo for photo in blob_pack.scan(path, self.vault.seal)}
        if not photos.keys() & purged:
            return False
        held = self.vault.addresses(self.catalog)
        for raw in photos.keys() - purged - held:
            self.packs.begin_pack().add(photos[raw], 0)
        self.packs.commit((self.catalog.upto, self.catalog.mark))
        path.unlink()
        return True
