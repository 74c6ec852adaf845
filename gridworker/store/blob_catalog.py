"""What a vault says of itself: its packs, and how far it has come along the photo file. Sealed, and always small."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gridworker.store.blob_pack import DamagedPack, disclose, enclose

CATALOG = "catalog"
_WHAT = b"catalog"


@dataclass(frozen=True)
class Pack:
    """One pack: its name, its length in bytes, how many photos it holds, and the highest row among them."""

    name: str
    size: int
    count: int
    last: int


@dataclass(frozen=True)
class Catalog:
    """`upto` is the last row of the photo file `source` that was looked at, `mark` the address in it.

    Rows up to `floor` were let go of here, because a second place has them. `gone` is how far the list of what was
    taken away on purpose was followed, `purged` the same for what no place may keep. `unread` are rows whose photo
    could not be read. `doomed` are packs whose photos stand in others; a kill may have left them.
    """

    source: str = ""
    upto: int = 0
    mark: str = ""
    floor: int = 0
    gone: int = 0
    purged: int = 0
    unread: tuple[int, ...] = ()
    packs: tuple[Pack, ...] = field(default_factory=tuple)
    doomed: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes in all packs."""
        return sum(pack.size for pack in self.packs)

    @property
    def count(self) -> int:
        """Photos in all packs."""
        return sum(pack.count for pack in self.packs)

    def with_pack(self, pack: Pack) -> Catalog:
        """The catalog with one more pack."""
        return replace(self, packs=(*self.packs, pack))

    def without(self, names: Iterable[str], *, doomed: bool) -> Catalog:
        """The catalog without some packs, which are to be removed or left alone."""
        gone = set(names)
        left = tuple(pack for pack in self.packs if pack.name not in gone)
        return replace(self, packs=left, doomed=tuple({*self.doomed, *gone}) if doomed else self.doomed)


def read(folder: Path, seal: AESGCM) -> Catalog | None:
    """The catalog of a folder, or None where there is none that holds."""
    try:
        said = json.loads(disclose(seal, _WHAT, (folder / CATALOG).read_bytes()))
        packs = tuple(Pack(**one) for one in said.pop("packs"))
        return Catalog(**{**said, "packs": packs, "unread": tuple(said["unread"]), "doomed": tuple(said["doomed"])})
    except (OSError, ValueError, KeyError, TypeError, DamagedPack):
        return None


def sealed(catalog: Catalog, seal: AESGCM) -> bytes:
    """The bytes to write."""
    return enclose(seal, _WHAT, json.dumps(asdict(catalog)).encode())
