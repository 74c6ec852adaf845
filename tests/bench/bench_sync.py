"""Sync against the floor: 10,000 records up, down, and 1,000 one-field updates there and back.

The floor is raw sqlite3 on both sides and zstd-compressed NDJSON over loopback HTTP: no merge, no identity, no
encryption, no search. Both run in the same minutes, by turns, because machines are noisy. The records, their fields
and the durability of commits (WAL, FULL) are the same on both; the product's phases are whole meetings, with session,
hello, the taking over of outcomes and a last pull, where the floor's are bare transfers.
"""

from __future__ import annotations

import http.client
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from gridworker.store import saving  # noqa: E402 - after the path
from gridworker.sync.enrolling import open_transport  # noqa: E402
from gridworker.sync.wire_bytes import compress, decompress  # noqa: E402
from tests.sync.world import Laptop, Server, run_sync  # noqa: E402

RECORDS, UPDATES, ROUNDS = 10_000, 1_000, 3
FIELDS = (
    "visited_at", "visit_mode", "visit_purpose", "met", "raised_issue", "change_note", "outcome", "satisfaction",
    "remark", "source_channel", "record_no", "recorded_at",
)  # fmt: skip
PHRASES = (
    "入户了解老人近期身体情况", "楼道堆放杂物影响通行", "电动车违规充电已劝离", "希望协助申请轮椅",
    "路灯损坏夜间出行不便", "反映下水道堵塞有异味", "已联系物业三日内处理", "燃气软管老化已建议更换",
    "围墙裂缝请人勘查", "邻里噪音纠纷初步调解",
)  # fmt: skip


def workload() -> list[dict[str, object]]:
    """Visits of about the size people write, the same each time."""
    rng = random.Random(20260305)
    return [
        {
            "visited_at": f"2026-03-{rng.randint(1, 28):02d}T{rng.randint(8, 17):02d}:{rng.randint(10, 59)}+08:00",
            "visit_mode": "上门", "visit_purpose": "日常走访", "met": True,
            "raised_issue": "，".join(rng.sample(PHRASES, 3)) + "。", "change_note": rng.choice(PHRASES),
            "outcome": "无", "satisfaction": "满意", "remark": f"第{number}次", "source_channel": "网格巡查",
            "record_no": f"ZF370211005001-260305-A7{number:05d}", "recorded_at": "2026-03-05T10:00+08:00",
        }
        for number in range(RECORDS)
    ]  # fmt: skip


# ---- the floor


def _open_floor(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    db.execute(f"CREATE TABLE IF NOT EXISTS visit (id TEXT PRIMARY KEY, {', '.join(FIELDS)}) WITHOUT ROWID")
    db.execute("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, line TEXT)")
    return db


def _write_floor(db: sqlite3.Connection, lines: list[str], *, log: bool) -> None:
    rows = [json.loads(line) for line in lines]
    db.execute("BEGIN IMMEDIATE")
    new = [tuple(row[key] for key in ("id", *FIELDS)) for row in rows if "record_no" in row]
    db.executemany(f"INSERT OR REPLACE INTO visit VALUES ({','.join('?' * (len(FIELDS) + 1))})", new)
    db.executemany(
        "UPDATE visit SET outcome = ? WHERE id = ?", [(r["outcome"], r["id"]) for r in rows if "record_no" not in r]
    )
    if log:
        db.executemany("INSERT INTO log (line) VALUES (?)", [(line,) for line in lines])
    db.execute("COMMIT")


@contextmanager
def _floor_server(folder: Path) -> Iterator[int]:
    """The floor's server in its own process."""
    running = subprocess.Popen(
        [sys.executable, __file__, "floor", str(folder / "s.db")], stdout=subprocess.PIPE, text=True
    )
    try:
        yield int(running.stdout.readline())
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def serve_floor(path: str) -> None:
    """Takes lines and gives lines."""
    db, lock = _open_floor(Path(path)), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version, wbufsize, disable_nagle_algorithm = "HTTP/1.1", -1, True

        def log_message(self, *_arguments: object) -> None:
            pass

        def do_POST(self) -> None:
            body = decompress(self.rfile.read(int(self.headers["Content-Length"]))).decode()
            with lock:
                if self.path == "/push":
                    _write_floor(db, body.split("\n"), log=True)
                    answer = b"ok"
                else:
                    found = db.execute("SELECT seq, line FROM log WHERE seq > ? ORDER BY seq LIMIT 2000", (int(body),))
                    rows = found.fetchall()
                    answer = compress("\n".join([str(rows[-1][0] if rows else 0), *(row[1] for row in rows)]).encode())
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


class Floor:
    """A client of the floor: its own queue, its own table."""

    def __init__(self, path: Path, port: int) -> None:
        self.db, self.cursor = _open_floor(path), 0
        self.line = http.client.HTTPConnection("127.0.0.1", port)

    def write(self, rows: list[dict[str, object]]) -> None:
        _write_floor(self.db, [json.dumps(row, ensure_ascii=False) for row in rows], log=True)

    def _ask(self, path: str, body: str) -> bytes:
        self.line.request("POST", path, compress(body.encode()))
        return self.line.getresponse().read()

    def push(self) -> None:
        while rows := self.db.execute("SELECT seq, line FROM log ORDER BY seq LIMIT 1000").fetchall():
            self._ask("/push", "\n".join(row[1] for row in rows))
            self.db.execute("DELETE FROM log WHERE seq <= ?", (rows[-1][0],))

    def pull(self) -> None:
        while True:
            last, *lines = decompress(self._ask("/pull", str(self.cursor))).decode().split("\n")
            if not lines:
                return
            self.cursor = int(last)
            _write_floor(self.db, lines, log=False)


def time_floor(rows: list[dict[str, object]]) -> dict[str, float]:
    """Seconds of each phase on the floor."""
    with tempfile.TemporaryDirectory() as name, _floor_server(Path(name)) as port:
        first, second = Floor(Path(name) / "a.db", port), Floor(Path(name) / "b.db", port)
        first.write([{"id": f"{number:032x}", **row} for number, row in enumerate(rows)])
        times = {"push": _timed(first.push), "pull": _timed(second.pull)}
        first.write([{"id": f"{number:032x}", "outcome": "已解决"} for number in range(0, RECORDS, RECORDS // UPDATES)])
        times["update"] = _timed(first.push) + _timed(second.pull)
        query = "SELECT * FROM visit ORDER BY id"
        if first.db.execute(query).fetchall() != second.db.execute(query).fetchall():
            raise AssertionError("the floor's two sides differ")
        for one in (first, second):
            one.db.close()
            one.line.close()
    return times


# ---- the product


def time_product(rows: list[dict[str, object]]) -> dict[str, float]:
    """Seconds of each phase between two laptops and a server."""
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name))
        grid = server.new_grid()
        first, second = (
            Laptop(Path(name) / person, server.url, server.invite(grid, name=person)) for person in ("a", "b")
        )
        ids = first.create_many(rows)  # type: ignore[arg-type]
        with open_transport(first.store) as near, open_transport(second.store) as far:
            times = {
                "push": _timed(lambda: run_sync(first.store, near)),
                "pull": _timed(lambda: run_sync(second.store, far)),
            }
            _update(first, ids[:: RECORDS // UPDATES])
            times["update"] = _timed(lambda: run_sync(first.store, near)) + _timed(lambda: run_sync(second.store, far))
        if first.flat() != second.flat() or len(second.flat()) != RECORDS:
            raise AssertionError("the two laptops differ")
        first.close()
        second.close()
        server.kill()
    return times


def _update(laptop: Laptop, ids: list[str]) -> None:
    def work(tx):  # type: ignore[no-untyped-def]
        known = tx.find_rows("visit", ids)
        pairs = [(known[one], known[one].with_values({"outcome": "已解决"})) for one in ids]
        saving.save_many(tx, pairs, actor_id=tx.meta("actor_id"), batch="bench")

    laptop.store.write(work)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Both by turns, medians, one line of ratios."""
    rows = workload()
    runs = [(time_floor(rows), time_product(rows)) for _ in range(ROUNDS)]
    parts = []
    for phase in ("push", "pull", "update"):
        floor = statistics.median(run[0][phase] for run in runs)
        ours = statistics.median(run[1][phase] for run in runs)
        ratio = statistics.median(run[1][phase] / run[0][phase] for run in runs)
        parts.append(f"{phase} ×{ratio:.1f} ({ours:.2f} s / {floor:.2f} s)")
    print("sync  " + "  ".join(parts))


if __name__ == "__main__":
    serve_floor(sys.argv[2]) if sys.argv[1:2] == ["floor"] else main()
