"""In which state each row of an office's sheet comes in: by its words, by its days, or as the person decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gridworker.area.asked import Asked
from gridworker.area.rights import roles_for
from gridworker.exchange.parsed import PLACEHOLDERS, CellProblem, ParsedRow
from gridworker.exchange.synonyms import STATE
from gridworker.ledger.code_fields import Code
from gridworker.ledger.codes import folded
from gridworker.ledger.dates import local_date, now_stamp
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Severity, Value, Values
from gridworker.ledger.historic import Historic
from gridworker.ledger.imported import Mark, out_of_reach, public_problem
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.text import clean_line
from gridworker.ledger.workflow import Workflow
from gridworker.operations.session import Session
from gridworker.planning import clocks

AS_IS, FIRST, SKIP = "as-is", "first", "skip"
HOWS: Mapping[str, str] = {
    AS_IS: "按表里的办理情况", SKIP: "看不出的不导入", FIRST: "都从头办理",
}  # fmt: skip


@dataclass(frozen=True)
class StateChoice:
    """What the person decided: how states are taken at all, and what single words mean (word as written → state).

    The empty word is for the rows that say nothing.
    """

    how: str = AS_IS
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Coming:
    """How far the matter of a new row had come: its state, the word it was read from, and the mark it gets."""

    state: str
    word: str = ""
    is_known: bool = True
    """False where a word was written that nobody knows; the row then begins in the first state."""
    is_silent: bool = False
    """Whether nothing in the row tells of a state."""
    mark: Mark | None = None
    is_late: bool = False
    """Whether something was owed of it before it came in."""


class States:
    """Tells for the rows of one sheet in which state they come in."""

    def __init__(self, session: Session, ledger: Ledger, choice: StateChoice, source: str) -> None:
        self._session, self._ledger, self._choice, self._source = session, ledger, choice, source
        here = Asked(ledger.key, session.place.grid_code)
        self._roles = roles_for(session.actor, "save", here, today=session.today())
        self._meant = {folded(word): state for word, state in choice.words.items()}

    def is_told(self, row: ParsedRow, problem: CellProblem) -> bool:
        """Whether a cell that is no value of its field only says how far the matter came: 化解结果：已办结."""
        historic = self._ledger.historic
        return historic is not None and problem.field in historic.told_by and bool(self._state_of(row, problem.field))

    def of_known(self, row: ParsedRow, standing: str, values: dict[str, Value], problems: list[CellProblem]) -> None:
        """What is to be said of a row whose record is here already: steps change its state, a sheet does not."""
        historic, flow = self._ledger.historic, self._ledger.workflow
        word = _word(row, STATE)
        if historic is None or flow is None or not word or self._choice.how == FIRST:
            return
        state = self._state_of(row, STATE)
        if state is None:
            _note(values, word)
        elif standing not in (state, historic.ends(values, state, row.origin.row.columns)):
            told = f"本机这一条现在是“{flow.label_of(standing)}”；状态按办理步骤改变，导入不改。"
            problems.append(row.problem_at(STATE, told, Severity.WARNING))

    def of_new(self, row: ParsedRow, values: dict[str, Value], problems: list[CellProblem]) -> Coming | None:
        """How a new row comes in; what follows from that is put into its values, what is wrong into its problems."""
        historic, flow = self._ledger.historic, self._ledger.workflow
        if historic is None or flow is None:
            return None
        values["recorded_at"] = self._registered(values)
        if self._choice.how == FIRST:
            return Coming(flow.initial, is_late=self._is_late(flow.initial, values))
        word = _word(row, STATE)
        state = self._state_of(row, STATE) if word else self._shown(row, historic, flow, values)
        known, silent = state is not None or not word, state is None and not word
        if silent:
            state = self._meant.get("")
        if not known:
            problems.append(self._unknown(flow, row, word))
            _note(values, word)
        self._fill(historic, word, values)
        if folded(word) not in self._meant and not silent:
            state = historic.ends(values, state or flow.initial, row.origin.row.columns)
        wanted = self._allowed(flow, row, state or flow.initial, problems)
        mark = self._mark(row, historic, wanted, values, problems) if wanted != flow.initial else None
        return Coming(wanted, word, known, silent, mark, self._is_late(wanted, values))

    def _allowed(self, flow: Workflow, row: ParsedRow, state: str, problems: list[CellProblem]) -> str:
        reach = out_of_reach(self._ledger, state, self._roles)
        if reach is None:
            return state
        told = f"{reach}先按“{flow.label_of(flow.initial)}”导入。"
        problems.append(row.problem_at(STATE, told, Severity.WARNING))
        return flow.initial

    def _mark(
        self, row: ParsedRow, historic: Historic, state: str, values: dict[str, Value], problems: list[CellProblem]
    ) -> Mark:
        values |= {key: value for key, value in historic.owes(values, state).items() if value is not None}
        ended = next((key for key in historic.ended_on if values.get(key)), "")
        finished = str(values.get(ended) or "")[:10]
        if finished > self._session.today().isoformat():
            problems.append(row.problem_at(ended, f"{self._ledger[ended].label}不能晚于今天。"))
        public = public_problem(self._ledger, state, values, _names(row))
        if public is not None:
            problems.append(row.problem_at(public.field, public.message))
        return Mark(state, self._source, finished)

    def _shown(self, row: ParsedRow, historic: Historic, flow: Workflow, values: Values) -> str | None:
        """What other columns show; where they show several things, the one that lies further along."""
        found = [self._state_of(row, key) for key in historic.told_by]
        found += [next((state for key, state in historic.shown_by if values.get(key)), None)]
        order = [state.key for state in flow.states]
        return max((state for state in found if state), key=order.index, default=None)

    def _state_of(self, row: ParsedRow, target: str) -> str | None:
        historic, flow, word = self._ledger.historic, self._ledger.workflow, _word(row, target)
        if historic is None or flow is None or not word:
            return None
        state = self._meant.get(folded(word)) or historic.words.code_of(word)
        return state if state in {one.key for one in flow.states} else None

    def _unknown(self, flow: Workflow, row: ParsedRow, word: str) -> CellProblem:
        first = flow.label_of(flow.initial)
        if self._choice.how == SKIP:
            return row.problem_at(STATE, f"“{word[:20]}”看不出办到哪一步，请改成“已办结”“{first}”这样的写法。")
        told = f"“{word[:20]}”看不出办到哪一步，先按“{first}”导入，原文记在备注里。"
        return row.problem_at(STATE, told, Severity.WARNING)

    def _fill(self, historic: Historic, word: str, values: dict[str, Value]) -> None:
        """What the word tells of a field as well: 已化解 is a result, too."""
        for key in historic.told_by if word else ():
            known = self._ledger[key]
            code = known.table.code_of(word) if isinstance(known, Code) and not values.get(key) else None
            if code is not None:
                values[key] = code

    def _is_late(self, state: str, values: Values) -> bool:
        days = (_day_of(due, state, values) for due in self._ledger.dues)
        return any(day is not None and day < self._session.today() for day in days)

    def _registered(self, values: Values) -> str:
        """When the office registered it, else the day it is filed under: deadlines count from there."""
        now = now_stamp(self._session.now())
        given = str(values.get("recorded_at") or values.get(self._ledger.month_field) or now)
        moment = given if "T" in given else f"{given}T00:00+08:00"
        return now if local_date(moment) > self._session.today() else moment


def _word(row: ParsedRow, target: str) -> str:
    word = clean_line(row.origin.row.text(target))
    return "" if word in PLACEHOLDERS else word


def _note(values: dict[str, Value], word: str) -> None:
    kept = [str(values.get("remark") or ""), f"办理状态：{word}"]
    values["remark"] = "；".join(part for part in kept if part)


def _names(row: ParsedRow) -> Iterable[str]:
    return [name for written in row.names.values() for name in written.split("、") if len(name) > 1]


def _day_of(due: Due, state: str, values: Values) -> date | None:
    """By when this is owed of a record in a state, if it is."""
    start = (values.get(due.extended) if due.extended else None) or values.get(due.field)
    if state not in due.states or not start or (due.unless and values.get(due.unless)):
        return None
    day = local_date(str(start))
    return clocks.due_after(due.clock, day).day if due.clock else day
