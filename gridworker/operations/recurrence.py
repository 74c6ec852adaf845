"""回流: the same matter at the same place soon after one was closed; proposed to people, never linked unasked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from gridworker.errors import KnownError
from gridworker.ledger.case_code import CaseCode
from gridworker.ledger.code_fields import Ref
from gridworker.ledger.dates import local_date
from gridworker.ledger.facts import Problem, Severity, Value, Values
from gridworker.ledger.field import Address
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import rights
from gridworker.operations.linked import number_of
from gridworker.operations.session import Session
from gridworker.planning import clocks
from gridworker.store import saving
from gridworker.store.search_words import fold, typed_place
from gridworker.store.store import ReadTx, WriteTx

_CLOCK = "recurrence"
_BUILDING = re.compile(r"([0-9a-z]+)(?:号楼|号院|栋|幢|座|#楼?|楼)")
_BETWEEN = re.compile(r"[^\w#]+|_+")


@dataclass(frozen=True)
class Earlier:
    """A closed record that a newer one may be the return of."""

    record_id: str
    number: str
    closed_on: date


@dataclass(frozen=True)
class Proposal:
    """A record and the closed ones it may be the return of, the last closed first."""

    record_id: str
    ledger: str
    number: str
    earlier: tuple[Earlier, ...]


def earlier_ones(tx: ReadTx, ledger: Ledger, values: Values, on: date, *, but: str = "") -> list[Earlier]:
    """The records alike in kind and place that were closed within the clock's days before a day."""
    closing = ledger.closing_field
    if not closing or any(not values.get(key) for key in ledger.recurs_by):
        return []
    found = []
    for record in _closed(tx, ledger, values, closing, on):
        if record.id != but and all(_is_alike(ledger, key, record.values, values) for key in ledger.recurs_by):
            day = local_date(str(record.values[closing]))
            found.append(Earlier(record.id, number_of(ledger, record), day))
    return sorted(found, key=lambda one: one.closed_on, reverse=True)


def recurrence_problems(tx: ReadTx, ledger: Ledger, before: Record | None, wanted: Values, on: date) -> list[Problem]:
    """A warning where what is saved looks like a matter that was closed and has come back."""
    if not ledger.recurs_by or _is_linked(ledger, wanted):
        return []
    if before is not None and all(before.values.get(key) == wanted.get(key) for key in ledger.recurs_by):
        return []
    told = earlier_ones(tx, ledger, wanted, on, but=before.id if before else "")
    if not told:
        return []
    first = told[0]
    text = (
        f"{first.number} 是同一地点同类的{ledger.label}，{first.closed_on.isoformat()} 办结，这一条可能是回流，请核对。"
    )
    return [Problem(ledger.recurs_by[0], text, Severity.WARNING)]


def proposals_for(session: Session, record_id: str) -> tuple[Earlier, ...]:
    """What one record may be the return of."""
    with session.store.read() as tx:
        record = tx.find(record_id)
        return tuple(_proposed(tx, find_ledger(record.ledger), record)) if record else ()


def proposals(session: Session, ledger_name: str | None = None) -> list[Proposal]:
    """All open records that may be the return of a closed one and are not linked yet, the newest first."""
    ledgers = [find_ledger(ledger_name)] if ledger_name else list(all_ledgers().values())
    found: list[Proposal] = []
    with session.store.read() as tx:
        for ledger in ledgers:
            for record in _recent(tx, ledger, session.today()) if ledger.recurs_by else ():
                earlier = tuple(_proposed(tx, ledger, record))
                if earlier and rights.may(session, tx, "see", record):
                    found.append(Proposal(record.id, ledger.key, number_of(ledger, record), earlier))
    return found


def accept(session: Session, record_id: str, earlier_id: str) -> Record:
    """Links a record to the closed one it is the return of; only what is proposed can be accepted."""
    return session.store.write(lambda tx: _accept(session, tx, record_id, earlier_id))


def _accept(session: Session, tx: WriteTx, record_id: str, earlier_id: str) -> Record:
    record = tx.find(record_id)
    ledger = find_ledger(record.ledger) if record else None
    offered = _proposed(tx, ledger, record) if record and ledger else []
    earlier = next((one for one in offered if earlier_id in (one.record_id, one.number)), None)
    if record is None or ledger is None or earlier is None:
        raise KnownError(
            "这两条不是提示过的回流。", safe="记录没有改动。", action="请用 gridworker recurrences 看有哪些提示。"
        )
    rights.raise_if_may_not(session, tx, "save", record)
    linked: dict[str, Value] = {
        key: earlier.record_id if isinstance(ledger[key], Ref) else earlier.number for key in _link_keys(ledger)
    }
    if not linked:
        raise KnownError(
            f"{ledger.label}不登记原记录。", safe="记录没有改动。", action=f"请在备注里写明 {earlier.number}。"
        )
    saving.save(tx, record, record.with_values(linked), actor_id=session.actor.id)
    return tx.find(record_id) or record


def place_key(text: str) -> tuple[str, frozenset[str]]:
    """A place as it is compared: what stands before the numbers, and the dwelling in each way it may be meant."""
    compact = _BETWEEN.sub(lambda gap: "-" if "-" in gap[0] else "", fold(text))
    place = typed_place(compact)
    if place is not None and place.tokens:
        return place.head, frozenset(place.tokens)
    return "", frozenset({_BUILDING.sub(r"\1号楼", compact)})


def _is_alike(ledger: Ledger, key: str, one: Values, other: Values) -> bool:
    mine, theirs = str(one.get(key) or ""), str(other.get(key) or "")
    if not isinstance(ledger[key], Address):
        return mine == theirs
    (my_head, my_tokens), (their_head, their_tokens) = place_key(mine), place_key(theirs)
    # A grid of one compound writes its name or leaves it out.
    return bool(my_tokens & their_tokens) and (my_head == their_head or not my_head or not their_head)


def _closed(tx: ReadTx, ledger: Ledger, values: Values, closing: str, on: date) -> list[Record]:
    since = on - timedelta(days=clocks.clock(_CLOCK).count)
    coded = [key for key in ledger.recurs_by if not isinstance(ledger[key], Address)]
    alike = "".join(f' AND "{key}" = ?' for key in coded)
    statement = (
        f"SELECT row_id FROM {tx.table_of(ledger.key)} WHERE deleted=0"  # noqa: S608 - declared names
        f' AND "{closing}" >= ? AND "{closing}" < ?{alike}'
    )
    given = (since.isoformat(), (on + timedelta(days=1)).isoformat(), *(str(values[key]) for key in coded))
    return tx.records(ledger.key, [row[0] for row in tx.sql(statement, given)])


def _recent(tx: ReadTx, ledger: Ledger, today: date) -> Iterator[Record]:
    closing = ledger.closing_field
    since = (today - timedelta(days=clocks.clock(_CLOCK).count)).isoformat()
    final = [state.key for state in ledger.workflow.states if state.final] if ledger.workflow else []
    statement = (
        f"SELECT row_id FROM {tx.table_of(ledger.key)} WHERE deleted=0 AND recorded_at >= ?"  # noqa: S608 - declared names
        f' AND "{closing}" IS NULL AND status NOT IN (SELECT value FROM json_each(?)) ORDER BY recorded_at DESC'
    )
    if closing:
        yield from tx.records(ledger.key, [row[0] for row in tx.sql(statement, (since, json.dumps(final)))])


def _proposed(tx: ReadTx, ledger: Ledger, record: Record) -> list[Earlier]:
    if not ledger.recurs_by or record.deleted or _is_linked(ledger, record.values):
        return []
    began = record.values.get("recorded_at")
    return earlier_ones(tx, ledger, record.values, local_date(str(began)), but=record.id) if began else []


def _is_linked(ledger: Ledger, values: Values) -> bool:
    return any(values.get(key) for key in _link_keys(ledger))


def _link_keys(ledger: Ledger) -> list[str]:
    """The fields in which a record names the earlier one of its own ledger: by link, by code."""
    return [
        field.key
        for field in ledger.fields
        if (isinstance(field, Ref) and field.to == ledger.key) or (isinstance(field, CaseCode) and not field.own)
    ]
