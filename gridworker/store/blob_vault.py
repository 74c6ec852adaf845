"""The photos of one backup place: packs in a folder `photos` beside the dated copies of the ledger, each photo once.

Copies of the ledger are dated, because a ledger changes; a photo never does, so the copies of a place share one vault,
and a run adds what came since. What a vault holds is told by its sealed catalog, and where that is lost by the packs
themselves: a catalog may be cut off, stale or gone, and costs nothing but a comparison. `blob_filling` writes vaults,
this module reads them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gridworker.errors import Cancelled
from gridworker.store import blob_catalog, blob_pack
from gridworker.store.blob_catalog import Catalog, Pack
from gridworker.store.blob_pack import DamagedPack, Photo

VAULT = "photos"
# To look for one address in all lists takes as long as to read out a hundred lines.
_FEW = 200
PACK, DAMAGED = ".pack", ".damaged"
Stop = Callable[[], bool]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Seen:
    """What lies in a vault now, and the packs its catalog names that are not there as they were."""

    catalog: Catalog
    lost: tuple[Pack, ...]


@dataclass(frozen=True)
class Checked:
    """How many photos a vault should hold, how many were read back, and how many of those held no more."""

    photos: int
    read: int
    damaged: int

    @property
    def sampled(self) -> bool:
        """Whether only a part was read back."""
        return self.read + self.damaged < self.photos


class Vault:
    """The vault in a folder that holds backups, opened by the key of the photo file; it need not be there yet."""

    def __init__(self, place: Path, blob_key: bytes) -> None:
        self.folder = place / VAULT
        self.seal = blob_pack.sealer(blob_key)
        self.name_key = blob_pack.name_key(blob_key)

    def look(self) -> Seen:
        """The catalog as the folder bears it out; raises OSError where that cannot be read."""
        catalog = blob_catalog.read(self.folder, self.seal) or Catalog()
        files = self._files()
        lost = tuple(pack for pack in catalog.packs if files.get(pack.name) != pack.size)
        if lost:
            catalog = replace(catalog.without([pack.name for pack in lost], doomed=False), upto=0, mark="")
        listed = {pack.name for pack in (*catalog.packs, *lost)} | set(catalog.doomed)
        for name in sorted(files.keys() - listed):
            # Finished before a cut and not listed yet; or of another home, which is none of our business.
            with suppress(DamagedPack):
                catalog = catalog.with_pack(self.pack(name))
        return Seen(catalog, lost)

    def pack(self, name: str) -> Pack:
        """What a pack says of itself; raises DamagedPack."""
        path = self.folder / name
        listed = blob_pack.entries(path, self.seal)
        last = max((entry.row for entry in listed), default=0)
        return Pack(name, path.stat().st_size, len(listed), last)

    def addresses(self, catalog: Catalog) -> set[bytes]:
        """Every photo that the packs of a catalog list; a pack that does not open lists none."""
        found: set[bytes] = set()
        for pack in catalog.packs:
            with suppress(DamagedPack, FileNotFoundError):
                found.update(entry.address for entry in blob_pack.entries(self.folder / pack.name, self.seal))
        return found

    def held(self, catalog: Catalog, coming: int) -> Callable[[bytes], bool]:
        """Whether a photo is in the packs of a catalog. For a few that are coming the lists are not read out."""
        if coming > _FEW:
            return self.addresses(catalog).__contains__
        lists = []
        for pack in catalog.packs:
            with suppress(DamagedPack, FileNotFoundError):
                lists.append(blob_pack.listing(self.folder / pack.name, self.seal))
        return lambda address: any(address in listed for listed in lists)

    def photos(self, wanted: Iterable[str], cancelled: Stop = lambda: False) -> Iterator[Photo]:
        """Those of some photos that can be had here, each once, out of whole packs first and then out of ruins."""
        left = {bytes.fromhex(address) for address in wanted}
        ruins = []
        for path in self._paths(PACK):
            try:
                listed = blob_pack.entries(path, self.seal) if left else []
            except (DamagedPack, OSError):
                ruins.append(path)
                continue
            with suppress(OSError), path.open("rb") as file:
                for entry in listed:
                    _raise_if(cancelled)
                    if entry.address in left:
                        with suppress(DamagedPack):
                            photo = blob_pack.read(file, entry, self.seal)
                            left.discard(entry.address)
                            yield photo
        for path in (*ruins, *self._paths(DAMAGED)) if left else ():
            with suppress(OSError):
                for photo in blob_pack.scan(path, self.seal):
                    _raise_if(cancelled)
                    if (raw := bytes.fromhex(photo.address)) in left:
                        left.discard(raw)
                        yield photo

    def check(
        self, *, limit: int | None, progress: Progress = lambda *_: None, cancelled: Stop = lambda: False
    ) -> Checked:
        """Reads photos back: all, or where there are more bytes than `limit` as many packs by chance as that holds."""
        seen = self.look()
        chosen = list(seen.catalog.packs)
        if limit is not None and seen.catalog.size > limit:
            chosen = _by_chance(chosen, limit)
        lost = sum(pack.count for pack in seen.lost)
        good, bad = 0, lost
        for done, pack in enumerate(chosen):
            _raise_if(cancelled)
            progress(done, len(chosen), "正在检查备份的照片")
            broken = len(self.broken(pack))
            good, bad = good + pack.count - broken, bad + broken
        return Checked(seen.catalog.count + lost, good, bad)

    def broken(self, pack: Pack) -> list[int]:
        """The places in a pack whose photo cannot be read back; all of them where its list is gone."""
        try:
            path = self.folder / pack.name
            listed = blob_pack.entries(path, self.seal)
            wrong = []
            with path.open("rb") as file:
                for place, entry in enumerate(listed):
                    try:
                        blob_pack.read(file, entry, self.seal)
                    except DamagedPack:
                        wrong.append(place)
        except (DamagedPack, OSError):
            return list(range(pack.count))
        return wrong

    def _files(self) -> dict[str, int]:
        try:
            with os.scandir(self.folder) as found:
                return {one.name: one.stat().st_size for one in found if one.name.endswith(PACK)}
        except FileNotFoundError:
            return {}

    def _paths(self, ending: str) -> list[Path]:
        try:
            return sorted(path for path in self.folder.iterdir() if path.name.endswith(ending))
        except OSError:
            return []


def _by_chance(packs: list[Pack], limit: int) -> list[Pack]:
    # Another part each time: what a check leaves out today it may read tomorrow.
    mixed = random.sample(packs, len(packs))
    chosen, size = mixed[:1], mixed[0].size
    for pack in mixed[1:]:
        if size + pack.size <= limit:
            chosen.append(pack)
            size += pack.size
    return chosen


def _raise_if(cancelled: Stop) -> None:
    if cancelled():
        raise Cancelled
