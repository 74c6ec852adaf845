"""Search over 100,000 residents as one types.

Time by class, recall and precision against looking at everybody; how soon a stale query is cut off; and what the
index adds to the update of one resident, after thousands of single saves.
"""

from __future__ import annotations

import argparse
import random
import secrets
import shutil
import statistics
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.errors import Cancelled
from gridworker.ledger.record import Record
from gridworker.store import saving, search_check, search_index
from gridworker.store.store import ReadTx, Store
from tests.store.search_reference import classes, community, findable, fitting, renamed, tell

LIMIT = 50
CHECKED = 2
QUERIES = 40
UPDATES = 1_500
CUTS = 40


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
    former = renamed(records)
    store.write(lambda tx: tell(tx, former, records))
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
    former = renamed(records)
    things = {record.id: findable(record, homes, former.get(record.id, "")) for record in records}
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
                found, meant = {hit.id for hit in hits}, fitting(things, query)
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


def measure_cuts(store: Store) -> None:
    """How long the next query waits for a stale one that would never end."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    waited: list[float] = []
    for _ in range(CUTS):
        with store.read() as tx:
            told: list[float] = []

            def stop(tx: ReadTx = tx, told: list[float] = told) -> None:
                told.append(time.perf_counter())
                tx.interrupt()

            timer = threading.Timer(0.02, stop)
            timer.start()
            with suppress(Cancelled):
                tx.sql(endless)
            timer.join()
        with store.read() as tx:
            tx.search("zhangwei")
        waited.append(time.perf_counter() - told[0])
    print(
        f"stale query cut and the next one answered: p50 {percentile(waited, 0.5):.1f} ms,"
        f" longest {max(waited) * 1e3:.1f} ms (goal < 50)"
    )


def measure_updates(store: Store, records: list[Record]) -> None:
    """One resident's phone changed, with the index and without it, turn by turn on an index grown by such saves."""
    dice = random.Random(1)
    people = [record for record in records if record.ledger == "person"]
    refresh = search_index.refresh
    parts: list[tuple[float, float]] = []
    for _ in range(10):
        times: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(UPDATES // 5):
            place, indexed = dice.randrange(len(people)), turn % 2 == 0
            before = people[place]
            after = before.with_values({"contact": f"139{dice.randrange(10**8):08d}"})
            search_index.refresh = refresh if indexed else lambda *_: None
            start = time.perf_counter()
            store.write(lambda tx, b=before, a=after: saving.save(tx, b, a, actor_id="worker"))  # type: ignore[misc]
            times[indexed].append(time.perf_counter() - start)
            people[place] = after
        parts.append((statistics.median(times[True]), statistics.median(times[False])))
    search_index.refresh = refresh
    with_index, without = (statistics.median(part[side] for part in parts) for side in (0, 1))
    ratios = [one / other for one, other in parts]
    print(f"one update: {with_index * 1e3:.2f} ms with the index, {without * 1e3:.2f} ms without")
    print(f"ratio index_update {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}; goal ≤ 2)")


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
            start = time.perf_counter()
            in_step = search_check.is_in_step(tx)
            print(f"index in step: {in_step}, looked at in {(time.perf_counter() - start) * 1e3:.0f} ms")
        measure_cuts(store)
        measure_updates(store, records)
        store.close()
    finally:
        shutil.rmtree(folder)
    if not (found_all and in_step):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
