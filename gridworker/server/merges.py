"""What a merge of two registrations means for the other records of their grid, once its ops are judged.

The device that merged led the links it knew of. The rest is done here: links it had not heard of when it merged, and
links that come later from devices that have not heard of the merge. Each is noted in the merge's movement
(`moved_record_ids`), and goes back with the others if the merge is taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.ledger.facts import Value
from gridworker.ledgers.movement import MERGE, UNMERGE
from gridworker.ledgers.registry import all_ledgers
from gridworker.server import tables
from gridworker.server.bench import Led
from gridworker.server.linked import MERGED_INTO, links_to_people
from gridworker.server.pen import Pen
from gridworker.server.state import BORN, State

_merge, _record = tables.merge.c, tables.record.c
_MOVED = "moved_record_ids"


async def standing(connection: AsyncConnection, scope: str) -> dict[str, str]:
    """The registrations of a grid that were merged away → the one each was merged into."""
    here = sa.select(_merge.dropped, _merge.kept).where(_merge.scope == scope, _merge.standing)
    return {row.dropped: row.kept for row in (await connection.execute(here)).all()}


async def follow(pen: Pen, moves: Sequence[State], led: Collection[Led]) -> None:
    """Follows merges that were made or taken back, and notes links that were led when they arrived."""
    for move in moves:
        kind = move.values.get("movement_type")
        if kind == MERGE:
            await (_take_back(pen, move, move.id) if move.deleted else _lead_rest(pen, move))
        elif kind == UNMERGE:
            await (_make_again(pen, move) if move.deleted else _take_back(pen, move))
    for dropped in dict.fromkeys(one.dropped for one in led):
        made = await _made(pen, dropped)
        if made is not None:
            _note(pen, made, [(one.record, one.field) for one in led if one.dropped == dropped])


def _two(move: State) -> tuple[str, str]:
    """The registration that is kept and the one that was dropped."""
    return str(move.values.get("person_id") or ""), str(move.values.get("merged_person_id") or "")


async def _lead_rest(pen: Pen, move: State) -> None:
    """Leads what still points at the dropped registration to the kept one."""
    kept, dropped = _two(move)
    await pen.load([dropped, kept])
    gone = pen.states.get(dropped)
    if gone is None or pen.states.get(kept) is None:
        return
    stands = gone.deleted and gone.values.get(MERGED_INTO) == kept
    await pen.connection.execute(sa.delete(tables.merge).where(_merge.scope == pen.scope, _merge.movement == move.id))
    # One that was taken back in the same batch is kept as well: taking it back may be taken back.
    row = {"scope": pen.scope, "dropped": dropped, "kept": kept, "movement": move.id, "standing": stands}
    await pen.connection.execute(sa.insert(tables.merge).values(**row))
    if not stands:
        return
    _note(pen, move, _lead(pen, await _pointing_at(pen, dropped), {dropped}, kept, never={dropped, kept}))


async def _take_back(pen: Pen, move: State, movement: str = "") -> None:
    """Leads back what the trace of a merge names and the device that took it back did not know of."""
    _, dropped = _two(move)
    made = await _made(pen, dropped)
    if made is None or (movement and made.id != movement):
        return
    known = (_merge.scope == pen.scope, _merge.movement == made.id)
    await pen.connection.execute(sa.update(tables.merge).where(*known).values(standing=False))
    noted = _noted(made)
    named = [text.partition("/")[0] for text in noted]
    await pen.load(named)
    heirs = await _heirs(pen, str(made.values.get("person_id") or ""))
    states = [pen.states[one] for one in dict.fromkeys(named) if one in pen.states]
    _lead(pen, states, heirs, dropped, never={dropped}, only=frozenset(noted))


async def _make_again(pen: Pen, undone: State) -> None:
    """Follows the merge whose taking back was taken back: the last one of these two."""
    kept, dropped = _two(undone)
    query = sa.select(_merge.movement).where(_merge.scope == pen.scope, _merge.dropped == dropped, _merge.kept == kept)
    movements = sorted((await pen.connection.execute(query)).scalars())
    await pen.load(movements[-1:])
    for movement in movements[-1:]:
        await _lead_rest(pen, pen.states[movement])


async def _made(pen: Pen, dropped: str) -> State | None:
    """The movement of the merge that stands of a registration."""
    here = (_merge.scope == pen.scope, _merge.dropped == dropped, _merge.standing)
    movement = (await pen.connection.execute(sa.select(_merge.movement).where(*here))).scalar()
    if not movement:
        return None
    await pen.load([movement])
    return pen.states.get(movement)


async def _pointing_at(pen: Pen, person: str) -> list[State]:
    """The records whose words name a person: a walk through the grid, for what happens a few times a month."""
    query = sa.select(_record.id).where(_record.scope == pen.scope, _record.fields.contains(person))
    found = list((await pen.connection.execute(query)).scalars())
    await pen.load(found)
    return [pen.states[one] for one in dict.fromkeys([*found, *pen.states])]


async def _heirs(pen: Pen, kept: str) -> set[str]:
    heirs: set[str] = set()
    while kept and kept not in heirs:
        heirs.add(kept)
        await pen.load([kept])
        state = pen.states.get(kept)
        kept = str(state.values.get(MERGED_INTO) or "") if state is not None else ""
    return heirs


def _lead(
    pen: Pen,
    states: Iterable[State],
    old: Collection[str],
    new: str,
    *,
    never: Collection[str],
    only: Collection[str] | None = None,
) -> list[tuple[str, str]]:
    """Writes links anew, each as a word of whoever wrote it, so that her next word meets no stranger's; says which."""
    ledgers, led = all_ledgers(), list[tuple[str, str]]()
    for state in states:
        for link in links_to_people(ledgers[state.ledger]) if state.ledger in ledgers else ():
            wanted = _wanted(state.values.get(link.key), old, new)
            if wanted is None or state.id in never or (only is not None and f"{state.id}/{link.key}" not in only):
                continue
            author = state.marks.get(link.key, state.marks[BORN]).author
            pen.write(state, {link.key: wanted}, author=author)
            led.append((state.id, link.key))
    return led


def _wanted(value: Value, old: Collection[str], new: str) -> Value:
    """A link or a list of links led elsewhere; None where it leads elsewhere already."""
    if isinstance(value, list):
        return list(dict.fromkeys(new if one in old else one for one in value)) if set(old) & set(value) else None
    return new if value in old else None


def _noted(move: State) -> list[str]:
    noted = move.values.get(_MOVED)
    return list(noted) if isinstance(noted, list) else []


def _note(pen: Pen, move: State, led: Sequence[tuple[str, str]]) -> None:
    before = _noted(move)
    fresh = [text for text in dict.fromkeys(f"{record}/{key}" for record, key in led) if text not in before]
    if fresh:
        pen.write(move, {_MOVED: [*before, *fresh]}, author=move.marks[BORN].author)
