"""A file of no content that is given up when the disk is full, so that what was begun can still be saved."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from gridworker.store.errors import DiskFull

BALLAST = "ballast"
SIZE, START_SIZE = 4 << 20, 256 << 10
# A disk with less room than this keeps what it has.
_ROOM = 8 * SIZE
RELEASED = (
    "已腾出一点备用空间，请现在再做一次；然后删除一些不用的文件，备用空间只够写完手头的事。正在窗口里填写的内容还在。"
)


# What the index and the log beside the database need before the first save.
_TO_OPEN = 64 << 10


def no_room_to_open(home: Path) -> DiskFull | None:
    """The plain word for an opening that failed on a full disk, which SQLite calls trouble with the disk."""
    if not lacks_room(home):
        return None
    return DiskFull(
        "磁盘满了，台账现在打不开。", safe="保存过的都在。", action="请删除一些不用的文件腾出空间，再打开。"
    )


def lacks_room(folder: Path) -> bool:
    """Whether a file of the size that opening makes finds no room here: no bytes, no more files, or a quota."""
    try:
        if shutil.disk_usage(folder).free < _TO_OPEN:
            return True
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            return file.write(bytes(_TO_OPEN)) < _TO_OPEN
    except OSError as failed:
        return failed.errno in {errno.ENOSPC, errno.EDQUOT}


class Ballast:
    """The ballast of one home: a large part for finishing the work, a small one for the files that opening makes."""

    def __init__(self, home: Path) -> None:
        self._path = home / BALLAST
        self._for_start = home / f"{BALLAST}-start"

    @property
    def laid(self) -> bool:
        """Whether there is something to give up for a save."""
        return self._path.exists()

    def lay(self) -> bool:
        """Takes room while there is plenty; whether the ballast lies there now. A failure is no trouble."""
        return _lay(self._for_start, START_SIZE) and _lay(self._path, SIZE)

    def release(self) -> bool:
        """Gives the room back so that a save can succeed; whether there was any to give."""
        return _release(self._path)

    def release_for_start(self) -> bool:
        """Gives the least that lets the home open; whether there was any to give."""
        return _release(self._for_start) or _release(self._path)


def _lay(path: Path, size: int) -> bool:
    if path.exists():
        return True
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        if shutil.disk_usage(path.parent).free < _ROOM:
            return False
        # Random, because some file systems keep no room for what they can press together.
        fresh.write_bytes(os.urandom(size))
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        return False
    return True


def _release(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
