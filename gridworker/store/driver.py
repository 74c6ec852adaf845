"""The one place that knows the database driver: how a connection is opened, and what its errors mean to people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlcipher3
from sqlcipher3 import dbapi2 as driver

# sqlite-utils catches the exceptions of a module of this name. Without the alias it misses ours and leaves
# transactions open, and later writes vanish without a word. It must stand before sqlite_utils is first imported.
sys.modules["pysqlite3"] = sqlcipher3
sys.modules["pysqlite3.dbapi2"] = driver

from gridworker.errors import BugError, Cancelled  # noqa: E402 - after the alias
from gridworker.store import errors  # noqa: E402 - after the alias

if TYPE_CHECKING:
    from sqlite_utils import Database

Error = driver.Error
Connection = Any
"""A connection of the driver, which publishes no types."""

KEY_BYTES = 32
KeyBytes = bytes | bytearray
"""A data key; as a bytearray it can be overwritten when it is no longer needed."""
_WRITER_CACHE_KIB = 32_000
_READER_CACHE_KIB = 24_000
_FULL, _READONLY, _IOERR, _CORRUPT, _CANTOPEN, _NOTADB = 13, 8, 10, 11, 14, 26
_BUSY, _LOCKED, _INTERRUPT = 5, 6, 9
_KNOWN: dict[int, type[errors.StoreError]] = {
    _FULL: errors.DiskFull,
    _READONLY: errors.ReadOnlyHome,
    _IOERR: errors.DiskTrouble,
    _CORRUPT: errors.DamagedDatabase,
    _NOTADB: errors.DamagedDatabase,
    _CANTOPEN: errors.DiskTrouble,
    _BUSY: errors.Busy,
    _LOCKED: errors.Busy,
}


def connect(path: Path, data_key: KeyBytes, *, readonly: bool = False, create: bool = False) -> Connection:
    """A keyed connection whose first read has succeeded; raises the driver's errors, and creates no file unasked."""
    if len(data_key) != KEY_BYTES:
        raise BugError(f"A data key has {KEY_BYTES} bytes.")
    mode = "ro" if readonly else "rwc" if create else "rw"
    # A connection goes from thread to thread, but always one holder at a time: the writer's thread or one `read()`.
    connection = driver.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=5.0, isolation_level=None,
        check_same_thread=False, cached_statements=512,
    )  # fmt: skip
    try:
        connection.execute("PRAGMA cipher_log_level=NONE")
        connection.execute(f"PRAGMA key=\"x'{data_key.hex()}'\"")
        # cipher_memory_security stays off: it wipes and locks every allocation of SQLite, which made an import of
        # 10,000 rows 3 to 15 times slower, while SQLCipher wipes what holds its keys in either case.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        _set_up(connection, readonly=readonly)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_still(path: Path, data_key: KeyBytes) -> Connection:
    """A reader of a file that nobody writes: it makes no file beside it, so that a write-protected stick will do."""
    return _bare(f"{path.absolute().as_uri()}?mode=ro&immutable=1", data_key)


def connect_target(path: Path, data_key: KeyBytes) -> Connection:
    """A new file for a copy. Nobody relies on it before it is whole, so no journal writes each page twice."""
    connection = _bare(f"{path.absolute().as_uri()}?mode=rwc", data_key)
    connection.execute("PRAGMA journal_mode=OFF").fetchone()
    connection.execute("PRAGMA synchronous=OFF")
    return connection


def _bare(uri: str, data_key: KeyBytes) -> Connection:
    connection = driver.connect(uri, uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA cipher_log_level=NONE")
        connection.execute(f"PRAGMA key=\"x'{data_key.hex()}'\"")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: Connection, *, readonly: bool) -> None:
    if not readonly:
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        # NORMAL lost acknowledged commits in simulated power cuts, FULL none.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA fullfsync=ON")
        connection.execute("PRAGMA journal_size_limit=16777216")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=5000")
    # Sorts and statement journals stay in memory: a temporary file would hold plain text.
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute(f"PRAGMA cache_size=-{_READER_CACHE_KIB if readonly else _WRITER_CACHE_KIB}")
    connection.execute("PRAGMA trusted_schema=OFF")
    if readonly:
        connection.execute("PRAGMA query_only=ON")


def wrapped(connection: Connection) -> Database:
    """The connection under sqlite-utils, for migrations and administration."""
    # A sixth of a second that a start without migrations does not pay.
    import sqlite_utils  # noqa: PLC0415 - see above
    from sqlite_utils import db as sqlite_utils_db  # noqa: PLC0415 - see above

    if getattr(sqlite_utils_db, "OperationalError") is not driver.OperationalError:  # noqa: B009 - not declared public
        raise ImportError("sqlite_utils was imported before gridworker.store.driver")
    return sqlite_utils.Database(connection, recursive_triggers=False, execute_plugins=False)


def translate(error: BaseException) -> Exception:
    """What an error of the driver means: an error with advice, a stop somebody asked for, or a bug of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    base = code & 0xFF if isinstance(code, int) else -1
    if base == _INTERRUPT:
        return Cancelled()
    if base in _KNOWN:
        return _KNOWN[base]()
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    return BugError(
        f"数据库出错（{name}）。", safe="刚才的这一步没有写入，之前保存的都在。", action="请把这份报告发给开发者。"
    )
