"""What a saved record or a move makes elsewhere, in the same transaction: a visit that found a hazard opens it."""

from __future__ import annotations

from dataclasses import dataclass

from gridworker.identity import new_id
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.facts import Problem, Value
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.opening import Opening, TitleOf
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import fresh, references, residents
from gridworker.operations.changes import NOTHING, Changes
from gridworker.operations.session import Session
from gridworker.store import acts, saving
from gridworker.store.query import Condition, Query
from gridworker.store.store import ReadTx, WriteTx

_MOVEMENT = "movement"


@dataclass(frozen=True)
class Done:
    """What changed elsewhere, and what people must look at now."""

    changes: Changes = NOTHING
    told: tuple[Problem, ...] = ()


def act_of(ledger: Ledger) -> str | None:
    """The name under which a new record and all it makes are one act; None where it makes nothing."""
    if ledger.key == _MOVEMENT:
        return acts.new_whole_act()
    return acts.new_act() if any(not opening.on for opening in ledger.opens) else None


def seen_by(tx: ReadTx, record: Record) -> dict[str, Value]:
    """What of other records a new one rests upon; a movement alone does."""
    return residents.seen_by(tx, record) if record.ledger == _MOVEMENT else {}


def after_create(session: Session, tx: WriteTx, ledger: Ledger, record: Record, act: str | None) -> Done:
    """The further records a new one calls for."""
    if ledger.key == _MOVEMENT:
        return _carry_out(session, tx, record, act)
    return Done(_open_all(session, tx, ledger, record, event="", act=act))


def after_move(session: Session, tx: WriteTx, ledger: Ledger, record: Record, event: str) -> Changes:
    """The further records a move of this one calls for; `record` is as the move left it."""
    return _open_all(session, tx, ledger, record, event=event, act=None)


def _carry_out(session: Session, tx: WriteTx, movement: Record, act: str | None) -> Done:
    effect = residents.effect_of(tx, movement)
    if not effect.pairs:
        return Done(NOTHING, effect.told)
    saving.save_many(tx, effect.pairs, actor_id=session.actor.id, batch=act or acts.new_whole_act(), verb=_MOVEMENT)
    touched = [after for _, after in effect.pairs]
    return Done(Changes(frozenset(one.id for one in touched), frozenset(one.ledger for one in touched)), effect.told)


def _open_all(session: Session, tx: WriteTx, ledger: Ledger, record: Record, *, event: str, act: str | None) -> Changes:
    changes = NOTHING
    for opening in ledger.opens:
        if opening.on == event and opening.when(record.values) and not _is_open_already(tx, opening, record):
            # Read again: the opening before it may have left its link here.
            changes |= _open(session, tx, ledger, tx.get(ledger.key, record.id) or record, opening, act)
    return changes


def _is_open_already(tx: ReadTx, opening: Opening, record: Record) -> bool:
    # An undone and repeated save must not open the same matter twice; a move may be made again on purpose.
    if opening.on or not opening.back:
        return False
    return tx.count(Query(opening.to, (Condition(opening.back, "is", record.id),))) > 0


def _open(session: Session, tx: WriteTx, ledger: Ledger, record: Record, opening: Opening, act: str | None) -> Changes:
    target = find_ledger(opening.to)
    given = dict(opening.fill(record.values, _titles(tx, ledger, record)))
    if opening.back:
        given[opening.back] = record.id
    values = fresh.complete(session, tx, target, given)
    opened = Record(new_id(), target.key, record.grid_code, values, target.workflow.initial if target.workflow else "")
    saving.save(tx, None, opened, actor_id=session.actor.id, batch=act)
    ids = {opened.id}
    if opening.forth:
        linked = _linked(ledger, record, opening.forth, opened.id)
        saving.save(tx, record, linked, actor_id=session.actor.id, batch=act)
        ids.add(record.id)
    return Changes(frozenset(ids), frozenset({target.key, ledger.key}))


def _titles(tx: ReadTx, ledger: Ledger, record: Record) -> TitleOf:
    def title_of(key: str) -> str:
        field = ledger[key]
        value = record.values.get(key)
        return references.label_of(tx, field, value) if value and isinstance(field, Ref | Refs) else ""

    return title_of


def _linked(ledger: Ledger, record: Record, forth: str, opened_id: str) -> Record:
    if isinstance(ledger[forth], Refs):
        already = record.values.get(forth)
        return record.with_values({forth: [*(already if isinstance(already, list) else []), opened_id]})
    return record.with_values({forth: opened_id})
