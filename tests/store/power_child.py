"""Saves a while and writes down all that the disk is told, so that the power can be cut at any moment of it."""

from __future__ import annotations

import os
import pickle
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.operations import save
from gridworker.operations.session import Session
from gridworker.store.store import Store
from tests.store.disk_record import Recorder


def main() -> None:
    """`home key mode saves target`: the events go to the target; the program ends without closing anything."""
    home, data_key, mode, saves, target = sys.argv[1:]
    recorder = Recorder(Path(home))
    assert recorder.start() >= 3, "writes, syncs and truncations must all be heard"
    store = Store.open(Path(home), bytes.fromhex(data_key))
    store.write(lambda _: None)
    if mode != "FULL":
        store._writer._connection.execute(f"PRAGMA synchronous={mode}")
    session = Session(Path(home), store, data_key=bytes.fromhex(data_key))
    dice = random.Random(7)
    homes: list[str] = []
    for number in range(int(saves)):
        word = f"第{number}次"
        if number % 8 == 0:
            raw = {"compound_name": "锦绣家园", "building_no": "3", "room_no": str(100 + number), "remark": word}
            made = save.save(session, "household", raw)
            homes.append(made.record.id)
        elif number % 3:
            raw = {"household_id": dice.choice(homes), "visited_at": "2026-03-05T09:40", "visit_mode": "上门",
                   "visit_purpose": "日常走访", "met": "是", "hazard_found": "否", "outcome": "无",
                   "remark": word}  # fmt: skip
            made = save.save(session, "visit", raw)
        else:
            raw = {"name": "王密密", "household_id": dice.choice(homes), "sex_code": "女", "relation_code": "其他亲属",
                   "remark": word * dice.choice((1, 40))}  # fmt: skip
            made = save.save(session, "person", raw)
        recorder.events.append(("saved", made.op_id, made.record.id))
    Path(target).write_bytes(pickle.dumps(recorder.events))
    os._exit(0)


if __name__ == "__main__":
    main()
