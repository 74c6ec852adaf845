"""Either side killed at any moment: nothing lost, nothing doubled, and the view is base plus queue afterwards."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress

from gridworker.store import base_layer
from gridworker.store.replay import replay
from gridworker.sync.failures import ServerUnreachable
from tests.sync.test_engine import VISIT
from tests.sync.world import ROOT, Laptop, Server

_WORK = """
import sys
from pathlib import Path
from tests.sync.world import Laptop
laptop = Laptop(Path(sys.argv[1]), fresh=False)
print("open", flush=True)
for round in range(1000):
    ids = laptop.create_many([dict(met=True, remark=f"{round}-{n}") for n in range(30)])
    print(" ".join(ids), flush=True)
    laptop.edit(ids[0], change_note="改过")
    print("edited " + ids[0], flush=True)
    laptop.sync()
"""


def test_client_killed_at_random_moments_of_a_sync_loop(server, laptop, tmp_path):
    """Every reported save survives kill -9 and reaches the other laptop once; view = base + outbox (1, 4, 6)."""
    rng = random.Random(20260305)
    first, second = laptop(), laptop("乙")
    first.close()
    saved, edited = set(), set()
    for _ in range(5):
        working = subprocess.Popen(
            [sys.executable, "-c", _WORK, str(first.home)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert working.stdout.readline() == "open\n"
        time.sleep(rng.uniform(0.05, 0.6))
        working.send_signal(signal.SIGKILL)
        for line in working.stdout.read().splitlines(keepends=True):
            if not line.endswith("\n"):
                continue
            words = line.split()
            (edited.add(words[1]) if words[0] == "edited" else saved.update(words))
        working.wait()
        working.stdout.close()
        again = Laptop(first.home, fresh=False)
        assert saved <= set(again.flat())
        _assert_view_is_base_and_queue(again)
        again.close()
    again = Laptop(first.home, fresh=False)
    again.sync()
    second.sync()
    assert again.flat() == second.flat()
    assert saved <= set(second.flat())
    assert all(second.get(record).values["change_note"] == "改过" for record in edited)
    assert again.sql("SELECT count(*) FROM outbox WHERE status <> 'acked' OR outcome <> 'applied'") == [(0,)]
    again.close()


def _assert_view_is_base_and_queue(laptop: Laptop) -> None:
    with laptop.store.read() as tx:
        waiting = [row[0] for row in tx.sql("SELECT DISTINCT record FROM outbox WHERE status <> 'acked'")]
        bases, ops = base_layer.bases_of(tx, waiting), base_layer.unjudged_ops(tx, waiting)
        for record in waiting:
            shown, meant = tx.find(record), replay(bases.get(record), ops[record])
            assert json.dumps(shown.flat(), sort_keys=True) == json.dumps(meant.flat(), sort_keys=True)


def test_server_killed_while_it_works(tmp_path):
    """A server killed in the middle and started again has each acknowledged operation once (4, 6)."""
    rng = random.Random(7)
    server = Server(tmp_path)
    grid = server.new_grid()
    first = Laptop(tmp_path / "a", server.url, server.invite(grid, name="甲"))
    second = Laptop(tmp_path / "b", server.url, server.invite(grid, name="乙"))
    made = set()
    for number in range(3):
        made |= set(first.create_many([VISIT | {"remark": f"{number}-{one}"} for one in range(700)]))
        moment = rng.uniform(0.02, 0.5)
        killing = subprocess.Popen(
            [sys.executable, "-c", f"import os, time; time.sleep({moment}); os.kill({server.pid}, 9)"]
        )
        with suppress(ServerUnreachable):
            first.sync()
        killing.wait()
        server.kill()
        server.start()
    first.sync()
    second.sync()
    assert set(second.flat()) == made
    assert first.flat() == second.flat()
    first.close()
    second.close()
    server.kill()
