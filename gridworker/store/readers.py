"""The connections an encrypted file is read by: one for each who reads at a time, a few kept for the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from gridworker.store.driver import Connection, Error
from gridworker.store.errors import StoreClosed

_IDLE = 2


class Readers:
    """Lends connections to threads; none once it is closed, while those still out end on their own."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._idle: list[Connection] = []
        self._guard = threading.Lock()
        self.closed = False

    def lend(self) -> Connection:
        """A connection nobody else uses; raises StoreClosed, or the driver's Error where none can be made."""
        with self._guard:
            if self.closed:
                raise StoreClosed
            if self._idle:
                return self._idle.pop()
        try:
            return self._connect()
        except Error as failed:
            if self.closed:
                # The key was overwritten while this reader was on its way; nothing is damaged.
                raise StoreClosed from failed
            raise

    def take_back(self, connection: Connection) -> None:
        """Ends its transaction and keeps it for the next, or closes it."""
        with suppress(Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        with self._guard:
            if not self.closed and len(self._idle) < _IDLE and not connection.in_transaction:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> bool:
        """Lends no more; whether it was open until now."""
        with self._guard:
            was_open, self.closed = not self.closed, True
            idle, self._idle = self._idle, []
            # What makes connections holds the file and its key.
            self._connect = _raise_closed
        for connection in idle:
            connection.close()
        return was_open


def _raise_closed() -> NoReturn:
    raise StoreClosed
