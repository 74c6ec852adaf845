"""Escrow as the server sees it: hands out the office's public key, keeps one closed box a device, opens none."""

from __future__ import annotations

import base64
import binascii

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.sealing import LONGEST, fingerprint
from gridworker.server import tables
from gridworker.server.access import Caller, raise_if_device_revoked
from gridworker.server.clock import now_ms, stamp
from gridworker.server.log import note
from gridworker.server.refusals import Refused
from gridworker.server.storage import Storage
from gridworker.sync import wire_meeting

_key, _box = tables.escrow_key.c, tables.escrow_box.c
_SHORTEST = 33 + 16
_DATABASE = 32


async def office_key(storage: Storage, _caller: Caller, _message: wire_meeting.AskEscrowKey) -> wire_meeting.EscrowKey:
    """The public key boxes are closed for today; empty where the office made none."""
    async with storage.read() as connection:
        public = await _present_key(connection)
    if public is None:
        return wire_meeting.EscrowKey()
    return wire_meeting.EscrowKey(fingerprint=fingerprint(public), public_key=_text(public))


async def deposit(storage: Storage, caller: Caller, message: wire_meeting.EscrowBox) -> wire_meeting.EscrowKept:
    """Keeps a device's box in place of the one before."""
    box = _bytes_of(message.box)
    if len(message.database) != _DATABASE or not message.database.isalnum():
        raise Refused("MALFORMED", place="database")
    now = now_ms()
    async with storage.write() as connection:
        await raise_if_device_revoked(connection, caller.device_id)
        known = sa.select(_key.fingerprint).where(_key.fingerprint == message.fingerprint)
        if (await connection.execute(known)).one_or_none() is None:
            raise Refused("MALFORMED", place="fingerprint")
        await connection.execute(sa.delete(tables.escrow_box).where(_box.device_id == caller.device_id))
        await connection.execute(
            sa.insert(tables.escrow_box).values(
                device_id=caller.device_id, fingerprint=message.fingerprint, database=message.database, box=box,
                received_at=now,
            )
        )  # fmt: skip
    note("escrow_kept", device=caller.device_id, key=message.fingerprint)
    return wire_meeting.EscrowKept(at=stamp(now))


async def _present_key(connection: AsyncConnection) -> bytes | None:
    newest = sa.select(_key.public_key).order_by(_key.made_at.desc(), _key.fingerprint).limit(1)
    found = (await connection.execute(newest)).scalar_one_or_none()
    return None if found is None else bytes(found)


def _bytes_of(text: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Refused("MALFORMED", place="base64url") from None
    if not _SHORTEST < len(raw) <= LONGEST:
        raise Refused("MALFORMED", place="box")
    return raw


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
