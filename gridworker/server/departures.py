"""Who moves from this grid to another: what the other grid is told, and what comes of its answer here."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from gridworker.ledger.facts import Value
from gridworker.ledgers import movement as kinds
from gridworker.ledgers.person import FOLLOWS, GOES_AHEAD
from gridworker.server import letters, tables
from gridworker.server.letters import Letter
from gridworker.server.log import note
from gridworker.server.pen import Pen
from gridworker.server.state import State

_scope = tables.scope.c
_ASK = "请打印居民登记表，另行交给对方。"
_RACED = "对方网格已经接手，这边同时作了更改，请与对方核对。"


async def follow(pen: Pen, moves: Sequence[State], *, author: str, actor_id: str) -> None:
    """Writes the letters that changed movements of a grid call for, and how far each move has come."""
    for move in moves:
        if move.values.get("movement_type") == kinds.OTHER_GRID:
            await _follow(pen, move, author, actor_id)


async def answered(pen: Pen, letter: Letter) -> None:
    """Takes in what the other grid says of a move."""
    await pen.load([letter.move])
    move, said = pen.states.get(letter.move), str(letter.body["state"])
    if move is None:
        return
    if said == kinds.TO_CHECK:
        # The other grid had taken her up before it heard of the change here: nothing is undone behind its back.
        pen.bury(move, deleted=False)
        pen.write(move, _told(kinds.TO_CHECK, _RACED))
    elif not move.deleted and letter.scope == move.values.get("other_grid"):
        pen.write(move, _told(said, str(letter.body.get("note") or "")))
        if said in (kinds.BEGUN, kinds.RECEIVED):
            await _hold(pen, move)


async def _follow(pen: Pen, move: State, author: str, actor_id: str) -> None:
    said, wanted = move.values.get("transfer_state"), str(move.values.get("other_grid") or "")
    if said not in (None, kinds.UNDERWAY, kinds.NOT_SENT) or (move.deleted and said != kinds.UNDERWAY):
        return
    present = await letters.last_target(pen.connection, pen.scope, move.id) if said else ""
    if present == wanted and not move.deleted:
        return
    if said == kinds.UNDERWAY:
        await _send(pen, letters.letter(pen.scope, present, move.id, letters.WITHDRAW, {}, actor_id))
    if move.deleted:
        pen.write(move, _told(kinds.TAKEN_BACK), author=author)
        return
    await pen.load([str(move.values.get("person_id") or "")])
    person = pen.states.get(str(move.values.get("person_id") or ""))
    lacking = await _lacking(pen, wanted, person)
    if lacking or person is None:
        told = _told(kinds.NOT_SENT, lacking + _ASK)
    else:
        await _send(pen, letters.letter(pen.scope, wanted, move.id, letters.OFFER, _offer(move, person), actor_id))
        told = _told(kinds.UNDERWAY) | {"transfer_id": move.id}
    # Written as the author's own, so that her undo does not meet it as a stranger's change.
    pen.write(move, told, author=author)


async def _lacking(pen: Pen, target: str, person: State | None) -> str:
    """Why nobody can be handed over; empty where she can."""
    if person is None or person.ledger != "person" or person.deleted:
        return "服务器上没有这位居民的登记，没有移交。"
    if target == pen.scope:
        return "填的就是本网格，没有移交。"
    known = (await pen.connection.execute(sa.select(_scope.scope).where(_scope.scope == target))).scalar()
    return "" if known else "服务器上没有这个网格，没有移交。"


def _offer(move: State, person: State) -> dict[str, object]:
    """What the other grid is told: whom to expect, and, closed until it registers her, what it needs to care for her.

    Nothing of the household she leaves, of her relations, visits or history.
    """

    def of(keys: Sequence[str]) -> dict[str, Value]:
        return {key: person.values[key] for key in keys if person.values.get(key) not in (None, "", [])}

    return {
        "identity": person.values.get("identity_id") or person.id,
        "occurred_on": move.values.get("occurred_on"),
        "person": of(GOES_AHEAD),
        "sealed": of(FOLLOWS),
    }


async def _hold(pen: Pen, move: State) -> None:
    """Makes an undo that comes too late a conflict for people, and no second home for her."""
    person_id = str(move.values.get("person_id") or "")
    await pen.load([person_id])
    person = pen.states.get(person_id)
    if person is not None and person.values.get("living_state") in kinds.GONE:
        pen.confirm(person, ("living_state", "left_on", "household_id"))
    pen.confirm(move, ("from_household_id",))


def _told(state: str, said: str = "") -> dict[str, Value]:
    return {"transfer_state": state, "transfer_note": said or None}


async def _send(pen: Pen, one: Letter) -> None:
    await pen.post(one)
    note("handover", scope=one.scope, target=one.target, kind=one.kind, move=one.move)
