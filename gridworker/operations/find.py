"""Search from any page: names, pinyin, initials, rooms, phone tails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gridworker.ledger.dates import show_date
from gridworker.ledger.facts import Purpose
from gridworker.ledger.record import Record
from gridworker.ledgers.household import household_title
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.session import Session
from gridworker.store.store import ReadTx


@dataclass(frozen=True)
class Found:
    """One result: what it is, one line that names it, one that tells it from its like."""

    id: str
    ledger: str
    title: str
    subtitle: str
    household_id: str | None


def search(session: Session, text: str, *, limit: int = 50, ledgers: Sequence[str] | None = None) -> list[Found]:
    """What matches every word typed, best first."""
    if not text.strip():
        return []
    with session.store.read() as tx:
        hits = tx.search(text, ledgers=ledgers, limit=limit)
        by_ledger: dict[str, list[str]] = {}
        for hit in hits:
            by_ledger.setdefault(hit.ledger, []).append(hit.id)
        known = {key: record for ledger, ids in by_ledger.items() for key, record in tx.find_rows(ledger, ids).items()}
        homes = _homes_of(tx, list(known.values()))
    return [_found(known[hit.id], homes) for hit in hits if hit.id in known]


def _homes_of(tx: ReadTx, records: Sequence[Record]) -> dict[str, Record]:
    return tx.find_rows(
        "household", [str(one.values["household_id"]) for one in records if one.values.get("household_id")]
    )


def _found(record: Record, homes: dict[str, Record]) -> Found:
    ledger = find_ledger(record.ledger)
    home_id = record.id if record.ledger == "household" else record.values.get("household_id")
    home = homes.get(str(home_id))
    place = household_title(home.values) if home else ""
    details = [place]
    if record.ledger == "person":
        contact = ledger["contact"].show(record.values.get("contact"), Purpose.LIST)
        details = [ledger["relation_code"].format(record.values.get("relation_code")), place, contact]
    elif ledger.month_field:
        happened = record.values.get(ledger.month_field)
        details = [show_date(str(happened)) if happened else "", place]
    title = ledger.title(record.values)
    return Found(
        record.id, record.ledger, title, " · ".join(part for part in details if part), str(home_id) if home_id else None
    )
