"""What a merge of two registrations means for the other records of their grid, once its ops are judged.

The device that merged led the links it knew of. The rest is done here: links it had not heard of when it merged, and
links that come later from devices that have not heard of the merge. Each is noted in the merge's movement
(`moved_record_ids`), and goes back with the others if the merge is taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

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
    touched = [move for move in moves if move.values.get("movement_type") in (MERGE, UNMERGE)]
    for move in touched:
        await _remember(pen, move)
    dropped = dict.fromkeys(str(move.values.get("merged_person_id") or "") for move in touched)
    # Of a chain the first link first, so that what it leads goes on with the next.
    chains = {one: await _heirs(pen, one) for one in dropped}
    for one in sorted(dropped, key=lambda one: -len(chains[one])):
        await _settle(pen, one)
    for one in dict.fromkeys(link.dropped for link in led):
        movement = next((row.movement for row in await _rows(pen, one) if row.standing), None)
        if movement in pen.states:
            _note(pen, pen.states[movement], [(link.record, link.field) for link in led if link.dropped == one])


async def _remember(pen: Pen, move: State) -> None:
    """Keeps which two a merge was about: a later merge of the kept one leads the movement's own link as well."""
    kept, dropped = (str(move.values.get(key) or "") for key in ("person_id", "merged_person_id"))
    await pen.load([kept, dropped])
    here = (_merge.scope == pen.scope, _merge.movement == move.id)
    known = (await pen.connection.execute(sa.select(_merge.movement).where(*here))).scalar()
    if known or move.values.get("movement_type") != MERGE or kept not in pen.states or dropped not in pen.states:
        return
    # What the dropped one says was so when the merge was made; the movement's link may have gone on in the same batch.
    into = str(pen.states[dropped].values.get(MERGED_INTO) or kept)
    row = {"scope": pen.scope, "movement": move.id, "dropped": dropped, "kept": into, "standing": False}
    await pen.connection.execute(sa.insert(tables.merge).values(**row))


async def _settle(pen: Pen, dropped: str) -> None:
    """Leads links as the registrations stand now: to where this one was merged, and back from where it was."""
    gone = pen.states.get(dropped)
    into = gone.values.get(MERGED_INTO) if gone is not None and gone.deleted else None
    rows = await _rows(pen, dropped)
    right = [row.movement for row in rows if row.kept == into][-1:]
    for row in rows:
        if row.standing != (row.movement in right):
            here = (_merge.scope == pen.scope, _merge.movement == row.movement)
            await pen.connection.execute(sa.update(tables.merge).where(*here).values(standing=row.movement in right))
        if row.standing and row.movement not in right:
            await _give_back(pen, pen.states[row.movement], dropped, row.kept)
    for movement in right:
        never = {dropped, str(into)}
        _note(
            pen, pen.states[movement], _lead(pen, await _pointing_at(pen, dropped), {dropped}, str(into), never=never)
        )


async def _give_back(pen: Pen, made: State, dropped: str, kept: str) -> None:
    """Leads back what the trace of a merge names and the device that took it back did not know of."""
    noted = _noted(made)
    named = list(dict.fromkeys(text.partition("/")[0] for text in noted))
    await pen.load(named)
    states = [pen.states[one] for one in named if one in pen.states]
    heirs = await _heirs(pen, kept) - {dropped}
    _lead(pen, states, heirs, dropped, never={dropped}, only=frozenset(noted))


async def _rows(pen: Pen, dropped: str) -> Sequence[sa.Row[Any]]:
    """The merges there were of a registration, the last one last, with their movements at hand."""
    query = sa.select(tables.merge).where(_merge.scope == pen.scope, _merge.dropped == dropped)
    rows = (await pen.connection.execute(query.order_by(_merge.movement))).all()
    await pen.load(row.movement for row in rows)
    return rows


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
