"""kill -9 at any moment of a save made the way the window makes it: what was acknowledged is there, whole."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridworker.store import audit, outbox
from gridworker.store.store import ReadTx, Store
from tests.store.kill_child import GRID, make_home

CHILD = Path(__file__).with_name("kill_child.py")
ROUNDS = 1_000 if os.environ.get("GRIDWORKER_LONG") else 50
# Rounds in one home: each goes on where the one before was cut off.
IN_ONE_HOME = 10
LONGEST_SECONDS = 0.2
# Kills that come sooner may meet the opening itself.
DURING_OPENING = 0.015


class Killer:
    """Starts programs that save, and kills them."""

    def __init__(self) -> None:
        self._forks = hasattr(os, "fork")
        self._server = self._start("serve") if self._forks else None

    def run(self, home: Path, data_key: bytes, seed: int, seconds: float) -> list[list[str]]:
        """Lets one program save for a while after its start; every line it got out before it was killed."""
        if self._server is None:
            server, number = self._start(str(home), data_key.hex(), str(seed)), "0"
        else:
            server, number = self._server, str(seed)
            assert server.stdin is not None
            server.stdin.write(f"{number}\t{home}\t{data_key.hex()}\t{seed}\n".encode())
            server.stdin.flush()
        assert server.stdout is not None
        said: list[list[str]] = []
        pid = self._pid(server, number, said, past_opening=seconds > DURING_OPENING)
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL) if self._forks else server.kill()
        while (words := self._line(server, number)) and words[0] != "end":
            said.append(words)
        if self._server is None:
            server.stdout.close()
            server.wait()
        return said

    def close(self) -> None:
        """Ends the forking program."""
        if self._server is not None:
            self._server.communicate(timeout=60)

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        ends = subprocess.PIPE
        return subprocess.Popen([sys.executable, str(CHILD), *words], stdin=ends, stdout=ends)

    def _pid(self, server: subprocess.Popen[bytes], number: str, said: list[list[str]], *, past_opening: bool) -> int:
        """Waits for the program to be there, and mostly until it has opened its home and saved once."""
        pid, saved = 0, not past_opening
        while not (pid and saved):
            words = self._line(server, number)
            if words[0] == "pid":
                pid = int(words[1])
            else:
                said.append(words)
                saved = saved or words[0] == "saved"
        return pid

    def _line(self, server: subprocess.Popen[bytes], number: str) -> list[str]:
        assert server.stdout is not None
        line = server.stdout.readline()
        if not line.endswith(b"\n"):
            return []
        said_by, *words = line.decode().split()
        assert said_by == number
        return words


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    """One for all rounds."""
    made = Killer()
    yield made
    made.close()


def _assert_kept(tx: ReadTx, acknowledged: list[list[str]]) -> None:
    """Each acknowledged save is in the outbox, in the history, in the search, and in its row."""
    for _, ledger, record_id, op_id, word in acknowledged:
        op = outbox.get_op(tx, op_id)
        assert op is not None
        assert (op.record, op.ledger) == (record_id, ledger)
        assert op.kind == "delete" if word == "deleted" else op.set["remark"] == word
        assert op_id in {entry.op_id for entry in tx.history(record_id)}
    found = {hit.id for hit in tx.search("王密密", limit=1_000_000)}
    for record_id in {words[2] for words in acknowledged}:
        record = tx.find(record_id)
        assert record is not None
        # The last one may have been saved and not yet acknowledged when the kill came.
        ops = outbox.ops_of(tx, record_id)
        assert record.deleted == (ops[-1].kind == "delete")
        assert record.values["remark"] == [op.set["remark"] for op in ops if op.set][-1]
        if record.ledger == "person":
            assert (record_id in found) != record.deleted


def _assert_whole(tx: ReadTx) -> None:
    """View, operations, search, history and audit tell one story, acknowledged or not."""
    ops = outbox.pending(tx, GRID, 1_000_000)
    assert [op.n for op in ops] == list(range(1, len(ops) + 1))
    records = dict(tx.sql("SELECT id, ledger FROM record_index"))
    rows = {row[0] for key in tx.tables.ledgers for row in tx.sql(f"SELECT id FROM {tx.table_of(key)}")}
    assert rows == set(records) == {op.record for op in ops}
    assert {row[0] for row in tx.sql("SELECT op_id FROM history")} == {op.op_id for op in ops}
    assert audit.verify(tx).ok
    counted = [json.loads(row[0]) for row in tx.sql("SELECT detail FROM audit WHERE verb <> 'init'")]
    assert sum(detail["ops"] for detail in counted) == len(ops)
    people = {row[0] for row in tx.sql("SELECT id FROM person WHERE deleted=0")}
    assert {hit.id for hit in tx.search("王密密", ledgers=["person"], limit=1_000_000)} == people
    newest = dict(tx.sql("SELECT household_id, max(visited_at) FROM visit GROUP BY household_id"))
    assert dict(tx.sql("SELECT id, last_visited_at FROM household WHERE last_visited_at IS NOT NULL")) == newest
    assert tx.sql("SELECT count(*) FROM person JOIN household ON household.id=household_id "
                  "WHERE person.walk IS NOT household.walk") == [(0,)]  # fmt: skip
    assert tx.sql("PRAGMA integrity_check") == [("ok",)]
    assert tx.sql("PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("first", range(0, ROUNDS, IN_ONE_HOME))
def test_no_acknowledged_save_is_lost_by_a_kill(killer, tmp_path, data_key, first):
    """Ten kills one after the other in one home, at random moments: nothing acknowledged is lost or half there."""
    home = tmp_path / "家 🏠"
    make_home(home, data_key)
    dice = random.Random(first)
    acknowledged: list[list[str]] = []
    for seed in range(first, first + IN_ONE_HOME):
        said = killer.run(home, data_key, seed, dice.random() * LONGEST_SECONDS)
        acknowledged += [words for words in said if words[0] == "saved"]
        store = Store.open(home, data_key)
        with store.read() as tx:
            _assert_kept(tx, acknowledged)
            _assert_whole(tx)
        store.close()
    assert acknowledged, "rounds in which nothing was saved prove nothing"
    print(f"{len(acknowledged)} acknowledged saves")
