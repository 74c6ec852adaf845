"""Reads from the ledger what figures look at: only the columns and rows their period asks for.

Households are read all, since a rate of homes is over all that are lived in; of people only those in care. Visits of
more than a month are looked through all, and kept one for each home and person met. Everything else is read by the
dates of the period, cases while they are not long settled.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import all_ledgers
from gridworker.planning.figures_frame import Period, Row
from gridworker.planning.figures_reads import READS, Reads, days_around, settled_before
from gridworker.store.store import ReadTx

Taken = Callable[[str], bool]
"""Whether records of a grid may be counted."""
_CHINA = "+08:00"
_SHORT = 31


def read_rows(
    tx: ReadTx,
    ledgers: Iterable[str],
    period: Period,
    today: date,
    taken: Taken,
    begins: Callable[[Ledger], object] | None = None,
) -> list[Row]:
    """The rows of some ledgers that figures of the period could ask for; a ledger this program has not has none.

    Each ledger is read once, whatever asks for it; `begins` hears of it before.
    """
    rows: list[Row] = []
    for ledger in dict.fromkeys(ledgers):
        if ledger in READS and ledger in all_ledgers():
            if begins is not None:
                begins(all_ledgers()[ledger])
            rows += _rows(tx, ledger, READS[ledger], period, today, taken)
    return rows


def count_rows(tx: ReadTx, ledger: Ledger, period: Period, taken: Taken) -> int:
    """How many records of a ledger are dated in the period, or are there at all where the ledger counts by no date."""
    dated = ledger.month_field
    source = f"{tx.table_of(ledger.key)}{_through(period) if dated else ''}"
    where = f"deleted=0 AND {_between(dated)}" if dated else "deleted=0"
    statement = f"SELECT grid_code, count(*) FROM {source} WHERE {where} GROUP BY grid_code"  # noqa: S608 - declared names
    return sum(count for grid_code, count in tx.sql(statement, _days(period) if dated else ()) if taken(grid_code))


def has_any(tx: ReadTx, period: Period) -> bool:
    """Whether anything at all is dated in the period."""
    return any(
        tx.one(
            f"SELECT 1 FROM {tx.table_of(key)} WHERE deleted=0 AND {_between(ledger.month_field)} LIMIT 1",  # noqa: S608 - declared names
            _days(period),
        )
        for key, ledger in all_ledgers().items()
        if ledger.month_field
    )


def _rows(tx: ReadTx, ledger: str, reads: Reads, period: Period, today: date, taken: Taken) -> Iterator[Row]:
    grids: dict[str, bool] = {}
    for identity, grid_code, status, *values in tx.sql(*_statement(tx, ledger, reads, period, today)):
        if grid_code not in grids:
            grids[grid_code] = taken(grid_code)
        if grids[grid_code]:
            yield Row(identity, ledger, grid_code, status, dict(zip(reads.fields, values, strict=True)))


def _statement(tx: ReadTx, ledger: str, reads: Reads, period: Period, today: date) -> tuple[str, tuple[object, ...]]:
    select = f"SELECT {_columns(reads.fields)} FROM {tx.table_of(ledger)}"  # noqa: S608 - declared names
    tests, params = ["deleted=0"], []
    tests += [f'"{key}" IS NOT NULL AND "{key}" NOT IN (\'\', 0)' for key in reads.filled]
    if reads.settled:
        settled, day = reads.settled, settled_before(period, today)
        kept = [f"\"{key}\" <> ''" for key in settled.unless] + [f'"{key}" >= ?' for key in settled.dates]
        unsettled = "status NOT IN (SELECT value FROM json_each(?))"
        tests.append(f"({unsettled} OR coalesce(\"{settled.closed}\", '') = '' OR {' OR '.join(kept)})")
        params += [json.dumps(settled.states), *([day] * len(settled.dates))]
    if reads.once_by:
        return _evidence(tx, ledger, reads, tests, period)
    if reads.within:
        tests.append(f"({' OR '.join(f'({_between(key)})' for key in reads.within)})")
        params += [*days_around(period)] * len(reads.within)
    return f"{select} WHERE {' AND '.join(tests)}", tuple(params)


def _evidence(
    tx: ReadTx, ledger: str, reads: Reads, tests: list[str], period: Period
) -> tuple[str, tuple[object, ...]]:
    """One row of many alike; stamps of another clock than China's cannot be compared as texts and are read singly."""
    (key,) = reads.within
    china = f"substr(\"{key}\", -6) = '{_CHINA}'"
    alike = ", ".join(f'"{one}"' for one in reads.once_by)
    statement = (
        f"SELECT {_columns(reads.fields)} FROM {tx.table_of(ledger)}{_through(period)}"  # noqa: S608 - declared names
        f" WHERE {' AND '.join(tests)} AND {_between(key)} AND (NOT {china} OR ({_between(key)}))"
        f" GROUP BY grid_code, {alike}, CASE WHEN {china} THEN '' ELSE id END"
    )
    return statement, (*days_around(period), *_days(period))


def _through(period: Period) -> str:
    # Beyond a month the rows of an index lie all over the file: reading the ledger once from end to end is faster.
    return "" if (period.end - period.start).days <= _SHORT else " NOT INDEXED"


def _days(period: Period) -> tuple[str, str]:
    return period.start.isoformat(), (period.end + timedelta(days=1)).isoformat()


def _between(key: str) -> str:
    return f'"{key}" >= ? AND "{key}" < ?'


def _columns(fields: Iterable[str]) -> str:
    return ", ".join(("id", "grid_code", "status", *(f'"{key}"' for key in fields)))
