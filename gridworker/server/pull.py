"""PULL: what changed in each scope since a cursor, field by field, read from one snapshot.

A cursor holds two revisions: `since`, up to which the client has everything, and `after`, how far the pages of the
present pull have got. Fields are compared with `since`: a record edited again while pages are fetched moves to a later
page, and would otherwise lose what it gained between the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.server import tables
from gridworker.server.access import Caller, standing_of
from gridworker.server.clock import day_of, now_ms, stamp
from gridworker.server.delivery import deliver
from gridworker.server.log import note
from gridworker.server.refusals import Refused
from gridworker.server.storage import Storage
from gridworker.server.view import View
from gridworker.sync import wire, wire_bytes

_record, _move, _op, _scope = tables.record.c, tables.move.c, tables.op.c, tables.scope.c
_CURSOR = re.compile(r"(\d{1,18})(?:\.(\d{1,18}))?(?:~([0-9a-f]{12}))?")


class DeltaRaw(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Delta whose fields are the stored bytes where all of them are sent."""

    id: str
    type: str
    rev: int
    fields: msgspec.Raw
    actor: str
    at: str
    whole: bool = False
    status: str = ""
    deleted: bool = False
    moves: list[wire.MoveMade] = []


class ScopeDeltasRaw(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """ScopeDeltas of such deltas."""

    upto: str
    more: bool = False
    revoked: bool = False
    records: list[DeltaRaw] = []
    outcomes: list[msgspec.Raw] = []


class PulledRaw(msgspec.Struct, frozen=True, kw_only=True):
    """A Pulled of such deltas."""

    epoch: str
    scopes: dict[str, ScopeDeltasRaw]


@dataclass(frozen=True)
class Cursor:
    """Everything up to `since` is at the client; pages have got to `after`; `view` is what they could show."""

    since: int
    after: int
    view: str = ""

    @classmethod
    def read(cls, text: str) -> Cursor:
        """A cursor from its text; the empty text is the beginning."""
        found = _CURSOR.fullmatch(text or "0")
        if found is None:
            raise Refused("MALFORMED", place="cursor")
        since = int(found[1])
        return cls(since, int(found[2] or since), found[3] or "")

    def seen_by(self, view: View) -> Cursor:
        """The cursor in a view: the beginning, where it was written in another one."""
        return self if self.view == view.mark else Cursor(0, 0, view.mark)

    def moved(self, since: int, after: int) -> Cursor:
        """The same view, further on."""
        return Cursor(since, after, self.view)

    def text(self) -> str:
        """The cursor as it travels."""
        place = str(self.since) if self.after == self.since else f"{self.since}.{self.after}"
        return f"{place}~{self.view}" if self.view else place


async def pull(storage: Storage, caller: Caller, message: wire.Pull) -> PulledRaw:
    """The news of each scope asked for, a page of records in all."""
    if message.epoch != storage.epoch:
        raise Refused("EPOCH_CHANGED", epoch=storage.epoch)
    if len(message.scopes) > wire_bytes.PULL_SCOPES:
        raise Refused("TOO_LARGE", scopes=len(message.scopes))
    cursors = {scope: Cursor.read(text) for scope, text in message.scopes.items()}
    news: dict[str, ScopeDeltasRaw] = {}
    room = wire_bytes.PULL_RECORDS
    await deliver(storage, cursors)
    async with storage.read() as connection:
        standing = await standing_of(connection, caller.actor_id, cursors)
        for scope, cursor in cursors.items():
            if scope in standing.revoked:
                news[scope] = ScopeDeltasRaw(upto=cursor.text(), revoked=True)
            elif scope not in standing.roles:
                note("scope_forbidden", device=caller.device_id)
                raise Refused("SCOPE_FORBIDDEN")
            else:
                device = (caller.device_id, message.incarnation)
                view = View(standing.actor, scope, day_of(now_ms()))
                news[scope], read = await _page(connection, scope, cursor.seen_by(view), room, device, view)
                room -= read
    return PulledRaw(epoch=storage.epoch, scopes=news)


async def _page(
    connection: AsyncConnection, scope: str, cursor: Cursor, room: int, device: tuple[str, int], view: View
) -> tuple[ScopeDeltasRaw, int]:
    """A page, and how many records were read for it; not all of them may be seen."""
    if room <= 0:
        return ScopeDeltasRaw(upto=cursor.text(), more=True), 0
    seq = (await connection.execute(sa.select(_scope.seq).where(_scope.scope == scope))).scalar_one()
    query = (
        sa.select(tables.record)
        .where(_record.scope == scope, _record.rev > cursor.after)
        .order_by(_record.rev)
        .limit(room + 1)
    )
    rows = (await connection.execute(query)).all()
    more = len(rows) > room
    rows = rows[:room]
    end = rows[-1].rev if more else seq
    moves = await _moves(connection, scope, cursor, end)
    # The records of a batch share their moment.
    stamps = {moment: stamp(moment) for moment in {row.changed_at for row in rows}}
    page = ScopeDeltasRaw(
        upto=cursor.moved(cursor.since if more else end, end).text(),
        more=more,
        records=[
            delta
            for row in rows
            if (delta := _delta(row, cursor.since, moves.get(row.id, []), stamps[row.changed_at], view))
        ],
        outcomes=await _outcomes(connection, scope, cursor.after, end, device),
    )
    return page, len(rows)


def _delta(row: sa.Row[Any], since: int, moves: list[wire.MoveMade], at: str, view: View) -> DeltaRaw | None:
    whole = row.created_rev > since or not view.is_whole
    if view.is_whole:
        fields = msgspec.Raw(row.fields.encode()) if whole else _changed_fields(row.fields, row.marks, since)
    else:
        seen = view.fields_of(row.ledger, row.fields)
        if seen is None:
            return None
        fields = msgspec.Raw(msgspec.json.encode(seen))
    return DeltaRaw(
        id=row.id,
        type=row.ledger,
        rev=row.rev,
        fields=fields,
        actor=row.actor_id,
        at=at,
        whole=whole,
        status=row.status,
        deleted=bool(row.deleted),
        moves=moves,
    )


def _changed_fields(fields: str, marks: str, since: int) -> msgspec.Raw:
    values: dict[str, msgspec.Raw] = msgspec.json.decode(fields, type=dict[str, msgspec.Raw])
    written: dict[str, Any] = msgspec.json.decode(marks)
    # The record was born before the cursor, so the fields without a mark of their own are known to the client.
    changed = {key: value for key, value in values.items() if key in written and written[key][0] > since}
    return msgspec.Raw(msgspec.json.encode(changed))


async def _moves(connection: AsyncConnection, scope: str, cursor: Cursor, end: int) -> dict[str, list[wire.MoveMade]]:
    query = (
        sa.select(tables.move)
        .join(tables.record, sa.and_(_record.scope == _move.scope, _record.id == _move.record))
        .where(_record.scope == scope, _record.rev > cursor.after, _record.rev <= end, _move.rev > cursor.since)
        .order_by(_move.rev)
    )
    found: dict[str, list[wire.MoveMade]] = {}
    for row in (await connection.execute(query)).all():
        found.setdefault(row.record, []).append(
            wire.MoveMade(
                rev=row.rev, event=row.event, source=row.source, target=row.target, actor=row.actor_id,
                at=stamp(row.made_at), reason=row.reason,
            )
        )  # fmt: skip
    return found


async def _outcomes(
    connection: AsyncConnection, scope: str, after: int, end: int, device: tuple[str, int]
) -> list[msgspec.Raw]:
    query = (
        sa.select(_op.result)
        .where(
            _op.scope == scope,
            _op.settled_rev > after,
            _op.settled_rev <= end,
            _op.device_id == device[0],
            _op.incarnation == device[1],
        )
        .order_by(_op.settled_rev)
    )
    return [msgspec.Raw(result.encode()) for result in (await connection.execute(query)).scalars()]
