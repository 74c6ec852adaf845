"""Setting the customer's reference data on the server's machine, for every device: `gridworker admin reference`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.errors import KnownError
from gridworker.ledger.code_fields import Code, Codes
from gridworker.ledgers.registry import all_ledgers
from gridworker.planning import reference, reference_changes
from gridworker.planning.reference import Item
from gridworker.planning.reference_changes import ItemChange
from gridworker.server import admin, tables
from gridworker.server.clock import now_ms, stamp

_table, _here = tables.reference_data, tables.reference_data.c
_record = tables.record.c


@dataclass(frozen=True)
class Kept:
    """An item as the server keeps it."""

    item: Item
    changed_at: str
    changed_by: str


def listed(url: str) -> list[Kept]:
    """All items, by kind and key."""
    return admin.run(url, lambda connection: _kept(connection, reference.KIND_LABELS))


def preview(url: str, item: Item) -> tuple[ItemChange, dict[str, int]]:
    """What an item would change, and how many records hold each code it retires."""

    async def work(connection: AsyncConnection) -> tuple[ItemChange, dict[str, int]]:
        change = reference_changes.change_of(item, await _standing(connection, item.kind, item.key))
        codes = [code for code, _ in change.retired]
        return change, await _uses(connection, item.key, set(codes)) if codes else {}

    return admin.run(url, work)


def put(url: str, item: Item, *, by: str) -> None:
    """Sets an item for every device; codes the former one named are kept as retired."""

    async def work(connection: AsyncConnection) -> None:
        former = await _standing(connection, item.kind, item.key)
        await _write(connection, reference.issued(item, former), by)

    admin.run(url, work)


def reset(url: str, kind: str, key: str, *, by: str) -> None:
    """Puts the built-in item back on every device."""

    async def work(connection: AsyncConnection) -> None:
        former = await _standing(connection, kind, key)
        if former is None or reference.is_reset(former):
            raise KnownError(f"服务器上没有另外设置的{reference.label_of(kind, key)}。", safe="什么都没有改。")
        left = reference.reset_of(former)
        await connection.execute(sa.delete(_table).where(_here.kind == kind, _here.key == key))
        if left is not None:
            await _write(connection, left, by)

    admin.run(url, work)


async def _write(connection: AsyncConnection, item: Item, by: str) -> None:
    await connection.execute(sa.delete(_table).where(_here.kind == item.kind, _here.key == item.key))
    await connection.execute(
        sa.insert(_table).values(
            kind=item.kind, key=item.key, version=item.version, source=item.source, body=item.body,
            digest=item.digest, changed_at=now_ms(), changed_by=by,
        )
    )  # fmt: skip


async def _standing(connection: AsyncConnection, kind: str, key: str) -> Item | None:
    return next((one.item for one in await _kept(connection, [kind]) if one.item.key == key), None)


async def _kept(connection: AsyncConnection, kinds: Collection[str]) -> list[Kept]:
    query = sa.select(_table).where(_here.kind.in_(sorted(kinds))).order_by(_here.kind, _here.key)
    return [
        Kept(Item(row.kind, row.key, row.version, row.body, row.source), stamp(row.changed_at), row.changed_by)
        for row in (await connection.execute(query)).all()
    ]


async def _uses(connection: AsyncConnection, key: str, codes: set[str]) -> dict[str, int]:
    """How many records hold each of these codes of a table; each record is counted once."""
    uses: Counter[str] = Counter()
    for ledger in all_ledgers().values():
        fields = [field.key for field in ledger.fields if isinstance(field, Code | Codes) and field.table.key == key]
        if not fields:
            continue
        query = sa.select(_record.fields).where(_record.ledger == ledger.key, _record.deleted.is_(sa.false()))
        rows = await connection.stream(query)
        async for (text,) in rows:
            values = json.loads(text)
            held: set[str] = set()
            for field in fields:
                value = values.get(field) or []
                held.update(value if isinstance(value, list) else [value])
            uses.update(held & codes)
    return dict(uses)
