"""Putting a thing of the plan off to another day, with a reason; it comes back by itself."""

from __future__ import annotations

from datetime import date, timedelta

from gridworker.errors import KnownError
from gridworker.ledger.dates import now_stamp
from gridworker.operations.session import Session
from gridworker.store import snoozes
from gridworker.store.snoozes import Snooze
from gridworker.store.store import WriteTx

LONGEST_DAYS = 31
_LONGEST_REASON = 200


def put_off(session: Session, key: str, until: date, reason: str) -> None:
    """Hides a due thing, named by its key in the plan, until a day; due dates and figures do not change."""
    today, said = session.today(), reason.strip()
    if not said:
        raise KnownError(
            "推迟要写明原因。", safe="待办没有改动。", action="请写一句为什么推迟，例如：外出探亲，下周回来。"
        )
    if not today < until <= today + timedelta(days=LONGEST_DAYS):
        raise KnownError(
            f"只能推迟到明天以后、{LONGEST_DAYS} 天以内。", safe="待办没有改动。", action="请另选一个日期。"
        )
    snooze = Snooze(key, until.isoformat(), said[:_LONGEST_REASON])

    def work(tx: WriteTx) -> None:
        snoozes.put_snooze(tx, snooze, at=now_stamp(session.now()))
        tx.audit("snooze", actor_id=session.actor.id, record=record_of(key), detail={"until": snooze.until})

    session.store.write(work)


def bring_back(session: Session, key: str) -> None:
    """Shows a thing that was put off again."""
    session.store.write(lambda tx: snoozes.drop_snooze(tx, key))


def record_of(key: str) -> str:
    """The record a key of the plan is about."""
    return key.split(":")[1] if ":" in key else ""
