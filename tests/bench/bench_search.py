"""Search over 100,000 residents as one types: time by class, and recall and precision against looking at everybody."""

from __future__ import annotations

import argparse
import secrets
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.ledger.record import Record
from gridworker.store.store import ReadTx, Store
from tests.store.search_reference import classes, community, findable, fits

LIMIT = 50
CHECKED = 3
QUERIES = 40


def build(folder: Path, persons: int) -> tuple[Store, list[Record]]:
    """A home with so many residents, and the records in it."""
    records = community(persons)
    store = Store.create(folder, secrets.token_bytes(32))
    homes = [record for record in records if record.ledger == "household"]
    people = [record for record in records if record.ledger == "person"]
    start = time.perf_counter()
    for group in (homes, people):
        for first in range(0, len(group), 5_000):
            store.write(lambda tx, part=group[first : first + 5_000]: tx.put_many(part))  # type: ignore[misc]
    print(f"{persons} 人写入 {time.perf_counter() - start:.1f} s", end="，")
    start = time.perf_counter()
    store.rebuild_search()
    print(f"重建搜索 {time.perf_counter() - start:.1f} s")
    return store, records


def percentile(times: list[float], share: float) -> float:
    """A percentile in milliseconds."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1e3


def measure(tx: ReadTx, records: list[Record]) -> bool:
    """Prints each class; whether the goals hold."""
    homes = {record.id: record for record in records if record.ledger == "household"}
    things = {record.id: findable(record, homes) for record in records}
    every: list[float] = []
    recalls: list[float] = []
    precisions: list[float] = []
    for name, ask in classes(records).items():
        queries = [ask() for _ in range(QUERIES)]
        times, recall, precision = [], [], []
        for place, query in enumerate(queries):
            start = time.perf_counter()
            hits = tx.search(query, limit=LIMIT)
            times.append(time.perf_counter() - start)
            if place < CHECKED:
                found, meant = {hit.id for hit in hits}, {key for key, thing in things.items() if fits(thing, query)}
                recall.append(len(found & meant) / min(LIMIT, len(meant)) if meant else 1.0)
                precision.append(len(found & meant) / len(found) if found else 1.0)
        every += times
        recalls += recall
        precisions += precision
        print(
            f"{name:24s} p50 {percentile(times, 0.5):6.2f}  p95 {percentile(times, 0.95):6.2f} ms"
            f"  recall {statistics.mean(recall):.3f}  precision {statistics.mean(precision):.3f}"
        )
    slowest = percentile(every, 0.95)
    print(f"all: p50 {percentile(every, 0.5):.2f} ms, p95 {slowest:.2f} ms (goal ≤ 10)")
    print(f"ratio recall {statistics.mean(recalls):.3f} (goal 1.00)")
    print(f"ratio precision {statistics.mean(precisions):.3f} (goal 1.00)")
    return min(recalls) == 1 and min(precisions) == 1


def main() -> None:
    """Builds, measures, and fails where something is not found or wrongly found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-search-"))
    try:
        store, records = build(folder, given.persons)
        with store.read() as tx:
            found_all = measure(tx, records)
        store.close()
    finally:
        shutil.rmtree(folder)
    if not found_all:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
