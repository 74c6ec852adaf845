"""The encrypted file of a ledger, made and opened: compared with its anchor, then brought up to date."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gridworker.identity import new_id, random_device_tag
from gridworker.ledger.ledger import Ledger
from gridworker.store import anchor as anchors
from gridworker.store import backup, backup_plan, kept_keys, search_index
from gridworker.store.anchor import Mark
from gridworker.store.driver import Connection, Error, KeyBytes, connect, translate
from gridworker.store.errors import DamagedDatabase, HomeInUse
from gridworker.store.home import translate_os
from gridworker.store.migrations import is_pending, migrate, raise_if_newer
from gridworker.store.sidecar import sync_folder
from gridworker.store.tables import Tables

# SQLite's header and the first page of the encrypted file; less than this was never a database of ours.
_SMALLEST = 4096


def create_file(path: Path, data_key: KeyBytes, ledgers: Mapping[str, Ledger]) -> None:
    """An empty ledger with a device name of its own, under its name only when it is complete."""
    if path.exists():
        raise HomeInUse
    fresh = path.with_suffix(".new")
    try:
        # What a start left behind that was cut off before anything was kept in it.
        for left in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm")):
            left.unlink(missing_ok=True)
        connection = connect(fresh, data_key, create=True)
        try:
            migrate(connection, ledgers)
            _name_device(connection, ledgers)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()
        fresh.rename(path)
        sync_folder(path.parent)
    except Error as failed:
        raise translate(failed) from failed
    except OSError as failed:
        raise translate_os(failed) from failed


def open_file(path: Path, data_key: KeyBytes, ledgers: Mapping[str, Ledger], newest: Mark | None) -> Connection:
    """The file brought up to date, for its writer; raises what is wrong with it and then leaves it as it is."""
    try:
        if path.stat().st_size < _SMALLEST:
            raise DamagedDatabase
        _look_before_touching(path, data_key, newest)
        connection = connect(path, data_key)
    except Error as failed:
        raise translate(failed) from failed
    except OSError as failed:
        raise translate_os(failed) from failed
    try:
        raise_if_newer(connection)
        anchors.raise_if_lost(connection, newest, anchors.salt_of(path))
        if is_pending(connection):
            backup.make(path.parent, data_key, backup_plan.MIGRATION)
        migrate(connection, ledgers)
    except BaseException as raised:
        connection.close()
        if isinstance(raised, Error):
            raise translate(raised) from raised
        raise
    return connection


def _look_before_touching(path: Path, data_key: KeyBytes, newest: Mark | None) -> None:
    """Where a log lies, it is compared with the anchor by a reader: a writer's close would wipe away what it lost."""
    log = Path(f"{path}-wal")
    if newest is None or not log.exists() or not log.stat().st_size:
        return
    connection = connect(path, data_key, readonly=True)
    try:
        raise_if_newer(connection)
        anchors.raise_if_lost(connection, newest, anchors.salt_of(path))
    finally:
        connection.close()


def _name_device(connection: Connection, ledgers: Mapping[str, Ledger]) -> None:
    facts = {"device_id": new_id(), "device_tag": random_device_tag(), "incarnation": "1"}
    # An empty index is in step.
    facts[search_index.GENERATION] = search_index.generation(Tables(ledgers))
    facts[kept_keys.META] = kept_keys.current()
    connection.executemany("INSERT INTO meta (key, value) VALUES (?,?)", list(facts.items()))
