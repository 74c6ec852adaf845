"""What an import would do, row by row, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from gridworker.exchange.rows import CellProblem, ParsedRow
from gridworker.identity import new_id
from gridworker.ledger.dates import now_stamp
from gridworker.ledger.facts import Problem, Profile, Value, Values
from gridworker.ledger.ledger import CheckContext, Ledger, errors_of
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.import_homes import Homes
from gridworker.operations.session import Session
from gridworker.store.store import ReadTx

NEW, CHANGED, SAME, REFUSED, SKIPPED = "new", "changed", "same", "refused", "skipped"
VERDICT_LABELS = {NEW: "新增", CHANGED: "修改", SAME: "相同", REFUSED: "被拒", SKIPPED: "跳过"}
# The workbook came from the office; no visit stands behind it.
_SOURCE = "上级交办"
_HEAD = "02"


@dataclass(frozen=True)
class PlannedRow:
    """What one row of the sheet becomes; a refused one says which cell is wrong and why."""

    number: int
    verdict: str
    title: str
    before: Record | None = None
    after: Record | None = None
    changed: tuple[str, ...] = ()
    problems: tuple[CellProblem, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    """What was read, by field, as a person reads it."""


@dataclass(frozen=True)
class Planned:
    """Every row's verdict, and the households that rows of people bring along."""

    rows: tuple[PlannedRow, ...]
    homes: tuple[tuple[Record | None, Record], ...] = ()


class Planner:
    """Plans the rows of one sheet against what is in the store."""

    def __init__(self, session: Session, tx: ReadTx, ledger: Ledger) -> None:
        self._session, self._tx, self._ledger = session, tx, ledger
        self._today: date = session.today()
        self._homes = Homes(tx, lambda values: self._new("household", values))
        self._known = _existing(tx, ledger)
        self._taken: dict[str, int] = {}

    def plan(self, rows: Sequence[ParsedRow], skipped: frozenset[int] = frozenset()) -> Planned:
        """A verdict for each row; a refused or skipped row leaves no household behind."""
        planned = tuple(
            PlannedRow(row.number, SKIPPED, "", cells=self._shown(row)) if row.number in skipped else self._row(row)
            for row in rows
        )
        if self._ledger.key == "person":
            self._homes.name_heads(row.after for row in planned if row.verdict in (NEW, CHANGED) and row.after)
        return Planned(planned, tuple(self._homes.touched()))

    def _row(self, row: ParsedRow) -> PlannedRow:
        problems = list(row.problems)
        values = {key: value for key, value in row.values.items() if value is not None}
        home = None
        if "household_id" in self._ledger and self._ledger.key != "household":
            home, wrong = self._homes.find(row.household, may_create=self._ledger.key == "person")
            problems += [_at(row, problem) for problem in wrong]
            if home is not None:
                values["household_id"] = home.id
            if self._ledger.key == "person" and row.household.get("head_name") == values.get("name"):
                values.setdefault("relation_code", _HEAD)
        values |= dict(self._ledger.derive(values, self._today))
        before = self._match(values)
        merged = {**(before.values if before else {}), **values}
        problems += [_at(row, problem) for problem in errors_of(self._check(merged)) if not _told(problem, problems)]
        problems += self._twice(row, values)
        title = self._ledger.title(merged)
        if problems:
            return PlannedRow(row.number, REFUSED, title, problems=tuple(problems), cells=self._shown(row))
        if home is not None:
            self._homes.keep(home, row.household)
        return self._verdict(row, before, values, title)

    def _verdict(self, row: ParsedRow, before: Record | None, values: dict[str, Value], title: str) -> PlannedRow:
        if before is None:
            after = self._new(self._ledger.key, values)
            return PlannedRow(row.number, NEW, title, None, after, tuple(values), cells=self._shown(row))
        changed = tuple(key for key, value in values.items() if before.values.get(key) != value)
        verdict = CHANGED if changed else SAME
        after = before.with_values(values)
        return PlannedRow(row.number, verdict, title, before, after, changed, cells=self._shown(row))

    def _shown(self, row: ParsedRow) -> dict[str, str]:
        own = {key: self._ledger[key].format(value) for key, value in row.values.items()}
        return {key: str(text) for key, text in row.household.items() if text} | own

    def _check(self, values: Values) -> list[Problem]:
        return self._ledger.problems(values, CheckContext(Profile.IMPORT, self._today))

    def _match(self, values: Values) -> Record | None:
        for key in _keys_of(self._ledger, values):
            record_id = self._known.get(key)
            if record_id:
                return self._tx.get(self._ledger.key, record_id)
        return None

    def _twice(self, row: ParsedRow, values: Values) -> list[CellProblem]:
        """A row that repeats an earlier one of the same sheet."""
        for key in _keys_of(self._ledger, values):
            earlier = self._taken.setdefault(key, row.number)
            if earlier != row.number:
                said = Problem(_named_by(self._ledger), f"与第 {earlier} 行重复，请只留一行。")
                return [_at(row, said)]
        return []

    def _new(self, ledger_key: str, values: Values) -> Record:
        ledger = find_ledger(ledger_key)
        filled: dict[str, Value] = {
            "recorded_by": self._session.actor.id,
            "recorded_at": now_stamp(self._session.now()),
            "source_channel": _SOURCE,
        }
        if ledger_key == "household":
            filled["grid_worker_id"] = self._session.actor.id
        status = ledger.workflow.initial if ledger.workflow else ""
        return Record(new_id(), ledger_key, self._session.place.grid_code, {**filled, **values}, status)


def corrected(rows: Sequence[ParsedRow], ledger: Ledger, corrections: Mapping[tuple[int, str], str]) -> list[ParsedRow]:
    """The rows with cells retyped by the person, each parsed anew."""
    by_row: dict[int, dict[str, str]] = {}
    for (number, key), text in corrections.items():
        by_row.setdefault(number, {})[key] = text
    return [_corrected(row, ledger, by_row[row.number]) if row.number in by_row else row for row in rows]


def _corrected(row: ParsedRow, ledger: Ledger, texts: Mapping[str, str]) -> ParsedRow:
    own = {key: text for key, text in texts.items() if key in ledger}
    values, problems = ledger.parse(own)
    of_home = {key: text for key, text in texts.items() if key not in ledger}
    left = [problem for problem in row.problems if problem.field not in texts]
    left += [_at(row, problem) for problem in problems]
    return replace(row, values={**row.values, **values}, household={**row.household, **of_home}, problems=left)


def _existing(tx: ReadTx, ledger: Ledger) -> dict[str, str]:
    """What an imported row may be the same as: matching key → record id."""
    columns = {
        "household": "compound_name, building_no, unit_no, room_no, household_no",
        "person": "household_id, name, id_no",
        "visit": "household_id, visited_at, visit_purpose",
    }.get(ledger.key, "record_no")
    names = columns.split(", ")
    known: dict[str, str] = {}
    for record_id, *cells in tx.sql(f"SELECT id, {columns} FROM {ledger.key} WHERE deleted = 0"):  # noqa: S608 - declared names
        for key in _keys_of(ledger, dict(zip(names, cells, strict=True))):
            known.setdefault(key, str(record_id))
    return known


def _keys_of(ledger: Ledger, values: Mapping[str, object]) -> list[str]:
    """The keys under which a record is known, the surest first."""

    def key(*names: str) -> str | None:
        parts = [str(values.get(name) or "") for name in names]
        return "\x1f".join((names[-1], *parts)) if parts[-1] else None

    keys = {
        "household": [key("household_no"), key("compound_name", "building_no", "unit_no", "room_no")],
        "person": [key("id_no"), key("household_id", "name")],
        "visit": [key("household_id", "visit_purpose", "visited_at")],
    }.get(ledger.key, [key("record_no")])
    return [one for one in keys if one]


def _named_by(ledger: Ledger) -> str:
    return {"household": "room_no", "person": "name", "visit": "visited_at"}.get(ledger.key, "record_no")


def _at(row: ParsedRow, problem: Problem) -> CellProblem:
    """A problem of a value as a problem of the cell it came from."""
    return row.problem_at(problem.field, problem.message)


def _told(problem: Problem, problems: Sequence[CellProblem]) -> bool:
    return any(known.field == problem.field for known in problems)
