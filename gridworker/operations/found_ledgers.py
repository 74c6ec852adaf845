"""The ledgers that can be restored out of a folder or a medium, in words, before any key: nothing personal is known."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from gridworker.errors import Cancelled
from gridworker.ledger.dates import CHINA
from gridworker.operations import media
from gridworker.operations.backups import REASONS
from gridworker.operations.copies import size_words
from gridworker.store import restorable
from gridworker.store.backup import BACKUPS, ELSEWHERE, Backup, Progress, Stop
from gridworker.store.restorable import Restorable
from gridworker.store.safety_errors import NoBackup

_SHORT = 8
# A stick with a music collection is not read through.
_MOST_FOLDERS = 300


@dataclass(frozen=True)
class FoundCopy:
    """One dated copy."""

    path: Path
    made_at: datetime
    reason: str
    size: int
    incarnation: int

    @property
    def when(self) -> str:
        """The minute it was made."""
        return f"{self.made_at.astimezone(CHINA):%Y-%m-%d %H:%M}"

    @property
    def words(self) -> str:
        """When and why it was made, and how large it is."""
        return f"{self.when}　{self.reason}　{size_words(self.size)}"


@dataclass(frozen=True)
class FoundLedger:
    """The copies of one ledger in one folder, the newest first; `ledger` begins the random name of its keys."""

    folder: Path
    ledger: str
    copies: tuple[FoundCopy, ...]
    photo_bytes: int

    @property
    def words(self) -> str:
        """How many copies, of when, how large, whether with photos, and how often the machine was changed before."""
        newest, oldest = self.copies[0], self.copies[-1]
        said = [f"最新一份 {newest.when}，{size_words(newest.size)}"]
        if len(self.copies) > 1:
            said.append(f"共 {len(self.copies)} 份，最早 {oldest.when}")
        said.append(f"有照片（{size_words(self.photo_bytes)}）" if self.photo_bytes else "没有照片")
        if newest.incarnation:
            said.append(_generation(newest.incarnation))
        return "；".join(said) + "。"


def look(folder: Path) -> list[FoundLedger]:
    """What can be restored out of a folder, the newest first; raises NoBackup where there is nothing."""
    found = [_found(folder, one) for one in restorable.look(folder)]
    if not found:
        raise NoBackup
    return found


def on_media(
    home: Path,
    places: Iterable[Path] | None = None,
    *,
    progress: Progress = lambda _done, _total, _text: None,
    cancelled: Stop = lambda: False,
) -> list[FoundLedger]:
    """What can be restored out of the media and shares that are mounted now, but for what lies in the home itself."""
    found: dict[Path, FoundLedger] = {}
    known = media.places() if places is None else list(places)
    for done, place in enumerate(known):
        if cancelled():
            raise Cancelled
        progress(done, len(known), "正在查看插着的 U 盘和共享")
        for folder in _folders(place):
            for one in restorable.look(folder):
                made = _found(folder, one)
                if not made.copies[0].path.is_relative_to(home):
                    found.setdefault(made.copies[0].path, made)
    return sorted(found.values(), key=lambda one: one.copies[0].made_at, reverse=True)


def _folders(place: Path) -> list[Path]:
    """The folders of a medium in which backups may lie: at its root, or one further in."""
    found = [place]
    with suppress(OSError):
        for inside in islice((one for one in place.iterdir() if one.is_dir()), _MOST_FOLDERS):
            with suppress(OSError):
                if next(inside.glob(f"{ELSEWHERE}-*"), None) or (inside / BACKUPS).is_dir():
                    found.append(inside)
    return found


def _found(folder: Path, one: Restorable) -> FoundLedger:
    return FoundLedger(folder, one.ledger[:_SHORT], tuple(map(_copy, one.copies)), one.photo_bytes)


def _copy(one: Backup) -> FoundCopy:
    return FoundCopy(one.path, one.at, REASONS.get(one.reason, one.reason), one.size, one.incarnation)


def _generation(incarnation: int) -> str:
    return "没有换过机器" if incarnation == 1 else f"换过机器或恢复过 {incarnation - 1} 次"
