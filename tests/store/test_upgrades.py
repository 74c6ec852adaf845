"""Every released version's home opens here with all that was in it; see `make_fixture.py` for how they are made."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gridworker.identity import new_id
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers
from gridworker.store import audit, errors, kept_keys, keys, outbox, saving, schema
from gridworker.store.driver import connect, driver
from gridworker.store.migrations import STEPS, known_steps
from gridworker.store.query import Query
from gridworker.store.store import Store
from gridworker.sync import wire, wire_bytes
from gridworker.sync.outgoing import to_wire
from tests.store.make_fixture import FIXTURES, PASSPHRASE, contents
from tests.store.samples import GRID, WORKER, household
from tests.store.test_schema import _objects

RELEASES = sorted(path.name for path in FIXTURES.iterdir())


@pytest.fixture(scope="module", params=RELEASES)
def release(request, tmp_path_factory) -> tuple[Path, bytes, dict[str, object]]:
    """A copy of one released home, its key, and what must be in it."""
    home = tmp_path_factory.mktemp("old") / "home"
    shutil.copytree(FIXTURES / request.param, home)
    told = json.loads((home / "expected.json").read_text(encoding="utf-8"))
    (home / "expected.json").unlink()
    return home, keys.unlock(home, PASSPHRASE), told


@pytest.fixture
def old(release, tmp_path) -> tuple[Path, bytes, dict[str, object]]:
    """The same, fresh for each test."""
    home, data_key, told = release
    shutil.copytree(home, tmp_path / "home")
    return tmp_path / "home", data_key, told


def test_there_is_a_fixture_of_the_first_release():
    """Fixtures are kept for ever, the first one too."""
    assert "0.1.0" in RELEASES


def test_an_old_home_keeps_all_that_was_in_it(old):
    """Records, operations, histories, drafts and finds are what they were; the audit goes on from where it stood."""
    home, data_key, told = old
    store = Store.open(home, data_key)
    with store.read() as tx:
        now = contents(tx)
        assert {key: now[key] for key in ("records", "ops", "histories", "drafts")} == {
            key: told[key] for key in ("records", "ops", "histories", "drafts")
        }
        for text, found in told["finds"].items():
            assert set(found) <= set(now["finds"][text]), text
        links, last = told["audit"]
        assert tx.sql("SELECT hex(hash) FROM audit WHERE seq=?", (links,)) == [(last,)]
        assert audit.verify(tx).ok
        assert kept_keys.are_current(tx)
        rooms = [one.values["room_no"] for one in tx.records("household", tx.select(Query("household")))]
        assert rooms == ["501", "502", "902", "1001"]
        assert all(one.values.get("visit_due_on") for one in tx.records("household", tx.select(Query("household")))[:2])
    store.close()


def test_an_old_home_becomes_what_is_wanted_and_is_worked_in(old):
    """After the steps its schema is the derived one, the steps are on record, and saving goes on."""
    home, data_key, _ = old
    store = Store.open(home, data_key)
    fresh = household(remark="升级之后")
    op = store.write(lambda tx: saving.save(tx, None, fresh, actor_id=WORKER))
    store.close()
    again = Store.open(home, data_key)
    with again.read() as tx:
        assert outbox.get_op(tx, op.op_id) is not None
        assert fresh.id in {hit.id for hit in tx.search("锦绣家园3-2-501")}
        assert [row[0] for row in tx.sql("SELECT name FROM _sqlite_migrations ORDER BY id")] == known_steps()
    again.close()
    derived = driver.connect(":memory:", isolation_level=None)
    for statement in schema.wanted(all_ledgers()):
        derived.execute(statement)
    opened = connect(home / "gridworker.db", data_key, readonly=True)
    assert _objects(opened) == _objects(derived)
    opened.close()
    derived.close()


def test_the_recovery_code_of_an_old_home_opens_it(release):
    """Sidecars of every release are read too, by the printed code as by the passphrase."""
    home, data_key, told = release
    assert bytes(keys.unlock(home, told["recovery_code"])) == bytes(data_key)


@pytest.mark.parametrize("broken_step", [name for name, _ in STEPS[1:]])
def test_a_step_that_fails_leaves_the_old_home_as_it_was(old, monkeypatch, broken_step):
    """A step is taken whole or not at all; the next start takes it again."""
    home, data_key, told = old

    def half(name: str, step):
        def fails(db) -> None:
            step(db)
            raise RuntimeError(name)

        return fails

    broken = tuple((name, half(name, step) if name == broken_step else step) for name, step in STEPS)
    with monkeypatch.context() as patch:
        patch.setattr("gridworker.store.migrations.STEPS", broken)
        with pytest.raises(RuntimeError):
            Store.open(home, data_key)
    connection = connect(home / "gridworker.db", data_key, readonly=True)
    taken = [row[0] for row in connection.execute("SELECT name FROM _sqlite_migrations ORDER BY id").fetchall()]
    connection.close()
    assert broken_step not in taken
    store = Store.open(home, data_key)
    with store.read() as tx:
        assert contents(tx)["records"] == told["records"]
    store.close()


def test_a_newer_home_that_was_killed_is_refused_untouched(home, data_key, tmp_path):
    """With the newer program's last saves still in the log, the refusal folds nothing and writes nothing."""
    store = Store.create(home, data_key)
    later = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('gridworker', '0099_later', '')"
    store.write(lambda tx: tx.execute(later))
    store.write(lambda tx: saving.save(tx, None, household(), actor_id=WORKER))
    left = tmp_path / "left"
    shutil.copytree(home, left, ignore=shutil.ignore_patterns("*-shm", "lock"))
    store.close()
    before = {path.name: path.read_bytes() for path in left.iterdir()}
    assert before["gridworker.db-wal"]
    with pytest.raises(errors.NewerDatabase) as told:
        Store.open(left, data_key)
    assert told.value.action
    after = {path.name: path.read_bytes() for path in left.iterdir()}
    assert {name: after.get(name) for name in before} == before
    assert set(after) - set(before) <= {"gridworker.db-shm", "lock"}


def test_what_a_newer_program_filled_travels_on(store):
    """A field unknown here survives other edits; changed, it goes to the outbox and onto the wire as it is."""
    flat = replace(household(), revision=7)
    odd = {"lift_no": "电梯 2 号", "steps": 17, "open": True, "names": ["甲", "乙"]}
    newer = flat.with_values(odd)
    store.write(lambda tx: tx.put(newer))
    edited = newer.with_values({"remark": "楼上新装电梯"})
    store.write(lambda tx: saving.save(tx, newer, edited, actor_id=WORKER))
    with store.read() as tx:
        kept = tx.get("household", flat.id)
        assert {key: kept.values[key] for key in odd} == odd
        assert json.loads(tx.sql("SELECT body FROM base WHERE record=?", (flat.id,))[0][0]).items() >= odd.items()
    changed = kept.with_values({"steps": 18, "lift_no": None})
    op = store.write(lambda tx: saving.save(tx, kept, changed, actor_id=WORKER))
    assert op.set == {"steps": 18, "lift_no": None}
    with store.read() as tx:
        (stored,) = outbox.read_ops(tx, "WHERE op_id=?", (op.op_id,))
    sent = wire_bytes.from_json(wire_bytes.to_json(to_wire(stored)), wire.Op)
    assert sent.set == {"steps": 18, "lift_no": None}
    made = Record(new_id(), "household", GRID, {"room_no": "101", **odd})
    first = store.write(lambda tx: saving.save(tx, None, made, actor_id=WORKER))
    assert {key: to_wire(first).set[key] for key in odd} == odd


def test_sqlite_utils_is_loaded_for_steps_only(old):
    """A start with nothing to upgrade does not pay for the library of the upgrades; one with steps uses it aliased."""
    home, data_key, _ = old
    code = (
        "import sys; from pathlib import Path; from gridworker.store.store import Store;"
        f"Store.open(Path({str(home)!r}), bytes.fromhex({bytes(data_key).hex()!r})).close();"
        "print('sqlite_utils' in sys.modules)"
    )
    import subprocess

    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert [run.stdout.split() for run in runs] == [["True"], ["False"]]
    assert sqlite3.Error is not driver.Error


def test_a_home_that_has_movements_already_learns_how_far_they_come(home, data_key):
    """The table of movements came with no step: a home that has it gets its columns, and keeps its movements."""
    Store.create(home, data_key).close()
    connection = connect(home / "gridworker.db", data_key)
    for statement in (
        'DROP INDEX "movement_codes"',
        *(
            f'ALTER TABLE "movement" DROP COLUMN "{column}"'
            for column in ("transfer_state", "transfer_note", "transfer_id", "awaited_since")
        ),
        'CREATE INDEX "movement_codes" ON "movement" ("movement_type") WHERE deleted=0',
        'ALTER TABLE "person" DROP COLUMN "identity_id"',
        "DELETE FROM _sqlite_migrations WHERE name = '0011_between_grids'",
        "INSERT INTO movement (row_id, id, grid_code, status, revision, deleted) VALUES (1,'m','1','',0,0)",
    ):
        connection.execute(statement)
    connection.close()
    (home / "keys.json").write_text("{}", encoding="utf-8")
    store = Store.open(home, data_key)
    wanted = driver.connect(":memory:", isolation_level=None)
    for statement in schema.wanted(all_ledgers()):
        wanted.execute(statement)
    with store.read() as tx:
        assert tx.sql('SELECT id, transfer_state FROM "movement"') == [("m", None)]
    store.close()
    connection = connect(home / "gridworker.db", data_key, readonly=True)
    assert _objects(connection) == _objects(wanted)
    connection.close()
    wanted.close()
