"""Who works here: the actors whose ids stand in records, their names, and the posts of whoever opens this home."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from gridworker.area.belonging import Post
from gridworker.store.statements import Reads, Writes
from gridworker.store.transactions import ReadTx, WriteTx

_OWN_POSTS = "posts"


@dataclass(frozen=True)
class Person:
    """An actor known on this device."""

    id: str
    name: str
    role: str
    grid_code: str


def put_people(tx: Writes, people: Iterable[tuple[str, str, str, str]]) -> None:
    """Adds or renames actors, each as (id, name, role, grid_code)."""
    tx.executemany(
        "INSERT INTO people (id, name, role, grid_code) VALUES (?,?,?,?) ON CONFLICT (id) DO UPDATE"
        " SET name=excluded.name, role=excluded.role, grid_code=excluded.grid_code",
        people,
    )


def name_of(tx: Reads, actor_id: str) -> str:
    """An actor's name; an unknown actor has none."""
    found = tx.one("SELECT name FROM people WHERE id=?", (actor_id,))
    return str(found[0]) if found else ""


def all_people(tx: Reads) -> list[Person]:
    """Every actor known here, by name."""
    return [Person(*row) for row in tx.sql("SELECT id, name, role, grid_code FROM people ORDER BY name, id")]


def replace_posts(tx: Writes, posts: Iterable[tuple[str, Post]]) -> None:
    """Keeps who holds which post, each as (actor id, post), in place of all that was known."""
    tx.execute("DELETE FROM post")
    tx.executemany(
        "INSERT OR REPLACE INTO post (actor_id, role, area_code, since, until, duties, unit, building)"
        " VALUES (?,?,?,?,?,?,?,?)",
        [
            (who, post.role, post.area_code, post.since, post.until, json.dumps(post.duties), post.unit, post.building)
            for who, post in posts
        ],
    )


def all_posts(tx: Reads) -> list[tuple[str, str, Post]]:
    """Every post known here, each as (actor id, name, post); an actor without a name is left out."""
    rows = tx.sql(
        "SELECT p.id, p.name, o.role, o.area_code, o.since, o.until, o.duties, o.unit, o.building"
        " FROM post o JOIN people p ON p.id = o.actor_id ORDER BY o.area_code, p.name, p.id, o.role, o.since"
    )
    return [
        (who, name, Post(role, area, since, until, tuple(json.loads(duties)), unit, building))
        for who, name, role, area, since, until, duties, unit, building in rows
    ]


def put_own_posts(tx: WriteTx, posts: Iterable[Post]) -> None:
    """Keeps what the server said last of the posts of this home's person."""
    tx.set_meta(_OWN_POSTS, json.dumps([asdict(post) for post in posts], ensure_ascii=False))


def own_posts(tx: ReadTx) -> tuple[Post, ...]:
    """The posts of this home's person; a home of an earlier program knows roles and grids without dates."""
    kept = tx.meta(_OWN_POSTS)
    if kept is not None:
        return tuple(Post(**{**post, "duties": tuple(post["duties"])}) for post in json.loads(kept))
    grants = json.loads(tx.meta("grants") or "[]")
    home = (tx.meta("grid_code") or "", json.loads(tx.meta("roles") or "[]"))
    return tuple(dict.fromkeys(Post(role, scope) for scope, roles in (home, *grants) for role in roles))
