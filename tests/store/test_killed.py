"""Killed at any moment: nothing acknowledged is lost, nothing is half there, and no file shows a name."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gridworker.store import audit, outbox
from gridworker.store.store import ReadTx, Store
from tests.store.samples import GRID

CHILD = Path(__file__).parent / "saving_child.py"
ROUNDS = int(os.environ.get("GRIDWORKER_KILL_ROUNDS", "15"))
SECRETS = ["王密密", "李藏藏", "赵草草", "13987651234", "13900007777", "只有自己知道", "锦绣家园"]


def _killed_run(home: Path, data_key: bytes, seed: int, seconds: float) -> tuple[set[str], dict[str, bytes]]:
    """Lets the child save for a while, kills it, and gives what it acknowledged and every file it left."""
    command = [sys.executable, str(CHILD), str(home), data_key.hex(), str(seed)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(seconds)
    running = _files_of(home)
    child.kill()
    said = first + child.stdout.read()
    child.wait()
    child.stdout.close()
    # The last line may be cut in the middle: it was not acknowledged.
    ids = {line.decode() for line in said.split(b"\n")[:-1]}
    return ids, {**running, **{f"{name} after": data for name, data in _files_of(home).items()}}


def _files_of(home: Path) -> dict[str, bytes]:
    found = {}
    for path in home.rglob("*"):
        if path.is_file():
            found[path.name] = path.read_bytes()
    return found


def _assert_whole(tx: ReadTx) -> None:
    """View, operations, search, history and audit tell the same story."""
    records = dict(tx.sql("SELECT id, ledger FROM record_index"))
    rows = {row[0] for key in tx.tables.ledgers for row in tx.sql(f"SELECT id FROM {tx.table_of(key)}")}
    ops = outbox.pending(tx, GRID, 1_000_000)
    assert rows == set(records) == {op.record for op in ops}
    assert [op.n for op in ops] == list(range(1, len(ops) + 1))
    assert {row[0] for row in tx.sql("SELECT op_id FROM history")} == {op.op_id for op in ops}
    report = audit.verify(tx)
    assert report.ok
    assert sum(json.loads(row[0])["ops"] for row in tx.sql("SELECT detail FROM audit")) == len(ops)
    indexed = {row[0] for row in tx.sql("SELECT id FROM search_index_docsize")}
    searched = {row[0] for row in tx.sql("SELECT row_id FROM record_index")}
    assert indexed == searched
    people = {record for record, ledger in records.items() if ledger == "person"}
    found = {hit.id for name in ("王密密", "李藏藏") for hit in tx.search(name, limit=1_000_000)}
    assert found == people
    newest = tx.sql("SELECT household_id, max(visited_at) FROM visit GROUP BY household_id")
    assert dict(tx.sql("SELECT id, last_visited_at FROM household WHERE last_visited_at IS NOT NULL")) == dict(newest)
    assert tx.sql("PRAGMA integrity_check") == [("ok",)]


def _assert_silent(files: dict[str, bytes]) -> None:
    """No known name or number stands in any byte of any file, in any encoding people's systems use."""
    for name, data in files.items():
        for secret in SECRETS:
            for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
                assert secret.encode(encoding) not in data, (name, encoding)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_kill_at_a_random_moment(home, data_key, seed):
    """What the child said was saved is there after the kill, whole, and no byte on the disk betrays it."""
    Store.create(home, data_key).close()
    dice = random.Random(seed)
    acknowledged, files = _killed_run(home, data_key, seed, dice.random() * 0.25)
    assert "gridworker.db-wal" in files
    _assert_silent(files)
    store = Store.open(home, data_key)
    with store.read() as tx:
        assert acknowledged <= {row[0] for row in tx.sql("SELECT id FROM record_index")}
        _assert_whole(tx)
    store.close()
    _assert_silent(_files_of(home))


def test_killed_again_and_again_in_one_home(home, data_key):
    """Several kills in one home add up: every round's acknowledgements are there at the end."""
    Store.create(home, data_key).close()
    acknowledged: set[str] = set()
    for seed in range(3):
        acknowledged |= _killed_run(home, data_key, 100 + seed, 0.1)[0]
    store = Store.open(home, data_key)
    with store.read() as tx:
        assert acknowledged <= {row[0] for row in tx.sql("SELECT id FROM record_index")}
        _assert_whole(tx)
    store.close()


def test_the_search_for_names_is_not_blind(home, data_key):
    """The looker finds a name where one stands, in each encoding."""
    home.mkdir()
    for encoding in ("utf-8", "utf-16-le", "gb18030"):
        (home / "leak.txt").write_bytes(b"\x00\x01" + "某某王密密某某".encode(encoding))
        with pytest.raises(AssertionError):
            _assert_silent(_files_of(home))
