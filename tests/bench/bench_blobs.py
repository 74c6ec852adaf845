"""What photos cost as they grow in number: adding, listing, showing and taking in, at ten times as many.

Run as a program; every line it prints ends in a ratio, which is what a slower or faster machine leaves alone.
"""

from __future__ import annotations

import argparse
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.imaging.made import PHOTO, Made
from gridworker.store.blobs import BlobStore

PHOTO_BYTES, THUMB_BYTES = 6_000, 1_500


def photo() -> Made:
    """Bytes that no photo had before."""
    return Made(PHOTO, secrets.token_bytes(PHOTO_BYTES), secrets.token_bytes(THUMB_BYTES), 160, 120)


def filled(home: Path, count: int) -> tuple[BlobStore, list[str]]:
    """A photo file with so many photos, and their addresses."""
    blobs = BlobStore.open(home, secrets.token_bytes(32))
    with blobs._file.write() as tx:
        addresses = [blobs._put(tx, photo()) for _ in range(count)]
    return blobs, addresses


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """The middle of what one call takes."""
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def take_in(blobs: BlobStore) -> None:
    """One photo from begin to done, without the shrinking."""
    waiting = blobs.originals.keep("jpeg", [secrets.token_bytes(20_000)], since=0)
    blobs.originals.finish(waiting, photo())
    blobs.originals.settle(waiting)


def measured(blobs: BlobStore, addresses: list[str], rounds: int) -> dict[str, float]:
    """The middle time of each daily thing."""
    dice = random.Random(1)
    works: dict[str, Callable[[], object]] = {
        "add one": lambda: blobs.add(photo()),
        "take one in": lambda: take_in(blobs),
        "read one": lambda: blobs.read(dice.choice(addresses)),
        "show one small": lambda: blobs.thumb(dice.choice(addresses)),
        "list a record's nine": lambda: blobs.known(dice.sample(addresses, 9)),
        "list the newest fifty": lambda: blobs.newest(50),
    }
    return {name: median_ms(work, rounds) for name, work in works.items()}


def main() -> None:
    """Prints one line for each daily thing: few, many, ratio."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--few", type=int, default=500)
    asked.add_argument("--many", type=int, default=5_000)
    asked.add_argument("--rounds", type=int, default=200)
    asked.add_argument("--repeats", type=int, default=3)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-blobs-") as folder:
        homes = [Path(folder) / name for name in ("few", "many")]
        for home in homes:
            home.mkdir()
        stores = [filled(home, count) for home, count in zip(homes, (options.few, options.many), strict=True)]
        # In turn, so that whatever else the machine does falls on both.
        runs = [[measured(*store, options.rounds) for store in stores] for _ in range(options.repeats)]
        for blobs, _ in stores:
            blobs.close()
    for name in runs[0][0]:
        ratios = [many[name] / few[name] for few, many in runs]
        few_ms, many_ms = (statistics.median(run[place][name] for run in runs) for place in (0, 1))
        spread = f"{min(ratios):.2f}–{max(ratios):.2f}"
        print(
            f"{name:24} {options.few}: {few_ms:.3f} ms  {options.many}: {many_ms:.3f} ms"
            f"  ratio {statistics.median(ratios):.2f} ({spread})"
        )


if __name__ == "__main__":
    main()
