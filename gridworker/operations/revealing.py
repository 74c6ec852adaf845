"""Looking at what a mask hides: one field, one record or a list in full; each look leaves a trace in the audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gridworker.area import rights
from gridworker.area.asked import Asked
from gridworker.area.rights import NotAllowed, Sight, Verb
from gridworker.errors import KnownError
from gridworker.ledger.facts import Purpose
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import find
from gridworker.operations.find import Found, Stopper
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes, show_many

_VERB: Verb = "reveal"


def reveal_list(session: Session, ledger_name: str, *, count: int) -> None:
    """Leaves the trace that a list is shown in full; refused, with who could, where she may not look at it."""
    _raise_if_refused(session, Asked("", session.place.grid_code))
    note_list(session, ledger_name, count=count)


def note_list(session: Session, ledger_name: str, *, count: int) -> None:
    """Leaves the trace that so many records of a ledger are shown in full."""
    _leave_trace(session, find_ledger(ledger_name).key, None, {"count": count})


def note_record(session: Session, record: Record) -> None:
    """Leaves the trace that all of a record is shown, where it is: she may look at it."""
    with session.store.read() as tx:
        full = Eyes(session, tx).sight(record) is Sight.FULL
    if full:
        _leave_trace(session, record.ledger, record.id, {"count": 1})


def reveal_found(session: Session, text: str, *, limit: int = 50, stopper: Stopper | None = None) -> list[Found]:
    """What a search finds, names and numbers in full, with a trace; refused where she may not look at them."""
    _raise_if_refused(session, Asked("", session.place.grid_code))
    found = find.search(session, text, limit=limit, full=True, stopper=stopper)
    by_ledger = Counter(one.ledger for one in found)
    for ledger, count in by_ledger.items():
        note_list(session, ledger, count=count)
    return found


def reveal_field(session: Session, record_id: str, key: str) -> str:
    """One field of a record in full, with a trace where it was masked; refused where she may not look at it."""
    with session.store.read() as tx:
        record, eyes = tx.find(record_id), Eyes(session, tx)
        if record is None:
            raise KnownError("本机没有这条记录。", action="请核对记录编号，或先同步。")
        eyes.raise_if_unseen(record)
        ledger = find_ledger(record.ledger)
        field = ledger.find(key)
        if field is None:
            raise KnownError(f"{ledger.label}没有“{key[:20]}”这一项。", action="请用 gridworker ledger 看有哪些项。")
        hidden = field.is_masked(eyes.purpose(record, Purpose.WORK))
        if hidden:
            _raise_if_refused(session, eyes.asked(record))
        text = show_many(tx, ledger, [record], [field.key], Purpose.UNMASKED)[0][field.key]
    if hidden:
        _leave_trace(session, record.ledger, record.id, {"count": 1, "field": field.key})
    return text


def _raise_if_refused(session: Session, asked: Asked) -> None:
    refused = rights.refusal(session.actor, _VERB, asked, today=session.today())
    if refused is not None:
        raise NotAllowed(refused.title, safe="内容仍然隐去。", action=refused.action)


def _leave_trace(session: Session, ledger: str, record_id: str | None, detail: Mapping[str, object]) -> None:
    actor = session.actor.id
    session.store.write(lambda tx: tx.audit(_VERB, actor_id=actor, record=record_id, ledger=ledger, detail=detail))
