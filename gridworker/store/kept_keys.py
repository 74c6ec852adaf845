"""Whether the sort keys and due days kept in rows follow the rules of this program; if not, all are made anew.

So an upgrade fills new columns, and a changed interval of the visit plan reaches every household: at the next start, or
when a customer's rules are put in force.
"""

from __future__ import annotations

import hashlib

from gridworker.planning.visit_plan import intervals
from gridworker.planning.visit_rules import rules_in_force, shipped
from gridworker.store import due_days, walking
from gridworker.store.transactions import ReadTx, WriteTx

META = "kept_keys"
# Raised whenever `walking.py` or `due_days.py` means something else by what it keeps.
_RULES = 1


def current() -> str:
    """The rules of this program in one word."""
    spans = sorted((level, span.every, span.count) for level, span in intervals().items())
    hours = rules_in_force().grave_hours
    # Only other hours than the program's are named: what was kept by those is not made anew.
    plan = repr(spans) if hours == shipped().grave_hours else repr((spans, hours))
    return f"{_RULES}:{hashlib.sha256(plan.encode()).hexdigest()[:16]}"


def are_current(tx: ReadTx) -> bool:
    """Whether what is kept was made by these rules."""
    return tx.meta(META) == current()


def has_rules_of_its_own(tx: ReadTx) -> bool:
    """Whether a customer's rules decide, which are put in force once the home is open, and not those of now."""
    return bool(tx.sql("SELECT 1 FROM reference_data WHERE kind='visit_intervals'"))


def rebuild(tx: WriteTx) -> None:
    """Makes all that is kept anew, and notes by which rules."""
    walking.rebuild(tx)
    due_days.rebuild(tx)
    tx.set_meta(META, current())
