"""Reading and parsing a residents' workbook of 10,000 rows against calamine alone, in this very process.

Run as a program; every line it prints ends in a ratio, which is what a slower or faster machine leaves alone.
"""

import random
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from python_calamine import load_workbook

from gridworker.exchange.reader import read_workbook
from gridworker.exchange.rows import parse_rows, recognise
from gridworker.exchange.writer import write_workbook
from gridworker.ledgers.registry import find_ledger
from gridworker.sample.names import full_name, id_number, phone, surname

ROWS = 10_000
COLUMNS = (
    "household_id", "name", "relation_code", "sex_code", "birth_date", "id_no", "contact", "population_type", "remark",
)  # fmt: skip


def quiet(*_args: object) -> bool:
    """Progress nobody looks at, a person who does not cancel."""
    return False


def people(count: int) -> list[tuple[str, ...]]:
    """Residents three to a household."""
    rng = random.Random(20260301)
    rows = []
    for number in range(count):
        home = number // 3
        sex = rng.choice("12")
        born = date.fromordinal(rng.randrange(date(1935, 1, 1).toordinal(), date(2020, 1, 1).toordinal()))
        address = f"阳光小区 {home // 60 + 1}号楼 {home % 60 // 20 + 1}单元 {home % 20 // 2 + 1}0{home % 2 + 1}"
        relation = ("户主", "配偶", "子")[number % 3] if sex == "1" else ("户主", "配偶", "女")[number % 3]
        rows.append((
            address, full_name(rng, surname(rng), sex), relation, "男" if sex == "1" else "女", born.isoformat(),
            id_number(rng, born, sex), phone(rng), "户籍人口", "每周走访一次" if number % 7 == 0 else "",
        ))  # fmt: skip
    return rows


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """The best of three runs, and what the work gave."""
    best, result = float("inf"), None
    for _ in range(3):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def main() -> None:
    """Print the figures."""
    ledger = find_ledger("person")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "residents.xlsx"
        rows = people(ROWS)
        written, _ = seconds(lambda: write_workbook(path, ledger, COLUMNS, rows, title="居民台账"))
        floor, _ = seconds(lambda: load_workbook(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False))
        read, sheets = seconds(lambda: read_workbook(path, progress=quiet, cancelled=quiet))
    parsed, found = seconds(lambda: parse_rows(recognise(sheets[0], ledger), ledger))
    if len(found) != ROWS or any(row.problems for row in found):
        raise SystemExit("the workbook was not read as it was written")
    print(f"calamine alone              {floor:6.2f} s   1.0")
    print(f"read in a child, kinds kept {read:6.2f} s  {read / floor:4.1f} times calamine")
    print(f"recognise and parse         {parsed:6.2f} s  {parsed / floor:4.1f} times calamine")
    print(f"read and parse              {read + parsed:6.2f} s  {(read + parsed) / floor:4.1f} times calamine")
    print(f"write                       {written:6.2f} s  {written / floor:4.1f} times calamine")


if __name__ == "__main__":
    main()
