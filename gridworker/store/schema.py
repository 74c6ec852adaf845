"""The schema this program wants: derived from the declarations of the ledgers, beside the tables every home has.

A changed declaration changes what is wanted here; what is already on people's disks is changed by a migration
(`migrations.py`), and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from gridworker.ledger.code_fields import Ref
from gridworker.ledger.ledger import Ledger
from gridworker.store.tables import affinity, quoted

# Read by number, beside links and dates: the next household number is one more than the highest.
_ALSO_INDEXED = {"household": ("household_no",)}

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
    "CREATE INDEX outbox_record ON outbox (record, n)",
    "CREATE INDEX outbox_waiting ON outbox (scope, n) WHERE status <> 'acked'",
    "CREATE INDEX outbox_batch ON outbox (batch) WHERE batch IS NOT NULL",
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
    ]
    table = f"CREATE TABLE {quoted(ledger.key)} (\n" + ",\n".join(columns) + "\n)"
    return [table, *_indexes(ledger)]


def _indexes(ledger: Ledger) -> Iterator[str]:
    for link in ledger.links:
        if isinstance(link, Ref) and link.to != "actor":
            yield _index(ledger, link.key) + f" WHERE {quoted(link.key)} IS NOT NULL"
    for key in (*filter(None, [ledger.month_field]), *_ALSO_INDEXED.get(ledger.key, ())):
        yield _index(ledger, key)


def _index(ledger: Ledger, key: str) -> str:
    return f"CREATE INDEX {quoted(f'{ledger.key}_{key}')} ON {quoted(ledger.key)} ({quoted(key)})"
