"""Runs the server until it is told to stop: one line when it really listens, calm at Ctrl+C."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from gridworker.errors import KnownError
from gridworker.server.app import make_app
from gridworker.server.delivery import deliver
from gridworker.server.held import settle_held
from gridworker.server.storage import open_storage

_GRACE_SECONDS = 5
_KEEP_ALIVE_SECONDS = 65
_COLLECT_EVERY = 50_000


class _Server(uvicorn.Server):
    """Says where it listens once it does, and takes a wish to stop as a normal end."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, then says so."""
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            sys.stdout.write(f"正在 http://{shown}:{port} 提供同步服务\n")
            sys.stdout.flush()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, but the signal is not raised again after the server has stopped in order."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(database_url: str, host: str, port: int) -> None:
    """Serves until stopped; raises KnownError where it cannot even begin. Port 0 takes a free one."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    with contextlib.closing(_listen(host, port)) as listening:
        asyncio.run(_serve(database_url, listening))


async def _serve(database_url: str, listening: socket.socket) -> None:
    storage = await open_storage(database_url)
    # Batches make and drop thousands of values without a cycle; hunting for some after every 700 costs a tenth.
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY)
    try:
        await settle_held(storage)
        await deliver(storage)
        config = uvicorn.Config(
            make_app(storage),
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        await _Server(config).serve(sockets=[listening])
    finally:
        await storage.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            if sys.platform != "win32":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
        except OSError:
            listening.close()
            raise
    except (OSError, OverflowError) as wrong:
        raise KnownError(
            f"不能在 {host}:{port} 提供服务。",
            action="这个端口可能正被别的程序占用，或者地址不属于本机；请换一个端口，例如 --listen 127.0.0.1:8471。",
        ) from wrong
    return listening
