"""What lies in a folder of backups, told without any key: of how many ledgers, which copies, and whether with photos.

Nothing here opens a database. The random name in a key file tells the copies of one ledger from those of another that
lie on the same stick, or even in the same folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gridworker.store import backup as backups
from gridworker.store.backup import BACKUPS, ELSEWHERE, Backup
from gridworker.store.blob_vault import PACK, VAULT
from gridworker.store.errors import StoreError
from gridworker.store.home import SIDECAR
from gridworker.store.sidecar import read_sidecar


@dataclass(frozen=True)
class Restorable:
    """The copies of one ledger, the newest first; `ledger` is empty where no key file can be read."""

    ledger: str
    copies: tuple[Backup, ...]
    photo_bytes: int = 0
    """What the vaults beside them hold; photos of several ledgers in one folder cannot be told apart without a key."""


def look(source: Path) -> list[Restorable]:
    """The ledgers a person may mean by a path: one copy, the database in it, a folder of copies, a home, a stick."""
    place = source.parent if source.is_file() else source
    alone = backups.read_facts(place)
    folders = [place.parent] if alone else _folders(place)
    found: dict[str, list[Backup]] = {}
    vaults: dict[str, set[Path]] = {}
    for folder in folders:
        for ledger, copies in _of_folder([alone] if alone else backups.listing(folder)).items():
            found.setdefault(ledger, []).extend(copies)
            vaults.setdefault(ledger, set()).add(folder / VAULT)
    ledgers = [
        Restorable(ledger, tuple(sorted(copies, key=_newest, reverse=True)), sum(map(_size, vaults[ledger])))
        for ledger, copies in found.items()
    ]
    return sorted(ledgers, key=lambda one: one.copies[0].at, reverse=True)


def _folders(place: Path) -> list[Path]:
    with suppress(OSError):
        return [place, place / BACKUPS, *sorted(place.glob(f"{ELSEWHERE}-*"))]
    return []


def _of_folder(copies: Sequence[Backup]) -> dict[str, list[Backup]]:
    """The copies of one folder by ledger. One whose key file cannot be read is of the only ledger there, if any is."""
    named: dict[str, list[Backup]] = {}
    for one in copies:
        named.setdefault(_ledger_of(one), []).append(one)
    if len(named) == 2 and "" in named:  # noqa: PLR2004 - one ledger, and what does not say
        unknown = named.pop("")
        next(iter(named.values())).extend(unknown)
    return named


def _ledger_of(copy: Backup) -> str:
    with suppress(StoreError):
        return read_sidecar(copy.path / SIDECAR).database
    return ""


def _newest(copy: Backup) -> tuple[int, int]:
    # A ledger that was restored goes on from an earlier point, and what was made of it then counts as the newer.
    return copy.incarnation, copy.number


def _size(vault: Path) -> int:
    return sum(_sizes(vault))


def _sizes(vault: Path) -> Iterator[int]:
    with suppress(OSError), os.scandir(vault) as found:
        for one in found:
            if one.name.endswith(PACK):
                yield one.stat().st_size
