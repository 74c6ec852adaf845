"""What a save costs: one visit with everything against the same statements in bare sqlite3, and an import in bulk."""

from __future__ import annotations

import argparse
import random
import secrets
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.identity import new_id
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers
from gridworker.store import saving
from gridworker.store.schema import wanted
from gridworker.store.store import Store, WriteTx
from gridworker.store.tables import Table

GRID = "370211005001001"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗单解仇曾"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂玉萍红华建国文辉力志永健世广义兴良海山"


def persons(count: int, seed: int = 1) -> list[Record]:
    """Plausible residents, five to a household."""
    dice = random.Random(seed)
    homes = [new_id() for _ in range(max(1, count // 5))]
    return [
        Record(
            new_id(), "person", GRID,
            {
                "record_no": f"JM{place:06d}", "recorded_by": "worker", "recorded_at": "2026-03-05T09:40+08:00",
                "source_channel": "入户", "household_id": homes[place % len(homes)],
                "name": dice.choice(SURNAMES) + dice.choice(GIVEN) + dice.choice(GIVEN), "sex_code": dice.choice("12"),
                "birth_date": f"{dice.randrange(1930, 2020)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}",
                "population_type": "户籍", "relation_code": "01", "contact": f"1990000{dice.randrange(10_000):04d}",
                "id_no": f"37020019{dice.randrange(10**9):09d}X", "register_address": "城阳区某街道某社区某路 12 号",
                "workplace": "某单位", "nationality_code": "01", "care_categories": ["独居老人"],
            },
        )
        for place in range(count)
    ]  # fmt: skip


def visit(household: str, place: int) -> Record:
    """One visit as a worker writes it."""
    return Record(
        new_id(), "visit", GRID,
        {
            "record_no": f"ZF{place:06d}", "recorded_by": "worker", "recorded_at": "2026-03-05T09:40+08:00",
            "source_channel": "入户", "visited_at": f"2026-03-05T09:{place % 60:02d}+08:00", "visit_mode": "上门",
            "visit_purpose": "日常走访", "household_id": household, "visitor_ids": ["worker"], "met": True,
            "hazard_found": False, "outcome": "无", "raised_issue": "楼道灯不亮，已告知物业，三天内修好。",
        },
    )  # fmt: skip


class Tape:
    """Notes every write statement of a transaction, to be played to another database."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, list[tuple[object, ...]], bool]] = []

    def record(self, tx: WriteTx) -> None:
        """Listens in on one transaction, its reads included."""
        read, execute, many = tx.sql, tx.execute, tx.executemany
        tx.sql = lambda text, params=(): self._note(text, params) or read(text, params)  # type: ignore[method-assign]
        tx.execute = lambda text, params=(): self._note(text, params) or execute(text, params)  # type: ignore[method-assign]

        def run_many(text: str, rows: object) -> None:
            kept = [tuple(row) for row in rows]  # type: ignore[attr-defined]
            self.statements.append((text, kept, True))
            many(text, kept)

        tx.executemany = run_many  # type: ignore[method-assign,assignment]

    def _note(self, text: str, params: object) -> None:
        self.statements.append((text, [tuple(params)], False))  # type: ignore[arg-type]

    def play(self, bare: sqlite3.Connection) -> None:
        """The same statements in one transaction of plain sqlite3."""
        bare.execute("BEGIN IMMEDIATE")
        for text, rows, many in self.statements:
            if many:
                bare.executemany(text, rows)
            else:
                bare.execute(text, rows[0]).fetchall()
        bare.execute("COMMIT")


def bare_database(path: Path) -> sqlite3.Connection:
    """The same schema without encryption, as durable as ours."""
    bare = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    bare.execute("PRAGMA journal_mode=WAL").fetchone()
    for pragma in ("synchronous=FULL", "temp_store=MEMORY", "cache_size=-32000"):
        bare.execute(f"PRAGMA {pragma}")
    for statement in wanted(all_ledgers()):
        # contentless_delete is younger than some systems' library.
        fits = sqlite3.sqlite_version_info >= (3, 43)
        bare.execute(statement if fits else statement.replace("content='', contentless_delete=1,", ""))
    return bare


def timed(work: Callable[[], object]) -> float:
    """Seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure_visits(store: Store, bare: sqlite3.Connection, count: int) -> list[float]:
    """Saves visits here, and their very statements there, turn by turn; the ratio of medians in ten parts."""
    home = Record(new_id(), "household", GRID, {"compound_name": "某小区", "building_no": "3", "room_no": "501"})
    store.write(lambda tx: saving.save(tx, None, home, actor_id="worker"))
    ours: list[float] = []
    theirs: list[float] = []
    for place in range(count):
        record = visit(home.id, place)
        tape = Tape()

        def listened(tx: WriteTx, record: Record = record, tape: Tape = tape) -> None:
            tape.record(tx)
            saving.save(tx, None, record, actor_id="worker")

        if place % 2:
            ours.append(timed(lambda r=record: store.write(lambda tx: saving.save(tx, None, r, actor_id="worker"))))
        else:
            # The tape is made by a save that is not timed; the timed one before it had the same shape.
            store.write(listened)
            theirs.append(timed(lambda t=tape: t.play(bare)))
    part = max(1, len(ours) // 10)
    ratios = [
        statistics.median(ours[start : start + part]) / statistics.median(theirs[start : start + part])
        for start in range(0, part * 10, part)
    ]
    print(
        f"走访一次：本程序 {statistics.median(ours) * 1e3:.2f} ms，裸 sqlite3 {statistics.median(theirs) * 1e3:.2f} ms"
    )
    return ratios


def measure_import(folder: Path, count: int, seed: int) -> float:
    """Imports residents here with all that belongs to it, against executemany of the same rows, equally encrypted."""
    rows = persons(count, seed)
    key = secrets.token_bytes(32)
    with_all = Store.create(folder / f"full{new_id()}", key)
    raw = Store.create(folder / f"raw{new_id()}", key)
    table = Table(all_ledgers()["person"])
    encoded = [table.encode(record, place) for place, record in enumerate(rows, 1)]
    pairs = [(None, record) for record in rows]
    raw_seconds = timed(lambda: raw.write(lambda tx: tx.executemany(table.insert, encoded)))
    seconds = timed(lambda: with_all.write(lambda tx: saving.save_many(tx, pairs, actor_id="worker", batch="b1")))
    with_all.close()
    raw.close()
    print(f"导入 {count} 人：本程序 {seconds:.2f} s，executemany {raw_seconds:.2f} s")
    return seconds / raw_seconds


def main() -> None:
    """Prints each ratio with its goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1_000)
    parser.add_argument("--persons", type=int, default=10_000)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-save-"))
    try:
        store = Store.create(folder / "home", secrets.token_bytes(32))
        bare = bare_database(folder / "bare.db")
        ratios = measure_visits(store, bare, given.visits)
        store.close()
        bare.close()
        low, high = min(ratios), max(ratios)
        print(f"ratio save_visit {statistics.median(ratios):.2f} ({low:.2f}–{high:.2f}; goal ≤ 1.6)")
        imports = [measure_import(folder, given.persons, seed) for seed in range(3)]
        print(f"ratio import {statistics.median(imports):.2f} ({min(imports):.2f}–{max(imports):.2f}; goal ≤ 4)")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
