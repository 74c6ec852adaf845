"""What an import would do, row by row, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gridworker.exchange.parsed import CellProblem, ParsedRow
from gridworker.exchange.row_cells import place_targets
from gridworker.ledger.case_code import fixed_problems
from gridworker.ledger.code_fields import Code, Codes, Ref
from gridworker.ledger.facts import FieldError, Problem, Profile, Severity, Value, Values
from gridworker.ledger.ledger import CheckContext, Ledger, errors_of
from gridworker.ledger.moves import step_problems
from gridworker.ledger.record import Record
from gridworker.ledgers.person import has_left
from gridworker.operations import borrowing, heads
from gridworker.operations.import_homes import Homes
from gridworker.operations.import_matching import Known, keys_of, new_record
from gridworker.operations.import_people import HEAD, People
from gridworker.operations.import_states import Coming, States
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.operations.twins import twin_problems
from gridworker.store.store import ReadTx

NEW, CHANGED, SAME, REFUSED, SKIPPED = "new", "changed", "same", "refused", "skipped"
VERDICT_LABELS = {NEW: "新增", CHANGED: "修改", SAME: "相同", REFUSED: "被拒", SKIPPED: "跳过"}
Pair = tuple[Record | None, Record]


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
    rows: tuple[int, ...] = ()
    """All rows of the sheet that make up the record, where it is more than one."""
    coming: Coming | None = None
    """How far the matter of a new record had come, where its ledger knows steps."""


@dataclass(frozen=True)
class Planned:
    """Every row's verdict, and the records rows bring along: a person's household, a household's head."""

    rows: tuple[PlannedRow, ...]
    companions: tuple[Pair, ...] = ()


def _refused(row: PlannedRow, told: CellProblem) -> PlannedRow:
    return PlannedRow(row.number, REFUSED, row.title, problems=(told,), cells=row.cells, rows=row.rows)


def _headed_by(person: Record | None) -> Value:
    """The household a person heads, if she heads one."""
    values = person.values if person else {}
    return values.get("household_id") if values.get("relation_code") in heads.HEADS and not has_left(values) else None


class Planner:
    """Plans the rows of one sheet against what is in the store."""

    def __init__(self, session: Session, tx: ReadTx, ledger: Ledger, states: States) -> None:
        self._session, self._tx, self._ledger, self._states = session, tx, ledger, states
        self._eyes = Eyes(session, tx)
        self._known = Known(tx, ledger)
        self._people = People(session, tx)
        self._homes = Homes(session, tx)
        self._taken: dict[str, int] = {}

    def plan(self, rows: Sequence[ParsedRow], skipped: frozenset[int] = frozenset()) -> Planned:
        """A verdict for each row; a refused or skipped row brings nothing along."""
        planned = tuple(self._skip(row) if row.number in skipped else self._row(row) for row in rows)
        if self._ledger.key == "person":
            planned = self._without_second_heads(rows, planned)
            self._homes.name_heads(row.after for row in planned if row.verdict in (NEW, CHANGED) and row.after)
            return Planned(planned, tuple(self._homes.touched()))
        return Planned(planned, tuple(self._people.made()))

    def _without_second_heads(
        self, rows: Sequence[ParsedRow], planned: tuple[PlannedRow, ...]
    ) -> tuple[PlannedRow, ...]:
        """The rows, those refused that give a household a second head; who heads it after all of them counts."""
        people = {one.after.id for one in planned if one.after}
        heads_of: dict[Value, PlannedRow] = {}
        # Who is head already comes before who would become it, wherever the sheet names her.
        for one in sorted(planned, key=lambda one: _headed_by(one.before) != _headed_by(one.after)):
            heads_of.setdefault(_headed_by(one.after), one)
        kept: list[PlannedRow] = []
        for row, one in zip(rows, planned, strict=True):
            home = _headed_by(one.after)
            named = heads.other_heads(self._tx, one.after.values, people) if one.after and home else []
            named += [heads_of[home].title] if home and heads_of[home] is not one else []
            if named and home != _headed_by(one.before):
                told = row.problem_at("relation_code", heads.told(named))
                kept.append(_refused(one, told))
            else:
                kept.append(one)
        return tuple(kept)

    def _skip(self, row: ParsedRow) -> PlannedRow:
        return PlannedRow(row.number, SKIPPED, "", cells=self._shown(row), rows=row.rows)

    def _row(self, row: ParsedRow) -> PlannedRow:
        problems = list(row.problems)
        values: dict[str, Value] = {key: value for key, value in row.values.items() if value is not None}
        home = self._home_of(row, values, problems)
        keyed = {**values, **self._derived(values)}
        # First by the names as they are written: whoever is registered since may still stand in a remark.
        before = self._known.match({**row.names, **keyed})
        linked = self._people.links(row, self._ledger, self._placed(row, values), problems, before)
        before = before or self._known.match({**keyed, **linked})
        values = self._completed(before.values if before else {}, {**values, **linked})
        problems = [problem for problem in problems if not self._is_held(row, problem, before)]
        problems = [problem for problem in problems if not self._states.is_told(row, problem)]
        coming = self._coming(row, before, values, problems)
        merged: Values = {**(before.values if before else {}), **values}
        problems += self._wrong(row, before.values if before else {}, merged, problems)
        problems += self._twice(row, {**keyed, **linked})
        title = self._ledger.title(merged)
        if any(problem.severity is Severity.ERROR for problem in problems):
            return PlannedRow(
                row.number, REFUSED, title, problems=tuple(problems), cells=self._shown(row), rows=row.rows,
                coming=coming,
            )  # fmt: skip
        if home is not None:
            self._homes.keep(home, row.household)
        return replace(self._verdict(row, before, values, tuple(problems), coming), coming=coming)

    def _coming(
        self, row: ParsedRow, before: Record | None, values: dict[str, Value], problems: list[CellProblem]
    ) -> Coming | None:
        if before is None:
            return self._states.of_new(row, values, problems)
        self._states.of_known(row, before.status, values, problems)
        return None

    def _is_held(self, row: ParsedRow, problem: CellProblem, before: Record | None) -> bool:
        """Whether a cell that nobody could choose now only says what the record holds already."""
        known = self._ledger.find(problem.field)
        stored = before.values.get(problem.field) if before else None
        if stored is None or not isinstance(known, Code | Codes):
            return False
        try:
            return known.parse_again(row.origin.row.text(problem.field), stored) == stored
        except FieldError:
            return False

    def _home_of(self, row: ParsedRow, values: dict[str, Value], problems: list[CellProblem]) -> Record | None:
        """The household a row belongs to, noted in its values; a person may move into one that is new."""
        link = self._ledger.link_to("household")
        if self._ledger.key == "household" or link is None:
            return None
        home = None
        if row.household:
            home, wrong = self._homes.find(row.household, may_create=self._ledger.key == "person")
            if wrong is not None and not row.refused:
                problems += self._homeless(row, link, wrong)
            if home is not None:
                values[link.key] = home.id
        elif link.required is not None and not row.refused:
            problems.append(row.problem_at(link.key, "没有住址，归不到住户。请补上楼栋和室。"))
        if self._ledger.key == "person" and row.household.get("head_name") == values.get("name"):
            values.setdefault("relation_code", HEAD)
        return home

    def _homeless(self, row: ParsedRow, link: Ref, wrong: Problem) -> list[CellProblem]:
        """A household that must be known refuses the row; one that may be left out is told where the row named it."""
        if link.required is not None:
            return [row.problem_at(wrong.field, wrong.message)]
        if not place_targets(row.origin.row.cells):
            return []
        return [row.problem_at(wrong.field, f"{wrong.message}这一条先不关联住户。", Severity.WARNING)]

    def _placed(self, row: ParsedRow, values: dict[str, Value]) -> Values:
        """The row with the household its people live in, also where the ledger itself keeps none."""
        if "household_id" in values or not row.household:
            return values
        home, _ = self._homes.find(row.household, may_create=False)
        return {**values, "household_id": home.id} if home else values

    def _derived(self, values: Values) -> dict[str, Value]:
        return dict(self._ledger.derive(values, self._session.today()))

    def _completed(self, before: Values, values: dict[str, Value]) -> dict[str, Value]:
        """What the row gives and what follows from it, seen beside what the record holds already."""
        whole = {**before, **values}
        whole |= borrowing.borrowed_from(self._tx, self._ledger, before, whole)
        whole |= self._derived(whole)
        return {key: value for key, value in whole.items() if key in values or value != before.get(key)}

    def _verdict(
        self,
        row: ParsedRow,
        before: Record | None,
        values: dict[str, Value],
        warnings: tuple[CellProblem, ...],
        coming: Coming | None,
    ) -> PlannedRow:
        after = before.with_values(values) if before else new_record(self._session, self._ledger.key, values)
        if coming is not None:
            after = replace(after, status=coming.state)
        if self._ledger.key == "household":
            after = self._people.head_of(row, after)
        title, cells = self._ledger.title(after.values), self._shown(row)
        if before is None:
            twins = [row.problem_at(one.field, one.message, Severity.WARNING) for one in self._twins(values)]
            warnings = (*warnings, *twins)
            return PlannedRow(row.number, NEW, title, None, after, tuple(values), warnings, cells, row.rows)
        changed = tuple(key for key, value in after.values.items() if before.values.get(key) != value)
        return PlannedRow(
            row.number, CHANGED if changed else SAME, title, before, after, changed, warnings, cells, row.rows
        )

    def _twins(self, values: Values) -> list[Problem]:
        """Who is probably registered already, under another number or elsewhere."""
        return twin_problems(self._eyes, self._ledger, values) if self._ledger.key == "person" else []

    def _wrong(self, row: ParsedRow, before: Values, values: Values, told: Sequence[CellProblem]) -> list[CellProblem]:
        """What the ledger's own check finds and the cells have not told yet."""
        context = CheckContext(Profile.IMPORT, self._session.today())
        known = {problem.field for problem in told if problem.severity is Severity.ERROR}
        found: list[Problem] = errors_of(self._ledger.problems(values, context))
        found += fixed_problems(self._ledger.fields, before, values)
        found += step_problems(self._ledger, before, values) if before else []
        return [row.problem_at(one.field, one.message) for one in found if one.field not in known]

    def _twice(self, row: ParsedRow, values: Values) -> list[CellProblem]:
        """A row that repeats an earlier one of the same sheet."""
        for key in keys_of(self._ledger, values):
            earlier = self._taken.setdefault(key, row.number)
            if earlier != row.number:
                return [row.problem_at(self._ledger.named_by, f"与第 {earlier} 行重复，请只留一行。")]
        return []

    def _shown(self, row: ParsedRow) -> dict[str, str]:
        own = {key: self._ledger[key].format(value) for key, value in row.values.items() if value is not None}
        return {key: str(text) for key, text in row.household.items() if text} | dict(row.names) | own
