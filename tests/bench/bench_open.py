"""From the passphrase to the first list, in a process of its own, against the least that any program would need.

The least: Python, the driver, argon2id with the same cost, one connection, one page of rows. Both run from bytecode, as
an installed program does, whatever this environment says of it: the first run of each, which compiles, is not counted.
A window loads while the passphrase is being typed, so what comes after it has a ratio of its own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
RUNS, HOUSEHOLDS = 9, 320
PASSPHRASE = "bench-only-nothing-to-hide"

WHOLE = """
import json, os, time
from pathlib import Path
began = time.perf_counter()
from gridworker.operations import browse, session as sessions
from gridworker.store.query import Query
from gridworker.store import keys
from gridworker.store.store import Store
loaded = time.perf_counter()
home = Path(os.environ["BENCH_HOME"])
key = keys.unlock(home, os.environ["BENCH_SECRET"])
unlocked = time.perf_counter()
session = sessions.Session(home, Store.open(home, key), data_key=key)
opened = time.perf_counter()
rows = browse.rows(session, "person", browse.listing(session, Query("person", limit=50)))
listed = time.perf_counter()
assert len(rows) == 50
print(json.dumps([loaded - began, unlocked - loaded, opened - unlocked, listed - opened]))
session.close()
"""
LEAST = """
import json, os, time
began = time.perf_counter()
from argon2.low_level import Type, hash_secret_raw
from sqlcipher3 import dbapi2
loaded = time.perf_counter()
hash_secret_raw(b"bench", bytes(16), time_cost=3, memory_cost=65536, parallelism=4, hash_len=32, type=Type.ID)
unlocked = time.perf_counter()
connection = dbapi2.connect(os.path.join(os.environ["BENCH_HOME"], "gridworker.db"))
connection.execute("PRAGMA key=\\"x'" + os.environ["BENCH_KEY"] + "'\\"")
connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
opened = time.perf_counter()
rows = connection.execute("SELECT * FROM person WHERE deleted=0 ORDER BY walk LIMIT 50").fetchall()
listed = time.perf_counter()
print(json.dumps([loaded - began, unlocked - loaded, opened - unlocked, listed - opened]))
connection.close()
"""
STAGES = ("load", "unlock", "open", "first list")


def run(program: str, environment: dict[str, str]) -> list[float]:
    """Milliseconds of each stage, and of the whole process from outside."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    whole = time.perf_counter() - began
    return [seconds * 1000 for seconds in (*json.loads(done.stdout), whole)]


def main() -> None:
    """Prints each stage of both and the ratio of the whole, with its spread."""
    from gridworker.operations import demo
    from gridworker.store import keys

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        demo.open_demo(home, PASSPHRASE, households=HOUSEHOLDS).close()
        inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment = {
            **inherited, "PYTHONPYCACHEPREFIX": str(Path(folder) / "bytecode"),
            "PYTHONPATH": str(ROOT), "BENCH_HOME": str(home), "BENCH_SECRET": PASSPHRASE,
            "BENCH_KEY": bytes(keys.unlock(home, PASSPHRASE)).hex(),
        }  # fmt: skip
        ours, least = [], []
        for program in (WHOLE, LEAST):
            run(program, environment)
        for _ in range(RUNS):
            ours.append(run(WHOLE, environment))
            least.append(run(LEAST, environment))
    for place, stage in enumerate((*STAGES, "whole process")):
        mine, floor = (statistics.median(one[place] for one in runs) for runs in (ours, least))
        print(f"{stage:14} {mine:7.1f} ms   least {floor:7.1f} ms")
    for name, first in (("load to first list", 0), ("unlock to first list", 1)):
        pairs = zip(ours, least, strict=True)
        ratios = sorted(sum(mine[first:-1]) / sum(floor[first:-1]) for mine, floor in pairs)
        print(f"ratio {name} {statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
