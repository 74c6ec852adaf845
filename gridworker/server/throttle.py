"""Slows down guessing: so many failures from one address in a while, then a pause."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from gridworker.server.refusals import Refused

_ADDRESSES = 10_000


class Throttle:
    """Counts failures by address; in memory, because a restart may forgive."""

    def __init__(
        self, *, failures: int = 10, seconds: float = 600, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures, self._seconds, self._clock = failures, seconds, clock
        self._seen: dict[str, deque[float]] = {}

    def raise_if_over(self, address: str) -> None:
        """Refuses an address that failed too often of late."""
        times = self._recent(address)
        if len(times) >= self._failures:
            raise Refused("TOO_MANY_TRIES", retry_after=int(times[0] + self._seconds - self._clock()) + 1)

    def failed(self, address: str) -> None:
        """Counts one failure."""
        if len(self._seen) >= _ADDRESSES:
            self._seen = {known: times for known in self._seen if (times := self._recent(known))}
        times = self._recent(address)
        times.append(self._clock())
        self._seen[address] = times

    def _recent(self, address: str) -> deque[float]:
        times = self._seen.get(address, deque())
        while times and times[0] <= self._clock() - self._seconds:
            times.popleft()
        return times
