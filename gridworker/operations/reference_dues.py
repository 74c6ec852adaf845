"""Which due dates another calendar puts elsewhere: of open matters whose time is counted in working days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gridworker.ledger.dates import local_date
from gridworker.ledger.due import Due
from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import all_ledgers
from gridworker.planning import calendar_years, clocks
from gridworker.planning.clocks import WORKING_DAYS
from gridworker.planning.due import Counted, changed_due_dates
from gridworker.planning.reference import Item
from gridworker.planning.working_days import Calendar, calendar_in_force
from gridworker.store.store import ReadTx

# From where a stored deadline was counted, the first that is filled.
_BEGAN = ("accepted_at", "reopened_at", "recorded_at")
_CLOCK_NAME = "clock_name"


@dataclass(frozen=True)
class DueChange:
    """A due date and where another calendar puts it; a stored one stays until somebody changes it."""

    ledger: str
    record_id: str
    label: str
    before: date
    after: date
    stored: bool

    @property
    def sentence(self) -> str:
        """The change in one sentence."""
        stays = "（已定的时限不会自动改，需要时请办理延期）" if self.stored else ""
        return f"{self.label}：{self.before.isoformat()} 变为 {self.after.isoformat()}{stays}。"


def changed(tx: ReadTx, item: Item) -> list[DueChange]:
    """The due dates a calendar year would change, the earliest first."""
    year = calendar_years.parse(item.body)
    before = calendar_in_force()
    return between(tx, before, Calendar((*(one for one in before.tables if one.year != year.year), year)))


def between(tx: ReadTx, before: Calendar, after: Calendar) -> list[DueChange]:
    """The due dates that two calendars put on different days, the earliest first."""
    found = [
        change
        for ledger in all_ledgers().values()
        for due in ledger.dues
        for change in _changed(tx, ledger, due, before, after)
    ]
    return sorted(found, key=lambda change: (change.after, change.ledger, change.record_id))


def _changed(tx: ReadTx, ledger: Ledger, due: Due, before: Calendar, after: Calendar) -> Iterator[DueChange]:
    items = {item.id: item for item in _counted(tx, ledger, due, before)}
    for one in changed_due_dates(before, after, items.values()):
        said = f"{ledger.label}“{due.label}”{due.reason}（{one.id}）"
        yield DueChange(ledger.key, one.id, said, one.before.day, one.after.day, stored=not due.clock)


def _counted(tx: ReadTx, ledger: Ledger, due: Due, before: Calendar) -> Iterator[Counted]:
    if due.clock:
        ticking = clocks.clock(due.clock)
        if ticking.unit == WORKING_DAYS:
            for record_id, start, _stored, _name in _rows(tx, ledger, due, due.field):
                yield Counted(record_id, start, ticking.count)
        return
    began = next((key for key in _BEGAN if key in ledger), "")
    if not began:
        return
    for record_id, start, stored, name in _rows(tx, ledger, due, began):
        named = name or clocks.name_in_force(ledger.key) or ""
        book = clocks.book_in_force().clocks
        if stored is not None and named in book and book[named].unit == WORKING_DAYS and stored > start:
            yield Counted(record_id, start, before.working_days_between(start, stored).count)


def _rows(tx: ReadTx, ledger: Ledger, due: Due, began: str) -> Iterator[tuple[str, date, date | None, str]]:
    dated = f'coalesce("{due.extended}", "{due.field}")' if due.extended else f'"{due.field}"'
    name = f'"{_CLOCK_NAME}"' if _CLOCK_NAME in ledger else "''"
    unless = f" AND coalesce(\"{due.unless}\", '') IN ('', 0)" if due.unless else ""
    statement = (
        f'SELECT id, "{began}", {dated}, {name} FROM {tx.table_of(ledger.key)} WHERE deleted=0'  # noqa: S608 - declared names
        f' AND "{began}" IS NOT NULL AND {dated} IS NOT NULL{unless}'
        " AND status IN (SELECT value FROM json_each(?))"
    )
    for record_id, start, stored, clock_name in tx.sql(statement, (json.dumps(due.states),)):
        try:
            yield str(record_id), local_date(str(start)), local_date(str(stored)), str(clock_name or "")
        except ValueError:
            continue
