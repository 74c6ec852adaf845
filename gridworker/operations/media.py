"""The places where a stick, a card or a share of the office is mounted now."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from gridworker.store.home import is_remote_kind

_MOUNTS = Path("/proc/self/mounts")
_UNDER = ("/media", "/run/media", "/mnt", "/Volumes")
_ESCAPES = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}
_LETTERS = "DEFGHIJKLMNOPQRSTUVWXYZC"


def places() -> list[Path]:
    """Where media are mounted; asks no medium anything, so that one that does not answer holds nobody up."""
    if sys.platform == "win32":
        # Which of them are there the look inside tells.
        return [Path(f"{letter}:\\") for letter in _LETTERS]
    if sys.platform == "darwin":
        return _inside(Path("/Volumes"))
    with suppress(OSError):
        # What a desktop mounts for one person, as a share of the office, is listed in a folder of hers.
        shares = _inside(Path(f"/run/user/{os.getuid()}/gvfs"))
        return [*mounted(_MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")), *shares]
    return []


def mounted(table: str) -> list[Path]:
    """The media and shares of a table such as /proc/self/mounts."""
    return list(dict.fromkeys(_mounted(line.split(" ") for line in table.splitlines())))


def _mounted(lines: Iterable[list[str]]) -> Iterator[Path]:
    for parts in lines:
        if len(parts) < 3:  # noqa: PLR2004 - device, folder, kind
            continue
        folder = parts[1]
        for written, meant in _ESCAPES.items():
            folder = folder.replace(written, meant)
        if is_remote_kind(parts[2]) or any(folder.startswith(f"{top}/") for top in _UNDER):
            yield Path(folder)


def _inside(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(folder.iterdir())
    return []
