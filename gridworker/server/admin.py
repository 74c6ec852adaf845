"""What an administrator does on the server's machine: divisions, grids, invitations, posts, revocation.

Each function opens the database, does one thing in one transaction and closes it again, beside a running server.
"""

from __future__ import annotations

import asyncio
import csv
import secrets
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.area.belonging import Post, building_key
from gridworker.area.codes import area_of, community_of, is_division_code, is_grid_code, raise_if_no_grid_code
from gridworker.area.rights import known_roles
from gridworker.area.team import Member, Team, team_of
from gridworker.errors import KnownError
from gridworker.ledger.code_tables import table
from gridworker.ledger.moves import ROLE_LABELS
from gridworker.server import invites, tables
from gridworker.server.clock import day_of, now_ms
from gridworker.server.posts import Given, find_or_add, give, in_areas, posts_reaching, posts_within, take_back
from gridworker.server.storage import Storage, open_storage

_Answer = TypeVar("_Answer")
_COLUMNS = ("code", "name", "level", "parent")
_scope, _actor, _device = tables.scope.c, tables.actor.c, tables.device.c


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


def new_post(
    role: str,
    area: str,
    *,
    since: str = "",
    until: str = "",
    duties: Iterable[str] = (),
    unit: str = "",
    building: str = "",
) -> Post:
    """A post from what an administrator writes: a grid or a division, duties by code or by label; refuses nonsense."""
    _raise_if_no_role(role)
    if since and until and until < since:
        raise KnownError("岗位的结束日期早于开始日期。", safe="没有改动。", action="请核对日期。")
    if role == "building_lead" and not building.strip():
        raise KnownError("楼长要写明负责的楼栋。", safe="没有改动。", action="例如 --building 金沙花园/3。")
    if role == "department" and not unit.strip():
        raise KnownError("部门岗位要写明是哪个单位。", safe="没有改动。", action="例如 --unit 街道司法所。")
    codes = tuple(dict.fromkeys(_duty(text) for text in duties))
    return Post(
        role, area_of(area), since, until, codes, table("UNIT").code_of(unit) or unit.strip(), _building(building)
    )


def invite(url: str, grid: str, role: str, name: str) -> str:
    """A one-time code for one device of a person in a grid; the same name in the same grid is the same person."""
    return invite_to(url, new_post(role, grid), name)


def invite_to(url: str, post: Post, name: str) -> str:
    """The same for a post with its dates, in a grid or in all grids of a wider area."""
    if not name.strip():
        raise KnownError("请写明姓名。")
    code = invites.new_code()
    selector, secret_hash = invites.hash_code(code)

    async def work(connection: AsyncConnection) -> str:
        await _raise_if_no_grid(connection, post.area_code)
        actor_id = await find_or_add(connection, post.area_code, name.strip())
        await give(connection, actor_id, post)
        await connection.execute(
            sa.insert(tables.invite).values(
                selector=selector, secret_hash=secret_hash, scope=post.area_code, actor_id=actor_id,
                expires_at=now_ms() + invites.VALID_MS,
            )
        )  # fmt: skip
        return code

    return run(url, work)


def give_post(url: str, actor_id: str, post: Post) -> None:
    """Gives a person who is known already another post; their devices hear of it at the next hello."""

    async def work(connection: AsyncConnection) -> None:
        await _raise_if_no_grid(connection, post.area_code)
        if (await connection.execute(sa.select(_actor.id).where(_actor.id == actor_id))).one_or_none() is None:
            raise KnownError("没有这个人。", action="请核对人员编号，可用 gridworker admin list-posts 查看。")
        await give(connection, actor_id, post)

    run(url, work)


def list_posts(url: str, area: str = "") -> list[Given]:
    """Everybody's posts, present and past, in an area and its parts; everywhere where none is named."""
    inside = area_of(area) if area else ""
    return run(url, lambda connection: posts_within(connection, inside))


def team(url: str, grid: str) -> Team:
    """Who makes up a grid's team today, with the seats nobody holds."""
    raise_if_no_grid_code(grid)

    async def work(connection: AsyncConnection) -> Team:
        await _raise_if_no_grid(connection, grid)
        members = [Member(one.actor_id, one.actor_name, one.post) for one in await posts_reaching(connection, [grid])]
        return team_of(members, grid, day_of(now_ms()))

    return run(url, work)


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


def revoke_grant(url: str, grid: str, actor_id: str, role: str = "") -> None:
    """Takes a grid, or a wider area, away from a person; their devices hear of it at the next hello or pull."""
    area = area_of(grid)

    async def work(connection: AsyncConnection) -> None:
        if not await take_back(connection, actor_id, area, role):
            raise KnownError(
                "这个人在这里没有岗位。",
                safe="没有改动。",
                action="请核对编码和人员编号：gridworker admin list-posts。",
            )

    run(url, work)


def new_epoch(url: str) -> str:
    """To be called after a backup was restored: clients then know that revisions may have been given again."""
    epoch = secrets.token_hex(8)

    async def work(connection: AsyncConnection) -> str:
        await connection.execute(sa.update(tables.server).values(epoch=epoch))
        return epoch

    return run(url, work)


def _raise_if_no_role(role: str) -> None:
    if role not in known_roles():
        listed = "、".join(f"{key}（{ROLE_LABELS.get(key, key)}）" for key in known_roles())
        raise KnownError(f"没有“{role[:20]}”这个岗位。", action=f"可用的岗位：{listed}。")


def _duty(text: str) -> str:
    duties = table("DUTY")
    code = duties.code_of(text)
    if code is None:
        raise KnownError(
            f"没有“{text[:20]}”这项职责。", action=f"可填：{'、'.join(label for _, label in duties.entries)}。"
        )
    return code


def _building(text: str) -> str:
    compound, slash, number = text.rpartition("/")
    if text and not (slash and number.strip()):
        raise KnownError(
            f"楼栋“{text[:20]}”写法不对。", action="应写成 小区/楼栋，没有小区时写 /楼栋，例如 金沙花园/3。"
        )
    return building_key(compound, number)


async def _raise_if_no_grid(connection: AsyncConnection, area: str) -> None:
    inside = sa.select(_scope.scope).where(in_areas(_scope.scope, [area])).limit(1)
    if (await connection.execute(inside)).one_or_none() is None:
        what = f"网格 {area}" if is_grid_code(area) else f"区划 {area} 里的网格"
        raise KnownError(f"还没有{what}。", action="请先执行：gridworker admin grid 网格编码 网格名称。")


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
