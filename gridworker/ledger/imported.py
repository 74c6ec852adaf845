"""The mark of a record that came in from an old sheet in a later state than its first: what it may say, and who may.

It travels with the op that creates the record, is judged here as on the server, and stands in the timeline for ever.
Without it every record begins in the first state of its workflow.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from gridworker.ledger.facts import Problem, Value, Values
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.moves import ROLE_LABELS

IMPORTED = "imported"
"""The mark's name among the words of `create`, and that of its link in the timeline."""
SCHEMA = 2
"""Of an op with a mark, whatever its ledger's: a server that does not know marks holds it and loses nothing."""
DIGITS = 32
"""Of the file's SHA-256: enough to tell which file it was, and nothing of what is in it or what it is called."""
_SOURCE = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
_NUMBER = re.compile(r"\d{7,}")
_BETWEEN = re.compile(r"[\s\-－—]")
_SHOWN = 12


@dataclass(frozen=True)
class Mark:
    """In which state a record came in, from which file, and the day the office itself gave for its end."""

    state: str
    source: str
    finished: str = ""

    @property
    def words(self) -> dict[str, Value]:
        """The mark as the words of the command that creates the record."""
        said: dict[str, Value] = {IMPORTED: self.state, "source": self.source}
        return said | ({"finished": self.finished} if self.finished else {})

    @property
    def told(self) -> str:
        """What the timeline says beside the state."""
        ended = f"；原办结日期 {self.finished}" if self.finished else ""
        return f"原表指纹 {self.source[:_SHOWN]}{ended}"


def mark_of(words: Mapping[str, object] | None) -> Mark | None:
    """The mark among the words of a command; what is in it is not judged yet."""
    if not words or IMPORTED not in words:
        return None
    state, source, finished = (words.get(key) or "" for key in (IMPORTED, "source", "finished"))
    return Mark(str(state), str(source), str(finished))


def refusal_of(ledger: Ledger, mark: Mark, values: Values, *, roles: Collection[str], today: date) -> str | None:
    """Why a new record may not come in like this, or None; `roles` are those in which she looks after the grid."""
    workflow = ledger.workflow
    if workflow is None or mark.state not in {state.key for state in workflow.states}:
        return f"{ledger.label}没有“{mark.state[:20]}”这个状态，不能这样导入。"
    if not _SOURCE.fullmatch(mark.source):
        return "导入的记录没有写明出自哪份表格。"
    if mark.finished and not _is_past(mark.finished, today):
        return "原办结日期应是今天或更早的一天。"
    if not roles:
        return "只有负责本网格的岗位，才能把办过的记录导入进来。"
    public = public_problem(ledger, mark.state, values)
    return out_of_reach(ledger, mark.state, roles) or (public.message if public else None)


def out_of_reach(ledger: Ledger, state: str, roles: Collection[str]) -> str | None:
    """Why she may not bring a record in this state, or None.

    A matter that is over may be brought by whoever may import; an open one only where a step of hers could lead.
    """
    workflow = ledger.workflow
    if workflow is None or any(one.final for one in workflow.states if one.key == state) or state == workflow.initial:
        return None
    leading = [move for move in workflow.moves if move.target == state and set(move.sources) != {state}]
    if any(set(move.who) & set(roles) for move in leading):
        return None
    could = "、".join(dict.fromkeys(ROLE_LABELS.get(role, role) for move in leading for role in move.who))
    return f"您的岗位不能把{ledger.label}办到“{workflow.label_of(state)}”；可以导入为这一步的是：{could}。"


def public_problem(ledger: Ledger, state: str, values: Values, names: Iterable[str] = ()) -> Problem | None:
    """What a record in a state whose notices hang in public must not say there: a number, or the name of its person."""
    columns = dict.fromkeys(key for notice in ledger.notices if state in notice.states for key in notice.columns)
    for key in columns:
        text = _BETWEEN.sub("", str(values.get(key) or ""))
        if _NUMBER.search(text):
            return Problem(key, f"“{ledger[key].label}”会公示，里面不能有电话或证件号码。")
        if any(name and name in text for name in names):
            return Problem(key, f"“{ledger[key].label}”会公示，里面不能写当事人的姓名。")
    return None


def _is_past(day: str, today: date) -> bool:
    try:
        return date.fromisoformat(day) <= today
    except ValueError:
        return False
