"""Saves through `operations.save` until it is killed, and says what was acknowledged.

Run with `serve` it forks one such program for every line it reads: starting Python fifty times would take longer than
all the saving. Each line of output is `<round> <word> …`, written in one piece.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.operations import remove, save
from gridworker.operations.session import Session
from gridworker.store.store import Store

GRID = "370211005001001"
WORKER = "worker-1"
FACTS = {
    "actor_id": WORKER, "actor_name": "某网格员", "roles": '["grid_worker", "community"]', "grid_code": GRID,
    "grid_name": "某网格", "community_name": "某社区",
}  # fmt: skip


def make_home(home: Path, data_key: bytes) -> None:
    """A home as `session.start` leaves it, without the slow stretching of a passphrase."""
    store = Store.create(home, data_key)
    store.write(lambda tx: [tx.set_meta(key, value) for key, value in FACTS.items()])
    store.close()


def work(home: Path, data_key: bytes, number: str, seed: int) -> None:
    """Saves for ever, and says after each save what it was; whoever reads must find all of it."""
    dice = random.Random(seed)
    session = Session(home, Store.open(home, data_key), data_key=data_key)
    say(number, "open")
    homes: list[str] = []
    people: list[str] = []
    count = 0
    while True:
        count += 1
        kind = dice.randrange(6) if homes else 0
        word = f"{seed}之{count}"
        if kind == 0:
            raw = {"compound_name": "锦绣家园", "building_no": str(dice.randrange(1, 9)), "unit_no": "1",
                   "room_no": str(dice.randrange(101, 999)), "remark": word}  # fmt: skip
            made = save.save(session, "household", raw)
            homes.append(made.record.id)
        elif kind in (1, 2):
            raw = {"name": "王密密", "household_id": dice.choice(homes), "sex_code": "女", "relation_code": "其他亲属",
                   "contact": f"1990000{dice.randrange(10_000):04d}", "remark": word}  # fmt: skip
            made = save.save(session, "person", raw)
            people.append(made.record.id)
        elif kind == 3 and people:
            made = save.save(session, "person", {"remark": word}, record_id=dice.choice(people))
        elif kind == 4 and len(people) > 1:
            gone = people.pop()
            made = remove.delete(session, gone, "搬走")
            word = "deleted"
        else:
            raw = {"household_id": dice.choice(homes), "visited_at": "2026-03-05T09:40", "visit_mode": "上门",
                   "visit_purpose": "日常走访", "met": "是", "hazard_found": "是" if dice.random() < 0.2 else "否",
                   "outcome": "无", "remark": word}  # fmt: skip
            made = save.save(session, "visit", raw)
        say(number, "saved", made.record.ledger, made.record.id, made.op_id, word)


def say(*words: str) -> None:
    """One line, in one piece, past every buffer."""
    os.write(1, (" ".join(words) + "\n").encode())


def serve() -> None:
    """Forks a worker for each `<round> <home> <key> <seed>` read, and says when it has died."""
    for line in sys.stdin:
        number, home, key, seed = line.split("\t")
        child = os.fork()
        if not child:
            work(Path(home), bytes.fromhex(key), number, int(seed))
        say(number, "pid", str(child))
        os.waitpid(child, 0)
        say(number, "end")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        say("0", "pid", str(os.getpid()))
        work(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), "0", int(sys.argv[3]))
