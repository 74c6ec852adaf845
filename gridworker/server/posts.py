"""The posts people hold, as the database keeps them: given with dates, ended by a day or taken back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.area.belonging import Post
from gridworker.area.codes import GRID_LENGTH, area_lengths
from gridworker.identity import new_id
from gridworker.server import tables
from gridworker.server.clock import day_of, now_ms

_post, _actor = tables.post.c, tables.actor.c


@dataclass(frozen=True)
class Given:
    """A post as somebody was given it, and whether it was taken back."""

    id: str
    actor_id: str
    actor_name: str
    post: Post
    """With the last day it was held where it was taken back."""
    is_revoked: bool


def in_areas(column: sa.ColumnElement[str], areas: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a grid code lies in one of the areas; as digits of one length, so that every collation agrees."""
    whole = sorted(area for area in areas if len(area) == GRID_LENGTH)
    wider = sorted(area for area in areas if len(area) < GRID_LENGTH)
    inside = (column.between(area.ljust(GRID_LENGTH, "0"), area.ljust(GRID_LENGTH, "9")) for area in wider)
    return sa.or_(column.in_(whole), *inside)


async def posts_of(connection: AsyncConnection, actor_id: str) -> list[Given]:
    """All posts a person was ever given."""
    return await _read(connection, _post.actor_id == actor_id)


async def posts_reaching(connection: AsyncConnection, scopes: Iterable[str]) -> list[Given]:
    """Everybody's posts, present and past, whose area covers one of the grids."""
    areas = {scope[:length] for scope in scopes for length in area_lengths()}
    return await _read(connection, _post.area.in_(sorted(areas))) if areas else []


async def posts_within(connection: AsyncConnection, area: str) -> list[Given]:
    """Everybody's posts, present and past, in an area or a part of it; the empty area is everywhere."""
    return await _read(connection, _post.area.startswith(area, autoescape=True))


async def find_or_add(connection: AsyncConnection, area: str, name: str) -> str:
    """The person of a name with a post in exactly this area, now or once; a new one where there is none."""
    query = (
        sa.select(_actor.id)
        .join(tables.post, _post.actor_id == _actor.id)
        .where(_post.area == area, _actor.name == name)
        .limit(1)
    )
    known = (await connection.execute(query)).scalar_one_or_none()
    if known is not None:
        return str(known)
    actor_id = new_id()
    await connection.execute(sa.insert(tables.actor).values(id=actor_id, name=name, grant_rev=1))
    return actor_id


async def give(connection: AsyncConnection, actor_id: str, post: Post) -> str:
    """Gives a post; one that is held already in the same place takes what is new of dates and duties. Gives its id."""
    same = (
        _post.actor_id == actor_id, _post.role == post.role, _post.area == post.area_code, _post.unit == post.unit,
        _post.building == post.building, _post.revoked_at.is_(None),
    )  # fmt: skip
    known = (await connection.execute(sa.select(_post.id).where(*same).limit(1))).scalar_one_or_none()
    fresh = {"since": post.since, "until": post.until, "duties": json.dumps(post.duties) if post.duties else ""}
    if known is None:
        known = new_id()
        values = {
            "id": known, "actor_id": actor_id, "role": post.role, "area": post.area_code, "unit": post.unit,
            "building": post.building, "granted_at": now_ms(), **fresh, "duties": fresh["duties"] or "[]",
        }  # fmt: skip
        await connection.execute(sa.insert(tables.post).values(**values))
    elif any(fresh.values()):
        named = {key: value for key, value in fresh.items() if value}
        await connection.execute(sa.update(tables.post).where(_post.id == known).values(**named))
    await raise_grant_rev(connection, actor_id)
    return str(known)


async def take_back(connection: AsyncConnection, actor_id: str, area: str, role: str = "") -> int:
    """Takes back the posts of a person in exactly this area, of one role where it is named; says how many."""
    here = [_post.actor_id == actor_id, _post.area == area, _post.revoked_at.is_(None)]
    here += [_post.role == role] if role else []
    done = await connection.execute(sa.update(tables.post).where(*here).values(revoked_at=now_ms()))
    if done.rowcount:
        await raise_grant_rev(connection, actor_id)
    return done.rowcount


async def raise_grant_rev(connection: AsyncConnection, actor_id: str) -> None:
    """Notes that what a person may do has changed."""
    raised = sa.update(tables.actor).where(_actor.id == actor_id).values(grant_rev=_actor.grant_rev + 1)
    await connection.execute(raised)


async def _read(connection: AsyncConnection, where: sa.ColumnElement[bool]) -> list[Given]:
    query = (
        sa.select(tables.post, _actor.name.label("actor_name"))
        .join(tables.actor, _actor.id == _post.actor_id)
        .where(where)
        .order_by(_post.area, _post.actor_id, _post.role, _post.since, _post.id)
    )
    return [_given(row) for row in (await connection.execute(query)).all()]


def _given(row: sa.Row[Any]) -> Given:
    until = row.until
    if row.revoked_at is not None:
        last = (day_of(row.revoked_at) - timedelta(days=1)).isoformat()
        until = min(until or last, last)
    post = Post(row.role, row.area, row.since, until, tuple(json.loads(row.duties)), row.unit, row.building)
    return Given(row.id, row.actor_id, row.actor_name, post, row.revoked_at is not None)
