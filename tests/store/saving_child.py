"""A program that saves for ever and says what was acknowledged; the tests kill it at odd moments."""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.ledger.record import Record
from gridworker.store import drafts, saving
from gridworker.store.store import Store, WriteTx
from tests.store.samples import WORKER, household, person, visit


def work_of(dice: random.Random, homes: list[Record]) -> tuple[list[tuple[Record | None, Record]], Record]:
    """A few records to save in one go, and the one to report."""
    home = dice.choice(homes)
    kind = dice.randrange(4)
    if kind == 0:
        fresh = household(room_no=str(dice.randrange(100, 999)))
        return [(None, fresh), (None, person("王密密", fresh, contact="13987651234"))], fresh
    if kind == 1:
        return [(None, person("李藏藏", home, contact="13900007777")) for _ in range(dice.randrange(1, 40))], home
    record = visit(home, f"2026-03-{dice.randrange(1, 29):02d}T09:40+08:00", raised_issue="说了一句只有自己知道的话")
    return [(None, record)], record


def main() -> None:
    """Saves, prints the id once the save has returned, and again."""
    home, data_key, seed = Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), int(sys.argv[3])
    store = Store.open(home, data_key)
    dice = random.Random(seed)
    homes = [household()]
    store.write(lambda tx: saving.save(tx, None, homes[0], actor_id=WORKER))
    print(homes[0].id, flush=True)
    while True:
        pairs, reported = work_of(dice, homes)

        def do(tx: WriteTx, pairs: list[tuple[Record | None, Record]] = pairs) -> None:
            saving.save_many(tx, pairs, actor_id=WORKER, batch="b")
            drafts.put_draft(tx, "draft", "person", {"name": "赵草草"})

        store.write(do)
        if reported.ledger == "household":
            homes.append(reported)
        for _, after in pairs:
            print(after.id, flush=True)


if __name__ == "__main__":
    main()
