"""The drafts that were left, by what they are about, so that a person finds back to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridworker.ledger.dates import CHINA
from gridworker.ledger.facts import Purpose
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import drafts, move_drafts
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.store.drafts import Draft

_NEW = "new"


@dataclass(frozen=True)
class Unfinished:
    """One draft: of a record that exists, or of a new one, perhaps begun at a household."""

    draft: Draft
    title: str
    at_text: str
    record_id: str = ""
    household_id: str = ""


def unfinished(session: Session) -> list[Unfinished]:
    """Every draft that leads to a form, newest first."""
    found = [one for one in drafts.all_drafts(session) if one.ledger in all_ledgers()]
    if not found:
        return []
    with session.store.read() as tx:
        eyes = Eyes(session, tx)
        return [_about(eyes, one) for one in found]


def throw_away(session: Session, draft: Draft) -> None:
    """Forgets a draft on purpose; `keep_again` is the way back."""
    drafts.drop(session, draft.key)


def keep_again(session: Session, draft: Draft) -> None:
    """Keeps a draft that was thrown away."""
    drafts.keep(session, draft.key, draft.ledger, draft.raw)


def _about(eyes: Eyes, draft: Draft) -> Unfinished:
    ledger = find_ledger(draft.ledger)
    target = draft.key.removeprefix(f"{draft.ledger}:")
    tx, at = eyes.tx, _at_text(eyes.session, draft.at)
    if (begun_move := move_drafts.begun_in(draft)) is not None:
        return _about_move(eyes, draft, begun_move.event, at)
    begun, _, home_id = target.partition(":")
    if begun != _NEW:
        record = tx.find(target)
        return Unfinished(draft, f"{ledger.label}：{_named_so(eyes, record)}", at, _leads_to(eyes, record))
    home = tx.get("household", home_id or str(draft.raw.get("household_id") or ""))
    place = eyes.title(home, Purpose.WORK) if home else ""
    return Unfinished(draft, f"新{ledger.label}{_colon(_named(draft) or place)}", at, "", home_id if home else "")


def _named_so(eyes: Eyes, record: Record | None) -> str:
    return (eyes.title(record, Purpose.WORK) or "不在您可以查看的范围内") if record else "本机没有这条记录"


def _leads_to(eyes: Eyes, record: Record | None) -> str:
    return record.id if record and eyes.sees(record) else ""


def _about_move(eyes: Eyes, draft: Draft, event: str, at: str) -> Unfinished:
    ledger, record_id = find_ledger(draft.ledger), move_drafts.record_of(draft)
    record = eyes.tx.find(record_id)
    moves = ledger.workflow.moves if ledger.workflow else ()
    named = next((move.label for move in moves if move.event == event), "办理")
    title = _named_so(eyes, record)
    return Unfinished(draft, f"{ledger.label}·{named}没办完：{title}", at, _leads_to(eyes, record))


def _named(draft: Draft) -> str:
    """How a new record would be called by what was typed so far; nothing where that says nothing."""
    ledger = find_ledger(draft.ledger)
    typed, _wrong = ledger.parse({key: text for key, text in draft.raw.items() if key in ledger})
    own = [key for key in ("name", "place", "content") if typed.get(key)]
    return ledger.title(Record("", ledger.key, "", typed).values) if own else ""


def _colon(text: str) -> str:
    return f"：{text}" if text else ""


def _at_text(session: Session, stamp: str) -> str:
    at = datetime.fromisoformat(stamp).astimezone(CHINA)
    day = "今天" if at.date() == session.today() else f"{at.month}月{at.day}日"
    return f"{day} {at:%H:%M}"
