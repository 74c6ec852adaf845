"""What the judge makes of new records and of edits: the checks, the merge, the numbers."""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.ledger.case_code import fixed_problems
from gridworker.ledger.facts import Value
from gridworker.ledger.ledger import Ledger, errors_of
from gridworker.ledger.merge import ElementChange, FieldMark, merge_set
from gridworker.ledger.moves import step_problems
from gridworker.server import imported, verdicts
from gridworker.server.bench import Bench
from gridworker.server.shapes import derived_keys, shape_problems
from gridworker.server.state import BORN, DELETED, STATUS, State, number_field
from gridworker.sync import wire


def create(bench: Bench, op: wire.Op, ledger: Ledger) -> wire.Outcome:
    """Makes a record, or refuses it."""
    derived = derived_keys(ledger.key)
    values: dict[str, Value] = {key: value for key, value in op.set.items() if value is not None and key not in derived}
    values |= {key: list(change.add) for key, change in op.elements.items() if change.add and key not in derived}
    refused = unacceptable(bench, op, ledger, {}, values) or _number_taken(bench, op, values)
    if refused:
        return refused
    rev = bench.next_rev()
    state = State(op.record, op.type, rev, rev, values, {BORN: FieldMark(rev, bench.author)})
    imported.begin(bench, op, ledger, state)
    state.touch(rev, bench.actor.id, bench.now_ms)
    bench.states[op.record] = state
    bench.keep_number(state, None)
    return verdicts.applied(op, rev)


def edit(bench: Bench, op: wire.Op, ledger: Ledger, state: State) -> wire.Outcome:  # noqa: PLR0911 - a line a reason
    """Merges an edit field by field into what stands."""
    elements = {key: ElementChange(tuple(c.add), tuple(c.remove)) for key, c in op.elements.items()}
    merged = merge_set(
        ledger, state.values, state.field_marks(), op.set, elements, base_revision=op.base_rev, author=bench.author
    )
    wanted = dict(merged.changes) | {conflict.field: conflict.mine for conflict in merged.conflicts}
    if not wanted:
        return verdicts.applied(op, state.rev, merged=merged.foreign)
    if state.deleted:
        return _edit_of_deleted(bench, op, state, wanted)
    if _is_final(ledger, state) and state.is_foreign(STATUS, op.base_rev, bench.author):
        return bench.put_aside(op, state, "EDIT_OF_FINISHED", wanted)
    refused = _kept_changed(op, ledger, state, merged.changes) or _number_taken(bench, op, merged.changes)
    if refused:
        return refused
    wrong = unacceptable(bench, op, ledger, state.values, merged.changes)
    if wrong:
        own = any(_own_problem(ledger, key, value) for key, value in merged.changes.items())
        return wrong if own or not merged.foreign else bench.put_aside(op, state, "MERGE_INVALID", wanted)
    if merged.changes:
        bench.write(state, merged.changes)
    if merged.conflicts:
        return bench.put_aside(op, state, "FIELD", {one.field: one.mine for one in merged.conflicts})
    return verdicts.applied(op, state.rev, merged=merged.foreign)


def _edit_of_deleted(bench: Bench, op: wire.Op, state: State, wanted: Mapping[str, Value]) -> wire.Outcome:
    if not state.is_foreign(DELETED, -1, bench.author):
        return verdicts.rejected(op.op_id, "RECORD_DELETED", rev=state.rev)
    return bench.put_aside(op, state, "EDIT_OF_DELETED", wanted)


def unacceptable(
    bench: Bench, op: wire.Op, ledger: Ledger, before: Mapping[str, Value], changes: Mapping[str, Value]
) -> wire.Outcome | None:
    """Refuses what an op makes wrong; what was wrong before (by rules that came later) blocks nobody."""
    context = bench.context
    fresh = shape_problems(ledger, changes)
    if not fresh:
        fresh = errors_of(ledger.problems({**before, **changes} if before else changes, context))
    if fresh and before:
        known = errors_of(ledger.problems(before, context))
        fresh = [problem for problem in fresh if problem not in known]
    if not fresh:
        return None
    return verdicts.rejected(op.op_id, "INVALID", reason=fresh[0].message, rev=bench.rev_of(op), problems=fresh)


def _number_taken(bench: Bench, op: wire.Op, changes: Mapping[str, Value]) -> wire.Outcome | None:
    key = number_field(op.type)
    number = changes.get(key)
    if not isinstance(number, str) or bench.numbers.get((op.type, number), op.record) == op.record:
        return None
    return verdicts.rejected(op.op_id, "NUMBER_TAKEN", rev=bench.rev_of(op), details={key: number})


def _kept_changed(op: wire.Op, ledger: Ledger, state: State, changes: Mapping[str, Value]) -> wire.Outcome | None:
    after = {**state.values, **changes}
    for code, wrong in (
        ("CODE_FIXED", fixed_problems(ledger.fields, state.values, after)),
        ("BY_STEPS", step_problems(ledger, state.values, after)),
    ):
        if wrong:
            return verdicts.rejected(op.op_id, code, reason=wrong[0].message, rev=state.rev, problems=wrong)
    return None


def _is_final(ledger: Ledger, state: State) -> bool:
    return ledger.workflow is not None and any(
        known.final for known in ledger.workflow.states if known.key == state.status
    )


def _own_problem(ledger: Ledger, key: str, value: Value) -> bool:
    if key not in ledger or value in (None, "", []):
        return False
    return bool(shape_problems(ledger, {key: value})) or ledger[key].problem(value) is not None
