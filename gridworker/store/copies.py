"""The copies of a ledger a recovery may build on: found beside it and on a stick, and the best of them chosen.

More links of the audit do not make a copy the newer one: a ledger that was restored goes on under a new incarnation,
from where the backup ended, and a copy of what was given up then may have more links. So the incarnation counts before
the links, and before both whether the copy lies on the chain of what is to be recovered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from gridworker.store import backup as backups
from gridworker.store.backup import BACKUPS, ELSEWHERE, Backup
from gridworker.store.driver import Error, KeyBytes, connect_still
from gridworker.store.safety_errors import DamagedBackup

_KINSHIP = {True: 2, None: 1, False: 0}
_INCARNATION = "SELECT CAST(value AS INTEGER) FROM meta WHERE key='incarnation'"


@dataclass(frozen=True)
class Candidate:
    """A copy that opens with the key of the ledger; `kin` is None where nothing tells whether it is of this chain."""

    backup: Backup
    incarnation: int
    kin: bool | None

    @property
    def reach(self) -> tuple[int, int]:
        """How far it goes, to be compared with other files of this ledger."""
        return self.incarnation, self.backup.links


def copies_in(place: Path) -> list[Backup]:
    """Every copy a person may mean by a path: one copy, a folder of them, a home, a stick; the newest first."""
    alone = backups.read_facts(place)
    if alone is not None:
        return [alone]
    with suppress(OSError):
        folders = (place, place / BACKUPS, *sorted(place.glob(f"{ELSEWHERE}-*")))
        found = [one for folder in folders for one in backups.listing(folder)]
        return sorted(found, key=lambda one: one.at, reverse=True)
    return []


def best(
    copies: Sequence[Backup], data_key: KeyBytes, witness: Callable[[int], bytes | None],
) -> Candidate | None:  # fmt: skip
    """The best copy whose every page holds. `witness` names the last of so many links, where anything still can."""
    found = sorted(candidates(copies, data_key, witness), key=lambda one: (_KINSHIP[one.kin], *one.reach), reverse=True)
    for one in found:
        with suppress(DamagedBackup):
            backups.verify(one.backup, data_key)
            return one
    return None


def witness_of(*sources: Callable[[int], bytes | None] | Mapping[int, bytes]) -> Callable[[int], bytes | None]:
    """The first word on a link among several sources."""

    def witness(links: int) -> bytes | None:
        for source in sources:
            said = source.get(links) if isinstance(source, Mapping) else source(links)
            if said is not None:
                return said
        return None

    return witness


def candidates(
    copies: Sequence[Backup], data_key: KeyBytes, witness: Callable[[int], bytes | None]
) -> Iterator[Candidate]:
    """The copies that open with the key of the ledger; what does not is damaged, or of another ledger."""
    for one in copies:
        with suppress(Error, OSError), closing(connect_still(one.database, data_key)) as connection:
            row = connection.execute(_INCARNATION).fetchone()
            known = witness(one.links)
            kin = None if known is None else known.hex() == one.head
            yield Candidate(one, int(row[0] or 1) if row else 1, kin)
