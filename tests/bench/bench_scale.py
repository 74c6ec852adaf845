"""What ten times the residents and photos cost: each act of a day, small and large home in processes of their own.

The homes have 10,000 and 100,000 residents, 5,000 and 50,000 photos. A part that reads all of an answer grows with it
and is marked so; everything else is to stay within 1.5 times. The big home is built once and kept where `--keep` says.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.identity import new_id, record_number
from gridworker.imaging.made import PHOTO, Made
from gridworker.ledger.facts import Value
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import backup_photos, browse, find, photos, plan, room_plan, save, sync_
from gridworker.operations.session import Session
from gridworker.sample import community, year
from gridworker.store import saving
from gridworker.store.backup import BACKUPS
from gridworker.store.blob_filling import Room, fill
from gridworker.store.blob_vault import Vault
from gridworker.store.blobs import BLOBS_BEGUN, BlobStore, blob_key
from gridworker.store.query import Condition, Query
from gridworker.store.schema import covered_columns, sorted_columns
from gridworker.store.store import Store, WriteTx

DATA_KEY = bytes(range(32))
DAY = date(2026, 3, 5)
GRID = "370211005001001"
WORKER = "worker-1"
# Of 100 residents the sample has about 38 households; visits are thinned or repeated to four for each resident.
RESIDENTS, VISITS_EACH = 100_000, 4
CHUNK = 5_000
# Residents for each photo: more than a worker of ten years has taken.
PHOTO_FOR = 2
REPEATS = 15
LIMIT, MEMORY_MB = 1.5, 250
FACTS = {
    "actor_id": WORKER, "actor_name": "某网格员", "roles": '["grid_worker"]', "grid_code": GRID, "grid_name": "某网格",
    "community_name": "某社区",
}  # fmt: skip


def build(home: Path, residents: int, *, say: Callable[[str], None] = print) -> None:
    """A home of so many residents, through the way an import writes."""
    rng = random.Random(f"scale/{residents}")
    began = time.perf_counter()
    store = Store.create(home, DATA_KEY)
    store.write(lambda tx: [tx.set_meta(key, value) for key, value in FACTS.items()])
    families: list[community.Family] = []
    count = 0
    for family in community.families(rng, residents, DAY):
        families.append(family)
        count += len(family.people)
        if count >= residents:
            break
    homes = ((family.household_id, {**family.household, "grid_worker_id": WORKER}) for family in families)
    _write(store, "household", homes)
    _write(store, "person", (one for family in families for one in family.people))
    _write(store, "visit", _visits(rng, families, residents * VISITS_EACH))
    _write(store, "hazard", ((new_id(), story.values) for story in year.hazards(rng, families, DAY)))
    store.write(lambda tx: tx.set_meta(BLOBS_BEGUN, DAY.isoformat()))
    store.close()
    _photos(home, residents // PHOTO_FOR)
    say(f"{residents} residents written in {time.perf_counter() - began:.0f} s")


def _visits(rng: random.Random, families: list[community.Family], count: int) -> Iterator[tuple[str, dict[str, Value]]]:
    made = itertools.chain.from_iterable(
        year.visits(rng, families, DAY - timedelta(days=turn * 365)) for turn in itertools.count()
    )
    for values in itertools.islice(made, count):
        yield new_id(), {**values, "visitor_ids": [WORKER]}


def _photos(home: Path, count: int) -> None:
    """Tiny photos in the photo file, all of them in the local vault already."""
    blobs = BlobStore.open(home, blob_key(DATA_KEY))
    for start in range(0, count, CHUNK):
        with blobs._file.write() as tx:
            for _ in range(min(CHUNK, count - start)):
                blobs._put(tx, photo())
    fill(Vault(home / BACKUPS, blob_key(DATA_KEY)), blobs, Room(None, 0))
    blobs.close()


def photo() -> Made:
    """A photo that nobody took before."""
    return Made(PHOTO, secrets.token_bytes(1_000), secrets.token_bytes(200), 40, 30)


def _write(store: Store, key: str, made: Iterable[tuple[str, dict[str, Value]]]) -> None:
    ledger = find_ledger(key)
    status = ledger.workflow.initial if ledger.workflow else ""
    numbers = itertools.count(1)
    rows = iter(made)
    while part := list(itertools.islice(rows, CHUNK)):
        pairs: list[tuple[Record | None, Record]] = []
        for identity, values in part:
            filled = {name: value for name, value in values.items() if value is not None}
            number = record_number(ledger.number_prefix, GRID[:12], DAY, "DM", next(numbers))
            filled |= {"record_no": number, "recorded_by": WORKER, "recorded_at": f"{DAY}T09:00:00+08:00"}
            pairs.append((None, Record(identity, key, GRID, filled, status)))
        store.write(partial(_write_part, pairs))


def _write_part(pairs: list[tuple[Record | None, Record]], tx: WriteTx) -> None:
    saving.save_many(tx, pairs, actor_id=WORKER, batch="scale")


class Acts:
    """The acts of a day on one home; each gives something back, so that nothing is optimised away."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.dice = random.Random(1)
        self.session = self.opened()
        with self.session.store.read() as tx:
            self.homes = [row[0] for row in tx.sql("SELECT id FROM household ORDER BY row_id LIMIT 400")]
            self.people = [row[0] for row in tx.sql("SELECT id FROM person ORDER BY row_id LIMIT 400")]

    def opened(self) -> Session:
        """The home, as after unlocking."""
        return Session(self.home, Store.open(self.home, DATA_KEY), data_key=DATA_KEY)

    def open_and_list(self) -> object:
        """Closes, opens, and shows the first page of the residents."""
        self.session.close()
        self.session = self.opened()
        return self.page("person", ())

    def page(self, ledger: str, order: tuple[str, ...], *where: Condition) -> object:
        """The first screenful of a list."""
        ids = browse.listing(self.session, Query(ledger, where, order, limit=50))
        return browse.rows(self.session, ledger, ids)

    def whole(self, ledger: str, order: tuple[str, ...]) -> object:
        """All row ids of a list in order, as the window holds them."""
        return browse.listing(self.session, Query(ledger, order=order))

    def visit(self) -> object:
        """Saves one visit with all that belongs to it."""
        raw = {"household_id": self.dice.choice(self.homes), "visited_at": "2026-03-05T09:40", "visit_mode": "上门",
               "visit_purpose": "日常走访", "met": "是", "hazard_found": "否", "outcome": "无"}  # fmt: skip
        return save.save(self.session, "visit", raw)

    def edit(self) -> object:
        """Changes a resident."""
        raw = {"contact": f"1990000{self.dice.randrange(10_000):04d}"}
        return save.save(self.session, "person", raw, record_id=self.dice.choice(self.people))

    def search(self, text: str) -> object:
        """The first page of a search."""
        return find.search(self.session, text, limit=50)

    def photo(self) -> object:
        """Keeps a photo, saves a hazard with it, and shows both of its pictures."""
        name = self.session.blobs.add(photo())
        raw = {"found_at": "2026-03-05 09:40", "place": "3号楼", "place_type": "楼栋", "hazard_type": "消防",
               "description": "楼道堆物", "hazard_level": "一般", "photos_before": [name]}  # fmt: skip
        record = save.save(self.session, "hazard", raw).record
        return (
            photos.listing(self.session, record.id),
            photos.read(self.session, name),
            photos.thumb(self.session, name),
        )

    def photos_backed_up(self) -> object:
        """The photos' part of a backup in which two photos are new."""
        for _ in range(2):
            self.session.blobs.add(photo())
        return backup_photos.into_local(self.session, lambda *_: None, lambda: False)

    def photos_unchanged(self) -> object:
        """The photos' part of a backup with nothing new."""
        return backup_photos.into_local(self.session, lambda *_: None, lambda: False)

    def room_plan(self) -> object:
        """One building."""
        return room_plan.room_plan(self.session, "海棠苑", "2", DAY)

    def card(self) -> object:
        """One household at the door."""
        return browse.household_card(self.session, self.dice.choice(self.homes))

    def all(self) -> Iterator[tuple[str, bool, Callable[[], object]]]:
        """Name, whether it must read all of something, and the act."""
        yield "open, first page", False, self.open_and_list
        yield "save a visit", False, self.visit
        yield "edit a resident", False, self.edit
        yield "photo: keep, save, show", False, self.photo
        yield "list newest 50 photos", False, lambda: self.session.blobs.newest(50)
        yield "photo backup, nothing new", False, self.photos_unchanged
        # Which photos the vault has is read from the lists of its packs, 52 bytes a photo, when there is a new one.
        yield "photo backup, two new", True, self.photos_backed_up
        yield "household card", False, self.card
        for ledger in ("household", "person", "visit", "hazard"):
            declared = find_ledger(ledger)
            at_once = {"", *sorted_columns(declared), declared.sort_by[0].removeprefix("-")}
            for key in ("", *declared.list_columns):
                if key in at_once or key in covered_columns(declared):
                    order = (f"-{key}",) if key else ()
                    yield f"{ledger} by {key or 'own order'}", key not in at_once, partial(self.page, ledger, order)
        one = Condition("household_id", "is", self.homes[7])
        yield "visits of a household", False, partial(self.page, "visit", (), one)
        month = (Condition("visited_at", "from", "2026-02-01"), Condition("visited_at", "until", "2026-02-28"))
        yield "visits of a month, page", False, partial(self.page, "visit", (), *month)
        care = Condition("care_level", "is", "high")
        yield "residents in care, page", True, partial(self.page, "person", (), care)
        for text in ("王", "王芳", "wf", "zhangw", "2-1-301", "海棠苑", "1540"):
            yield f"search {text}", False, partial(self.search, text)
        yield "room plan", False, self.room_plan
        yield "buildings", True, lambda: browse.buildings(self.session)
        yield "due plan, first page", True, lambda: plan.day(self.session, DAY)
        yield "due plan, whole", True, lambda: plan.due(self.session, DAY)
        yield "status bar", True, lambda: sync_.state(self.session)
        for ledger in ("person", "visit"):
            yield f"all ids of {ledger}", True, partial(self.whole, ledger, ())


def measure(home: Path) -> dict[str, object]:
    """Milliseconds of every act, median and worst tenth, and the memory at the end."""
    acts = Acts(home)
    figures: dict[str, object] = {}
    for name, reads_all, act in acts.all():
        act()
        times = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            act()
            times.append((time.perf_counter() - start) * 1000)
        figures[name] = [statistics.median(times), sorted(times)[int(len(times) * 0.9)], reads_all]
    figures["memory"] = [_memory_mb(), 0, True]
    acts.session.close()
    return figures


def _memory_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def _in_own_process(home: Path) -> dict[str, list[float]]:
    command = [sys.executable, __file__, "--measure", str(home)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    figures: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Builds what is missing, measures both, prints every act with its ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, default=None)
    parser.add_argument("--residents", type=int, default=RESIDENTS)
    parser.add_argument("--measure", type=Path, default=None)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure)))
        return
    folder = given.keep or Path(tempfile.mkdtemp(prefix="bench-scale-"))
    homes = {size: folder / f"home-{size}" for size in (given.residents // 10, given.residents)}
    for size, home in homes.items():
        if not home.exists():
            build(home, size)
        print(f"{size} residents: {(home / 'gridworker.db').stat().st_size / 1e6:.0f} MB")
    # Turn by turn, and the best of three: what else the machine does must not look like growth.
    runs = [[_in_own_process(home) for home in homes.values()] for _ in range(3)]
    small, large = ({name: min(run[side][name] for run in runs) for name in runs[0][side]} for side in (0, 1))
    missed = 0
    for name, (median, worst, reads_all) in large.items():
        before = small[name][0]
        ratio = median / before
        # Below a millisecond the clock and the machine weigh more than the work.
        fails = not reads_all and ratio > LIMIT and median - before > 1
        missed += fails
        said = "reads all" if reads_all else "TOO MUCH" if fails else ""
        print(f"{name:32} {before:8.2f} → {median:8.2f} (p90 {worst:8.2f})  ×{ratio:5.2f}  {said}")
    print(f"{missed} acts grow by more than {LIMIT}; memory goal {MEMORY_MB} MB")
    if given.keep is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
