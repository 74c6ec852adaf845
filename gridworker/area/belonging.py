"""Whose home a store is, and which grid it looks after."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """Who works here."""

    id: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """The grid a home looks after; `joined` once a server has granted it."""

    grid_code: str
    name: str
    community_name: str
    joined: bool
