"""What a saved record makes elsewhere, in the same transaction: a visit that found a hazard opens it."""

from __future__ import annotations

from gridworker.identity import new_id
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.household import household_title
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import fresh
from gridworker.operations.changes import NOTHING, Changes
from gridworker.operations.session import Session
from gridworker.store import saving
from gridworker.store.store import WriteTx


def after_create(session: Session, tx: WriteTx, ledger: Ledger, record: Record) -> Changes:
    """The further records a new one calls for."""
    if ledger.key == "visit" and record.values.get("hazard_found"):
        return _open_hazard(session, tx, record)
    return NOTHING


def _open_hazard(session: Session, tx: WriteTx, visit: Record) -> Changes:
    """A found hazard with what the visit knows; the rest is filled when it is registered."""
    hazard = find_ledger("hazard")
    home = tx.get("household", str(visit.values.get("household_id")))
    seen = visit.values.get("raised_issue") or visit.values.get("change_note")
    values = fresh.complete(
        session, tx, hazard,
        {
            "found_at": visit.values.get("visited_at"),
            "place": household_title(home.values) if home else None,
            "description": seen or "走访中发现，待补充。",
            "hazard_type": "其他",
            "household_id": visit.values.get("household_id"),
            "visit_id": visit.id,
        },
    )  # fmt: skip
    began = hazard.workflow.initial if hazard.workflow else ""
    opened = Record(new_id(), "hazard", visit.grid_code, values, began)
    saving.save(tx, None, opened, actor_id=session.actor.id)
    linked = visit.with_values({"linked_record_ids": [opened.id]})
    saving.save(tx, visit, linked, actor_id=session.actor.id)
    return Changes(frozenset({opened.id, visit.id}), frozenset({"hazard", "visit"}))
