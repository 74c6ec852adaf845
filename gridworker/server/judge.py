"""Judges ops one by one against the records of one scope, in memory: the laptop's rules, with the last word.

What lies before it is a `Bench`; `push.py` has it loaded, lets the judge work, and writes what changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.area.asked import AUTHOR_FIELD
from gridworker.area.rights import Verb, refusal
from gridworker.ledger.ledger import Ledger
from gridworker.server import imported, judge_sets, judge_steps, linked, verdicts
from gridworker.server.bench import Bench
from gridworker.server.log import report_fault
from gridworker.server.state import State
from gridworker.sync import wire

_VERBS: Mapping[str, Verb] = {"set": "save", "move": "move", "delete": "delete", "restore": "restore"}


class Judge(Bench):
    """The rules over what lies before it."""

    def judge(self, op: wire.Op) -> wire.Outcome:
        """The op's outcome; what it changes stands in `states` afterwards. No op can stop the ones after it."""
        try:
            op, led = linked.led(self, op)
            outcome = linked.follow(self, op, led, self._judge(op))
        except Exception as fault:  # noqa: BLE001 - one op that breaks a rule's code must not block the others
            report_fault("judge", fault, op_id=op.op_id)
            outcome = verdicts.held(op.op_id, "SERVER_FAULT", self.rev_of(op))
        if outcome.outcome in ("held", "rejected") and op.record not in self.states:
            self.blocked[op.record] = outcome.outcome
        return outcome

    def _judge(self, op: wire.Op) -> wire.Outcome:
        state = self.states.get(op.record)
        refusal = self._refusal(op, state)
        if refusal is not None:
            return refusal
        ledger = self.ledgers[op.type]
        forbidden = self._forbidden(op, ledger, state) or imported.refused(
            op, ledger, rev=state.rev if state else None, actor=self.actor, today=self.today
        )
        forbidden = forbidden or (linked.surprise(self, op) if state is None else linked.into_what(self, op))
        if forbidden:
            return forbidden
        if state is None:
            return judge_sets.create(self, op, ledger)
        if op.kind == "move" and op.command:
            return judge_steps.move(self, op, op.command, ledger, state)
        rules = {"delete": judge_steps.delete, "restore": judge_steps.restore}
        return rules.get(op.kind, judge_sets.edit)(self, op, ledger, state)

    def _refusal(self, op: wire.Op, state: State | None) -> wire.Outcome | None:  # noqa: PLR0911 - a line a reason
        rev = state.rev if state else 0
        if op.scope != self.scope:
            return verdicts.rejected(op.op_id, "WRONG_SCOPE", rev=rev)
        if op.actor != self.actor.id:
            return verdicts.rejected(op.op_id, "WRONG_ACTOR", rev=rev)
        if not self.is_posted:
            return verdicts.rejected(op.op_id, "SCOPE_REVOKED", rev=rev)
        if op.type not in self.ledgers:
            return verdicts.held(op.op_id, "UNKNOWN_LEDGER", rev)
        if op.schema > imported.newest_schema(op, self.ledgers[op.type]):
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
            refused = refusal(self.actor, verb, self.asked(ledger, values), today=self.today)
            if refused is not None:
                told = refused.title + refused.action
                return verdicts.rejected(op.op_id, refused.code, reason=told, rev=self.rev_of(op))
        return None


def _spells_out_create(op: wire.Op) -> bool:
    return op.command is not None and op.command.name == wire.CREATE
