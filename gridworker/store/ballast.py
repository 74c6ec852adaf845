"""A file of no content that is given up when the disk is full, so that what was begun can still be saved."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

BALLAST = "ballast"
SIZE = 4 << 20
# A disk with less room than this keeps what it has.
_ROOM = 8 * SIZE
RELEASED = (
    "填写的内容还在屏幕上。已腾出一点备用空间，请现在再保存一次；然后删除一些不用的文件，备用空间只够写完手头的事。"
)


class Ballast:
    """The ballast of one home."""

    def __init__(self, home: Path) -> None:
        self._path = home / BALLAST

    @property
    def laid(self) -> bool:
        """Whether there is something to give up."""
        return self._path.exists()

    def lay(self) -> bool:
        """Takes room while there is plenty; whether the ballast lies there now. A failure is no trouble."""
        if self.laid:
            return True
        fresh = self._path.with_suffix(".new")
        try:
            fresh.unlink(missing_ok=True)
            if shutil.disk_usage(self._path.parent).free < _ROOM:
                return False
            # Random, because some file systems keep no room for what they can press together.
            fresh.write_bytes(os.urandom(SIZE))
            fresh.replace(self._path)
        except OSError:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> bool:
        """Gives the room back; whether there was any to give."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
