"""Trying again inside one call: a few times, a little apart, and only where another try can help."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
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
