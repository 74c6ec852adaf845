"""The customer's reference data as devices meet it: named in HELLO, given by name."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.server import tables
from gridworker.server.access import Caller
from gridworker.server.refusals import Refused
from gridworker.server.storage import Storage
from gridworker.sync import wire_bytes, wire_meeting

_table, _here = tables.reference_data, tables.reference_data.c


async def marks(connection: AsyncConnection) -> list[wire_meeting.ReferenceMark]:
    """What the server has, without the bodies."""
    rows = await connection.execute(
        sa.select(_here.kind, _here.key, _here.version, _here.digest).order_by(_here.kind, _here.key)
    )
    return [
        wire_meeting.ReferenceMark(kind=row.kind, key=row.key, version=row.version, digest=row.digest) for row in rows
    ]


async def give(storage: Storage, _caller: Caller, message: wire_meeting.AskReference) -> wire_meeting.ReferenceData:
    """The items asked for; one that is gone meanwhile is left out."""
    if len(message.wanted) > wire_bytes.REFERENCE_ITEMS:
        raise Refused("TOO_LARGE", limit=wire_bytes.REFERENCE_ITEMS)
    wanted = {(one.kind, one.key) for one in message.wanted}
    query = sa.select(_table).where(_here.kind.in_(sorted({kind for kind, _ in wanted})))
    async with storage.read() as connection:
        rows = (await connection.execute(query)).all()
    return wire_meeting.ReferenceData(items=[
        wire_meeting.ReferenceItem(kind=row.kind, key=row.key, version=row.version, source=row.source, body=row.body)
        for row in rows
        if (row.kind, row.key) in wanted
    ])  # fmt: skip
