"""What a new record is filled with before anybody types: defaults, author, time, numbers."""

from __future__ import annotations

from gridworker.ledger.case_code import code_in
from gridworker.ledger.code_fields import Code, Refs
from gridworker.ledger.code_tables import table
from gridworker.ledger.dates import now_stamp
from gridworker.ledger.facts import Auto, Value, Values
from gridworker.ledger.field import Field
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import borrowing
from gridworker.operations.session import Session
from gridworker.store.store import WriteTx


def defaults(session: Session, ledger_name: str, **given: Value) -> dict[str, Value]:
    """The values of a fresh form; what is given stands."""
    ledger = find_ledger(ledger_name)
    values = {field.key: _begins_with(session, field) for field in ledger.fields if field.default is not None}
    if "走访" in table("SOURCE"):
        values["source_channel"] = "走访"
    return values | {key: value for key, value in given.items() if value is not None}


def _begins_with(session: Session, field: Field) -> Value:
    if field.default is Auto.NOW:
        return now_stamp(session.now())[:16] + "+08:00"
    if field.default is Auto.TODAY:
        return session.today().isoformat()
    if field.default is Auto.ME:
        return [session.actor.id] if isinstance(field, Refs) else session.actor.id
    if isinstance(field, Code) and field.default not in field.table:
        # The customer's own list no longer offers what the declaration begins with.
        return None
    return field.default if not isinstance(field.default, Auto) else None


def complete(session: Session, tx: WriteTx, ledger: Ledger, values: dict[str, Value]) -> dict[str, Value]:
    """A new record's values with what the program itself fills in."""
    filled = defaults(session, ledger.key, **values)
    filled.setdefault("recorded_by", session.actor.id)
    filled.setdefault("recorded_at", now_stamp(session.now()))
    filled |= _numbers(session, tx, ledger, filled)
    filled |= borrowing.borrowed_from(tx, ledger, {}, filled)
    return filled | dict(ledger.derive(filled, session.today()))


def signed(session: Session, ledger: Ledger, values: dict[str, Value]) -> dict[str, Value]:
    """A record that came without an author, as who moved here does, signed by the first of the grid to work on it."""
    if values.get("recorded_by"):
        return values
    first = defaults(session, ledger.key)
    blank = [key for key in ("source_channel", "recorded_at") if not values.get(key) and key in first]
    return {**values, "recorded_by": session.actor.id, **{key: first[key] for key in blank}}


def with_numbers(session: Session, tx: WriteTx, record: Record) -> Record:
    """A new record with the numbers only the store can give."""
    return record.with_values(_numbers(session, tx, find_ledger(record.ledger), record.values))


def _numbers(session: Session, tx: WriteTx, ledger: Ledger, values: Values) -> dict[str, Value]:
    numbers: dict[str, Value] = {}
    own = code_in(ledger.fields)
    if own is not None:
        # One number for a person to know: the code is the record's number too.
        numbers[own.key] = code = values.get(own.key) or tx.next_code(ledger.key, own.prefix, session.today())
        numbers["record_no"] = values.get("record_no") or code
    elif not values.get("record_no"):
        numbers["record_no"] = tx.next_number(ledger.key, session.today())
    if ledger.key == "household" and not values.get("household_no"):
        numbers["household_no"] = tx.next_household_no(session.place.grid_code)
    return numbers
