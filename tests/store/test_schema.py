"""The schema on the disk and the schema the declarations ask for are the same, whatever way it came about."""

from __future__ import annotations

from dataclasses import replace

from gridworker.ledger.field import Bool, Text
from gridworker.ledger.ledger import Ledger, Search
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers
from gridworker.store import schema
from gridworker.store.driver import driver
from gridworker.store.migrations import known_steps, migrate
from gridworker.store.query import Query
from gridworker.store.store import Store
from tests.store.samples import GRID, household

TABLE = Ledger(
    key="table",
    label="事件",
    number_prefix="SJ",
    fields=(Text("order", "顺序"), Bool("group", "群体")),
    list_columns=("order",),
    form_groups=(("", ("order", "group")),),
    search=Search(texts=("order",)),
    pdf_columns=("order",),
    excel_columns=("order",),
    title=lambda values: str(values.get("order")),
)


def _objects(connection) -> dict[str, object]:
    """Everything of a schema that decides how it behaves; the order of columns does not."""
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        " AND name NOT LIKE 'search_index_%' AND name NOT LIKE '%sqlite%'"
    )
    return {
        name: _table(connection, name, sql) if kind == "table" else " ".join(sql.split())
        for kind, name, sql in rows.fetchall()
    }


def _table(connection, name: str, sql: str) -> object:
    columns = sorted(row[1:] for row in connection.execute(f'PRAGMA table_xinfo("{name}")').fetchall())
    made = connection.execute(f'PRAGMA index_list("{name}")').fetchall()
    unique = sorted(
        [row[2] for row in connection.execute(f'PRAGMA index_info("{index}")').fetchall()]
        for _, index, is_unique, origin, _ in made
        if is_unique and origin != "c"
    )
    return columns, unique, "WITHOUT ROWID" in sql, sql if "VIRTUAL" in sql else ""


def test_migrated_equals_derived():
    """All steps from an empty file end where the declarations want to be: a changed field needs a step.

    A ledger no step has made yet is made by its declaration, so only those of released tables can differ.
    """
    migrated, derived = (driver.connect(":memory:", isolation_level=None) for _ in range(2))
    migrate(migrated, all_ledgers())
    for statement in schema.wanted(all_ledgers()):
        derived.execute(statement)
    assert _objects(migrated) == _objects(derived)
    migrated.close()
    derived.close()


def test_the_comparison_sees_each_kind_of_difference():
    """A column, a kind, a constraint, an index, a trigger: each one alone is a difference."""
    made = [
        "CREATE TABLE a (x TEXT NOT NULL, y INTEGER)",
        "CREATE TABLE a (x TEXT, y INTEGER)",
        "CREATE TABLE a (x TEXT NOT NULL, y TEXT)",
        "CREATE TABLE a (x TEXT NOT NULL UNIQUE, y INTEGER)",
        "CREATE TABLE a (x TEXT NOT NULL, y INTEGER, z TEXT)",
        "CREATE TABLE a (x TEXT NOT NULL PRIMARY KEY, y INTEGER) WITHOUT ROWID",
        "CREATE TABLE a (x TEXT NOT NULL, y INTEGER DEFAULT 1)",
        "CREATE TABLE a (x TEXT NOT NULL, y INTEGER); CREATE INDEX i ON a (x)",
        "CREATE TABLE a (x TEXT NOT NULL, y INTEGER); CREATE INDEX i ON a (x) WHERE y=1",
        "CREATE TABLE a (x TEXT NOT NULL, y INTEGER); CREATE TRIGGER t DELETE ON a BEGIN SELECT 1; END",
    ]
    seen = []
    for script in made:
        connection = driver.connect(":memory:", isolation_level=None)
        connection.executescript(script)
        seen.append(_objects(connection))
        connection.close()
    assert all(seen[one] != seen[other] for one in range(len(seen)) for other in range(one))


def test_a_changed_declaration_is_noticed():
    """The comparison is not blind: one more field is one difference."""
    ledgers = all_ledgers()
    grown = replace(ledgers["visit"], fields=(*ledgers["visit"].fields, Text("mood", "心情")))
    assert schema.wanted({**ledgers, "visit": grown}) != schema.wanted(ledgers)


def test_steps_are_applied_once_and_recorded(store, home, data_key):
    """Opening again applies nothing again."""
    applied = store.write(lambda tx: [row[0] for row in tx.sql("SELECT name FROM _sqlite_migrations ORDER BY id")])
    assert applied == known_steps()
    store.close()
    again = Store.open(home, data_key)
    assert again.write(lambda tx: tx.sql("SELECT count(*) FROM _sqlite_migrations")) == [(len(applied),)]
    again.close()


def test_a_new_ledger_gets_its_table_unaided(home, data_key):
    """A home made before a ledger was declared takes it in, even one named by a word of SQL; older rows stay."""
    first = Store.create(home, data_key)
    record = household()
    first.write(lambda tx: tx.put(record))
    first.close()
    second = Store.open(home, data_key, ledgers={**all_ledgers(), "table": TABLE})
    case = Record("c1", "table", GRID, {"order": "先急后缓", "group": True})
    second.write(lambda tx: tx.put(case))
    with second.read() as tx:
        assert tx.get("table", "c1") == case
        assert tx.find(record.id) == record
        assert [hit.id for hit in tx.search("先急")] == ["c1"]
        assert list(tx.select(Query("table", order=("-order",)))) == [2]
    second.close()


def test_an_older_program_passes_over_ledgers_it_does_not_know(home, data_key):
    """Records of an unknown ledger are left alone: not found, not shown, not lost."""
    newer = Store.create(home, data_key, ledgers={**all_ledgers(), "table": TABLE})
    newer.write(lambda tx: tx.put(Record("c1", "table", GRID, {"order": "先急后缓"})))
    newer.close()
    older = Store.open(home, data_key)
    with older.read() as tx:
        assert tx.find("c1") is None
        assert tx.search("先急") == []
    older.close()
    newer = Store.open(home, data_key, ledgers={**all_ledgers(), "table": TABLE})
    with newer.read() as tx:
        assert tx.find("c1")
    newer.close()


def test_no_ledger_is_named_like_a_table_of_the_store():
    """A ledger whose key is the store's own table would share it."""
    own = {statement.split("(")[0].split()[-1] for statement in schema.SYSTEM if statement.startswith("CREATE TABLE")}
    assert not own & set(all_ledgers())
