"""Writes a file so that there is the whole new one or the old one, and says plainly what stood in the way."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

from gridworker.errors import KnownError

_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_SAFE = "原来的文件没有改动。"


def write_whole(path: Path, data: bytes) -> None:
    """The bytes at `path`, all or none; KnownError where the disk or another program refuses."""
    # Beside the target, because only within one disk a file can take another's place at once.
    draft = path.with_name(f"~gridworker-{secrets.token_hex(4)}.tmp")
    try:
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as failure:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise _known(failure, path) from None


def _known(failure: OSError, path: Path) -> KnownError:
    if failure.errno in _FULL:
        return KnownError("磁盘满了，文件没有写成。", safe=_SAFE, action="请清出空间，或存到别的盘，再试。")
    if not path.parent.is_dir():
        return KnownError("要存到的文件夹不存在。", safe=_SAFE, action="请另选一个文件夹。")
    if path.is_dir():
        return KnownError("要存的名字是一个文件夹。", safe=_SAFE, action="请换一个文件名。")
    if failure.errno == errno.EROFS:
        return KnownError("这个盘是只读的，文件没有写成。", safe=_SAFE, action="请存到别的文件夹。")
    if isinstance(failure, PermissionError):
        return KnownError(
            "这个位置不让写，或者这个文件正在 Excel、WPS 里打开。",
            safe=_SAFE,
            action="请关闭打开它的程序，或换一个文件名、文件夹，再试。",
        )
    return KnownError("写文件时出错，可能是 U 盘松动或网络盘断开。", safe=_SAFE, action="请存到本机的文件夹，再试。")
