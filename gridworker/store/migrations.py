"""From any released database to the one this program wants: hand-written steps, each atomic with its record.

Step 1 is the text of the first release and never changes after it. A later change of a declaration adds a step here
that alters the tables, and `schema.wanted` says what must come out. A brand-new ledger needs no step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gridworker.ledger.ledger import Ledger
from gridworker.store.driver import Connection, wrapped
from gridworker.store.errors import DamagedDatabase, NewerDatabase
from gridworker.store.first_schema import FIRST_SCHEMA
from gridworker.store.schema import table_statements
from gridworker.store.schema_0002 import SORTED_LISTS

if TYPE_CHECKING:
    from sqlite_utils import Database

_SET = "gridworker"
_APPLIED = "SELECT name FROM _sqlite_migrations WHERE migration_set=? ORDER BY id"
_TABLES = "SELECT name FROM sqlite_master WHERE type='table'"
# FTS5's own page size overflows a page of SQLCipher, which keeps some bytes for itself.
_SEARCH_PAGE = 3950


def _first_release(db: Database) -> None:
    _run(db, FIRST_SCHEMA)
    db.execute("INSERT INTO search_index(search_index, rank) VALUES ('pgsz', ?)", [_SEARCH_PAGE])


def _sorted_lists(db: Database) -> None:
    # The new columns are filled by `kept_keys.py` after the steps: the program's rules are no part of a step.
    _run(db, SORTED_LISTS)


def _name_reading(db: Database) -> None:
    _run(db, 'ALTER TABLE "person" ADD COLUMN "name_reading" TEXT')


def _reference_data(db: Database) -> None:
    _run(db, """CREATE TABLE reference_data (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  source TEXT NOT NULL,
  server_digest TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID""")  # fmt: skip


def _posts(db: Database) -> None:
    # Until the next hello tells dates and duties, everybody keeps the one role and grid known of them.
    _run(
        db,
        """CREATE TABLE post (
  actor_id TEXT NOT NULL,
  role TEXT NOT NULL,
  area_code TEXT NOT NULL,
  since TEXT NOT NULL,
  until TEXT NOT NULL,
  duties TEXT NOT NULL,
  unit TEXT NOT NULL,
  building TEXT NOT NULL,
  PRIMARY KEY (actor_id, role, area_code, since, unit, building)
) WITHOUT ROWID;
INSERT INTO post SELECT id, role, grid_code, '', '', '[]', '', '' FROM people""",
    )


def _residents(db: Database) -> None:
    # Who moved away or died stays, and a grave event asks for a visit within a day.
    _run(
        db,
        """ALTER TABLE "person" ADD COLUMN "living_state" TEXT;
ALTER TABLE "person" ADD COLUMN "left_on" TEXT;
ALTER TABLE "person" ADD COLUMN "merged_into_id" TEXT;
CREATE INDEX "person_merged_into_id" ON "person" ("merged_into_id") WHERE "merged_into_id" IS NOT NULL;
CREATE INDEX "person_id_no" ON "person" ("id_no");
ALTER TABLE "household" ADD COLUMN "grave_event" TEXT;
ALTER TABLE "household" ADD COLUMN "grave_event_at" TEXT""",
    )


def _linked_matters(db: Database) -> None:
    # A hazard is reported up, rechecked by a day and whistled for; a wish is announced and passed on.
    _run(
        db,
        """ALTER TABLE "hazard" ADD COLUMN "reported_up_on" TEXT;
ALTER TABLE "hazard" ADD COLUMN "recheck_due_on" TEXT;
ALTER TABLE "hazard" ADD COLUMN "case_id" TEXT;
CREATE INDEX "hazard_case_id" ON "hazard" ("case_id") WHERE "case_id" IS NOT NULL;
ALTER TABLE "wish" ADD COLUMN "open_since" TEXT;
ALTER TABLE "wish" ADD COLUMN "call_from" TEXT;
ALTER TABLE "wish" ADD COLUMN "call_to" TEXT;
ALTER TABLE "wish" ADD COLUMN "opinion_id" TEXT;
CREATE INDEX "wish_opinion_id" ON "wish" ("opinion_id") WHERE "opinion_id" IS NOT NULL""",
    )


def _closed_hazards(db: Database) -> None:
    # What may have come back is looked for among what was closed lately.
    _run(db, 'CREATE INDEX "hazard_closed" ON "hazard" ("closed_on") WHERE "closed_on" IS NOT NULL AND deleted=0')


def _promised_visits(db: Database) -> None:
    # Few visits promise another: the plan finds them without reading the rest.
    _run(db, 'CREATE INDEX "visit_promised" ON "visit" ("follow_up_on")'
        ' WHERE follow_up_on IS NOT NULL AND deleted=0')  # fmt: skip


def _snooze(db: Database) -> None:
    _run(db, """CREATE TABLE snooze (
  key TEXT PRIMARY KEY,
  until TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX snooze_until ON snooze (until)""")  # fmt: skip


def _between_grids(db: Database) -> None:
    # Who moves to another grid keeps her identity there. No step made the table of movements: a home has it already, or
    # gets it whole from the declaration.
    _run(db, 'ALTER TABLE "person" ADD COLUMN "identity_id" TEXT')
    if "movement" in db.table_names():
        _run(
            db,
            """ALTER TABLE "movement" ADD COLUMN "transfer_state" TEXT;
ALTER TABLE "movement" ADD COLUMN "transfer_note" TEXT;
ALTER TABLE "movement" ADD COLUMN "transfer_id" TEXT;
ALTER TABLE "movement" ADD COLUMN "awaited_since" TEXT;
DROP INDEX "movement_codes";
CREATE INDEX "movement_codes" ON "movement" ("movement_type", "transfer_state") WHERE deleted=0""",
        )


def _plan_by_keys(db: Database) -> None:
    # The plan of a day is ordered and counted from indexes. A home without care visits yet gets theirs with the table.
    _run(db, 'DROP INDEX "household_due"')
    _run(db, 'CREATE INDEX "household_due" ON "household" ("visit_due_on", "walk", "id", "last_visited_at")'
        ' WHERE visit_due_on IS NOT NULL AND deleted=0')  # fmt: skip
    _run(db, 'CREATE INDEX "visit_unmet" ON "visit" ("household_id", "visited_at") WHERE met=0 AND deleted=0')
    if "care_visit" in db.table_names():
        _run(db, 'CREATE INDEX "care_visit_newest_next_due_on" ON "care_visit" ("person_id", "visited_at", "id",'
            ' "next_due_on", "household_id", "status") WHERE deleted=0')  # fmt: skip


def _living_state_in_lists(db: Database) -> None:
    # Lists of residents say who moved away or died, so they also filter and sort by it.
    _run(db, 'DROP INDEX "person_codes"')
    _run(db, 'CREATE INDEX "person_codes" ON "person" ("sex_code", "relation_code", "population_type", "care_level",'
        ' "living_state") WHERE deleted=0')  # fmt: skip


def _run(db: Database, script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


STEPS: tuple[tuple[str, Callable[[Database], None]], ...] = (
    ("0001_first_release", _first_release),
    ("0002_sorted_lists", _sorted_lists),
    ("0003_name_reading", _name_reading),
    ("0005_reference_data", _reference_data),
    ("0006_posts", _posts),
    ("0007_residents", _residents),
    ("0008_linked_matters", _linked_matters),
    ("0009_snooze", _snooze),
    ("0011_between_grids", _between_grids),
    ("0012_closed_hazards", _closed_hazards),
    ("0013_promised_visits", _promised_visits),
    ("0014_plan_by_keys", _plan_by_keys),
    ("0015_living_state_in_lists", _living_state_in_lists),
)


def known_steps() -> list[str]:
    """The names of all steps this program knows, in order."""
    return [name for name, _ in STEPS]


def raise_if_newer(connection: Connection) -> None:
    """Refuses a database that a newer program has changed, and one that is none of ours; touches nothing."""
    applied = _applied(connection)
    if not applied:
        raise DamagedDatabase
    if set(applied) - set(known_steps()):
        raise NewerDatabase


def is_pending(connection: Connection) -> bool:
    """Whether a step is still to be taken."""
    return set(_applied(connection)) != set(known_steps())


def migrate(connection: Connection, ledgers: Mapping[str, Ledger]) -> None:
    """Brings the schema up to date; a ledger this database has never seen gets its table."""
    if is_pending(connection):
        _take_steps(connection)
    present = _tables(connection)
    fresh = [ledger for ledger in ledgers.values() if ledger.key not in present]
    if not fresh:
        return
    with wrapped(connection).atomic():
        for statement in (one for ledger in fresh for one in table_statements(ledger)):
            connection.execute(statement)


def _take_steps(connection: Connection) -> None:
    db = wrapped(connection)
    # A start without pending steps does not load sqlite-utils.
    from sqlite_utils import Migrations  # noqa: PLC0415 - see above

    steps = Migrations(_SET)
    for name, step in STEPS:
        steps(name=name)(step)
    steps.apply(db)


def _applied(connection: Connection) -> list[str]:
    if "_sqlite_migrations" not in _tables(connection):
        return []
    return [row[0] for row in connection.execute(_APPLIED, (_SET,)).fetchall()]


def _tables(connection: Connection) -> set[str]:
    return {row[0] for row in connection.execute(_TABLES).fetchall()}
