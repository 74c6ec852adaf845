"""Invented records for the tests of the store."""

from __future__ import annotations

from gridworker.identity import new_id
from gridworker.ledger.facts import Value
from gridworker.ledger.record import Record

GRID = "370200000000001"
WORKER = "worker-1"


def household(**values: Value) -> Record:
    """A flat."""
    return Record(
        new_id(),
        "household",
        GRID,
        {"compound_name": "锦绣家园", "building_no": "3", "unit_no": "2", "room_no": "501", **values},
    )


def person(name: str, home: Record | None = None, **values: Value) -> Record:
    """Somebody, in a flat or not."""
    link: dict[str, Value] = {"household_id": home.id} if home else {}
    return Record(new_id(), "person", GRID, {"name": name, **link, **values})


def visit(home: Record, at: str = "2026-03-05T09:40+08:00", **values: Value) -> Record:
    """A visit at a flat, somebody met."""
    return Record(new_id(), "visit", GRID, {"household_id": home.id, "visited_at": at, "met": True, **values})


def wish(**values: Value) -> Record:
    """A wish that was collected."""
    return Record(new_id(), "wish", GRID, {"content": "一副老花镜", "wish_type": "物品", **values}, status="collected")
