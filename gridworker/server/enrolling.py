"""How a device comes in: a one-time code buys an identity, a signature buys a token."""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.identity import DEVICE_ALPHABET
from gridworker.server import tables
from gridworker.server.access import standing_of, token_hash
from gridworker.server.clock import now_ms
from gridworker.server.hello import grants_of, wire_posts
from gridworker.server.invites import SELECTOR, clean_code, is_code
from gridworker.server.log import note
from gridworker.server.posts import in_areas
from gridworker.server.refusals import Refused
from gridworker.server.storage import Storage
from gridworker.sync import wire_meeting

TOKEN_SECONDS = 12 * 3600
NONCE_MS = 2 * 60 * 1000
_KEY_BYTES = 32
_NAME_LENGTH = 60
_invite, _device, _tag = tables.invite.c, tables.device.c, tables.device_tag.c
_hashing = asyncio.Semaphore(4)


async def enroll(storage: Storage, message: wire_meeting.Enroll) -> wire_meeting.Enrolled:
    """Redeems a code for a device; the same code and key get the same answer again, so a lost reply loses nothing."""
    public_key = _read_bytes(message.public_key, _KEY_BYTES)
    code = clean_code(message.code)
    async with storage.read() as connection:
        query = sa.select(tables.invite).where(_invite.selector == code[:SELECTOR], _invite.expires_at > now_ms())
        candidates = (await connection.execute(query)).all()
    invite = None
    for candidate in candidates:
        async with _hashing:
            if await asyncio.to_thread(is_code, code, candidate.secret_hash):
                invite = candidate
    if invite is None:
        raise Refused("CODE_INVALID")
    async with storage.write() as connection:
        device_id = await _redeem(connection, invite, public_key, message.device_name[:_NAME_LENGTH])
        return await _enrolled(storage, connection, device_id)


async def challenge(storage: Storage, message: wire_meeting.AskChallenge) -> wire_meeting.Challenge:
    """A nonce to sign; an unknown device gets one too and learns nothing."""
    nonce, now = secrets.token_urlsafe(24), now_ms()
    async with storage.write() as connection:
        await connection.execute(sa.delete(tables.challenge).where(tables.challenge.c.expires_at <= now))
        known = await connection.execute(sa.select(_device.id).where(_device.id == message.device_id))
        if known.one_or_none() is not None:
            await connection.execute(
                sa.insert(tables.challenge).values(nonce=nonce, device_id=message.device_id, expires_at=now + NONCE_MS)
            )
    return wire_meeting.Challenge(server_id=storage.server_id, nonce=nonce)


async def open_session(storage: Storage, message: wire_meeting.Proof) -> wire_meeting.Session:
    """A token for a device that signed its nonce; the nonce is spent whatever the signature."""
    nonces = tables.challenge.c
    spent = (
        sa.delete(tables.challenge)
        .where(nonces.nonce == message.nonce, nonces.device_id == message.device_id, nonces.expires_at > now_ms())
        .returning(nonces.nonce)
    )
    async with storage.write() as connection:
        fresh = (await connection.execute(spent)).one_or_none() is not None
        query = sa.select(_device.public_key, _device.revoked_at).where(_device.id == message.device_id)
        device = (await connection.execute(query)).one_or_none()
    if not fresh or device is None:
        raise Refused("PROOF_INVALID")
    _raise_if_unsigned(storage, message, device.public_key)
    if device.revoked_at is not None:
        raise Refused("DEVICE_REVOKED")
    return await _session(storage, message.device_id)


async def _session(storage: Storage, device_id: str) -> wire_meeting.Session:
    token, now = secrets.token_urlsafe(32), now_ms()
    sessions = tables.session.c
    async with storage.write() as connection:
        await connection.execute(sa.delete(tables.session).where(sessions.expires_at <= now))
        await connection.execute(
            sa.insert(tables.session).values(
                token_hash=token_hash(token), device_id=device_id, expires_at=now + TOKEN_SECONDS * 1000
            )
        )
    return wire_meeting.Session(token=token, expires_in=TOKEN_SECONDS)


def _raise_if_unsigned(storage: Storage, message: wire_meeting.Proof, public_key: bytes) -> None:
    signed = wire_meeting.session_text(storage.server_id, message.device_id, message.nonce)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(_read_bytes(message.signature, 64), signed)
    except (InvalidSignature, ValueError):
        raise Refused("PROOF_INVALID") from None


async def _redeem(connection: AsyncConnection, invite: sa.Row[Any], public_key: bytes, name: str) -> str:
    here = (_invite.selector == invite.selector, _invite.secret_hash == invite.secret_hash)
    now = (await connection.execute(sa.select(tables.invite).where(*here).with_for_update())).one()
    if now.device_id is not None:
        if now.public_key == public_key:
            return str(now.device_id)
        raise Refused("CODE_INVALID")
    device_id = secrets.token_hex(8)
    tag = await _free_tag(connection, invite.scope, device_id)
    await connection.execute(
        sa.insert(tables.device).values(
            id=device_id, actor_id=invite.actor_id, tag=tag, name=name, public_key=public_key, enrolled_at=now_ms()
        )
    )
    await connection.execute(sa.update(tables.invite).where(*here).values(device_id=device_id, public_key=public_key))
    note("enrolled", device=device_id, scope=invite.scope)
    return device_id


async def _free_tag(connection: AsyncConnection, area: str, device_id: str) -> str:
    """Two characters no other device of a community in the area ever had: record numbers are unique by them."""
    grids = tables.scope.c
    inside = sa.select(grids.community).where(in_areas(grids.scope, [area])).distinct()
    communities = sorted((await connection.execute(inside)).scalars())
    taken = set((await connection.execute(sa.select(_tag.tag).where(_tag.community.in_(communities)))).scalars().all())
    free = [a + b for a in DEVICE_ALPHABET for b in DEVICE_ALPHABET if a + b not in taken]
    if not free:
        raise Refused("BUSY")
    tag = secrets.choice(free)
    rows = [{"community": community, "tag": tag, "device_id": device_id} for community in communities]
    await connection.execute(sa.insert(tables.device_tag), rows)
    return tag


async def _enrolled(storage: Storage, connection: AsyncConnection, device_id: str) -> wire_meeting.Enrolled:
    query = (
        sa.select(_device.tag, tables.actor.c.id, tables.actor.c.name)
        .join(tables.actor, tables.actor.c.id == _device.actor_id)
        .where(_device.id == device_id)
    )
    row = (await connection.execute(query)).one()
    standing = await standing_of(connection, row.id)
    return wire_meeting.Enrolled(
        server_id=storage.server_id,
        epoch=storage.epoch,
        device_id=device_id,
        device_tag=row.tag,
        actor_id=row.id,
        actor_name=row.name,
        grants=await grants_of(connection, standing.roles, device_id, 1),
        posts=wire_posts(standing.actor),
    )


def _read_bytes(text: str, length: int) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Refused("MALFORMED", place="base64url") from None
    if len(raw) != length:
        raise Refused("MALFORMED", place="base64url")
    return raw
