"""HELLO: agrees on a protocol, and tells a device what it may do today and how far it has got."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.area.belonging import Actor
from gridworker.ledgers.registry import all_ledgers
from gridworker.server import reference_data, tables
from gridworker.server.access import Caller, standing_of
from gridworker.server.clock import now_ms, offset_of, stamp
from gridworker.server.posts import posts_reaching
from gridworker.server.refusals import Refused
from gridworker.server.storage import Storage
from gridworker.sync import wire, wire_meeting

_scope, _division, _chain = tables.scope.c, tables.division.c, tables.chain.c


async def hello(storage: Storage, caller: Caller, message: wire_meeting.Hello) -> wire_meeting.Welcome:
    """The welcome; refuses a client that shares no protocol with this server."""
    if message.oldest_protocol > wire.PROTOCOL or message.newest_protocol < wire.OLDEST_PROTOCOL:
        raise Refused("PROTOCOL", oldest=wire.OLDEST_PROTOCOL, newest=wire.PROTOCOL)
    now = now_ms()
    async with storage.read() as connection:
        standing = await standing_of(connection, caller.actor_id)
        grants = await grants_of(connection, standing.roles, caller.device_id, message.incarnation)
        people = await _people(connection, list(standing.roles))
        marks = await reference_data.marks(connection)
    return wire_meeting.Welcome(
        protocol=min(message.newest_protocol, wire.PROTOCOL),
        server_id=storage.server_id,
        epoch=storage.epoch,
        server_time=stamp(now),
        clock_offset_ms=offset_of(message.clock, now),
        device_id=caller.device_id,
        device_tag=caller.device_tag,
        actor_id=caller.actor_id,
        actor_name=caller.actor_name,
        grant_rev=caller.grant_rev,
        grants=grants,
        revoked=sorted(standing.revoked),
        people=people,
        schemas={key: ledger.schema for key, ledger in all_ledgers().items()},
        limits=wire_meeting.Limits(),
        reference=marks,
        posts=wire_posts(standing.actor),
    )


async def grants_of(
    connection: AsyncConnection, roles: dict[str, tuple[str, ...]], device_id: str, incarnation: int
) -> list[wire_meeting.Grant]:
    """Each granted grid with its names, and this device's place in it."""
    if not roles:
        return []
    here = sa.and_(_chain.scope == _scope.scope, _chain.device_id == device_id, _chain.incarnation == incarnation)
    query = (
        sa.select(_scope.scope, _scope.name, _scope.community, _scope.seq, _division.name.label("place"), _chain.last_n)
        .outerjoin(tables.division, _division.code == _scope.community)
        .outerjoin(tables.chain, here)
        .where(_scope.scope.in_(sorted(roles)))
        .order_by(_scope.scope)
    )
    return [
        wire_meeting.Grant(
            scope=row.scope,
            grid_name=row.name,
            community_code=row.community,
            community_name=row.place or "",
            roles=list(roles[row.scope]),
            last_n=row.last_n or 0,
            seq=row.seq,
        )
        for row in (await connection.execute(query)).all()
    ]


def wire_posts(actor: Actor) -> list[wire_meeting.Post]:
    """A person's posts as they travel; those that have ended or not begun explain a refusal."""
    return [
        wire_meeting.Post(
            role=post.role, area=post.area_code, since=post.since, until=post.until, duties=list(post.duties),
            unit=post.unit, building=post.building,
        )
        for post in actor.posts
    ]  # fmt: skip


async def _people(connection: AsyncConnection, scopes: list[str]) -> list[wire_meeting.Person]:
    """Everybody who works or worked in the scopes: old records keep their author's name."""
    return [
        wire_meeting.Person(
            id=one.actor_id, name=one.actor_name, role=one.post.role, scope=one.post.area_code, since=one.post.since,
            until=one.post.until, duties=list(one.post.duties), unit=one.post.unit, building=one.post.building,
        )
        for one in await posts_reaching(connection, scopes)
    ]  # fmt: skip
