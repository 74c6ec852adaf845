"""Putting a thing of the plan off to another day, with a reason; it comes back by itself."""

from __future__ import annotations

from datetime import date

from gridworker.ledger.dates import now_stamp
from gridworker.operations.session import Session
from gridworker.planning.visit_extras import raise_if_not_to_be_put_off
from gridworker.store import snoozes
from gridworker.store.store import WriteTx

_LONGEST_REASON = 200


def put_off(session: Session, key: str, until: date, reason: str) -> None:
    """Hides a due thing, named by its key in the plan, until a day; due dates and figures do not change."""
    raise_if_not_to_be_put_off(session.today(), until, reason)
    kept = snoozes.Snooze(key, until.isoformat(), reason.strip()[:_LONGEST_REASON])

    def work(tx: WriteTx) -> None:
        snoozes.put_snooze(tx, kept, at=now_stamp(session.now()))
        tx.audit("snooze", actor_id=session.actor.id, record=_record_of(key), detail={"until": kept.until})

    session.store.write(work)


def bring_back(session: Session, key: str) -> None:
    """Shows a thing that was put off again."""
    session.store.write(lambda tx: snoozes.drop_snooze(tx, key))


def _record_of(key: str) -> str:
    parts = key.split(":")
    return parts[1] if len(parts) > 1 else ""
