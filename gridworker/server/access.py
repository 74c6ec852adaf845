"""Who calls, and what they may do today: tokens, and the grants of a person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.area.belonging import Actor, Post
from gridworker.server import tables
from gridworker.server.clock import now_ms
from gridworker.server.refusals import Refused
from gridworker.server.storage import Storage

_device, _session, _actor, _grant = tables.device.c, tables.session.c, tables.actor.c, tables.grant.c
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


async def standing_of(connection: AsyncConnection, actor_id: str) -> Standing:
    """What a person may do now, read inside the transaction that depends on it."""
    query = sa.select(_grant.scope, _grant.role, _grant.revoked_at).where(_grant.actor_id == actor_id)
    roles: dict[str, tuple[str, ...]] = {}
    once: set[str] = set()
    for scope, role, revoked_at in (await connection.execute(query.order_by(_grant.scope, _grant.role))).all():
        once.add(scope)
        if revoked_at is None:
            roles[scope] = (*roles.get(scope, ()), role)
    posts = tuple(Post(role, scope) for scope, held in roles.items() for role in held)
    return Standing(Actor(actor_id, "", posts), roles, frozenset(once - set(roles)))


async def raise_if_device_revoked(connection: AsyncConnection, device_id: str) -> None:
    """Refuses a device that was revoked since its token was looked up."""
    revoked = (await connection.execute(sa.select(_device.revoked_at).where(_device.id == device_id))).scalar_one()
    if revoked is not None:
        raise Refused("DEVICE_REVOKED")
