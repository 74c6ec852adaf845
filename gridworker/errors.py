"""The two kinds of failure: the world's fault, told calmly, and ours, told for a report."""

from __future__ import annotations

import errno
from pathlib import Path


class AppError(Exception):
    """A failure that carries the three sentences a person needs.

    title  what happened, in one plain Chinese sentence
    safe   what is safe and unchanged
    action what the person can do now
    """

    def __init__(self, title: str, *, safe: str = "", action: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.safe = safe
        self.action = action

    def sentence(self) -> str:
        """All there is to say, as running text."""
        return "".join(part for part in (self.title, self.safe, self.action) if part)


class KnownError(AppError):
    """The world's fault: shown calmly in the page, exit status 1 on the command line."""


class BugError(AppError):
    """Our fault: shown with a report that can be copied and holds no personal data."""

    report = ""
    """Types and places, never values."""


class Cancelled(Exception):
    """The person stopped the work; nothing is shown."""


_NO_MEMORY = ("电脑的内存不够，这一步没有做完。", "请关闭一些别的程序，再试一次。")
_NO_FILES = ("电脑现在不能再多打开文件，这一步没有做完。", "请关闭一些别的程序，或重新打开本程序，再试一次。")
_NO_ROOM = ("磁盘满了，这一步没有做完。", "请删除一些不用的文件腾出空间，再试一次。")
_LACKS = {
    errno.ENOMEM: _NO_MEMORY, errno.EMFILE: _NO_FILES, errno.ENFILE: _NO_FILES,
    errno.ENOSPC: _NO_ROOM, errno.EDQUOT: _NO_ROOM,
}  # fmt: skip


def lack_of_the_machine(error: BaseException) -> KnownError | None:
    """What the machine ran short of, where no door put it in words; None where it is our fault."""
    number = errno.ENOMEM if isinstance(error, MemoryError) else error.errno if isinstance(error, OSError) else None
    if number not in _LACKS:
        return None
    title, action = _LACKS[number]
    return KnownError(title, safe="已经保存的内容都在。", action=action)


def where_it_broke(error: BaseException) -> str:
    """Kind of error and the line it came from: enough to find it, nothing of a resident.

    The message is left out on purpose: a foreign exception may quote what it was handed.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
