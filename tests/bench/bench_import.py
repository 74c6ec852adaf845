"""What a bulk import costs: residents with all that belongs to them, against executemany of the same rows."""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.operations import demo
from gridworker.operations.session import Session
from gridworker.store.store import Store
from tests.bench.bench_save import measure_import
from tests.bench.bench_scale import DATA_KEY, DAY, FACTS


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
        ratios = sorted(measure_import(folder, given.persons, seed) for seed in range(given.rounds))
        middle = statistics.median(ratios)
        print(f"ratio import {middle:.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f}; goal ≤ 4)")
        print(f"demo grid: {demo_cost(folder, 320):.2f} ms a record")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
