"""Who was handed over between grids: from where to where, by whom, how far, and which fields went along. No names."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.server import tables
from gridworker.server.admin import run
from gridworker.server.clock import stamp

_arrival, _actor = tables.arrival.c, tables.actor.c


@dataclass(frozen=True)
class Handover:
    """One person on her way, or arrived; `state` is awaited, begun, received, withdrawn or declined."""

    at: str
    move: str
    source: str
    target: str
    state: str
    sent_by: str
    settled_by: str
    settled_at: str
    fields: tuple[str, ...]


def handovers(url: str) -> list[Handover]:
    """Every handover there was, the newest first."""

    async def work(connection: AsyncConnection) -> list[Handover]:
        rows = (await connection.execute(sa.select(tables.arrival).order_by(_arrival.received_at.desc()))).all()
        names = {row.id: row.name for row in (await connection.execute(sa.select(_actor.id, _actor.name))).all()}
        return [
            Handover(
                stamp(row.received_at), row.move, row.source, row.scope, row.state, names.get(row.sent_by, ""),
                names.get(row.settled_by, ""), stamp(row.settled_at) if row.settled_at else "",
                tuple(msgspec.json.decode(row.carried)),
            )
            for row in rows
        ]  # fmt: skip

    return run(url, work)
