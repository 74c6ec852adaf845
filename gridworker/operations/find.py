"""Search from any page: names, pinyin, initials, rooms, phone tails, tags and names of the past."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from gridworker.errors import Cancelled
from gridworker.ledger.case_code import code_in
from gridworker.ledger.dates import show_date
from gridworker.ledger.facts import Purpose
from gridworker.ledger.record import Record
from gridworker.ledgers.household import household_title
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.session import Session
from gridworker.store import search_check, search_index
from gridworker.store.store import ReadTx


@dataclass(frozen=True)
class Found:
    """One result: what it is, one line that names it, one that tells it from its like."""

    id: str
    ledger: str
    title: str
    subtitle: str
    household_id: str | None


class Stopper:
    """Cuts off one search when nobody waits for it any more; may be told from any thread, at any time."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._stopped = False
        self._tx: ReadTx | None = None

    def stop(self) -> None:
        """Ends the search under way, or the one that has not begun."""
        with self._guard:
            self._stopped = True
            if self._tx is not None:
                self._tx.interrupt()

    @contextmanager
    def over(self, tx: ReadTx) -> Iterator[None]:
        """While this lasts the transaction can be cut; afterwards its connection serves somebody else."""
        with self._guard:
            if self._stopped:
                raise Cancelled
            self._tx = tx
        try:
            yield
        finally:
            with self._guard:
                self._tx = None


def search(
    session: Session,
    text: str,
    *,
    limit: int = 50,
    ledgers: Sequence[str] | None = None,
    stopper: Stopper | None = None,
) -> list[Found]:
    """What matches every word typed, best first; raises Cancelled where the stopper is told."""
    if not text.strip():
        return []
    with session.store.read() as tx, (stopper or Stopper()).over(tx):
        hits = tx.search(text, ledgers=ledgers, limit=limit)
        by_ledger: dict[str, list[str]] = {}
        for hit in hits:
            by_ledger.setdefault(hit.ledger, []).append(hit.id)
        known = {key: record for ledger, ids in by_ledger.items() for key, record in tx.find_rows(ledger, ids).items()}
        homes = _homes_of(tx, list(known.values()))
        former = search_index.former_names(tx, [known[hit.id] for hit in hits if hit.former and hit.id in known])
    return [_found(known[hit.id], homes, former.get(hit.id, ())) for hit in hits if hit.id in known]


def is_current(session: Session) -> bool:
    """Whether the search index was made by the rules of this program; cheap enough for every search."""
    with session.store.read() as tx:
        return search_check.is_current(tx)


def is_in_step(session: Session) -> bool:
    """Whether the search index belongs to the records; it reads each ledger once."""
    with session.store.read() as tx:
        return search_check.is_in_step(tx)


def rebuild(session: Session, progress: Callable[[int, int, str], None], cancelled: Callable[[], bool]) -> None:
    """Makes the search index anew; stopped or failed, the next time begins anew. Saves go on meanwhile."""
    session.store.rebuild_search(progress, cancelled)


def _homes_of(tx: ReadTx, records: Sequence[Record]) -> dict[str, Record]:
    return tx.find_rows(
        "household", [str(one.values["household_id"]) for one in records if one.values.get("household_id")]
    )


def _found(record: Record, homes: dict[str, Record], former: Sequence[str]) -> Found:
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
    own = code_in(ledger.fields)
    if own is not None:
        details.append(own.format(record.values.get(own.key)))
    if former:
        # The history knows that it was written so, not whether it was ever her name.
        details = ["曾用名（原登记）" + "、".join(former), place]
    title = ledger.title(record.values)
    return Found(
        record.id, record.ledger, title, " · ".join(part for part in details if part), str(home_id) if home_id else None
    )
