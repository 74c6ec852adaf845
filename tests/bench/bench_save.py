"""What a save costs: a new visit and an edit, with everything, against the very statements they run.

The floor plays the statements of one save, noted in a twin home, on a bare connection: the same rows before it, the
same BEGIN IMMEDIATE, reads and writes, one COMMIT in WAL with `synchronous=FULL`, so one wait for the disk. It does no
Python but `execute`, changes no thread and writes no anchor. It is played twice: on our encrypted driver with our
settings (`save_visit`, goal ≤ 1.6) and on Python's own sqlite3 without encryption (`save_visit/unencrypted`).
"""

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
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.identity import new_id
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers
from gridworker.store import saving
from gridworker.store.driver import connect
from gridworker.store.home import DATABASE
from gridworker.store.schema import wanted
from gridworker.store.store import Store, WriteTx

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
    """Stands before a connection and notes every statement of one transaction, reads and COMMIT included."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.statements: list[tuple[str, list[Any], bool]] = []

    def execute(self, text: str, params: Sequence[Any] = ()) -> Any:
        """Notes a statement and runs it."""
        self.statements.append((text, [tuple(params)], False))
        return self._connection.execute(text, params)

    def executemany(self, text: str, rows: Iterable[Sequence[Any]]) -> Any:
        """Notes a statement with all its rows and runs it."""
        kept = [tuple(row) for row in rows]
        self.statements.append((text, kept, True))
        return self._connection.executemany(text, kept)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def taken(self) -> list[tuple[str, list[Any], bool]]:
        """What was noted since the last time."""
        noted, self.statements = self.statements, []
        return noted


def play(bare: Any, statements: Sequence[tuple[str, list[Any], bool]]) -> tuple[float, float]:
    """Seconds that the same statements take on a bare connection: all before COMMIT, and COMMIT."""
    start = time.perf_counter()
    for text, rows, many in statements[:-1]:
        if many:
            bare.executemany(text, rows)
        else:
            bare.execute(text, rows[0]).fetchall()
    middle = time.perf_counter()
    bare.execute(statements[-1][0])
    return middle - start, time.perf_counter() - middle


def plain_database(path: Path) -> sqlite3.Connection:
    """The same schema in Python's own sqlite3, without encryption, as durable as ours."""
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


class Homes:
    """Twin homes and two bare databases that all hold the same: one is timed, one is listened to, two play the tape."""

    def __init__(self, folder: Path) -> None:
        key = secrets.token_bytes(32)
        self.ours, self.heard = Store.create(folder / "ours", key), Store.create(folder / "heard", key)
        Store.create(folder / "keyed", key).close()
        self.keyed = connect(folder / "keyed" / DATABASE, key)
        self.plain = plain_database(folder / "plain.db")
        self.tape = Tape(self.heard._writer._connection)
        self.heard._writer._connection = self.tape

    def all_do(self, work: Callable[[WriteTx], object]) -> tuple[float, tuple[float, float], tuple[float, float]]:
        """One transaction in each, turn by turn: ours whole, and statements and COMMIT of the two bare ones."""
        whole = timed(lambda: self.ours.write(work))
        self.tape.taken()
        self.heard.write(work)
        statements = self.tape.taken()
        return whole, play(self.keyed, statements), play(self.plain, statements)

    def close(self) -> None:
        """Closes all."""
        for one in (self.ours, self.heard, self.keyed, self.plain):
            one.close()


def measure(homes: Homes, label: str, key: str, works: Sequence[Callable[[WriteTx], object]]) -> None:
    """Prints what a piece of work costs in all of them, and the ratios of medians with their spread over ten parts."""
    runs = [homes.all_do(work) for work in works]
    ours = [whole for whole, _, _ in runs]
    keyed = [sum(parts) for _, parts, _ in runs]
    plain = [sum(parts) for _, _, parts in runs]
    inside = [parts[0] for _, parts, _ in runs]
    commit = [parts[1] for _, parts, _ in runs]
    middle = statistics.median
    print(
        f"{label}: ours {middle(ours) * 1e3:.2f} ms = statements {middle(inside) * 1e3:.2f} + COMMIT"
        f" {middle(commit) * 1e3:.2f} + Python, thread and anchor {(middle(ours) - middle(keyed)) * 1e3:.2f};"
        f" unencrypted {middle(plain) * 1e3:.2f}"
    )
    part = max(1, len(runs) // 10)
    for name, floor in ((key, keyed), (f"{key}/unencrypted", plain)):
        spread = [
            middle(ours[start : start + part]) / middle(floor[start : start + part])
            for start in range(0, len(runs) - part + 1, part)
        ]
        print(f"ratio {name} {middle(ours) / middle(floor):.2f} ({min(spread):.2f}–{max(spread):.2f})")


def saves(pairs: Iterable[tuple[Record | None, Record]]) -> list[Callable[[WriteTx], object]]:
    """One save for each pair."""
    return [partial(_save, before, after) for before, after in pairs]


def _save(before: Record | None, after: Record, tx: WriteTx) -> object:
    return saving.save(tx, before, after, actor_id="worker")


def main() -> None:
    """Prints what a visit and an edit cost, each with its ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1_000)
    parser.add_argument("--edits", type=int, default=500)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-save-"))
    dwelling = {
        "compound_name": "某小区",
        "building_no": "3",
        "room_no": "501",
        "recorded_at": "2026-03-01T09:40+08:00",
    }
    home = Record(new_id(), "household", GRID, dwelling)
    people = persons(given.edits)
    moved = [(one, one.with_values({"contact": f"1990001{place:04d}"})) for place, one in enumerate(people)]
    try:
        homes = Homes(folder)
        homes.all_do(partial(_save, None, home))
        homes.all_do(lambda tx: saving.save_many(tx, [(None, one) for one in people], actor_id="worker", batch="b"))
        measure(homes, "visit", "save_visit", saves((None, visit(home.id, place)) for place in range(given.visits)))
        measure(homes, "edit of a phone number", "save_edit", saves(moved))
        homes.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
