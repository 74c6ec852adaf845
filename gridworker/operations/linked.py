"""Which matters hang together: a visit found a hazard, the hazard became a case, the case came back as another.

People, households and places are no matters: through them everything would hang together with everything.
"""

from __future__ import annotations

from collections.abc import Iterator

from gridworker.ledger.case_code import code_in
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.store.query import Condition, Query
from gridworker.store.store import ReadTx

# More than hangs together in any office; a slip in the data must not read a whole ledger.
_MOST = 60


def linked_records(tx: ReadTx, record_id: str) -> list[Record]:
    """A record and all matters it points at or that point at it, over any number of links; nearest first."""
    found: dict[str, Record] = {}
    waiting = [record_id]
    while waiting and len(found) < _MOST:
        record = tx.find(waiting.pop(0))
        if record is None or record.id in found or (found and not _is_matter(find_ledger(record.ledger))):
            continue
        found[record.id] = record
        waiting += [*_pointed_at(record), *_pointing_at(tx, record)]
    return list(found.values())


def number_of(ledger: Ledger, record: Record) -> str:
    """What a person calls a record by: its code, else its number."""
    own = code_in(ledger.fields)
    return str(record.values.get(own.key if own else "record_no") or record.id)


def _is_matter(ledger: Ledger) -> bool:
    """Whether records of a ledger happen, and so count in a month."""
    return bool(ledger.month_field)


def _pointed_at(record: Record) -> Iterator[str]:
    for link in find_ledger(record.ledger).links:
        value = record.values.get(link.key)
        if value and (link.to == "" or (link.to in all_ledgers() and _is_matter(find_ledger(link.to)))):
            yield from value if isinstance(value, list) else [str(value)]


def _pointing_at(tx: ReadTx, record: Record) -> Iterator[str]:
    """Through single links, which are indexed; what a list names points back by one of these."""
    for ledger in all_ledgers().values():
        for link in ledger.links if _is_matter(ledger) else ():
            if isinstance(link, Ref) and not isinstance(link, Refs) and link.to == record.ledger:
                rows = tx.select(Query(ledger.key, (Condition(link.key, "is", record.id),), limit=_MOST))
                yield from (one.id for one in tx.records(ledger.key, rows))
