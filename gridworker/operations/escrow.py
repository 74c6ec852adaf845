"""The office's spare key: a code left closed with the server, for the day both passphrase and printed code are gone."""

from __future__ import annotations

from gridworker.errors import KnownError
from gridworker.operations.session import Session
from gridworker.sync import escrowing
from gridworker.sync.escrowing import Escrow

_ASKED = "escrow_asked_on"


def state(session: Session) -> Escrow:
    """What the office holds for this home."""
    return escrowing.state(session.store)


def leave_code(session: Session, *, accept: str = "") -> Escrow:
    """Leaves a fresh code with the office now; `accept` names a changed key a person has compared."""
    from gridworker.sync.enrolling import open_transport  # noqa: PLC0415 - the network is loaded when first used

    before = state(session)
    with open_transport(session.store) as transport:
        now = escrowing.leave_code(session.store, session.home, transport, accept=accept)
    if now.slot != before.slot:
        detail = {"key": now.fingerprint}
        session.store.write(lambda tx: tx.audit("escrow", actor_id=session.actor.id, detail=detail))
    return now


def leave_code_if_due(session: Session) -> None:
    """After joining and after a sync: leaves a code where the office has none; a failure waits for the next time."""
    if not session.place.joined or not escrowing.is_due(session.store, session.home) or _asked_today(session):
        return
    try:
        found = leave_code(session)
    except KnownError:
        return
    if escrowing.is_due(session.store, session.home) or found.offered:
        session.store.write(lambda tx: tx.set_meta(_ASKED, session.today().isoformat()))


def _asked_today(session: Session) -> bool:
    """An office without a key is asked once a day, not with every sync."""
    with session.store.read() as tx:
        return tx.meta(_ASKED) == session.today().isoformat()
