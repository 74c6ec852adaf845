"""From the tables of an earlier program to those of this one: one step a version, all in the transaction that opens.

A new table needs no step, `create_all` makes it. A step brings over what older tables held; what a person or a device
sent is never dropped by one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.identity import new_id
from gridworker.server import tables


async def upgrade(connection: AsyncConnection, version: int) -> None:
    """Takes every step from a version to the present one, and notes that it was taken."""
    for known in range(version, tables.VERSION):
        await _STEPS[known](connection)
    if version < tables.VERSION:
        await connection.execute(sa.update(tables.server).values(version=tables.VERSION))


async def _posts_from_grants(connection: AsyncConnection) -> None:
    """Grants of one grid become posts without dates; those taken back stay taken back."""
    old = sa.table(
        "actor_grant", *map(sa.column, ("scope", "actor_id", "role")), sa.column("granted_at", sa.BigInteger),
        sa.column("revoked_at", sa.BigInteger),
    )  # fmt: skip
    rows = (await connection.execute(sa.select(old))).all()
    if rows:
        posts = [
            {
                "id": new_id(), "actor_id": row.actor_id, "role": row.role, "area": row.scope,
                "granted_at": row.granted_at, "revoked_at": row.revoked_at,
            }
            for row in rows
        ]  # fmt: skip
        await connection.execute(sa.insert(tables.post), posts)
    await connection.execute(sa.text("DROP TABLE actor_grant"))


# version → the step that leads from it to the next.
_STEPS: Mapping[int, Callable[[AsyncConnection], Awaitable[None]]] = {1: _posts_from_grants}
