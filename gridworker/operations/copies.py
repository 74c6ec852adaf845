"""The copies a recovery may use, for a person to look at before: where they lie, of when, and whether they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gridworker.errors import Cancelled
from gridworker.ledger.dates import CHINA
from gridworker.operations.backups import REASONS
from gridworker.store import backup as files
from gridworker.store import copies, lost_keys
from gridworker.store.backup import BACKUPS, Backup, Progress, Stop
from gridworker.store.safety_errors import DamagedBackup

UNKNOWN, GOOD, BAD, FOREIGN = "还没核对", "完好", "损坏，不会用", "打不开：损坏，或是另一份台账的"
_KILO, _MEGA, _GIGA = 1_000, 1_000_000, 1_000_000_000


@dataclass(frozen=True)
class Copy:
    """One copy for a list; `verdict` says whether it holds, as far as that was looked at."""

    path: Path
    made_at: datetime
    reason: str
    size: int
    elsewhere: bool
    verdict: str = UNKNOWN

    @property
    def words(self) -> str:
        """When, how large, where, and whether it holds."""
        at = f"{self.made_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
        place = "选的文件夹" if self.elsewhere else "本机"
        return f"{at}　{place}　{self.reason}　{size_words(self.size)}　{self.verdict}"


def listing(home: Path, extra: Path | None = None) -> list[Copy]:
    """The copies beside a ledger and in another folder, as on a stick; the newest first, none of them opened."""
    here = [_copy(one, elsewhere=False) for one in copies.copies_in(home / BACKUPS)]
    there = [_copy(one, elsewhere=True) for one in copies.copies_in(extra)] if extra else []
    return sorted([*here, *there], key=lambda one: one.made_at, reverse=True)


def verified(
    home: Path,
    secret: str,
    found: Sequence[Copy],
    *,
    progress: Progress = lambda _done, _total, _text: None,
    cancelled: Stop = lambda: False,
) -> list[Copy]:
    """The same copies with their verdicts; every page of each is read. Raises KnownError where no key can be had."""
    backups = [one for one in (files.read_facts(copy.path) for copy in found) if one is not None]
    data_key = lost_keys.find(home, secret, backups).data_key
    done: list[Copy] = []
    for place, one in enumerate(found):
        if cancelled():
            raise Cancelled
        progress(place, len(found), f"正在核对第 {place + 1} 份备份，共 {len(found)} 份")
        done.append(replace(one, verdict=_verdict(one, data_key)))
    return done


def _verdict(copy: Copy, data_key: bytes | bytearray) -> str:
    backup = files.read_facts(copy.path)
    if backup is None:
        return BAD
    try:
        files.verify(backup, data_key)
    except DamagedBackup:
        return BAD if _opens(backup, data_key) else FOREIGN
    return GOOD


def _opens(backup: Backup, data_key: bytes | bytearray) -> bool:
    return bool(list(copies.candidates([backup], data_key, lambda _links: None)))


def _copy(one: Backup, *, elsewhere: bool) -> Copy:
    return Copy(one.path, one.at, REASONS.get(one.reason, one.reason), one.size, elsewhere)


def size_words(size: int) -> str:
    """A number of bytes as people say it."""
    if size >= _GIGA:
        return f"{size / _GIGA:.1f} GB"
    return f"{size / _MEGA:.1f} MB" if size >= _MEGA else f"{-(-size // _KILO)} KB"
