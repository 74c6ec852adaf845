"""The database behind the server: SQLite in one file or PostgreSQL by URL, one code path above both."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gridworker.errors import KnownError
from gridworker.server import tables
from gridworker.server.storage_bulk import Bulk, bulk_for
from gridworker.server.upgrades import upgrade

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    # Batches touch the same pages again and again: at the usual 1000 pages a busy grid's are copied home four times.
    "wal_autocheckpoint=4000",
    "busy_timeout=20000",
    "foreign_keys=ON",
    "cache_size=-32000",
)
_READERS = 4
_READING = "gridworker_reading"


@dataclass(frozen=True)
class Storage:
    """Connections to one opened database, and who this server is."""

    writers: AsyncEngine
    readers: AsyncEngine
    bulk: Bulk
    server_id: str
    epoch: str

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that writes; an exception rolls it back."""
        async with self.writers.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that sees one state of the database from beginning to end."""
        async with self.readers.connect() as connection:
            await connection.execution_options(**_read_options(connection))
            async with connection.begin():
                yield connection

    async def close(self) -> None:
        """Gives all connections back."""
        await self.readers.dispose()
        await self.writers.dispose()


async def open_storage(url: str) -> Storage:
    """Opens a database, making its tables where there are none; refuses one that a newer program wrote."""
    address = read_url(url)
    writers, readers = _engines(address)
    try:
        async with writers.begin() as connection:
            row = await _identity(connection)
    except BaseException as wrong:
        await writers.dispose()
        await readers.dispose()
        told = _told(address, wrong)
        if told is wrong:
            raise
        raise told from wrong
    return Storage(writers, readers, bulk_for(address.get_backend_name()), row[0], row[1])


def _told(address: URL, wrong: BaseException) -> BaseException:
    """A failure to open as people can use it; what is no fault of the database stays what it is."""
    if isinstance(wrong, OperationalError | InterfaceError | OSError):
        return _unreachable(address)
    if isinstance(wrong, DBAPIError):
        return _damaged()
    return wrong


def _damaged() -> KnownError:
    return KnownError("服务器的数据库不能用。", safe="里面的数据没有改动。", action="请检查数据库的权限和完整性。")


def read_url(url: str) -> URL:
    """`sqlite:///…` and `postgresql://…` with the asynchronous drivers; other databases are refused in words."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise KnownError(
            "数据库地址写得不对。", action="例如：postgresql://用户@主机/库 或 sqlite:////路径/文件.db。"
        ) from None
    driver = _DRIVERS.get(address.get_backend_name())
    if driver is None:
        raise KnownError(f"不支持 {address.get_backend_name()} 数据库。", action="请用 SQLite 或 PostgreSQL。")
    return address.set(drivername=driver)


def _engines(address: URL) -> tuple[AsyncEngine, AsyncEngine]:
    if address.get_backend_name() != "sqlite":
        engine = create_async_engine(address, hide_parameters=True, pool_size=10, max_overflow=10, pool_pre_ping=True)
        return engine, engine
    if address.database:
        _raise_if_no_file(address)
    # One writer: others wait in the pool, in order, and not in the file lock, by chance.
    writers = create_async_engine(address, hide_parameters=True, pool_size=1, max_overflow=0, pool_timeout=60)
    readers = create_async_engine(address, hide_parameters=True, pool_size=_READERS, max_overflow=0, pool_timeout=60)
    for engine in (writers, readers):
        _prepare_sqlite(engine)
    return writers, readers


def _raise_if_no_file(address: URL) -> None:
    """Finds out first, in this thread, whether the file opens at all.

    WORKAROUND: aiosqlite 0.22 does not wait for the thread of a connection that failed to open; where the event loop
    ends first, the thread dies with a traceback. Not needed once a failed `aiosqlite.connect` joins its thread.
    """
    path = Path(str(address.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
    except (OSError, sqlite3.OperationalError) as wrong:
        raise _unreachable(address) from wrong
    except sqlite3.DatabaseError as wrong:
        raise _damaged() from wrong


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @sa.event.listens_for(engine.sync_engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get(_READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _read_options(connection: AsyncConnection) -> dict[str, Any]:
    if connection.dialect.name == "sqlite":
        return {_READING: True}
    return {"isolation_level": "REPEATABLE READ"}


async def _identity(connection: AsyncConnection) -> tuple[str, str]:
    if connection.dialect.name == "postgresql":
        # Two servers that start at once on an empty database make its tables one after the other.
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(7030001)"))
    fresh = not await connection.run_sync(lambda sync: sa.inspect(sync).has_table(tables.server.name))
    if not fresh:
        await _raise_if_newer(connection)
    # Tables a later program added are made in an older database too; a table that is there is changed by a step.
    await connection.run_sync(tables.metadata.create_all)
    if fresh:
        made = {"one": 1, "version": tables.VERSION, "server_id": secrets.token_hex(8), "epoch": secrets.token_hex(8)}
        await connection.execute(sa.insert(tables.server).values(**made))
    row = (await connection.execute(sa.select(tables.server))).one()
    await upgrade(connection, row.version)
    return row.server_id, row.epoch


async def _raise_if_newer(connection: AsyncConnection) -> None:
    version = (await connection.execute(sa.select(tables.server.c.version))).scalar_one()
    if version > tables.VERSION:
        raise KnownError(
            "这个数据库是更新版本的程序写的。",
            safe="里面的数据没有改动。",
            action=f"请升级服务器程序（数据库版本 {version}，本程序到 {tables.VERSION}）。",
        )


def _unreachable(address: URL) -> KnownError:
    if address.get_backend_name() == "sqlite":
        return KnownError("打不开服务器的数据库文件。", safe="文件没有改动。", action="请检查文件夹的权限和磁盘空间。")
    return KnownError(
        f"连不上数据库 {address.host or '（本机）'}。",
        safe="数据没有改动。",
        action="请检查数据库是否在运行、地址和账号是否正确。",
    )
