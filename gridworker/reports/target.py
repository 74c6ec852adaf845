"""Writing a finished document where the person said: whole or not at all, the world's refusals in plain words."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from gridworker.errors import KnownError

_SAFE = "台账内容没有变化，原来的文件也没有动。"
_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


def write_target(target: Path, data: bytes) -> None:
    """Put the bytes at `target` in one step; on failure nothing is left beside it and what was there stays."""
    if target.is_dir():
        raise KnownError("选的位置是一个文件夹。", safe=_SAFE, action="请给文件起一个名字。")
    try:
        handle, name = tempfile.mkstemp(prefix=".~", suffix=".tmp", dir=target.parent)
    except OSError as error:
        raise _translated(error) from error
    leftover = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _take_usual_rights(leftover)
        leftover.replace(target)
    except OSError as error:
        raise _translated(error) from error
    finally:
        with contextlib.suppress(OSError):
            leftover.unlink(missing_ok=True)


def _take_usual_rights(path: Path) -> None:
    """Temporary files are made for their owner alone; a document a person saved is hers to hand on."""
    if os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        path.chmod(0o666 & ~mask)


def _translated(error: OSError) -> KnownError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return KnownError("要保存到的文件夹不存在。", safe=_SAFE, action="请换一个文件夹，或先建好它再保存。")
    if error.errno in _FULL:
        return KnownError("磁盘空间不足，文件没有写成。", safe=_SAFE, action="请腾出空间，或存到别的磁盘。")
    if isinstance(error, PermissionError):
        return KnownError(
            "文件写不进去：它正被别的程序打开，或这个文件夹不允许写入。",
            safe=_SAFE,
            action="请关闭正在查看它的程序，或换一个位置再保存。",
        )
    return KnownError("文件没有写成：磁盘或网络位置出了问题。", safe=_SAFE, action="请检查磁盘，或换一个位置再保存。")
