"""Letters from one grid to another: written in the transaction that causes them, each read once in the other grid.

A transaction holds one scope, and its grid may lie on another machine one day: what concerns two grids is told by
letter. `delivery.py` carries them; one that is lost on the way by a kill is carried again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.identity import new_id
from gridworker.server import tables

Kind = Literal["offer", "withdraw", "answer"]
OFFER: Kind = "offer"
WITHDRAW: Kind = "withdraw"
ANSWER: Kind = "answer"
_letter, _read = tables.letter.c, tables.letter_read.c


class Letter(NamedTuple):
    """One thing a grid tells another about a move."""

    scope: str
    id: str
    target: str
    move: str
    kind: Kind
    body: Mapping[str, Any]
    actor_id: str
    """Whose act caused it; for the server's own records, never told to the other grid."""


async def write(connection: AsyncConnection, letter: Letter, now: int) -> None:
    """Posts a letter, in the sender's transaction."""
    await connection.execute(
        sa.insert(tables.letter).values(
            scope=letter.scope, id=letter.id, target=letter.target, move=letter.move, kind=letter.kind,
            body=msgspec.json.encode(letter.body).decode(), actor_id=letter.actor_id, written_at=now,
        )
    )  # fmt: skip


def letter(scope: str, target: str, move: str, kind: Kind, body: Mapping[str, Any], actor_id: str = "") -> Letter:
    """A new letter; later ones have greater ids."""
    return Letter(scope, new_id(), target, move, kind, body, actor_id)


async def underway(connection: AsyncConnection, targets: Collection[str] | None = None) -> list[Letter]:
    """The letters nobody has read yet, in the order they were written; to all grids where none is named."""
    query = sa.select(tables.letter).where(_letter.delivered_at.is_(None)).order_by(_letter.id)
    if targets is not None:
        query = query.where(_letter.target.in_(sorted(targets)))
    rows = (await connection.execute(query)).all()
    return [
        Letter(row.scope, row.id, row.target, row.move, row.kind, msgspec.json.decode(row.body or "{}"), row.actor_id)
        for row in rows
    ]


async def last_target(connection: AsyncConnection, scope: str, move: str) -> str:
    """The grid a move was offered to last; empty where it never was."""
    query = (
        sa.select(_letter.target)
        .where(_letter.scope == scope, _letter.move == move, _letter.kind == OFFER)
        .order_by(_letter.id.desc())
        .limit(1)
    )
    return str((await connection.execute(query)).scalar() or "")


async def is_read(connection: AsyncConnection, one: Letter) -> bool:
    """Whether the grid it is for has read a letter."""
    query = sa.select(_read.read_at).where(_read.scope == one.target, _read.letter == one.id)
    return (await connection.execute(query)).scalar() is not None


async def note_read(connection: AsyncConnection, one: Letter, now: int) -> None:
    """Notes in the grid it is for that a letter was read."""
    await connection.execute(sa.insert(tables.letter_read).values(scope=one.target, letter=one.id, read_at=now))


async def note_delivered(connection: AsyncConnection, one: Letter, now: int) -> None:
    """Notes in the sender's grid that a letter was read, and forgets its words."""
    here = (_letter.scope == one.scope, _letter.id == one.id)
    await connection.execute(sa.update(tables.letter).where(*here).values(delivered_at=now, body=""))
