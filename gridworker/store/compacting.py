"""Writing a ledger's file anew, so that no free page and no word of the search index tells what was deleted."""

from __future__ import annotations

from gridworker.store.driver import Connection

_PATIENCE_MS, _USUAL_MS = 2_000, 5_000


def compact(connection: Connection) -> bool:
    """Leaves only what stands; whether the log was folded too, which a reader of an older state hinders.

    A kill in the middle leaves the file as it was. Room for the file once more is needed meanwhile.
    """
    # Entries of an index without contents are only marked as gone until its parts are merged.
    connection.execute("INSERT INTO search_index (search_index) VALUES ('optimize')")
    connection.execute("VACUUM")
    connection.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
    try:
        return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.execute(f"PRAGMA busy_timeout={_USUAL_MS}")
