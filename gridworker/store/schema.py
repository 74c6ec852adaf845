"""The schema this program wants: derived from the declarations of the ledgers, beside the tables every home has.

A changed declaration changes what is wanted here; what is already on people's disks is changed by a migration
(`migrations.py`), and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from gridworker.ledger.code_fields import Code, Codes, Ref
from gridworker.ledger.field import Bool, Field, PersonName, Text
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.number_fields import Date, DateTime
from gridworker.ledger.number_ids import Phone
from gridworker.store.query import sort_keys
from gridworker.store.tables import Table, affinity, home_link, own_columns, quoted

# Read by number, beside links and dates: the next household number is one more than the highest, and a number that is
# written twice is a person registered twice.
_ALSO_INDEXED = {"household": ("household_no",), "person": ("id_no",)}
# What plans read beside the lists: who is due, what lies in a building, who is in care.
_PLANNED: dict[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    # The plan of the day orders and counts what is due from these alone; rows are read for what is shown of it.
    "household": (
        ("due", ("visit_due_on", "walk", "id", "last_visited_at"), "visit_due_on IS NOT NULL AND deleted=0"),
    ),
    "visit": (
        ("promised", ("follow_up_on",), "follow_up_on IS NOT NULL AND deleted=0"),
        ("unmet", ("household_id", "visited_at"), "met=0 AND deleted=0"),
    ),
    "person": (("care", ("household_id", "care_level"), "care_level IS NOT NULL AND deleted=0"),),
}
_MANY_VALUES = (Date, DateTime, PersonName, Phone)
_FEW_VALUES = (Code, Codes, Bool, Text)
# Nobody sorts a list by what was said; for such a column the rows themselves are read.
_LONGEST_SORTED = 100

SYSTEM: tuple[str, ...] = (
    """CREATE TABLE record_index (
  row_id INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  ledger TEXT NOT NULL
)""",
    """CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY,
  op_id TEXT NOT NULL UNIQUE,
  n INTEGER NOT NULL,
  scope TEXT NOT NULL,
  device TEXT NOT NULL,
  incarnation INTEGER NOT NULL,
  ledger TEXT NOT NULL,
  record TEXT NOT NULL,
  kind TEXT NOT NULL,
  schema INTEGER NOT NULL,
  base_rev INTEGER NOT NULL,
  "set" TEXT,
  elements TEXT,
  command TEXT,
  occurred_at TEXT NOT NULL,
  actor TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending',
  outcome TEXT,
  code TEXT,
  detail TEXT,
  batch TEXT,
  UNIQUE (scope, device, incarnation, n)
)""",
    "CREATE INDEX outbox_record ON outbox (record, n, status)",
    "CREATE INDEX outbox_waiting ON outbox (scope, n, status) WHERE status <> 'acked'",
    "CREATE INDEX outbox_batch ON outbox (batch) WHERE batch IS NOT NULL",
    "CREATE INDEX outbox_outcome ON outbox (outcome) WHERE outcome IS NOT NULL",
    """CREATE TABLE base (
  record TEXT PRIMARY KEY,
  ledger TEXT NOT NULL,
  grid_code TEXT NOT NULL,
  body TEXT NOT NULL,
  status TEXT NOT NULL,
  revision INTEGER NOT NULL,
  deleted INTEGER NOT NULL
) WITHOUT ROWID""",
    """CREATE TABLE conflict (
  op_id TEXT NOT NULL,
  field TEXT NOT NULL,
  record TEXT NOT NULL,
  ledger TEXT NOT NULL,
  scope TEXT NOT NULL,
  mine TEXT NOT NULL,
  theirs TEXT NOT NULL,
  their_author TEXT NOT NULL,
  code TEXT NOT NULL,
  at TEXT NOT NULL,
  settled_at TEXT,
  PRIMARY KEY (op_id, field)
) WITHOUT ROWID""",
    "CREATE INDEX conflict_record ON conflict (record)",
    "CREATE INDEX conflict_open ON conflict (op_id) WHERE settled_at IS NULL",
    """CREATE TABLE cursor (
  scope TEXT PRIMARY KEY,
  upto TEXT NOT NULL,
  epoch TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID""",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE people (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  grid_code TEXT NOT NULL
) WITHOUT ROWID""",
    """CREATE TABLE draft (
  key TEXT PRIMARY KEY,
  ledger TEXT NOT NULL,
  raw TEXT NOT NULL,
  at TEXT NOT NULL
) WITHOUT ROWID""",
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
) WITHOUT ROWID""",
    """CREATE TABLE snooze (
  key TEXT PRIMARY KEY,
  until TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL
) WITHOUT ROWID""",
    "CREATE INDEX snooze_until ON snooze (until)",
    """CREATE TABLE history (
  n INTEGER PRIMARY KEY,
  record TEXT NOT NULL,
  at TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  verb TEXT NOT NULL,
  event TEXT NOT NULL DEFAULT '',
  op_id TEXT,
  changes TEXT,
  reason TEXT NOT NULL DEFAULT '',
  from_status TEXT NOT NULL DEFAULT '',
  to_status TEXT NOT NULL DEFAULT ''
)""",
    "CREATE INDEX history_record ON history (record)",
    """CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  verb TEXT NOT NULL,
  ledger TEXT NOT NULL,
  record TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash BLOB NOT NULL
)""",
    "CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'audit is append-only'); END",
    "CREATE TRIGGER audit_keeps_words BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'audit is append-only'); END",
    """CREATE TABLE reference_data (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  source TEXT NOT NULL,
  server_digest TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID""",
    """CREATE TABLE import_batch (
  id TEXT PRIMARY KEY,
  ledger TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  at TEXT NOT NULL,
  source TEXT NOT NULL,
  counts TEXT NOT NULL,
  undone_at TEXT
) WITHOUT ROWID""",
    """CREATE VIRTUAL TABLE search_index USING fts5(names, texts, rooms, numbers, pinyin, whole,
  content='', contentless_delete=1, tokenize='unicode61')""",
)


def wanted(ledgers: Mapping[str, Ledger]) -> list[str]:
    """Every statement that makes an empty database the one this program wants."""
    return [*SYSTEM, *chain.from_iterable(table_statements(ledger) for ledger in ledgers.values())]


def table_statements(ledger: Ledger) -> list[str]:
    """The table of one ledger and its indexes."""
    columns = [
        "  row_id INTEGER PRIMARY KEY",
        "  id TEXT NOT NULL UNIQUE",
        "  grid_code TEXT NOT NULL",
        "  status TEXT NOT NULL",
        "  revision INTEGER NOT NULL",
        "  deleted INTEGER NOT NULL",
        *(f"  {quoted(known.key)} {affinity(known)}" for known in ledger.fields),
        "  extra TEXT",
        *(f"  {quoted(column)} TEXT" for column in own_columns(ledger)),
    ]
    table = f"CREATE TABLE {quoted(ledger.key)} (\n" + ",\n".join(columns) + "\n)"
    return [table, *_indexes(ledger)]


def sorted_columns(ledger: Ledger) -> list[str]:
    """The list columns by which a list is in order at once, however long it is: those with many different values."""
    return [key for key in ledger.list_columns if isinstance(ledger[key], _MANY_VALUES) or _leads_home(ledger, key)]


def covered_columns(ledger: Ledger) -> list[str]:
    """The list columns that share one index: sorting or filtering by one reads it instead of the rows.

    Each index of its own would cost every save another encrypted page.
    """
    fit = (key for key in ledger.list_columns if isinstance(ledger[key], _FEW_VALUES) and not _is_long(ledger[key]))
    return [key for key in fit if key not in sorted_columns(ledger)]


def _leads_home(ledger: Ledger, key: str) -> bool:
    return bool(own_columns(ledger)) and key == home_link(ledger)


def _is_long(known: Field) -> bool:
    return isinstance(known, Text) and (known.lines or known.max_length > _LONGEST_SORTED)


def _indexes(ledger: Ledger) -> Iterator[str]:
    for link in ledger.links:
        if isinstance(link, Ref) and link.to != "actor":
            # What is summed up through a link lies beside it, so that the newest is found without reading the rows.
            summed = [key for rollup in ledger.rollups if rollup.via == link.key for key in (rollup.where, rollup.of)]
            beside = [quoted(key) for key in dict.fromkeys((link.key, *summed))]
            yield _index(ledger, link.key, beside, f"{quoted(link.key)} IS NOT NULL")
    for key in _ALSO_INDEXED.get(ledger.key, ()):
        yield _index(ledger, key, [quoted(key)])
    table = Table(ledger)
    own = sort_keys(table, [key.removeprefix("-") for key in ledger.sort_by])
    if own:
        yield _index(ledger, "order", own, "deleted=0")
    for key in sorted_columns(ledger):
        terms = sort_keys(table, [key])
        # The first column of the ledger's own order is asked for in that order.
        if terms != own[: len(terms)]:
            yield _index(ledger, f"by_{key}", terms, "deleted=0")
    covered = covered_columns(ledger)
    if covered:
        yield _index(ledger, "codes", [quoted(key) for key in covered], "deleted=0")
    if ledger.workflow:
        yield _index(ledger, "status", ["status"], "deleted=0")
    yield from _closed(ledger)
    yield from _newest(ledger)
    for name, columns, where in _PLANNED.get(ledger.key, ()):
        yield _index(ledger, name, [quoted(column) for column in columns], where)


def _closed(ledger: Ledger) -> Iterator[str]:
    """What may have come back is looked for among what was closed lately."""
    if ledger.recurs_by and ledger.closing_field:
        closed = quoted(ledger.closing_field)
        yield _index(ledger, "closed", [closed], f"{closed} IS NOT NULL AND deleted=0")


def _newest(ledger: Ledger) -> Iterator[str]:
    """Where of the records alike in a field only the newest owes, it is found with all that the plan asks of it."""
    for due in ledger.dues:
        if due.newest_of:
            columns = (due.newest_of, ledger.month_field, "id", due.field, home_link(ledger), "status")
            yield _index(ledger, f"newest_{due.field}", [quoted(one) for one in columns if one], "deleted=0")


def _index(ledger: Ledger, name: str, terms: Sequence[str], where: str = "") -> str:
    statement = f"CREATE INDEX {quoted(f'{ledger.key}_{name}')} ON {quoted(ledger.key)} ({', '.join(terms)})"
    return f"{statement} WHERE {where}" if where else statement
