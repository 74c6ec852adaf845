"""Whether a step meets the record its maker saw: the named expectations, and the words it would write over."""

from __future__ import annotations

from gridworker.ledger.ledger import Ledger
from gridworker.ledger.workflow import MoveRefused
from gridworker.server.state import State
from gridworker.sync import wire

_ACTION = "请看过以后再办理。"


def surprise_of(ledger: Ledger, state: State, command: wire.Command, base_rev: int, author: str) -> MoveRefused | None:
    """How the record differs from what the person saw, or None."""
    for key, seen in command.expect.items():
        if key == "status":
            if seen != state.status:
                now = ledger.workflow.label_of(state.status) if ledger.workflow else state.status
                return MoveRefused(f"现在是“{now}”，与您看到的不同。", code="WRONG_STATE", action=_ACTION)
        elif state.values.get(key) != seen:
            return _changed(ledger, key)
    return _unseen(ledger, state, command, base_rev, author)


def _unseen(ledger: Ledger, state: State, command: wire.Command, base_rev: int, author: str) -> MoveRefused | None:
    """A field the step would write over what somebody else wrote after the person looked."""
    marks = state.field_marks()
    for key, value in command.args.items():
        mark = marks.get(key)
        if mark and mark.revision > base_rev and mark.author != author and state.values.get(key) != value:
            return _changed(ledger, key)
    return None


def _changed(ledger: Ledger, key: str) -> MoveRefused:
    label = ledger[key].label if key in ledger else key
    return MoveRefused(f"“{label}”已被别人改过。", code="CHANGED_SINCE", action=_ACTION)
