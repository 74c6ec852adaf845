"""From any released database to the one this program wants: hand-written steps, each atomic with its record.

Step 1 is the text of the first release and never changes after it. A later change of a declaration adds a step here
that alters the tables, and `schema.wanted` says what must come out. A brand-new ledger needs no step.
"""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.store.driver import wrapped  # the alias inside must come before sqlite_utils  # isort: skip

from sqlite_utils import Database, Migrations

from gridworker.ledger.ledger import Ledger
from gridworker.store.driver import Connection
from gridworker.store.errors import DamagedDatabase, NewerDatabase
from gridworker.store.first_schema import FIRST_SCHEMA
from gridworker.store.schema import table_statements

STEPS = Migrations("gridworker")
# FTS5's own page size overflows a page of SQLCipher, which keeps some bytes for itself.
_SEARCH_PAGE = 3950


@STEPS(name="0001_first_release")
def _first_release(db: Database) -> None:
    for statement in FIRST_SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
    db.execute("INSERT INTO search_index(search_index, rank) VALUES ('pgsz', ?)", [_SEARCH_PAGE])


def known_steps() -> list[str]:
    """The names of all steps this program knows, in order."""
    empty = Database(memory=True)
    try:
        return [step.name for step in STEPS.pending(empty)]
    finally:
        empty.close()


def raise_if_newer(connection: Connection) -> None:
    """Refuses a database that a newer program has changed, and one that is none of ours; touches nothing."""
    db = wrapped(connection)
    applied = {step.name for step in STEPS.applied(db)}
    if not applied:
        raise DamagedDatabase
    if applied - set(known_steps()):
        raise NewerDatabase


def migrate(connection: Connection, ledgers: Mapping[str, Ledger]) -> None:
    """Brings the schema up to date; a ledger this database has never seen gets its table."""
    db = wrapped(connection)
    STEPS.apply(db)
    present = set(db.table_names())
    for ledger in ledgers.values():
        if ledger.key not in present:
            with db.atomic():
                for statement in table_statements(ledger):
                    db.execute(statement)
