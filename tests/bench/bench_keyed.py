"""What protection costs: the same work keyed and unkeyed, and with and without the audit and its anchor."""

from __future__ import annotations

import argparse
import secrets
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.identity import new_id
from gridworker.ledger.record import Record
from gridworker.store import anchor, audit, driver, saving
from gridworker.store.query import Query
from gridworker.store.store import Store
from tests.bench.bench_save import GRID, persons, visit


def plain_connect(path: Path, data_key: driver.KeyBytes, *, readonly: bool = False, create: bool = False) -> Any:
    """The store's connection without its key: the same library, the same settings, an open file."""
    mode = "ro" if readonly else "rwc" if create else "rw"
    connection = driver.driver.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=5.0, isolation_level=None,
        check_same_thread=False, cached_statements=512,
    )  # fmt: skip
    driver._set_up(connection, readonly=readonly)
    return connection


def _nothing(*_: object, **__: object) -> None:
    # A mock would take longer than what it stands for.
    return None


@contextmanager
def without_audit() -> Iterator[None]:
    """Saves leave no link and no mark."""
    with (
        mock.patch.object(audit, "add", _nothing),
        mock.patch.object(anchor.Anchor, "add", _nothing),
        mock.patch.object(anchor.Anchor, "facts", _nothing),
    ):
        yield


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of a piece of work."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


class Work:
    """One home and what is done in it."""

    def __init__(self, folder: Path, people: int) -> None:
        self.store = Store.create(folder / new_id(), secrets.token_bytes(32))
        self.home = Record(
            new_id(), "household", GRID, {"compound_name": "某小区", "building_no": "3", "room_no": "501"}
        )
        self.store.write(lambda tx: saving.save(tx, None, self.home, actor_id="worker"))
        self.people = [(None, record) for record in persons(people)]
        self.place = 0

    def bulk(self) -> object:
        """Imports residents."""
        return self.store.write(lambda tx: saving.save_many(tx, self.people, actor_id="worker", batch="b"))

    def visit(self) -> object:
        """Saves one visit."""
        self.place += 1
        record = visit(self.home.id, self.place)
        return self.store.write(lambda tx: saving.save(tx, None, record, actor_id="worker"))

    def page(self) -> object:
        """Reads the first screenful of a list."""
        with self.store.read() as tx:
            return tx.records("person", tx.select(Query("person", order=("name",), limit=50)))

    def search(self) -> object:
        """Searches by a name and by a tail."""
        with self.store.read() as tx:
            return tx.search("王伟"), tx.search("wf")

    def scan(self) -> object:
        """Reads every resident."""
        with self.store.read() as tx:
            return tx.sql("SELECT max(length(workplace)) FROM person")


def compare(one: Work, other: Work, name: str, repeats: int) -> tuple[float, float, float]:
    """The ratio of medians of an act in two homes, turn by turn, with its spread over five parts."""
    first: list[float] = []
    second: list[float] = []
    for _ in range(repeats):
        first.append(timed(getattr(one, name)))
        second.append(timed(getattr(other, name)))
    part = max(1, repeats // 5)
    ratios = sorted(
        statistics.median(first[start : start + part]) / statistics.median(second[start : start + part])
        for start in range(0, repeats - part + 1, part)
    )
    return statistics.median(first) / statistics.median(second), ratios[0], ratios[-1]


def audit_share(work: Work, repeats: int) -> tuple[float, float, float]:
    """The part of a save that the link and its mark take, turn by turn, as a share of the whole."""
    whole: list[float] = []
    bare: list[float] = []
    for _ in range(repeats):
        whole.append(timed(work.visit))
        with without_audit():
            bare.append(timed(work.visit))
    part = repeats // 5
    shares = sorted(
        1 - statistics.median(bare[start : start + part]) / statistics.median(whole[start : start + part])
        for start in range(0, part * 5, part)
    )
    return 1 - statistics.median(bare) / statistics.median(whole), shares[0], shares[-1]


def main() -> None:
    """Prints each ratio with its spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=10_000)
    parser.add_argument("--visits", type=int, default=500)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-keyed-"))
    try:
        keyed = Work(folder, given.persons)
        with (
            mock.patch("gridworker.store.ledger_file.connect", plain_connect),
            mock.patch("gridworker.store.store.connect", plain_connect),
        ):
            plain = Work(folder, given.persons)
            rows = [("bulk", 1), ("visit", given.visits), ("page", 200), ("search", 200), ("scan", 30)]
            for name, repeats in rows:
                ratio, low, high = compare(keyed, plain, name, repeats)
                print(f"ratio keyed/unkeyed {name:8} {ratio:5.2f} ({low:.2f}–{high:.2f})")
            plain.store.close()
        share, low, high = audit_share(keyed, given.visits)
        print(f"audit share of a save {share:6.1%} ({low:.1%} – {high:.1%}; goal ≤ 10 %)")
        keyed.store.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
