"""Judges ops one by one against the records of one scope, in memory: the laptop's rules, with the last word.

Nothing here touches a database. `push.py` loads what a batch names, lets the judge work, and writes what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gridworker.area.asked import AUTHOR_FIELD, Asked, asked_of
from gridworker.area.belonging import Actor
from gridworker.area.rights import Verb, refusal, roles_for
from gridworker.ledger.case_code import fixed_problems
from gridworker.ledger.facts import Profile, Value
from gridworker.ledger.ledger import CheckContext, Ledger, errors_of
from gridworker.ledger.merge import ElementChange, FieldMark, merge_set
from gridworker.ledger.moves import judge_move, step_problems
from gridworker.ledger.workflow import MoveContext, MoveRefused
from gridworker.server import verdicts
from gridworker.server.clock import moment_of
from gridworker.server.expectations import surprise_of
from gridworker.server.log import report_fault
from gridworker.server.shapes import derived_keys, shape_problems
from gridworker.server.state import BORN, DELETED, STATUS, LastMove, State, number_field
from gridworker.sync import wire

_VERBS: Mapping[str, Verb] = {"set": "save", "move": "move", "delete": "delete", "restore": "restore"}
# What the loser of a race hears: somebody made this very step first.
_ALREADY = {"claim": "ALREADY_CLAIMED"}


@dataclass(frozen=True)
class MoveRow:
    """A step made, for the record's history."""

    record: str
    rev: int
    event: str
    source: str
    target: str
    actor_id: str
    made_at: int
    reason: str


@dataclass(frozen=True)
class ConflictRow:
    """A field put aside for people."""

    record: str
    op_id: str
    author: str
    base_rev: int
    code: str
    conflict: wire.Conflict


@dataclass
class Judge:
    """One device's turn on one scope."""

    scope: str
    author: str
    actor: Actor
    now_ms: int
    today: date
    seq: int
    ledgers: Mapping[str, Ledger]
    states: dict[str, State]
    numbers: dict[tuple[str, str], str]
    """(ledger, record number) → record, for the numbers this batch wants."""
    blocked: dict[str, str]
    """Records that do not exist because this author's op for them was held or rejected, and which of the two."""
    actor_of: Callable[[str], str]
    """The person behind an author."""
    moves: list[MoveRow] = field(default_factory=list)
    conflicts: list[ConflictRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._context = CheckContext(Profile.WIRE, self.today)
        self._is_posted = bool(self.actor.posts_on(self.today, self.scope))

    def judge(self, op: wire.Op) -> wire.Outcome:
        """The op's outcome; what it changes stands in `states` afterwards. No op can stop the ones after it."""
        try:
            outcome = self._judge(op)
        except Exception as fault:  # noqa: BLE001 - one op that breaks a rule's code must not block the others
            report_fault("judge", fault, op_id=op.op_id)
            outcome = verdicts.held(op.op_id, "SERVER_FAULT", self._rev_of(op))
        if outcome.outcome in ("held", "rejected") and op.record not in self.states:
            self.blocked[op.record] = outcome.outcome
        return outcome

    def dirty_states(self) -> list[State]:
        """The records that changed."""
        return [state for state in self.states.values() if state.dirty]

    def _judge(self, op: wire.Op) -> wire.Outcome:
        state = self.states.get(op.record)
        refusal = self._refusal(op, state)
        if refusal is not None:
            return refusal
        ledger = self.ledgers[op.type]
        forbidden = self._forbidden(op, ledger, state)
        if forbidden:
            return forbidden
        if state is None:
            return self._create(op, ledger)
        if op.kind == "move" and op.command:
            return self._move(op, op.command, ledger, state)
        if op.kind == "delete":
            return self._delete(op, ledger, state)
        return self._restore(op, state) if op.kind == "restore" else self._edit(op, ledger, state)

    def _refusal(self, op: wire.Op, state: State | None) -> wire.Outcome | None:  # noqa: PLR0911 - a line a reason
        rev = state.rev if state else 0
        if op.scope != self.scope:
            return verdicts.rejected(op.op_id, "WRONG_SCOPE", rev=rev)
        if op.actor != self.actor.id:
            return verdicts.rejected(op.op_id, "WRONG_ACTOR", rev=rev)
        if not self._is_posted:
            return verdicts.rejected(op.op_id, "SCOPE_REVOKED", rev=rev)
        if op.type not in self.ledgers:
            return verdicts.held(op.op_id, "UNKNOWN_LEDGER", rev)
        if op.schema > self.ledgers[op.type].schema:
            return verdicts.held(op.op_id, "NEWER_SCHEMA", rev)
        if state is not None and state.ledger != op.type:
            return verdicts.rejected(op.op_id, "WRONG_LEDGER", rev=rev)
        if state is None and op.record in self.blocked and not _spells_out_create(op):
            if self.blocked[op.record] == "held":
                return verdicts.held(op.op_id, "AFTER_HELD")
            return verdicts.rejected(op.op_id, "AFTER_REJECTED")
        if state is None and op.kind != "set":
            return verdicts.rejected(op.op_id, "UNKNOWN_RECORD")
        return None

    # ---- rights

    def _forbidden(self, op: wire.Op, ledger: Ledger, state: State | None) -> wire.Outcome | None:
        """Refuses what the person may not do to the record as it is, or to what she would make of it."""
        verb = _VERBS[op.kind]
        before = state.values if state else {AUTHOR_FIELD: self.actor.id}
        versions = [before, {**before, **op.set}] if verb == "save" else [before]
        for values in versions if state else versions[-1:]:
            refused = refusal(self.actor, verb, self._asked(ledger, values), today=self.today)
            if refused is not None:
                told = refused.title + refused.action
                return verdicts.rejected(op.op_id, refused.code, reason=told, rev=self._rev_of(op))
        return None

    def _asked(self, ledger: Ledger, values: Mapping[str, Value]) -> Asked:
        """What rights look at; of a record that hangs on a household, the household's building as well."""
        asked = asked_of(ledger, self.scope, values)
        for link in ledger.links if not asked.building else ():
            home = self.states.get(str(values.get(link.key) or ""))
            if home is not None and home.ledger in self.ledgers:
                asked = asked.at(asked_of(self.ledgers[home.ledger], self.scope, home.values).building)
        return asked

    # ---- set

    def _create(self, op: wire.Op, ledger: Ledger) -> wire.Outcome:
        derived = derived_keys(ledger.key)
        values: dict[str, Value] = {
            key: value for key, value in op.set.items() if value is not None and key not in derived
        }
        values |= {key: list(change.add) for key, change in op.elements.items() if change.add and key not in derived}
        refused = self._unacceptable(op, ledger, {}, values) or self._number_taken(op, values)
        if refused:
            return refused
        rev = self._next_rev()
        state = State(op.record, op.type, rev, rev, values, {BORN: FieldMark(rev, self.author)})
        state.status = ledger.workflow.initial if ledger.workflow else ""
        state.touch(rev, self.actor.id, self.now_ms)
        self.states[op.record] = state
        self._keep_number(state, None)
        return verdicts.applied(op, rev)

    def _edit(self, op: wire.Op, ledger: Ledger, state: State) -> wire.Outcome:  # noqa: PLR0911 - a line a reason
        elements = {key: ElementChange(tuple(c.add), tuple(c.remove)) for key, c in op.elements.items()}
        merged = merge_set(
            ledger, state.values, state.field_marks(), op.set, elements, base_revision=op.base_rev, author=self.author
        )
        wanted = dict(merged.changes) | {conflict.field: conflict.mine for conflict in merged.conflicts}
        if not wanted:
            return verdicts.applied(op, state.rev, merged=merged.foreign)
        if state.deleted:
            return self._edit_of_deleted(op, state, wanted)
        if _is_final(ledger, state) and state.is_foreign(STATUS, op.base_rev, self.author):
            return self._put_aside(op, state, "EDIT_OF_FINISHED", wanted)
        refused = self._kept_changed(op, ledger, state, merged.changes) or self._number_taken(op, merged.changes)
        if refused:
            return refused
        unacceptable = self._unacceptable(op, ledger, state.values, merged.changes)
        if unacceptable:
            own = any(_own_problem(ledger, key, value) for key, value in merged.changes.items())
            return unacceptable if own or not merged.foreign else self._put_aside(op, state, "MERGE_INVALID", wanted)
        if merged.changes:
            self._write(state, merged.changes)
        if merged.conflicts:
            return self._put_aside(op, state, "FIELD", {one.field: one.mine for one in merged.conflicts})
        return verdicts.applied(op, state.rev, merged=merged.foreign)

    def _edit_of_deleted(self, op: wire.Op, state: State, wanted: Mapping[str, Value]) -> wire.Outcome:
        if not state.is_foreign(DELETED, -1, self.author):
            return verdicts.rejected(op.op_id, "RECORD_DELETED", rev=state.rev)
        return self._put_aside(op, state, "EDIT_OF_DELETED", wanted)

    def _unacceptable(
        self, op: wire.Op, ledger: Ledger, before: Mapping[str, Value], changes: Mapping[str, Value]
    ) -> wire.Outcome | None:
        """Refuses what an op makes wrong; what was wrong before (by rules that came later) blocks nobody."""
        context = self._context
        fresh = shape_problems(ledger, changes)
        if not fresh:
            fresh = errors_of(ledger.problems({**before, **changes} if before else changes, context))
        if fresh and before:
            known = errors_of(ledger.problems(before, context))
            fresh = [problem for problem in fresh if problem not in known]
        if not fresh:
            return None
        return verdicts.rejected(op.op_id, "INVALID", reason=fresh[0].message, rev=self._rev_of(op), problems=fresh)

    def _number_taken(self, op: wire.Op, changes: Mapping[str, Value]) -> wire.Outcome | None:
        key = number_field(op.type)
        number = changes.get(key)
        if not isinstance(number, str) or self.numbers.get((op.type, number), op.record) == op.record:
            return None
        return verdicts.rejected(op.op_id, "NUMBER_TAKEN", rev=self._rev_of(op), details={key: number})

    def _kept_changed(
        self, op: wire.Op, ledger: Ledger, state: State, changes: Mapping[str, Value]
    ) -> wire.Outcome | None:
        after = {**state.values, **changes}
        for code, wrong in (
            ("CODE_FIXED", fixed_problems(ledger.fields, state.values, after)),
            ("BY_STEPS", step_problems(ledger, state.values, after)),
        ):
            if wrong:
                return verdicts.rejected(op.op_id, code, reason=wrong[0].message, rev=state.rev, problems=wrong)
        return None

    def _keep_number(self, state: State, before: str | None) -> None:
        if before and before != state.number:
            self.numbers.pop((state.ledger, before), None)
        if state.number:
            self.numbers[state.ledger, state.number] = state.id

    # ---- commands

    def _move(self, op: wire.Op, command: wire.Command, ledger: Ledger, state: State) -> wire.Outcome:
        if state.deleted:
            return verdicts.rejected(op.op_id, "RECORD_DELETED", rev=state.rev)
        roles = roles_for(self.actor, "move", self._asked(ledger, state.values), today=self.today)
        units = self.actor.units_on(self.today, self.scope)
        context = MoveContext(self.actor.id, roles, self.today, units, now=moment_of(op.occurred_at, self.now_ms))
        surprise = surprise_of(ledger, state, command, op.base_rev, self.author)
        try:
            result = judge_move(ledger, state.values, state.status, command.name, command.args, context)
        except MoveRefused as refused:
            # A step out of turn explains itself better than "not what you saw" does.
            told = refused if surprise is None or refused.code == "WRONG_STATE" else surprise
            return self._move_lost(op, command, state, told)
        if surprise is not None:
            return self._move_lost(op, command, state, surprise)
        unacceptable = self._unacceptable(op, ledger, state.values, result.changes)
        if unacceptable:
            return unacceptable
        source = state.status
        self._write(state, result.changes)
        state.status = result.state
        state.marks[STATUS] = FieldMark(state.rev, self.author)
        event = result.move.event
        state.last_move = LastMove(event, self.actor.id, self.now_ms)
        reason = command.args.get("reason")
        self.moves.append(
            MoveRow(
                state.id, state.rev, event, source, state.status, self.actor.id, self.now_ms,
                reason if isinstance(reason, str) else "",
            )
        )  # fmt: skip
        return verdicts.applied(op, state.rev)

    def _move_lost(self, op: wire.Op, command: wire.Command, state: State, refused: MoveRefused) -> wire.Outcome:
        code, details = refused.code, dict[str, wire.WireValue]()
        if code == "WRONG_STATE":
            details["status"] = state.status
            last = state.last_move
            if last is not None:
                details |= {"who": last.actor_id, "when": last.made_at}
                if last.event == command.name:
                    code = _ALREADY.get(last.event, "ALREADY_DONE")
        return verdicts.rejected(op.op_id, code, reason=refused.title + refused.action, rev=state.rev, details=details)

    def _delete(self, op: wire.Op, ledger: Ledger, state: State) -> wire.Outcome:
        if state.deleted:
            return verdicts.applied(op, state.rev)
        kept = ledger.keeps(state.values)
        if kept:
            return verdicts.rejected(op.op_id, "KEPT", reason=kept, rev=state.rev)
        marks = state.field_marks()
        unseen = [key for key, mark in marks.items() if mark.revision > op.base_rev and mark.author != self.author]
        if unseen:
            return self._put_aside(op, state, "DELETE_OF_EDITED", dict.fromkeys(unseen, None))
        return self._bury(op, state, deleted=True)

    def _restore(self, op: wire.Op, state: State) -> wire.Outcome:
        if not state.deleted:
            return verdicts.applied(op, state.rev)
        return self._bury(op, state, deleted=False)

    def _bury(self, op: wire.Op, state: State, *, deleted: bool) -> wire.Outcome:
        rev = self._next_rev()
        state.deleted = deleted
        state.marks[DELETED] = FieldMark(rev, self.author)
        state.touch(rev, self.actor.id, self.now_ms)
        return verdicts.applied(op, rev)

    # ---- shared

    def _write(self, state: State, changes: Mapping[str, Value]) -> None:
        before = state.number
        rev = self._next_rev()
        state.values = {**state.values, **changes}
        state.marks.update(dict.fromkeys(changes, FieldMark(rev, self.author)))
        state.touch(rev, self.actor.id, self.now_ms)
        self._keep_number(state, before)

    def _put_aside(self, op: wire.Op, state: State, code: str, wanted: Mapping[str, Value]) -> wire.Outcome:
        marks = state.field_marks()
        whole = marks.get({"EDIT_OF_DELETED": DELETED, "EDIT_OF_FINISHED": STATUS}.get(code, ""))
        found = []
        for key, mine in wanted.items():
            mark = whole or marks.get(key) or state.marks[BORN]
            theirs = state.values.get(key)
            author = mark.author
            found.append(
                wire.Conflict(
                    field=key, theirs=_wire(theirs), mine=_wire(mine), author=author,
                    actor=self.actor_of(author), rev=mark.revision,
                )
            )  # fmt: skip
        self.conflicts += [ConflictRow(state.id, op.op_id, self.author, op.base_rev, code, one) for one in found]
        return verdicts.conflicting(op, code, state.rev, found)

    def _next_rev(self) -> int:
        self.seq += 1
        return self.seq

    def _rev_of(self, op: wire.Op) -> int:
        state = self.states.get(op.record)
        return state.rev if state else 0


def _spells_out_create(op: wire.Op) -> bool:
    return op.command is not None and op.command.name == wire.CREATE


def _is_final(ledger: Ledger, state: State) -> bool:
    return ledger.workflow is not None and any(
        known.final for known in ledger.workflow.states if known.key == state.status
    )


def _own_problem(ledger: Ledger, key: str, value: Value) -> bool:
    if key not in ledger or value in (None, "", []):
        return False
    return bool(shape_problems(ledger, {key: value})) or ledger[key].problem(value) is not None


def _wire(value: Value) -> wire.WireValue:
    return str(value) if isinstance(value, float) else value
