"""Who calls, and what they may do today: tokens, and where a person's posts let them in."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.area.belonging import Actor
from gridworker.server import tables
from gridworker.server.clock import day_of, now_ms
from gridworker.server.posts import in_areas, posts_of
from gridworker.server.refusals import Refused
from gridworker.server.storage import Storage

_device, _session, _actor, _scope = tables.device.c, tables.session.c, tables.actor.c, tables.scope.c
_BEARER = "bearer "


@dataclass(frozen=True)
class Caller:
    """The device behind a token, and the person behind the device."""

    device_id: str
    device_tag: str
    actor_id: str
    actor_name: str
    grant_rev: int

    def author(self, incarnation: int) -> str:
        """How merge marks name this device."""
        return f"{self.device_id}.{incarnation}"


@dataclass(frozen=True)
class Standing:
    """A person with their posts, their roles by scope today, and the scopes they had once."""

    actor: Actor
    roles: dict[str, tuple[str, ...]]
    revoked: frozenset[str]

    @property
    def all_scopes(self) -> frozenset[str]:
        """Every grid the person works or worked in."""
        return self.revoked | frozenset(self.roles)


def token_hash(token: str) -> bytes:
    """All the server keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


async def caller_of(storage: Storage, authorization: str) -> Caller:
    """The caller an `Authorization` header names; raises Refused."""
    if not authorization.lower().startswith(_BEARER):
        raise Refused("TOKEN_INVALID")
    hashed = token_hash(authorization[len(_BEARER) :].strip())
    query = (
        sa.select(
            _device.id, _device.tag, _device.revoked_at, _actor.id.label("actor_id"), _actor.name, _actor.grant_rev,
            _session.expires_at,
        )
        .join(tables.device, _device.id == _session.device_id)
        .join(tables.actor, _actor.id == _device.actor_id)
        .where(_session.token_hash == hashed)
    )  # fmt: skip
    async with storage.read() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise Refused("TOKEN_INVALID")
    if row.revoked_at is not None:
        raise Refused("DEVICE_REVOKED")
    if row.expires_at <= now_ms():
        raise Refused("TOKEN_INVALID")
    return Caller(row.id, row.tag, row.actor_id, row.name, row.grant_rev)


async def standing_of(connection: AsyncConnection, actor_id: str, scopes: Collection[str] | None = None) -> Standing:
    """What a person may do now, read inside the transaction that depends on it; of some grids only where named."""
    today = day_of(now_ms())
    given = await posts_of(connection, actor_id)
    actor = Actor(actor_id, "", tuple(one.post for one in given if not one.is_revoked))
    # A post that has not begun was never held: taking it back purges nothing.
    once = Actor(actor_id, "", tuple(replace(one.post, until="") for one in given))
    known = sa.select(_scope.scope).where(in_areas(_scope.scope, {post.area_code for post in once.posts}))
    if scopes is not None:
        known = known.where(_scope.scope.in_(sorted(scopes)))
    roles: dict[str, tuple[str, ...]] = {}
    revoked: set[str] = set()
    for scope in (await connection.execute(known.order_by(_scope.scope))).scalars().all():
        held = actor.roles_on(today, scope)
        if held:
            roles[scope] = held
        elif once.roles_on(today, scope):
            revoked.add(scope)
    return Standing(actor, roles, frozenset(revoked))


async def raise_if_device_revoked(connection: AsyncConnection, device_id: str) -> None:
    """Refuses a device that was revoked since its token was looked up."""
    revoked = (await connection.execute(sa.select(_device.revoked_at).where(_device.id == device_id))).scalar_one()
    if revoked is not None:
        raise Refused("DEVICE_REVOKED")
