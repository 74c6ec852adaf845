"""What a bulk import costs: residents with all that belongs to them, against executemany of the same rows.

Both write through the same encrypted driver in one transaction each, one wait for the disk: the floor only the finished
rows of the residents' table with all its indexes, ours also ids, operations, history, search entries, audit and sums.
"""

from __future__ import annotations

import argparse
import gc
import secrets
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.identity import new_id
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import demo
from gridworker.operations.session import Session
from gridworker.store import saving
from gridworker.store.store import Store
from gridworker.store.tables import Table
from tests.bench.bench_save import persons, timed
from tests.bench.bench_scale import DATA_KEY, DAY, FACTS


def measure_import(folder: Path, count: int, seed: int) -> float:
    """Imports residents into a new home, and their rows alone into another; the ratio of both times."""
    rows = persons(count, seed)
    key = secrets.token_bytes(32)
    with_all = Store.create(folder / f"full{new_id()}", key)
    raw, again = (Store.create(folder / f"raw{new_id()}", key) for _ in range(2))
    table = Table(all_ledgers()["person"])
    encoded = [table.encode(record, place) for place, record in enumerate(rows, 1)]
    pairs = [(None, record) for record in rows]
    # What was made to be measured with must not be collected at the cost of one of the two.
    gc.collect()
    before = timed(lambda: raw.write(lambda tx: tx.executemany(table.insert, encoded)))
    seconds = timed(lambda: with_all.write(lambda tx: saving.save_many(tx, pairs, actor_id="worker", batch="b1")))
    after = timed(lambda: again.write(lambda tx: tx.executemany(table.insert, encoded)))
    # The floor stands on both sides of what is measured: what else the machine does weighs on both alike.
    raw_seconds = (before + after) / 2
    for one in (with_all, raw, again):
        one.close()
        shutil.rmtree(one.path.parent)
    print(f"{count} residents: ours {seconds:.2f} s, executemany {raw_seconds:.2f} s")
    return seconds / raw_seconds


def demo_cost(folder: Path, households: int) -> float:
    """Milliseconds a record of the demo grid costs, moves of hazards and wishes included."""
    store = Store.create(folder / "demo", DATA_KEY)
    store.write(lambda tx: [tx.set_meta(key, value) for key, value in FACTS.items()])
    session = Session(folder / "demo", store, data_key=DATA_KEY)
    began = time.perf_counter()
    filled = demo.fill(session, households=households, seed=1, on=DAY)
    spent = time.perf_counter() - began
    session.close()
    return spent * 1000 / sum(filled.counts.values())


def main() -> None:
    """Prints the ratio with its spread, and what a record of the demo costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-import-"))
    try:
        # Dictionaries are read at the first name, once in the life of a program.
        measure_import(folder, given.persons // 10, given.rounds)
        ratios = sorted(measure_import(folder, given.persons, seed) for seed in range(given.rounds))
        middle = statistics.median(ratios)
        print(f"ratio import {middle:.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f}; goal ≤ 4)")
        print(f"demo grid: {demo_cost(folder, 320):.2f} ms a record")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
