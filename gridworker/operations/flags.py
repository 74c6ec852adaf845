"""The cards (黄牌、红牌、超期) of a ledger's dated matters: worked out when a list is shown, never kept."""

from __future__ import annotations

from array import array
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from gridworker.ledgers.registry import find_ledger
from gridworker.operations.due_records import DueRecord, due_records_of
from gridworker.operations.seen_rows import select_seen
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.planning import urgency
from gridworker.planning.clocks import flag_days
from gridworker.planning.urgency import Flag
from gridworker.planning.working_days import calendar_in_force
from gridworker.store.query import Condition, Query

LATE, SOON = "late", "soon"
"""What a list can be narrowed to: what is past its time, and what has a working day left or less."""
LABELS = {LATE: "已超期", SOON: "即将到期"}
_OF: dict[str, tuple[Flag, ...]] = {LATE: (urgency.RED, urgency.OVERDUE), SOON: (urgency.YELLOW,)}


@dataclass(frozen=True)
class Flagged:
    """One record's card: which, what it is called, and how much time is left or how late it is."""

    flag: Flag
    label: str
    text: str


def flags(session: Session, ledger_name: str, ids: Collection[str] | None = None) -> dict[str, Flagged]:
    """The cards of a ledger's records by id, of those named where any are; a record with time left has none.

    Where a record owes two things the one that is due first counts.
    """
    ledger, today = find_ledger(ledger_name), session.today()
    if not ledger.dues:
        return {}
    # A day more than the card asks for: the days off behind a working day belong to it.
    until = calendar_in_force().add_working_days(today, flag_days("yellow_left") + 1).day
    with session.store.read() as tx:
        owed = sorted(due_records_of(tx, ledger, until, ids), key=lambda one: one.due_on, reverse=True)
    found = {one.record_id: _flagged(one, today) for one in owed}
    return {record_id: flagged for record_id, flagged in found.items() if flagged}


def flagged_rows(session: Session, query: Query, kind: str) -> array[int]:
    """The row ids of a list that are late, or due soon, in its order."""
    wanted = _OF[kind]
    ids = [one for one, flagged in flags(session, query.ledger).items() if flagged.flag in wanted]
    narrowed = replace(query, where=(*query.where, Condition("id", "in", ids)))
    with session.store.read() as tx:
        return select_seen(Eyes(session, tx), narrowed) if ids else array("q")


def _flagged(one: DueRecord, today: date) -> Flagged | None:
    flag = urgency.flag_of(one.due_on, today)
    text = f"{one.reason} {one.due_on.isoformat()}，{urgency.text_of(one.due_on, today)}"
    return Flagged(flag, urgency.LABELS[flag], text) if flag else None
