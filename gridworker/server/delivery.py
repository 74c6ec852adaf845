"""Carries letters between grids, each in a transaction of the grid it is for; killed anywhere, it goes on next time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

import sqlalchemy as sa

from gridworker.server import arrivals, departures, letters, tables
from gridworker.server.clock import now_ms
from gridworker.server.letters import Letter
from gridworker.server.log import report_fault
from gridworker.server.pen import Pen
from gridworker.server.storage import Storage

_scope = tables.scope.c
_READ: Mapping[str, Callable[[Pen, Letter], Awaitable[None]]] = {
    letters.OFFER: arrivals.offered, letters.WITHDRAW: arrivals.withdrawn, letters.ANSWER: departures.answered,
}  # fmt: skip


async def deliver(storage: Storage, targets: Collection[str] | None = None) -> int:
    """Delivers what is underway, to all grids where none is named, and what that calls forth; says how many.

    Never raises: a letter that cannot be read now waits, and so do the later ones about the same move.
    """
    delivered, stuck, asked = 0, set[str](), targets
    try:
        while waiting := [one for one in await _underway(storage, asked) if one.move not in stuck]:
            for one in waiting:
                if one.move not in stuck and not await _delivered(storage, one):
                    stuck.add(one.move)
                delivered += one.move not in stuck
            asked = None
    except Exception as fault:  # noqa: BLE001 - what a person pushed or pulls must not fail for a letter
        report_fault("delivery", fault)
    return delivered


async def _underway(storage: Storage, targets: Collection[str] | None) -> list[Letter]:
    async with storage.read() as connection:
        return await letters.underway(connection, targets)


async def _delivered(storage: Storage, one: Letter) -> bool:
    try:
        await _read_in(storage, one)
        async with storage.write() as connection:
            await letters.note_delivered(connection, one, now_ms())
    except Exception as fault:  # noqa: BLE001 - one letter must not stop the others
        report_fault("letter", fault, letter=one.id)
        return False
    return True


async def _read_in(storage: Storage, one: Letter) -> None:
    """Reads a letter in the grid it is for, in one transaction; a letter read before changes nothing."""
    async with storage.write() as connection:
        locked = sa.select(_scope.seq).where(_scope.scope == one.target).with_for_update()
        seq = (await connection.execute(locked)).scalar_one()
        if await letters.is_read(connection, one):
            return
        pen = Pen(storage.bulk, connection, one.target, seq, now_ms(), {})
        await _READ[one.kind](pen, one)
        await pen.save()
        await letters.note_read(connection, one, pen.now_ms)
        await connection.execute(sa.update(tables.scope).where(_scope.scope == one.target).values(seq=pen.seq))
