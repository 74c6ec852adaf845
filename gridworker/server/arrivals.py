"""Who is awaited from another grid: known here at once, wholly told when a worker registers her, given back untouched.

What is sensitive lies sealed in the arrival until then, and is forgotten with every other end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from gridworker.identity import derived_id
from gridworker.ledger.facts import Value
from gridworker.ledgers import movement as kinds
from gridworker.ledgers.person import has_left
from gridworker.server import letters, tables
from gridworker.server.clock import day_of
from gridworker.server.letters import Letter
from gridworker.server.log import note
from gridworker.server.pen import Pen
from gridworker.server.state import State

_arrival = tables.arrival.c
_BEGUN, _RECEIVED, _WITHDRAWN, _DECLINED = "begun", "received", "withdrawn", "declined"
_AWAITED = "awaited"
_DELETED = "#deleted"


async def offered(pen: Pen, letter: Letter) -> None:
    """Makes the person known here, and a 迁入 that waits for the household; says no where she lives here already."""
    identity = str(letter.body["identity"])
    person_id = await _person_here(pen, identity)
    known = pen.states.get(person_id)
    if known is not None and not known.deleted and not has_left(known.values):
        told = "对方网格已有这位居民的登记，没有移交。"
        await _answer(pen, letter.scope, letter.move, kinds.NOT_SENT, told)
        return
    values: dict[str, Value] = {**letter.body["person"], "living_state": kinds.AWAITED, "identity_id": identity}
    before: dict[str, Any] = {}
    if known is None:
        await pen.add(person_id, "person", values)
    else:
        values |= {"left_on": None}
        before = {key: known.values.get(key) for key in values} | {_DELETED: known.deleted}
        pen.write(known, values)
        pen.bury(known, deleted=False)
    movement = derived_id("arrival", letter.id, pen.scope)
    await pen.add(movement, "movement", {
        "person_id": person_id, "movement_type": kinds.IN, "occurred_on": letter.body.get("occurred_on"),
        "other_grid": letter.scope, "transfer_id": letter.move, "transfer_state": kinds.AWAITED,
        "awaited_since": day_of(pen.now_ms).isoformat(),
    })  # fmt: skip
    await _keep(pen, letter, person_id, movement, before)


async def withdrawn(pen: Pen, letter: Letter) -> None:
    """Gives back whom nobody here has touched; where somebody has, people must look at it in the other grid."""
    here = (_arrival.scope == pen.scope, _arrival.move == letter.move)
    row = (await pen.connection.execute(sa.select(tables.arrival).where(*here))).one_or_none()
    if row is None or row.state in (_WITHDRAWN, _DECLINED):
        return
    if row.state != _AWAITED:
        await _answer(pen, letter.scope, letter.move, kinds.TO_CHECK)
        return
    await _give_back(pen, row)
    await _settle(pen, row, _WITHDRAWN, "")


async def follow(pen: Pen, touched: Collection[str], *, actor_id: str) -> None:
    """What the grid's own people did with those it awaits: taken up, registered, or turned away."""
    query = sa.select(tables.arrival).where(_arrival.scope == pen.scope, _arrival.settled_at.is_(None))
    for row in (await pen.connection.execute(query)).all():
        if row.person in touched or row.movement in touched:
            await pen.load([row.person, row.movement])
            await _follow(pen, row, pen.states[row.person], pen.states[row.movement], actor_id)


async def _follow(pen: Pen, row: sa.Row[Any], person: State, movement: State, actor_id: str) -> None:
    home = movement.values.get("to_household_id") or person.values.get("household_id")
    if person.deleted or movement.deleted:
        await _give_back(pen, row)
        await _settle(pen, row, _DECLINED, actor_id)
        told = "对方网格没有接收，请与对方联系。"
        await _answer(pen, row.source, row.move, kinds.NOT_SENT, told, actor_id)
    elif home:
        sealed: Mapping[str, Value] = msgspec.json.decode(row.sealed)
        lacking = {key: value for key, value in sealed.items() if person.values.get(key) in (None, "", [])}
        if lacking:
            pen.write(person, lacking)
        pen.write(movement, {"transfer_state": kinds.RECEIVED, "to_household_id": home})
        await _settle(pen, row, _RECEIVED, actor_id)
        await _answer(pen, row.source, row.move, kinds.RECEIVED, actor_id=actor_id)
    elif row.state == _AWAITED:
        await pen.connection.execute(_update(row, state=_BEGUN))
        await _answer(pen, row.source, row.move, kinds.BEGUN, actor_id=actor_id)


async def _person_here(pen: Pen, identity: str) -> str:
    """Her record in this grid, where she once lived here; the id a new one gets otherwise, the same each time."""
    derived = derived_id("person", identity, pen.scope)
    await pen.load([identity, derived])
    found = identity if identity in pen.states and pen.states[identity].ledger == "person" else derived
    seen = {found}
    while found in pen.states and (kept := str(pen.states[found].values.get("merged_into_id") or "")):
        await pen.load([kept])
        if kept in seen or kept not in pen.states:
            break
        seen.add(kept)
        found = kept
    return found


async def _give_back(pen: Pen, row: sa.Row[Any]) -> None:
    await pen.load([row.person, row.movement])
    person = pen.states[row.person]
    before: dict[str, Any] = msgspec.json.decode(row.before)
    was_deleted = before.pop(_DELETED, True)
    if before:
        pen.write(person, before)
    pen.bury(person, deleted=was_deleted)
    pen.bury(pen.states[row.movement], deleted=True)


async def _keep(pen: Pen, letter: Letter, person: str, movement: str, before: Mapping[str, Any]) -> None:
    here = (_arrival.scope == pen.scope, _arrival.move == letter.move)
    await pen.connection.execute(sa.delete(tables.arrival).where(*here))
    carried = sorted({*letter.body["person"], *letter.body["sealed"]})
    await pen.connection.execute(
        sa.insert(tables.arrival).values(
            scope=pen.scope, move=letter.move, source=letter.scope, person=person, movement=movement, state=_AWAITED,
            sealed=_text(letter.body["sealed"]), before=_text(before), carried=_text(carried),
            sent_by=letter.actor_id, received_at=pen.now_ms, settled_by="",
        )
    )  # fmt: skip


async def _settle(pen: Pen, row: sa.Row[Any], state: str, actor_id: str) -> None:
    ended = _update(row, state=state, settled_at=pen.now_ms, settled_by=actor_id, sealed="{}", before="{}")
    await pen.connection.execute(ended)
    note("handover", scope=row.scope, source=row.source, kind=state, move=row.move)


def _update(row: sa.Row[Any], **values: Any) -> sa.Update:
    return sa.update(tables.arrival).where(_arrival.scope == row.scope, _arrival.move == row.move).values(**values)


async def _answer(pen: Pen, source: str, move: str, state: str, told: str = "", actor_id: str = "") -> None:
    body = {"state": state, "note": told}
    await pen.post(letters.letter(pen.scope, source, move, letters.ANSWER, body, actor_id))


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
