"""What an administrator does on the server's machine: divisions, grids, invitations, revocation.

Each function opens the database, does one thing in one transaction and closes it again, beside a running server.
"""

from __future__ import annotations

import asyncio
import csv
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.area.codes import community_of, is_division_code, raise_if_no_grid_code
from gridworker.area.rights import known_roles
from gridworker.errors import KnownError
from gridworker.identity import new_id
from gridworker.ledger.moves import ROLE_LABELS
from gridworker.server import invites, tables
from gridworker.server.clock import now_ms
from gridworker.server.storage import Storage, open_storage

_Answer = TypeVar("_Answer")
_COLUMNS = ("code", "name", "level", "parent")
_scope, _actor, _grant, _device = tables.scope.c, tables.actor.c, tables.grant.c, tables.device.c


def load_divisions(url: str, path: Path) -> int:
    """Takes in a table of divisions (code, name, level, parent); says how many. Known codes get the new name."""
    rows = _read_divisions(path)

    async def work(connection: AsyncConnection) -> int:
        codes = tables.division.c
        for start in range(0, len(rows), 500):
            part = rows[start : start + 500]
            await connection.execute(sa.delete(tables.division).where(codes.code.in_([row["code"] for row in part])))
            await connection.execute(sa.insert(tables.division), part)
        return len(rows)

    return run(url, work)


def add_grid(url: str, code: str, name: str) -> None:
    """Adds a grid, or gives a known one a new name."""
    raise_if_no_grid_code(code)

    async def work(connection: AsyncConnection) -> None:
        renamed = await connection.execute(sa.update(tables.scope).where(_scope.scope == code).values(name=name))
        if not renamed.rowcount:
            await connection.execute(
                sa.insert(tables.scope).values(scope=code, name=name, community=community_of(code), seq=0)
            )

    run(url, work)


def invite(url: str, grid: str, role: str, name: str) -> str:
    """A one-time code for one device of a person in a grid; the same name in the same grid is the same person."""
    raise_if_no_grid_code(grid)
    _raise_if_no_role(role)
    if not name.strip():
        raise KnownError("请写明姓名。")
    code = invites.new_code()
    selector, secret_hash = invites.hash_code(code)

    async def work(connection: AsyncConnection) -> str:
        await _raise_if_no_grid(connection, grid)
        actor_id = await _person(connection, grid, name.strip())
        await _grant_role(connection, grid, actor_id, role)
        await connection.execute(
            sa.insert(tables.invite).values(
                selector=selector, secret_hash=secret_hash, scope=grid, actor_id=actor_id,
                expires_at=now_ms() + invites.VALID_MS,
            )
        )  # fmt: skip
        return code

    return run(url, work)


def give_grid(url: str, grid: str, role: str, actor_id: str) -> None:
    """Gives a person who is known already another grid or another role; their devices hear of it at the next hello."""
    _raise_if_no_role(role)

    async def work(connection: AsyncConnection) -> None:
        await _raise_if_no_grid(connection, grid)
        if (await connection.execute(sa.select(_actor.id).where(_actor.id == actor_id))).one_or_none() is None:
            raise KnownError("没有这个人。", action="请核对人员编号。")
        await _grant_role(connection, grid, actor_id, role)

    run(url, work)


def revoke_device(url: str, device_id: str) -> None:
    """Shuts a device out at once; what it sent stays."""

    async def work(connection: AsyncConnection) -> None:
        done = await connection.execute(
            sa.update(tables.device).where(_device.id == device_id).values(revoked_at=now_ms())
        )
        if not done.rowcount:
            raise KnownError("没有这台设备。", action="请核对设备编号。")
        await connection.execute(sa.delete(tables.challenge).where(tables.challenge.c.device_id == device_id))

    run(url, work)


def revoke_grant(url: str, grid: str, actor_id: str) -> None:
    """Takes a grid away from a person; their devices hear of it at the next hello or pull."""

    async def work(connection: AsyncConnection) -> None:
        here = (_grant.scope == grid, _grant.actor_id == actor_id, _grant.revoked_at.is_(None))
        done = await connection.execute(sa.update(tables.grant).where(*here).values(revoked_at=now_ms()))
        if not done.rowcount:
            raise KnownError("这个人不负责这个网格。", action="请核对网格编码和人员编号。")
        await _raise_grant_rev(connection, actor_id)

    run(url, work)


def new_epoch(url: str) -> str:
    """To be called after a backup was restored: clients then know that revisions may have been given again."""
    epoch = secrets.token_hex(8)

    async def work(connection: AsyncConnection) -> str:
        await connection.execute(sa.update(tables.server).values(epoch=epoch))
        return epoch

    return run(url, work)


async def _person(connection: AsyncConnection, grid: str, name: str) -> str:
    query = (
        sa.select(_actor.id)
        .join(tables.grant, _grant.actor_id == _actor.id)
        .where(_grant.scope == grid, _actor.name == name)
        .limit(1)
    )
    known = (await connection.execute(query)).scalar_one_or_none()
    if known is not None:
        return str(known)
    actor_id = new_id()
    await connection.execute(sa.insert(tables.actor).values(id=actor_id, name=name, grant_rev=1))
    return actor_id


async def _grant_role(connection: AsyncConnection, grid: str, actor_id: str, role: str) -> None:
    here = (_grant.scope == grid, _grant.actor_id == actor_id, _grant.role == role)
    row = (await connection.execute(sa.select(_grant.revoked_at).where(*here))).one_or_none()
    if row is None:
        await connection.execute(
            sa.insert(tables.grant).values(scope=grid, actor_id=actor_id, role=role, granted_at=now_ms())
        )
    elif row.revoked_at is not None:
        await connection.execute(sa.update(tables.grant).where(*here).values(revoked_at=None, granted_at=now_ms()))
    await _raise_grant_rev(connection, actor_id)


async def _raise_grant_rev(connection: AsyncConnection, actor_id: str) -> None:
    raised = sa.update(tables.actor).where(_actor.id == actor_id).values(grant_rev=_actor.grant_rev + 1)
    await connection.execute(raised)


def _raise_if_no_role(role: str) -> None:
    if role not in known_roles():
        listed = "、".join(f"{key}（{ROLE_LABELS.get(key, key)}）" for key in known_roles())
        raise KnownError(f"没有“{role[:20]}”这个岗位。", action=f"可用的岗位：{listed}。")


async def _raise_if_no_grid(connection: AsyncConnection, grid: str) -> None:
    if (await connection.execute(sa.select(_scope.scope).where(_scope.scope == grid))).one_or_none() is None:
        raise KnownError(f"还没有网格 {grid}。", action=f"请先执行：gridworker admin grid {grid} 网格名称。")


def _read_divisions(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        raise KnownError(f"读不了 {path.name}。", action="应为 UTF-8 编码的 CSV 文件。") from wrong
    reader = csv.DictReader(text.splitlines())
    if set(_COLUMNS) - set(reader.fieldnames or ()):
        raise KnownError(f"{path.name} 缺少需要的列。", action=f"第一行应有：{'、'.join(_COLUMNS)}。")
    rows = {}
    for line, row in enumerate(reader, 2):
        values = {key: (row[key] or "").strip() for key in _COLUMNS}
        if not is_division_code(values["code"]) or not values["name"]:
            raise KnownError(
                f"{path.name} 第 {line} 行不对。", safe="什么都没有导入。", action="应有 12 位代码和名称。"
            )
        rows[values["code"]] = values
    return list(rows.values())


def run(url: str, work: Callable[[AsyncConnection], Awaitable[_Answer]]) -> _Answer:
    """Opens the database, does one thing in one transaction, and closes it."""

    async def whole() -> _Answer:
        storage: Storage = await open_storage(url)
        try:
            async with storage.write() as connection:
                return await work(connection)
        finally:
            await storage.close()

    return asyncio.run(whole())
