"""Bringing a vault up to date with the photo file: what came since goes in, what was given up goes out.

A run costs what is new. It looks at the rows behind the last one it knows, and compares address by address only where
it cannot know: another photo file, a pack gone, a catalog lost. A pack is written under another name, forced to the
disk, read back photo by photo, and only then named; the catalog follows. So a cut at any moment leaves packs that hold,
and at worst some photo twice. Small packs of hourly runs are taken up into the next one as it reaches their size, so
that their number grows with the bytes and not with the hours.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gridworker.errors import Cancelled
from gridworker.store import blob_catalog, blob_pack
from gridworker.store.blob_catalog import CATALOG, Catalog, Pack
from gridworker.store.blob_errors import BlobAbsent, DamagedBlobs
from gridworker.store.blob_pack import DamagedPack
from gridworker.store.blob_vault import DAMAGED, PACK, Progress, Stop, Vault
from gridworker.store.blobs import BlobStore
from gridworker.store.sidecar import sync_folder

PACK_BYTES = 16 << 20
_UNFINISHED = ".making-"
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
            run.discard()


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
            _keep(vault, catalog)
            _remove_doomed(vault, catalog)
        return before.count - catalog.count


def forget_floor(vault: Vault) -> None:
    """What was let go of is wanted again: the next run compares all."""
    with _one_at_a_time, suppress(OSError):
        catalog = vault.look().catalog
        if catalog.floor:
            _keep(vault, replace(catalog, floor=0, upto=0, mark=""))


class _Run:
    """One run over one vault."""

    def __init__(self, vault: Vault, blobs: BlobStore, room: Room, progress: Progress, cancelled: Stop) -> None:
        self.vault, self.blobs, self.room = vault, blobs, room
        self.progress, self.cancelled = progress, cancelled
        self.catalog = Catalog()
        self.writer: blob_pack.Writer | None = None
        self.path = vault.folder
        self.free = 0
        self.added = self.dropped = self.waiting = 0
        self.broke = False

    def run(self, links: int, *, suspect: bool) -> Filled:
        self.vault.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stored = self._begin(suspect=suspect)
        self._give_up(links)
        if self.blobs.after(self._start, 1) or self.catalog.unread:
            self._copy()
        self._clear_ruins(links)
        if self.catalog != stored:
            _keep(self.vault, self.catalog)
        facts = self.catalog
        return Filled(self.added, self.dropped, facts.count, facts.size, self.waiting, len(facts.unread))

    @property
    def _start(self) -> int:
        return max(self.catalog.upto, self.catalog.floor)

    def _begin(self, *, suspect: bool) -> Catalog | None:
        """The catalog as it can be relied on; gives back what was stored, to tell a change."""
        stored = blob_catalog.read(self.vault.folder, self.vault.seal)
        for left in self.vault.folder.glob(f"{_UNFINISHED}*"):
            left.unlink()
        seen = self.vault.look()
        self.catalog = seen.catalog
        for pack in seen.lost:
            self._set_aside(pack)
        if suspect:
            for pack in seen.catalog.packs:
                if self.vault.broken(pack):
                    self._set_aside(pack)
        _remove_doomed(self.vault, self.catalog)
        self.catalog = replace(self.catalog, doomed=())
        source = self.blobs.identity
        if self.catalog.source != source:
            self.catalog = Catalog(source, packs=self.catalog.packs)
        elif self.broke or (self.catalog.upto and self.blobs.at_row(self.catalog.upto) != self.catalog.mark):
            self.catalog = replace(self.catalog, upto=0, mark="")
        self.broke = False
        return stored

    def _set_aside(self, pack: Pack) -> None:
        """What broke is kept under another name: it may hold what is nowhere else. All of it is copied once more."""
        path = self.vault.folder / pack.name
        if path.exists():
            path.replace(path.with_suffix(DAMAGED))
        self.catalog = self.catalog.without([pack.name], doomed=False)
        self.broke = True

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
            if self.writer and self.writer.size >= PACK_BYTES:
                self._commit(last)
                self.progress(done, total, "正在备份照片")
        self._commit(last)
        self._reach(last)

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
            self.catalog = replace(self.catalog, unread=rows)

    def _reach(self, last: tuple[int, str]) -> None:
        # A pack that broke meanwhile is made good by comparing all, which the next run does.
        row, mark = (0, "") if self.broke else last
        self.catalog = replace(self.catalog, upto=row, mark=mark)

    def _fits(self, size: int) -> bool:
        if self.writer is None:
            self.free = shutil.disk_usage(self.vault.folder).free
        coming = (self.writer.size if self.writer else 0) + size + _BESIDE
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
        self._begin_pack().add(photo, row)
        self.added += 1
        return True

    def _begin_pack(self) -> blob_pack.Writer:
        if self.writer is None:
            taken = [path.stem for path in self.vault.folder.iterdir() if path.suffix in {PACK, DAMAGED}]
            number = max((int(stem) for stem in taken if stem.isdecimal()), default=0) + 1
            self.path = self.vault.folder / f"{number:06d}{PACK}"
            self.writer = blob_pack.Writer(self.vault.folder / f"{_UNFINISHED}{number:06d}", self.vault.seal)
        return self.writer

    def _commit(self, last: tuple[int, str], replaces: tuple[str, ...] = ()) -> None:
        """Names the pack once it has proven itself, and lists it."""
        if self.writer is None or not self.writer.entries:
            self.discard()
            return
        if not replaces:
            replaces = self._take_up()
        unfinished = self.vault.folder / f"{_UNFINISHED}{self.path.stem}"
        self.writer.finish()
        _prove(unfinished, self.writer.entries, self.vault)
        unfinished.replace(self.path)
        _sync(self.vault.folder)
        self.writer = None
        self.catalog = self.catalog.without(replaces, doomed=True).with_pack(self.vault.pack(self.path.name))
        self._reach(last)
        _keep(self.vault, self.catalog)
        _remove_doomed(self.vault, self.catalog)

    def _take_up(self) -> tuple[str, ...]:
        """Moves smaller packs into this one; their names."""
        writer, taken = self._begin_pack(), []
        for pack in sorted(self.catalog.packs, key=lambda one: one.name, reverse=True):
            if pack.size > 2 * writer.size or pack.size + writer.size > PACK_BYTES:
                break
            if not self._carry_over(pack, set()):
                break
            taken.append(pack.name)
        return tuple(taken)

    def _carry_over(self, pack: Pack, leave: set[bytes]) -> bool:
        """Copies the photos of a pack but for some, sealed as they are; whether all of them held."""
        if self.vault.broken(pack):
            self._set_aside(pack)
            return False
        writer, path = self._begin_pack(), self.vault.folder / pack.name
        with path.open("rb") as file:
            for entry in blob_pack.entries(path, self.vault.seal):
                if entry.address not in leave:
                    writer.add_sealed(blob_pack.sealed(file, entry), entry.address, entry.row)
        return True

    def _give_up(self, links: int) -> None:
        """Takes out what was removed on purpose, once no copy of the ledger from before is kept beside it."""
        rows = self.blobs.gone(self.catalog.gone, links)
        if not rows:
            return
        leave = {raw for _row, raw in rows}
        for pack in self.catalog.packs:
            listed = self.vault.addresses(Catalog(packs=(pack,)))
            if not listed & leave or not self._carry_over(pack, leave):
                continue
            self.dropped += len(listed & leave)
            where = (self.catalog.upto, self.catalog.mark)
            self._commit(where, (pack.name,))
            if listed <= leave:
                self.catalog = self.catalog.without([pack.name], doomed=True)
        self.catalog = replace(self.catalog, gone=rows[-1][0])
        _keep(self.vault, self.catalog)
        _remove_doomed(self.vault, self.catalog)

    def _clear_ruins(self, links: int) -> None:
        """A pack that broke goes when nothing that can be read of it is missing in the packs that hold."""
        ruins = [path for path in self.vault.folder.iterdir() if path.suffix == DAMAGED]
        if not ruins or self.waiting or self.broke:
            return
        held = self.vault.addresses(self.catalog) | {raw for _row, raw in self.blobs.gone(0, links)}
        for path in ruins:
            if all(bytes.fromhex(photo.address) in held for photo in blob_pack.scan(path, self.vault.seal)):
                path.unlink()

    def discard(self) -> None:
        """Drops a pack that was not finished."""
        if self.writer is not None:
            # The place may be gone in the middle of it.
            with suppress(OSError):
                self.writer.close()
            with suppress(OSError):
                (self.vault.folder / f"{_UNFINISHED}{self.path.stem}").unlink()
        self.writer = None


def _prove(path: Path, written: list[blob_pack.Entry], vault: Vault) -> None:
    """Reads every photo of a pack back; raises DamagedPack."""
    if blob_pack.entries(path, vault.seal) != written:
        raise DamagedPack
    with path.open("rb") as file:
        for entry in written:
            blob_pack.read(file, entry, vault.seal)


def _keep(vault: Vault, catalog: Catalog) -> None:
    fresh = vault.folder / f"{_UNFINISHED}{CATALOG}"
    with fresh.open("wb") as file:
        file.write(blob_catalog.sealed(catalog, vault.seal))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(vault.folder / CATALOG)
    _sync(vault.folder)


def _remove_doomed(vault: Vault, catalog: Catalog) -> None:
    for name in catalog.doomed:
        (vault.folder / name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    # Some shares cannot force a folder to the disk; what was proven is there all the same.
    with suppress(OSError):
        sync_folder(folder)
