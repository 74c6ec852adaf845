"""What was typed and not yet saved, kept in the encrypted store while typing."""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.ledger.dates import CHINA
from gridworker.operations.session import Session
from gridworker.store import drafts as stored
from gridworker.store.drafts import Draft


def keep(session: Session, key: str, ledger: str, raw: Mapping[str, str]) -> str:
    """Keeps a draft, emptied fields included; says at what time, as `09:41`."""
    session.store.write(lambda tx: stored.put_draft(tx, key, ledger, raw))
    return session.now().astimezone(CHINA).strftime("%H:%M")


def load(session: Session, key: str) -> Draft | None:
    """The draft kept under a key."""
    with session.store.read() as tx:
        return stored.get_draft(tx, key)


def drop(session: Session, key: str) -> None:
    """Forgets a draft once it was saved or thrown away on purpose."""
    session.store.write(lambda tx: stored.drop_draft(tx, key))


def all_drafts(session: Session) -> list[Draft]:
    """Every draft there is, newest first."""
    with session.store.read() as tx:
        return list(stored.list_drafts(tx))
