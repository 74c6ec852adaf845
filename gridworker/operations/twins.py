"""Records that are probably there already: the same room, the same person; told, never refused."""

from __future__ import annotations

from gridworker.ledger.facts import Problem, Severity, Values
from gridworker.ledger.ledger import Ledger
from gridworker.store.store import ReadTx

_ROOM = (
    "SELECT 1 FROM household WHERE deleted = 0 AND building_no = ? AND room_no = ? "
    "AND coalesce(unit_no, '') = ? AND coalesce(compound_name, '') = ? LIMIT 1"
)
_PERSON = "SELECT 1 FROM person WHERE deleted = 0 AND household_id = ? AND name = ? LIMIT 1"


def twin_problems(tx: ReadTx, ledger: Ledger, values: Values) -> list[Problem]:
    """A warning where a new record looks like one that is here."""
    if ledger.key == "household":
        place = (values.get("building_no"), values.get("room_no"), values.get("unit_no"), values.get("compound_name"))
        if tx.sql(_ROOM, tuple(part or "" for part in place)):
            return [Problem("room_no", "这一户已经登记过，请核对是否重复。", Severity.WARNING)]
    if ledger.key == "person" and tx.sql(_PERSON, (values.get("household_id"), values.get("name"))):
        return [Problem("name", "这一户已有同名的居民，请核对是否重复。", Severity.WARNING)]
    return []
