"""What safety costs: a backup against a file copy, photos, the anchor's share of a save, the walk of the chain."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.store import audit, backup, keys, saving
from gridworker.store.anchor import Anchor
from gridworker.store.blob_filling import Room, fill
from gridworker.store.blob_vault import Vault
from gridworker.store.blobs import BlobStore, blob_key
from gridworker.store.driver import connect
from gridworker.store.sidecar import Kdf
from gridworker.store.store import Store
from tests.bench.bench_blobs import photo
from tests.bench.bench_save import persons, visit

CHEAP = Kdf(time=1, memory_kib=64, lanes=1)


def timed(work: Callable[[], object]) -> float:
    """Seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def copied(source: Path, target: Path) -> None:
    """A plain copy that has reached the disk, as a backup has."""
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        os.fsync(file.fileno())


def say(name: str, ratios: list[float], goal: str) -> None:
    """One line: the median, its spread, the goal."""
    print(f"ratio {name} {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}; {goal})")


def measure_backup(store: Store, home: Path, key: bytes, rounds: int) -> None:
    """A whole backup, and its copying alone, each against a copy of the file in the same round."""
    whole, steps = [], []
    target = home / "copied.db"
    for _ in range(rounds):
        base = timed(lambda: copied(home / "gridworker.db", target))
        whole.append(timed(lambda: store.back_up("hourly")) / base)
        (home / "step.db").unlink(missing_ok=True)
        with closing(connect(home / "gridworker.db", key, readonly=True)) as source:
            steps.append(timed(lambda s=source: backup.copy_into(s, home / "step.db", key)) / base)
        (home / "step.db").unlink()
    size = (home / "gridworker.db").stat().st_size
    print(f"文件 {size / 1e6:.0f} MB，普通复制 {base:.3f} s")
    say("backup_copy_only", steps, "encrypted anew")
    say("backup_with_all_checks", whole, "source, copy, structure")


def measure_photos(home: Path, store: Store, key: bytes, count: int, rounds: int) -> None:
    """A first run against a copy of the photo file, then one with nothing new against a backup without photos."""
    blobs = BlobStore.open(home, blob_key(key))
    with blobs._file.write() as tx:
        for _ in range(count):
            blobs._put(tx, photo())
    blobs.close()
    blobs = BlobStore.open(home, blob_key(key))
    plain = timed(lambda: copied(home / "blobs.db", home / "copied.db"))
    (home / "copied.db").unlink()
    vault, room = Vault(home / "backups", blob_key(key)), Room(None, 0)
    say(f"photos_first_run_{count}", [timed(lambda: fill(vault, blobs, room)) / plain], "read, sealed, read back")
    nothing, ratios = [], []
    for _ in range(rounds):
        base = timed(lambda: store.back_up("hourly"))
        nothing.append(timed(lambda: fill(vault, blobs, room)))
        ratios.append((timed(lambda: store.back_up("hourly")) + nothing[-1]) / base)
    say(f"backup_nothing_new_{count}", ratios, "against a backup without photos")
    one = []
    for _ in range(rounds):
        blobs.add(photo())
        one.append(timed(lambda: fill(vault, blobs, room)))
    none, single = (statistics.median(times) * 1e3 for times in (nothing, one))
    print(f"照片 {count} 张：没有新照片 {none:.1f} ms，一张新照片 {single:.1f} ms")
    blobs.close()
    for path in (home / "blobs.db", *vault.folder.iterdir()):
        path.unlink()


def measure_saves_meanwhile(store: Store, rounds: int) -> None:
    """The slowest save while a backup runs beside it."""
    import threading

    slowest = 0.0
    for _ in range(rounds):
        worker = threading.Thread(target=lambda: store.back_up("hourly"))
        worker.start()
        while worker.is_alive():
            record = visit("home", 1)
            took = timed(lambda r=record: store.write(lambda tx: saving.save(tx, None, r, actor_id="w")))
            slowest = max(slowest, took)
        worker.join()
    print(f"备份同时保存，最慢一次 {slowest * 1e3:.0f} ms")


def measure_anchor(store: Store, count: int) -> None:
    """The same saves with the anchor, without it, and with a mark that is forced to the disk each time."""
    kinds: dict[str, list[float]] = {"lazy": [], "none": [], "forced": []}
    add, sync = Anchor.add, Anchor.sync

    def forced(self: Anchor, facts: tuple[int, bytes, int] | None) -> None:
        add(self, facts)
        sync(self)

    for place in range(count * 3):
        kind = ("lazy", "none", "forced")[place % 3]
        Anchor.add = {"lazy": add, "none": lambda _self, _facts: None, "forced": forced}[kind]  # type: ignore[method-assign]
        record = visit("home", place)
        kinds[kind].append(timed(lambda r=record: store.write(lambda tx: saving.save(tx, None, r, actor_id="w"))))
    Anchor.add = add  # type: ignore[method-assign]
    part = max(1, count // 10)
    for kind in ("lazy", "forced"):
        ratios = [
            statistics.median(kinds[kind][start : start + part])
            / statistics.median(kinds["none"][start : start + part])
            for start in range(0, part * 10, part)
        ]
        say(f"anchor_{kind}", ratios, "against a save without")


def measure_chain(folder: Path, key: bytes) -> None:
    """Walking 100,000 links."""
    store = Store.create(folder / "chain", key)

    def links(tx: object) -> None:
        for place in range(100_000):
            tx.audit("reveal", actor_id="w", record=f"r{place}", ledger="person", detail={"n": place})  # type: ignore[attr-defined]

    store.write(links)

    def walk() -> None:
        with store.read() as tx:
            assert audit.verify(tx).ok

    print(f"操作记录 100000 步核对 {statistics.median(timed(walk) for _ in range(5)):.2f} s")
    store.close()


def main() -> None:
    """Prints each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--saves", type=int, default=500)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-backup-"))
    try:
        home = folder / "home"
        key = keys.create_keys(home, "口令 只为 测量 而设", kdf=CHEAP).data_key
        store = Store.create(home, key)
        rows = persons(given.persons)
        for start in range(0, len(rows), 5_000):
            pairs = [(None, record) for record in rows[start : start + 5_000]]
            store.write(lambda tx, p=pairs: saving.save_many(tx, p, actor_id="w", batch="b"))
        measure_backup(store, home, key, given.rounds)
        for count in (1_000, 10_000):
            measure_photos(home, store, key, count, given.rounds)
        measure_saves_meanwhile(store, 2)
        measure_anchor(store, given.saves)
        store.close()
        measure_chain(folder, key)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
