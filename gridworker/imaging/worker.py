"""Making a photo small in a process of its own: no stall of the window, bounded memory, and no crash that spreads."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import threading
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from gridworker.errors import BugError, Cancelled, KnownError
from gridworker.imaging.made import Made
from gridworker.imaging.refusal import PhotoRefused

# Address space, of which the interpreter and its libraries map a good part without ever touching it.
MEMORY = 640 << 20
SECONDS = 60
_LOOK_EVERY = 0.05
_ANSWER_LIMIT = 64 << 20


class WorkerDied(KnownError):
    """The child ended without an answer: killed, or out of memory. The same file may well succeed later."""

    def __init__(self) -> None:
        super().__init__(
            "处理照片的进程中途停了，可能是内存不足。",
            safe="照片的原图还在，没有丢。",
            action="程序会再试；也可以关闭一些程序。",
        )


def make_in_worker(kind: str, parts: Iterable[bytes], *, cancelled: Callable[[], bool] = lambda: False) -> Made:
    """What becomes of a file of this kind, given in parts; raises PhotoRefused, WorkerDied or Cancelled."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, MEMORY, SECONDS), daemon=True, name="make-photo")
    try:
        process.start()
    except OSError:
        ours.close()
        raise WorkerDied from None
    finally:
        # With our copy open, a dead child would look like a silent one.
        theirs.close()
    # A child that neither reads nor answers is ended by the clock, which unblocks us too.
    clock = threading.Timer(2 * SECONDS, process.kill)
    clock.daemon = True
    clock.start()
    try:
        return _converse(ours, kind, parts, cancelled)
    finally:
        clock.cancel()
        ours.close()
        _end(process, clock)


def _work(pipe: Connection, memory: int, seconds: int) -> None:
    from gridworker.imaging import child  # noqa: PLC0415 - decoders stay out of a window that only may be given a photo

    child.main(pipe, memory, seconds)


def _converse(pipe: Connection, kind: str, parts: Iterable[bytes], cancelled: Callable[[], bool]) -> Made:
    # A child that refused early has stopped reading; its answer still waits in the pipe.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        pipe.send_bytes(kind.encode("ascii"))
        for part in parts:
            if cancelled():
                raise Cancelled
            pipe.send_bytes(part)
        pipe.send_bytes(b"")
    try:
        while not pipe.poll(_LOOK_EVERY):
            if cancelled():
                raise Cancelled
        facts = json.loads(pipe.recv_bytes(_ANSWER_LIMIT))
        if facts["answer"] == "made":
            data, thumb = pipe.recv_bytes(_ANSWER_LIMIT), pipe.recv_bytes(_ANSWER_LIMIT)
            return Made(str(facts["kind"]), data, thumb, int(facts["width"]), int(facts["height"]))
    except (EOFError, OSError):
        raise WorkerDied from None
    if facts["answer"] == "refused":
        raise PhotoRefused(str(facts["code"]))
    raise BugError(f"处理照片时程序出错（{facts.get('code')}）。", safe="照片的原图还在，没有丢。")


def _end(process: BaseProcess, clock: threading.Timer) -> None:
    process.join(timeout=0.2)
    if process.is_alive():
        process.kill()
        process.join()
    # The clock must not reach for a process that has been let go.
    clock.join()
    process.close()
