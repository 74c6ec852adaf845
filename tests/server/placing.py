"""Puts a device of a person straight into the database, as enrolment would: most tests are about what comes after."""

from __future__ import annotations

import asyncio
import secrets

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gridworker.area.belonging import Post
from gridworker.server import enrolling, tables
from gridworker.server.access import token_hash
from gridworker.server.clock import now_ms
from gridworker.server.posts import find_or_add, give
from gridworker.server.storage import open_storage
from gridworker.sync import wire_meeting


def place_device(
    database_url: str, grid: str, name: str, role: str
) -> tuple[Ed25519PrivateKey, wire_meeting.Enrolled, str]:
    """A device's key, what enrolment would have told it, and an open token."""
    key, device_id, token = Ed25519PrivateKey.generate(), secrets.token_hex(8), secrets.token_urlsafe(32)

    async def work() -> wire_meeting.Enrolled:
        storage = await open_storage(database_url)
        async with storage.write() as connection:
            actor_id = await find_or_add(connection, grid, name)
            await give(connection, actor_id, Post(role, grid))
            tag = await enrolling._free_tag(connection, grid, device_id)
            await connection.execute(
                sa.insert(tables.device).values(
                    id=device_id, actor_id=actor_id, tag=tag, name="", enrolled_at=now_ms(),
                    public_key=key.public_key().public_bytes_raw(),
                )
            )  # fmt: skip
            await connection.execute(
                sa.insert(tables.session).values(
                    token_hash=token_hash(token), device_id=device_id, expires_at=now_ms() + 3_600_000
                )
            )
            enrolled = await enrolling._enrolled(storage, connection, device_id)
        await storage.close()
        return enrolled

    return key, asyncio.run(work()), token
