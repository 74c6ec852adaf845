"""What the figures of a period cost against reading the same rows, at 100,000 residents and 400,000 visits.

Ratios, because machines differ: the figures of a month, a quarter and a year, and the records behind one of them,
against the same statements whose rows nobody looks at. The home is built once and kept where `--keep` says.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.operations import figures, figures_rows
from gridworker.operations.session import Session
from gridworker.planning.figures_frame import Period
from gridworker.planning.figures_reads import READS
from gridworker.store.store import Store
from tests.bench import bench_scale

RESIDENTS = 100_000
REPEATS = 5
# Reading is half of it; the rest is a row made of each, and the formulas over all homes and people in care.
LIMITS = {"figures": 3.0, "behind": 3.0}
PERIODS = (Period.month(2026, 2), Period.quarter(2025, 4), Period.year(2025))


def main() -> None:
    """Builds or finds the home, measures, prints, and ends with 1 where a ratio is too high."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, default=None, help="where the home is kept")
    parser.add_argument("--residents", type=int, default=RESIDENTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridworker-figures-") as folder:
        home = asked.keep or Path(folder) / "home"
        if not home.exists():
            bench_scale.build(home, asked.residents)
        sys.exit(0 if _measure(home) else 1)


def _measure(home: Path) -> bool:
    session = Session(home, Store.open(home, bench_scale.DATA_KEY), data_key=bench_scale.DATA_KEY)
    fits = True
    print(f"{'period':<16}{'rows':>10}{'reading':>10}{'figures':>18}{'behind':>18}")
    for period in PERIODS:
        rows, reading = _timed(lambda p=period: _read(session, p))
        _, whole = _timed(lambda p=period: len(figures.figures(session, p, on=bench_scale.DAY).areas))
        _, behind = _timed(lambda p=period: _behind(session, p))
        ratios = {"figures": whole / reading, "behind": behind / reading}
        fits = fits and all(ratios[key] <= limit for key, limit in LIMITS.items())
        shown = "".join(
            f"{took:>9.2f} s ×{ratio:>5.2f}" for took, ratio in zip((whole, behind), ratios.values(), strict=True)
        )
        print(f"{period.label:<12}{rows:>10,}{reading:>8.2f} s{shown}")
    session.close()
    return fits


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    """What it gave, and the median of its seconds; the first time warms the pages."""
    given, times = work(), []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return given, statistics.median(times)


def _read(session: Session, period: Period) -> int:
    """The same statements; their rows are counted and let go."""
    with session.store.read() as tx:
        found = 0
        for ledger, reads in READS.items():
            found += len(tx.sql(*figures_rows._statement(tx, ledger, reads, period, bench_scale.DAY)))
        return found


def _behind(session: Session, period: Period) -> int:
    return len(figures.behind_figure(session, "visit_coverage_rate", period, "missing", on=bench_scale.DAY).row_ids)


if __name__ == "__main__":
    main()
