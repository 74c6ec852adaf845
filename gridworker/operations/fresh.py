"""What a new record is filled with before anybody types: defaults, author, time, numbers."""

from __future__ import annotations

from gridworker.ledger.dates import now_stamp
from gridworker.ledger.facts import Value, Values
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.session import Session
from gridworker.store.store import WriteTx

# The moment or day at which the thing itself happened, where a form is opened on the spot.
_HAPPENS_NOW = {"visit": "visited_at", "hazard": "found_at"}
_HAPPENS_TODAY = {"wish": "collected_on"}
_MINE = {"household": "grid_worker_id"}
_OURS = {"visit": "visitor_ids"}


def defaults(session: Session, ledger_name: str, **given: Value) -> dict[str, Value]:
    """The values of a fresh form; what is given stands."""
    ledger = find_ledger(ledger_name)
    values: dict[str, Value] = {field.key: field.default for field in ledger.fields if field.default is not None}
    values["source_channel"] = "走访"
    if ledger.key in _HAPPENS_NOW:
        values[_HAPPENS_NOW[ledger.key]] = now_stamp(session.now())[:16] + "+08:00"
    if ledger.key in _HAPPENS_TODAY:
        values[_HAPPENS_TODAY[ledger.key]] = session.today().isoformat()
    if ledger.key in _MINE:
        values[_MINE[ledger.key]] = session.actor.id
    if ledger.key in _OURS:
        values[_OURS[ledger.key]] = [session.actor.id]
    return values | {key: value for key, value in given.items() if value is not None}


def complete(session: Session, tx: WriteTx, ledger: Ledger, values: dict[str, Value]) -> dict[str, Value]:
    """A new record's values with what the program itself fills in."""
    filled = defaults(session, ledger.key, **values)
    filled.setdefault("recorded_by", session.actor.id)
    filled.setdefault("recorded_at", now_stamp(session.now()))
    filled |= _numbers(session, tx, ledger.key, filled)
    return filled | dict(ledger.derive(filled, session.today()))


def with_numbers(session: Session, tx: WriteTx, record: Record) -> Record:
    """A new record with the numbers only the store can give."""
    return record.with_values(_numbers(session, tx, record.ledger, record.values))


def _numbers(session: Session, tx: WriteTx, ledger_key: str, values: Values) -> dict[str, Value]:
    numbers: dict[str, Value] = {}
    if not values.get("record_no"):
        numbers["record_no"] = tx.next_number(ledger_key, session.today())
    if ledger_key == "household" and not values.get("household_no"):
        numbers["household_no"] = tx.next_household_no(session.place.grid_code)
    return numbers
