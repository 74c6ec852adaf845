"""What the person at work may do here: the table of `area/rights.py`, asked about a record of this home."""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.area import rights
from gridworker.area.asked import Asked, asked_of, building_of
from gridworker.area.rights import Verb
from gridworker.ledger.dates import now_stamp
from gridworker.ledger.facts import Value
from gridworker.ledger.record import Record
from gridworker.ledger.workflow import MoveContext
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.session import Session
from gridworker.store.store import ReadTx


def may(session: Session, tx: ReadTx, verb: Verb, record: Record) -> bool:
    """Whether she may do it to a record."""
    return rights.may(session.actor, verb, asked(tx, record), today=session.today())


def raise_if_may_not(session: Session, tx: ReadTx, verb: Verb, record: Record) -> None:
    """Refuses with the reason and with who could."""
    rights.raise_if_may_not(session.actor, verb, asked(tx, record), today=session.today())


def may_here(session: Session, verb: Verb, area_code: str = "") -> bool:
    """Whether she may do what concerns no single record, such as printing figures, in her grid or a wider area."""
    return rights.may(session.actor, verb, Asked("", area_code or session.place.grid_code), today=session.today())


def raise_if_may_not_here(session: Session, verb: Verb, area_code: str = "") -> None:
    """Refuses that with the reason and with who could."""
    place = Asked("", area_code or session.place.grid_code)
    rights.raise_if_may_not(session.actor, verb, place, today=session.today())


def move_context(session: Session, tx: ReadTx, record: Record) -> MoveContext:
    """Who she is when she moves a record: the roles of those posts that reach it, and her units there."""
    actor, today = session.actor, session.today()
    roles = rights.roles_for(actor, "move", asked(tx, record), today=today)
    return MoveContext(actor.id, roles, today, actor.units_on(today, record.grid_code), now=now_stamp(session.now()))


def asked(tx: ReadTx, record: Record) -> Asked:
    """What rights look at; of a record that hangs on a household, the household's building as well."""
    return _asked(tx, record.ledger, record.grid_code, record.values)


def _asked(tx: ReadTx, ledger_key: str, grid_code: str, values: Mapping[str, Value]) -> Asked:
    ledger = find_ledger(ledger_key)
    facts = asked_of(ledger, grid_code, values)
    for link in ledger.links if not facts.building else ():
        home = tx.get(link.to, str(values[link.key])) if link.to == "household" and values.get(link.key) else None
        facts = facts.at(building_of(home.values)) if home else facts
    return facts
