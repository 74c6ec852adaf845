"""What was typed into a move and not yet confirmed, kept like the draft of a form; one for each record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gridworker.operations import drafts
from gridworker.operations.session import Session
from gridworker.store.drafts import Draft

# No field is called so, for keys of fields are words.
_EVENT = "@event"
_SUFFIX = ":move"


@dataclass(frozen=True)
class MoveDraft:
    """The move that was begun, and the texts that were changed in it."""

    event: str
    raw: dict[str, str]


def keep(session: Session, ledger: str, record_id: str, event: str, raw: Mapping[str, str]) -> None:
    """Keeps what was typed; a move in which nothing is typed any more leaves no draft."""
    if raw:
        drafts.keep(session, _key(ledger, record_id), ledger, {_EVENT: event, **raw})
    else:
        drop(session, ledger, record_id)


def load(session: Session, ledger: str, record_id: str) -> MoveDraft | None:
    """The move of a record that was begun."""
    found = drafts.load(session, _key(ledger, record_id))
    return begun_in(found) if found else None


def drop(session: Session, ledger: str, record_id: str) -> None:
    """Forgets the draft once the move was made or given up."""
    drafts.drop(session, _key(ledger, record_id))


def begun_in(draft: Draft) -> MoveDraft | None:
    """The move a draft is about; None for the draft of a form."""
    if _EVENT not in draft.raw:
        return None
    return MoveDraft(draft.raw[_EVENT], {key: text for key, text in draft.raw.items() if key != _EVENT})


def record_of(draft: Draft) -> str:
    """The record whose move a draft is about."""
    return draft.key.removeprefix(f"{draft.ledger}:").removesuffix(_SUFFIX)


def _key(ledger: str, record_id: str) -> str:
    return f"{ledger}:{record_id}{_SUFFIX}"
