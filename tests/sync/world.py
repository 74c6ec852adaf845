"""A real server in its own process, laptops that sync with it over real sockets, and a line that breaks."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from gridworker.identity import new_id
from gridworker.ledger.facts import Value
from gridworker.ledger.moves import judge_move
from gridworker.ledger.record import Record
from gridworker.ledger.workflow import MoveContext
from gridworker.ledgers.registry import all_ledgers
from gridworker.server import admin
from gridworker.store import outbox, saving
from gridworker.store.query import Query
from gridworker.store.store import Store
from gridworker.sync import engine
from gridworker.sync.enrolling import enroll, open_transport
from gridworker.sync.meeting import SyncReport

_START = "import sys; from gridworker.server.serve import serve; serve(sys.argv[1], '127.0.0.1', int(sys.argv[2]))"
_grids = itertools.count(1)
ROOT = Path(__file__).resolve().parents[2]
DATA_KEY = bytes(range(32))
_DAY = date(2026, 3, 5)


class Server:
    """`gridworker serve` on a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.database = f"sqlite:///{folder / 'server.db'}"
        self.port = 0
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, self.database, str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        line = self._process.stdout.readline()
        self.port = int(line.split("127.0.0.1:")[1].split()[0])

    def kill(self) -> None:
        """As a power cut would."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def new_grid(self) -> str:
        """A grid of its own for each test, so that they may share a server."""
        grid = f"370211005001{next(_grids):03d}"
        admin.add_grid(self.database, grid, "第一网格")
        return grid

    def invite(self, grid: str, role: str = "community", name: str = "甲") -> str:
        return admin.invite(self.database, grid, role, name)


class Laptop:
    """A home and the person before it."""

    def __init__(self, home: Path, url: str = "", code: str = "", *, fresh: bool = True) -> None:
        self.home = home
        self.store = (Store.create if fresh else Store.open)(home, DATA_KEY)
        self.url = url
        if code:
            enroll(self.store, url, code)

    def meta(self, key: str) -> str:
        with self.store.read() as tx:
            return tx.meta(key) or ""

    @property
    def grid(self) -> str:
        return self.meta("grid_code")

    def sync(self, transport: engine.Transport | None = None) -> SyncReport:
        if transport is not None:
            return run_sync(self.store, transport)
        with open_transport(self.store) as line:
            return run_sync(self.store, line)

    def create(self, ledger: str = "visit", **values: Value) -> str:
        return self.create_many([values], ledger)[0]

    def create_many(self, rows: list[dict[str, Value]], ledger: str = "visit") -> list[str]:
        workflow = all_ledgers()[ledger].workflow
        status = workflow.initial if workflow else ""
        pairs = [(None, Record(new_id(), ledger, self.grid, values, status)) for values in rows]
        self.store.write(lambda tx: saving.save_many(tx, pairs, actor_id=self.meta_in(tx, "actor_id"), batch=None))
        return [record.id for _, record in pairs]

    def edit(self, record_id: str, **changes: Value) -> outbox.Op:
        """Writes fields as a form would that was opened just now."""

        def work(tx):
            before = tx.find(record_id)
            return saving.save(tx, before, before.with_values(changes), actor_id=self.meta_in(tx, "actor_id"))

        return self.store.write(work)

    def move(self, record_id: str, event: str, **args: Value) -> outbox.Op:
        def work(tx):
            before = tx.find(record_id)
            actor = self.meta_in(tx, "actor_id")
            context = MoveContext(actor, ("grid_worker", "community"), _DAY)
            result = judge_move(all_ledgers()[before.ledger], before.values, before.status, event, args, context)
            after = before.with_values(result.changes, status=result.state)
            return saving.move(tx, before, after, event=event, args=args, reason="", actor_id=actor)

        return self.store.write(work)

    def delete(self, record_id: str) -> outbox.Op:
        return self.store.write(lambda tx: saving.delete(tx, tx.find(record_id), actor_id=self.meta_in(tx, "actor_id")))

    def restore(self, record_id: str) -> outbox.Op:
        return self.store.write(
            lambda tx: saving.restore(tx, tx.find(record_id), actor_id=self.meta_in(tx, "actor_id"))
        )

    @staticmethod
    def meta_in(tx, key: str) -> str:
        return tx.meta(key) or ""

    def get(self, record_id: str) -> Record | None:
        with self.store.read() as tx:
            return tx.find(record_id)

    def flat(self) -> dict[str, dict[str, object]]:
        """Every record as `--json` prints it, deleted ones included."""
        found: dict[str, dict[str, object]] = {}
        with self.store.read() as tx:
            for key in all_ledgers():
                for deleted in (False, True):
                    rows = tx.select(Query(key, deleted=deleted))
                    found |= {record.id: record.flat() for record in tx.records(key, rows)}
        return found

    def ops(self, record_id: str) -> list[outbox.Op]:
        with self.store.read() as tx:
            return outbox.ops_of(tx, record_id)

    def sql(self, statement: str, *params: object) -> list[tuple]:
        with self.store.read() as tx:
            return tx.sql(statement, params)

    def waiting(self) -> int:
        return self.sql("SELECT count(*) FROM outbox WHERE status <> 'acked'")[0][0]

    def close(self) -> None:
        self.store.close()


def run_sync(store: Store, transport: engine.Transport, *, cancelled=lambda: False) -> SyncReport:
    """One meeting, without waiting between tries."""
    return engine.sync(
        store, transport, progress=lambda _done, _total, _text: None, cancelled=cancelled, pause=lambda _seconds: None
    )


@contextmanager
def breaking_line(port: int, *, after_bytes: int) -> Iterator[int]:
    """A port in front of the server that breaks each connection once so many bytes of answers have come through."""
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    budget = [after_bytes]

    def serve() -> None:
        while not stop.is_set():
            with suppress(OSError):
                near, _ = listening.accept()
                threading.Thread(target=carry, args=(near,), daemon=True).start()

    def carry(near: socket.socket) -> None:
        with suppress(OSError), near, socket.create_connection(("127.0.0.1", port)) as far:
            threading.Thread(target=copy, args=(near, far), daemon=True).start()
            while budget[0] > 0 and (data := far.recv(min(65536, budget[0]))):
                budget[0] -= len(data)
                near.sendall(data)
            near.shutdown(socket.SHUT_RDWR)

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        stop.set()
        with suppress(OSError):
            socket.create_connection(listening.getsockname()).close()
        thread.join()
        listening.close()
