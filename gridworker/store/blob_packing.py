"""The packs of a vault while it is brought up to date: begun, proven, named and listed, taken up into larger ones.

A pack is written under another name, forced to the disk, read back photo by photo, and only then named; the catalog
follows. So a cut at any moment leaves packs that hold, and at worst some photo twice.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gridworker.store import blob_catalog, blob_pack
from gridworker.store.blob_catalog import CATALOG, Catalog, Pack
from gridworker.store.blob_pack import DamagedPack
from gridworker.store.blob_vault import DAMAGED, PACK, Vault
from gridworker.store.sidecar import sync_folder

PACK_BYTES = 16 << 20
UNFINISHED = ".making-"


class Packing:
    """The packs of one vault and what its catalog is to say of them; `broke` tells of a pack that did not hold."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._path = vault.folder
        self.catalog = Catalog()
        self.writer: blob_pack.Writer | None = None
        self.broke = False

    @property
    def coming(self) -> int:
        """Bytes in the pack that is being written."""
        return self.writer.size if self.writer else 0

    @property
    def is_full(self) -> bool:
        """Whether the pack that is being written has its size."""
        return self.coming >= PACK_BYTES

    def look(self, *, suspect: bool) -> Catalog | None:
        """Finds what lies there, checking all where it is suspect; the catalog that was stored, to tell a change."""
        folder = self._vault.folder
        stored = blob_catalog.read(folder, self._vault.seal)
        for left in folder.glob(f"{UNFINISHED}*"):
            left.unlink()
        seen = self._vault.look()
        self.catalog = seen.catalog
        for pack in seen.lost:
            self.set_aside(pack)
        if suspect:
            for pack in seen.catalog.packs:
                if self._vault.broken(pack):
                    self.set_aside(pack)
        remove_doomed(self._vault, self.catalog)
        self.catalog = replace(self.catalog, doomed=())
        return stored

    def set_aside(self, pack: Pack) -> None:
        """What broke is kept under another name: it may hold what is nowhere else. All of it is copied once more."""
        path = self._vault.folder / pack.name
        if path.exists():
            path.replace(path.with_suffix(DAMAGED))
        self.catalog = self.catalog.without([pack.name], doomed=False)
        self.broke = True

    def reach(self, last: tuple[int, str]) -> None:
        """Notes how far along the photo file all is looked at."""
        # A pack that broke meanwhile is made good by comparing all, which the next run does.
        row, mark = (0, "") if self.broke else last
        self.catalog = replace(self.catalog, upto=row, mark=mark)

    def begin_pack(self) -> blob_pack.Writer:
        """The pack that is being written, begun where there is none."""
        if self.writer is None:
            taken = [path.stem for path in self._vault.folder.iterdir() if path.suffix in {PACK, DAMAGED}]
            number = max((int(stem) for stem in taken if stem.isdecimal()), default=0) + 1
            self._path = self._vault.folder / f"{number:06d}{PACK}"
            self.writer = blob_pack.Writer(self._vault.folder / f"{UNFINISHED}{number:06d}", self._vault.seal)
        return self.writer

    def commit(self, last: tuple[int, str], replaces: tuple[str, ...] = ()) -> None:
        """Names the pack once it has proven itself, and lists it."""
        if self.writer is None or not self.writer.entries:
            self.discard()
            return
        if not replaces:
            replaces = self._take_up()
        unfinished = self._vault.folder / f"{UNFINISHED}{self._path.stem}"
        self.writer.finish()
        _prove(unfinished, self.writer.entries, self._vault)
        unfinished.replace(self._path)
        _sync(self._vault.folder)
        self.writer = None
        self.catalog = self.catalog.without(replaces, doomed=True).with_pack(self._vault.pack(self._path.name))
        self.reach(last)
        keep(self._vault, self.catalog)
        remove_doomed(self._vault, self.catalog)

    def carry_over(self, pack: Pack, leave: set[bytes]) -> bool:
        """Copies the photos of a pack but for some, sealed as they are; whether all of them held."""
        if self._vault.broken(pack):
            self.set_aside(pack)
            return False
        writer, path = self.begin_pack(), self._vault.folder / pack.name
        with path.open("rb") as file:
            for entry in blob_pack.entries(path, self._vault.seal):
                if entry.address not in leave:
                    writer.add_sealed(blob_pack.sealed(file, entry), entry.address, entry.row)
        return True

    def discard(self) -> None:
        """Drops a pack that was not finished."""
        if self.writer is not None:
            # The place may be gone in the middle of it.
            with suppress(OSError):
                self.writer.close()
            with suppress(OSError):
                (self._vault.folder / f"{UNFINISHED}{self._path.stem}").unlink()
        self.writer = None

    def _take_up(self) -> tuple[str, ...]:
        """Moves smaller packs into this one; their names."""
        writer, taken = self.begin_pack(), []
        for pack in sorted(self.catalog.packs, key=lambda one: one.name, reverse=True):
            if pack.size > 2 * writer.size or pack.size + writer.size > PACK_BYTES:
                break
            if not self.carry_over(pack, set()):
                break
            taken.append(pack.name)
        return tuple(taken)


def _prove(path: Path, written: list[blob_pack.Entry], vault: Vault) -> None:
    """Reads every photo of a pack back; raises DamagedPack."""
    if blob_pack.entries(path, vault.seal) != written:
        raise DamagedPack
    with path.open("rb") as file:
        for entry in written:
            blob_pack.read(file, entry, vault.seal)


def keep(vault: Vault, catalog: Catalog) -> None:
    """Writes the catalog, whole or not at all."""
    fresh = vault.folder / f"{UNFINISHED}{CATALOG}"
    with fresh.open("wb") as file:
        file.write(blob_catalog.sealed(catalog, vault.seal))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(vault.folder / CATALOG)
    _sync(vault.folder)


def remove_doomed(vault: Vault, catalog: Catalog) -> None:
    """Removes packs whose photos stand in others by now."""
    for name in catalog.doomed:
        (vault.folder / name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    # Some shares cannot force a folder to the disk; what was proven is there all the same.
    with suppress(OSError):
        sync_folder(folder)
