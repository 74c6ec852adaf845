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
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import findable
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
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
    """Cuts off one search or counting when nobody waits for it any more; may be told from any thread, at any time."""

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

    def raise_if_stopped(self) -> None:
        """Between two pieces of work that read nothing."""
        if self._stopped:
            raise Cancelled

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
    full: bool = False,
    stopper: Stopper | None = None,
) -> list[Found]:
    """What matches every word typed and is hers to see, best first, masked as lists are.

    `full` lifts the masks where she may look behind them; the trace of it is the caller's to leave beforehand.
    Raises Cancelled where the stopper is told.
    """
    if not text.strip():
        return []
    with session.store.read() as tx, (stopper or Stopper()).over(tx):
        eyes = Eyes(session, tx)
        hits = findable.hits(eyes, text, ledgers=ledgers, limit=limit)
        homes = _homes_of(tx, [record for _, record in hits])
        former = search_index.former_names(tx, [record for hit, record in hits if hit.former])
        wanted = Purpose.UNMASKED if full else Purpose.LIST
        return [_found(eyes, record, homes, former.get(hit.id, ()), wanted) for hit, record in hits]


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


def _found(eyes: Eyes, record: Record, homes: dict[str, Record], former: Sequence[str], wanted: Purpose) -> Found:
    ledger, purpose = find_ledger(record.ledger), eyes.purpose(record, wanted)
    home_id = record.id if record.ledger == "household" else record.values.get("household_id")
    home = homes.get(str(home_id))
    place = eyes.title(home, wanted) if home else ""
    details = [place]
    if record.ledger == "person":
        shown = {key: ledger[key].show(record.values.get(key), purpose) for key in ("relation_code", "contact")}
        details = [shown["relation_code"], place, shown["contact"]]
    elif ledger.month_field:
        happened = record.values.get(ledger.month_field)
        details = [show_date(str(happened)) if happened else "", place]
    own = code_in(ledger.fields)
    if own is not None:
        details.append(own.show(record.values.get(own.key), purpose))
    if former:
        # The history knows that it was written so, not whether it was ever her name.
        names = "、".join(find_ledger("person")["name"].show(one, purpose) for one in former)
        details = [f"曾用名（原登记）{names}", place]
    subtitle = " · ".join(part for part in details if part)
    return Found(record.id, record.ledger, eyes.title(record, wanted), subtitle, str(home_id) if home_id else None)
