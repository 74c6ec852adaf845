"""Who works here: the actors whose ids stand in records, with the names to show for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gridworker.store.statements import Reads, Writes


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
