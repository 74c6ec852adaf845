"""What an import says of states before anything is written: how many come in as what, and by which words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gridworker.errors import KnownError
from gridworker.ledger.workflow import Workflow
from gridworker.operations.import_ import NEW, SAME, ImportPlan
from gridworker.operations.import_states import FIRST, HOWS, SKIP, Coming

__all__ = [
    "HOWS", "WordLine", "as_facts", "counted", "has_states", "sentences", "state_choices", "word_lines", "words_of",
]  # fmt: skip


@dataclass(frozen=True)
class WordLine:
    """One word of a sheet: on how many new rows it stands, and in which state they come in."""

    word: str
    count: int
    state: str
    is_known: bool


def has_states(plan: ImportPlan) -> bool:
    """Whether there is anything to decide: the ledger knows steps, and some rows are new."""
    return any(row.coming is not None for row in plan.rows)


def counted(plan: ImportPlan) -> dict[str, int]:
    """How many new records come in in each state, in the order of the workflow; those by an unknown word left aside."""
    flow = plan.ledger.workflow
    found = Counter(coming.state for coming in _new(plan) if coming.is_known)
    return {state.key: found[state.key] for state in flow.states if found[state.key]} if flow else {}


def word_lines(plan: ImportPlan) -> list[WordLine]:
    """Every word that tells of a state, those nobody knows first, then the more frequent ones; empty for none."""
    words: dict[str, list[Coming]] = {}
    for row in plan.rows:
        if row.coming is not None and (row.coming.word or row.coming.is_silent):
            words.setdefault(row.coming.word, []).append(row.coming)
    lines = [WordLine(word, len(found), found[0].state, found[0].is_known) for word, found in words.items()]
    return sorted(lines, key=lambda line: (line.is_known, -line.count))


def state_choices(plan: ImportPlan) -> list[tuple[str, str]]:
    """The states a word may be given, with their labels."""
    flow = plan.ledger.workflow
    return [(state.key, state.label) for state in flow.states] if flow else []


def words_of(plan: ImportPlan, given: Iterable[str]) -> dict[str, str]:
    """What is meant by words, from texts such as 已了结=已归档; refuses a state there is not."""
    meant: dict[str, str] = {}
    known = state_choices(plan)
    for one in given:
        word, _, wanted = one.partition("=")
        state = next((key for key, label in known if wanted.strip() in (key, label)), None)
        if "=" not in one or state is None:
            listed = "、".join(label for _, label in known) or "无"
            raise KnownError(
                f"“{one[:40]}”写法不对。", action=f"请写成 词=状态；{plan.ledger.label}的状态有：{listed}。"
            )
        meant[word.strip()] = state
    return meant


def sentences(plan: ImportPlan) -> list[str]:
    """What the person should know of states, and of what is here already, before she presses the last button."""
    known = plan.counts[SAME]
    told = [f"已有 {known:,} 条，与本机的相同，不会再写一遍。"] if known else []
    flow, coming = plan.ledger.workflow, _new(plan)
    if flow is None or plan.ledger.historic is None or not coming:
        return told
    return [*told, _as_what(plan, flow, coming), *_undated(plan, coming), *_late(coming)]


def _as_what(plan: ImportPlan, flow: Workflow, coming: list[Coming]) -> str:
    first = flow.label_of(flow.initial)
    if all(one.state == flow.initial and not one.word for one in coming):
        why = "按您的选择，" if plan.choices.states.how == FIRST else "表里没有看得出办理情况的一列，"
        return f"{why}{len(coming):,} 条都按“{first}”导入。"
    named = "、".join(f"{flow.label_of(state)} {count:,} 条" for state, count in counted(plan).items())
    unknown = sum(not one.is_known for one in coming)
    refused = sum(not row.coming.is_known for row in plan.rows if row.coming and row.verdict != NEW)
    tail = f"看不出的 {unknown:,} 条按“{first}”导入" if unknown else ""
    tail = f"看不出的 {refused:,} 条不导入" if refused and plan.choices.states.how == SKIP else tail
    return f"导入为：{'；'.join(part for part in (named, tail) if part)}。"


def _undated(plan: ImportPlan, coming: list[Coming]) -> list[str]:
    """A rate must not be flattered: what ended nobody knows when did not end in time."""
    flow = plan.ledger.workflow
    final = {state.key for state in flow.states if state.final} if flow else set()
    bare = sum(one.mark is not None and one.state in final and not one.mark.finished for one in coming)
    return [f"其中 {bare:,} 条没有办结日期：算已办结，不算按期办结。"] if bare else []


def _late(coming: list[Coming]) -> list[str]:
    late = sum(one.is_late for one in coming)
    said = f"{late:,} 条还没有办结、时限已过：列在今日工作的后面，标明“导入前已逾期”。"
    return [said] if late else []


def _new(plan: ImportPlan) -> list[Coming]:
    return [row.coming for row in plan.rows if row.verdict == NEW and row.coming is not None]


def as_facts(plan: ImportPlan) -> Mapping[str, object]:
    """The same for programs."""
    unknown = {line.word: line.count for line in word_lines(plan) if not line.is_known}
    return {"states": counted(plan), "unrecognised": unknown} if plan.ledger.historic is not None else {}
