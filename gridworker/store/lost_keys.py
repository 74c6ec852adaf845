"""The key of a ledger whose key file is gone or damaged: by the key file of a copy, proven on the ledger it is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gridworker.store import keys
from gridworker.store.anchor import read_marks, salt_of
from gridworker.store.backup import BACKUPS, Backup
from gridworker.store.driver import KeyBytes
from gridworker.store.errors import DamagedSidecar, MissingSidecar, NoHome, StoreError, WrongPassphrase
from gridworker.store.home import DATABASE, SIDECAR
from gridworker.store.mending import PAGE, Seals
from gridworker.store.safety_errors import ForeignCopies, FormerPassphrase, OnlyBackups

_LOST = (DamagedSidecar, MissingSidecar, NoHome, OnlyBackups)
_PAGES_TRIED = 64


@dataclass(frozen=True)
class FoundKey:
    """A data key, and the key file and the day of the copy it came from; neither where the home's own still serves."""

    data_key: KeyBytes
    sidecar: Path | None = None
    at: datetime | None = None


def find(home: Path, secret: str, copies: Sequence[Backup]) -> FoundKey:
    """The data key of a home by its own key file, or else by that of the newest copy that is of this ledger."""
    try:
        return FoundKey(keys.unlock(home, secret))
    except _LOST as failed:
        lost: StoreError = failed
    wrong = foreign = False
    for one in _distinct(copies):
        try:
            # The same secret at another key file is no further try.
            data_key = keys.unlock_copy(one.path, secret, counted_in=None if wrong or foreign else home)
        except _LOST:
            continue
        except WrongPassphrase:
            wrong = True
            continue
        if _opens(home, data_key) or (one.path.parent == home / BACKUPS and not _can_tell(home)):
            return FoundKey(data_key, one.path / SIDECAR, one.at)
        foreign = True
    if wrong:
        raise FormerPassphrase
    raise ForeignCopies if foreign else lost


def _distinct(copies: Sequence[Backup]) -> Iterator[Backup]:
    """The newest copy for each key file: trying the same one again would only take time."""
    seen = set[bytes]()
    for one in copies:
        with suppress(OSError):
            text = (one.path / SIDECAR).read_bytes()
            if text not in seen:
                seen.add(text)
                yield one


def _can_tell(home: Path) -> bool:
    """Whether there is anything a key could be proven on."""
    return (home / DATABASE).exists() and (home / DATABASE).stat().st_size >= PAGE


def _opens(home: Path, data_key: KeyBytes) -> bool:
    """Whether a key is that of the files here: of the marks outside the database, or of any of its first pages."""
    with suppress(OSError, StoreError):
        if read_marks(home, data_key).newest is not None:
            return True
        database = home / DATABASE
        seals = Seals(data_key, salt_of(database))
        with database.open("rb") as file:
            return any(
                seals.hold(page, number) for number in range(1, _PAGES_TRIED) if len(page := file.read(PAGE)) == PAGE
            )
    return False
