"""Sending a PDF to a printer where the system takes PDF as it is: `lp` of CUPS, fed by pipe, no temporary file.

Windows has no such command. There the window prints the pictures of `preview.py` through Qt; `can_spool` says which.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

from gridworker.errors import KnownError

_SAFE = "台账内容没有变化，没有印出任何一页。"
_PATIENCE = 30
_PLAIN = {**os.environ, "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Printer:
    """A printer of this computer, and whether it is the usual one."""

    name: str
    is_default: bool


def can_spool() -> bool:
    """Whether a PDF can be handed to the system's print queue as it is."""
    return os.name == "posix" and shutil.which("lp") is not None


def list_printers() -> tuple[Printer, ...]:
    """The printers of the print queue, the usual one first; none where there is no queue."""
    if not can_spool() or shutil.which("lpstat") is None:
        return ()
    names = _first_words(_lpstat("-e"))
    default = _lpstat("-d").rpartition(":")[2].strip()
    found = [Printer(name, name == default) for name in names]
    return tuple(sorted(found, key=lambda printer: not printer.is_default))


def spool(data: bytes, *, printer: str | None = None, copies: int = 1, job_name: str = "台账") -> str:
    """Hand a PDF to the print queue and give back the queue's number for it; `job_name` must name nobody."""
    command = shutil.which("lp")
    if command is None or os.name != "posix":
        raise KnownError("这台电脑没有可用的打印队列。", safe=_SAFE, action="请先存为 PDF 文件，再用别的程序打印。")
    arguments = [command, "-t", job_name, "-n", str(copies)]
    if printer is not None:
        arguments += ["-d", printer]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; the arguments are not read by a shell
            arguments,
            input=data,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            env=_PLAIN,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KnownError("打印队列没有回应。", safe=_SAFE, action="请检查打印机是否已开机并连接。") from error
    if done.returncode != 0:
        raise KnownError("打印机没有接受这份文件。", safe=_SAFE, action="请检查打印机是否可用，或换一台打印机。")
    return _job_number(done.stdout.decode("utf-8", "replace"))


def _job_number(answer: str) -> str:
    """`request id is office-12 (1 file(s))` → `office-12`."""
    words = answer.replace("request id is", "").split()
    return words[0] if words else ""


def _lpstat(option: str) -> str:
    command = shutil.which("lpstat") or "lpstat"
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program with a fixed argument
            [command, option],
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            env=_PLAIN,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _first_words(listing: str) -> list[str]:
    return [line.split()[0] for line in listing.splitlines() if line.strip()]
