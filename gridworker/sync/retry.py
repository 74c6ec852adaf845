"""Asking a server: again where that can help, a few times and a little apart, and while this side goes on working."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from gridworker.errors import Cancelled
from gridworker.sync.failures import ServerUnreachable

ATTEMPTS = 3
_FIRST_PAUSE = 0.3
Answer = TypeVar("Answer")
Pause = Callable[[float], None]


def with_retries(
    ask: Callable[[], Answer], *, attempts: int, cancelled: Callable[[], bool], pause: Pause = time.sleep
) -> Answer:
    """The answer of the first try that gets one; the last failure where none does."""
    for attempt in range(attempts):
        if cancelled():
            raise Cancelled
        try:
            return ask()
        except ServerUnreachable:
            if attempt + 1 == attempts:
                raise
        # Jitter, so that the laptops of an office do not all come back in the same moment.
        pause(_FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret
    raise AssertionError("attempts is at least 1")


def meanwhile(ask: Callable[[], Answer]) -> Future[Answer]:
    """Asks on a thread of its own, so that this side can work while the server does.

    The thread is a daemon: a program that ends does not wait for a line.
    """
    future: Future[Answer] = Future()

    def work() -> None:
        try:
            answer = ask()
        except BaseException as raised:  # noqa: BLE001 - handed to who waits for the answer
            future.set_exception(raised)
        else:
            future.set_result(answer)

    threading.Thread(target=work, name="sync-line", daemon=True).start()
    return future
