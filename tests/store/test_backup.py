"""Backups: made beside the work, proven before they count, thinned by a plan, kept in a second place."""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gridworker.errors import Cancelled
from gridworker.store import backup, keys, saving
from gridworker.store.backup_plan import Kept, is_due, to_drop
from gridworker.store.errors import DamagedDatabase
from gridworker.store.safety_errors import DamagedBackup
from gridworker.store.sidecar import Kdf
from gridworker.store.store import Store
from tests.store.samples import WORKER, household

CHEAP = Kdf(time=1, memory_kib=64, lanes=1)
NOW = datetime(2026, 4, 21, 1, 40, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def data_key(home: Path) -> bytes:
    """The key of a home with its key file."""
    return bytes(keys.create_keys(home, "四个 不相干 的词", kdf=CHEAP).data_key)


def _save(store: Store, count: int = 1) -> None:
    for _ in range(count):
        store.write(lambda tx: saving.save(tx, None, household(), actor_id=WORKER))


def _rows(path: Path, key: bytes) -> int:
    connection = backup.connect_still(path, key)
    try:
        return int(connection.execute("SELECT count(*) FROM household").fetchone()[0])
    finally:
        connection.close()


def _structure(path: Path, key: bytes) -> list[tuple[str]]:
    connection = backup.connect_still(path, key)
    try:
        return list(connection.execute("PRAGMA integrity_check").fetchall())
    finally:
        connection.close()


def test_a_backup_holds_what_only_the_log_holds(home, data_key, store):
    """Rows that are not folded into the database yet are in the backup, and so is the key file."""
    _save(store, 7)
    made = store.back_up("start", now=NOW)
    assert _rows(made.database, data_key) == 7
    assert made.path.name == "00001-20260421-014000-start"
    assert {path.name for path in made.path.iterdir()} == {"gridworker.db", "keys.json", "backup.json"}
    backup.verify(made, data_key)
    with pytest.raises(DamagedBackup):
        backup.verify(made, secrets.token_bytes(32))


def test_a_backup_shows_nothing(home, data_key, store):
    """No name or number stands in any byte of a backup, its name and facts included."""
    store.write(
        lambda tx: saving.save(tx, None, household(compound_name="锦绣家园", remark="秘密的话"), actor_id=WORKER)
    )
    made = store.back_up("start")
    for path in made.path.iterdir():
        for word in ("锦绣家园", "秘密的话"):
            assert word.encode() not in path.read_bytes()
            assert word.encode("gb18030") not in path.read_bytes()


def test_saving_goes_on_during_a_backup(home, data_key, store):
    """Saves made meanwhile are neither stopped nor torn: the backup is one moment of the chain."""
    _save(store, 50)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            _save(store)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(3):
            made = store.back_up("hourly")
            backup.verify(made, data_key)
            assert _rows(made.database, data_key) == made.links
    finally:
        stop.set()
        worker.join()


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "no keys", "other", "facts"])
def test_a_backup_that_does_not_hold_is_not_used(home, data_key, store, damage):
    """Whatever befell a backup it is found out, and the one before it is taken."""
    _save(store, 3)
    good = store.back_up("start")
    _save(store, 3)
    bad = store.back_up("hourly")
    data = bytearray(bad.database.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
        bad.database.write_bytes(data)
    elif damage == "cut":
        bad.database.write_bytes(data[:-4096])
    elif damage == "empty":
        bad.database.write_bytes(b"")
    elif damage == "no keys":
        (bad.path / "keys.json").unlink()
    elif damage == "other":
        shutil.copyfile(good.database, bad.database)
    else:
        facts = json.loads((bad.path / "backup.json").read_text())
        (bad.path / "backup.json").write_text(json.dumps(facts | {"links": 999}))
    assert [one.number for one in backup.listing(home / "backups") if _holds(one, data_key)] == [good.number]


def test_a_damaged_ledger_makes_no_backup_and_drops_none(home, data_key, store):
    """SQLite would copy a bad page as zeros under a good seal; here the backup is refused, page by page."""
    # The ends of long texts lie in pages that no check of the structure looks into.
    long = [household(remark="长" * 3_000) for _ in range(2)]
    store.write(lambda tx: saving.save_many(tx, [(None, one) for one in long], actor_id=WORKER, batch="b"))
    kept = store.back_up("start")
    store.close()
    path = home / "gridworker.db"
    whole = path.read_bytes()
    for page in range(len(whole) // 4096):
        place = page * 4096 + 600
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 8]) + whole[place + 1 :])
        with pytest.raises(DamagedDatabase):
            backup.make(home, data_key, "hourly")
        assert [one.number for one in backup.listing(home / "backups")] == [kept.number]
    path.write_bytes(whole)
    backup.make(home, data_key, "hourly")


def test_a_flip_in_the_log_at_work_makes_no_backup(home, data_key, store):
    """A page that goes bad in the log while the home is open is not copied; one that is out of date harms nobody."""
    _save(store, 40)
    log = home / "gridworker.db-wal"
    data = log.read_bytes()
    places = range(32, len(data) - 4119, 4120)
    newest = {data[place : place + 4]: place for place in places if data[place + 8 : place + 16] == data[16:24]}
    refused = 0
    # The last pages: what breaks early in a copy breaks all after it, and is seen by anybody.
    for number in sorted(newest)[-12:]:
        place = newest[number] + 24 + 300
        with log.open("r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 4]))
        try:
            made = store.back_up("hourly")
            assert _structure(made.database, data_key) == [("ok",)]
        except DamagedDatabase:
            refused += 1
        with log.open("r+b") as file:
            file.seek(place)
            file.write(bytes([byte]))
    assert refused > 0


def test_a_stopped_or_killed_backup_leaves_no_half_one(home, data_key, store):
    """Cancelled between two steps nothing is left; what a kill left behind goes with the next backup."""
    _save(store)
    with pytest.raises(Cancelled):
        store.back_up("start", cancelled=lambda: True)
    assert list((home / "backups").iterdir()) == []
    (home / "backups" / ".making-00001").mkdir()
    (home / "backups" / ".making-00001" / "gridworker.db").write_bytes(b"half")
    made = store.back_up("start")
    assert list((home / "backups").iterdir()) == [made.path]


def test_a_migration_is_preceded_by_a_backup(home, data_key, store, monkeypatch):
    """A database that has steps before it is copied before the first of them is taken."""
    _save(store, 2)
    store.close()
    Store.open(home, data_key).close()
    assert backup.listing(home / "backups") == []
    monkeypatch.setattr("gridworker.store.ledger_file.is_pending", lambda _connection: True)
    Store.open(home, data_key).close()
    made = backup.listing(home / "backups")
    assert [one.reason for one in made] == ["migration"]
    assert _rows(made[0].database, data_key) == 2


def test_the_second_place_gets_what_is_missing(home, data_key, store, tmp_path):
    """A copy is checked where it lies; the same backup is not copied twice; a place that cannot be written says so."""
    _save(store, 3)
    made = store.back_up("start")
    copied = backup.copy_to(made, tmp_path / "U 盘", data_key)
    assert _rows(copied.database, data_key) == 3
    assert backup.copy_to(made, tmp_path / "U 盘", data_key) == copied
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        backup.copy_to(made, tmp_path / "file", data_key)
    assert backup.listing(tmp_path / "U 盘") == [copied]


# ---- the plan


def _kept(count: int, step: timedelta, *, size: int = 1) -> list[Kept]:
    return [Kept(number, NOW + number * step, size, "hourly") for number in range(1, count + 1)]


def test_a_year_of_hourly_backups_becomes_about_fifty():
    """24 hours, 14 days and 12 weeks stay, counted from the newest; the oldest is eleven weeks back."""
    kept = _kept(24 * 365, HOUR)
    stays = {one.number for one in kept} - to_drop(kept, budget=10**9)
    assert 44 <= len(stays) <= 50
    newest = max(stays)
    assert {newest - back for back in range(24)} <= stays
    assert 70 * 24 < newest - min(stays) < 84 * 24


def test_backups_made_one_by_one_keep_the_same_history():
    """Thinning after each backup, as it happens, ends with the steps of the plan too."""
    kept: list[Kept] = []
    for one in _kept(24 * 120, HOUR):
        kept.append(one)
        gone = to_drop(kept, budget=10**9)
        kept = [other for other in kept if other.number not in gone]
    ages = sorted((kept[-1].at - one.at) for one in kept)
    assert ages[23] == 23 * HOUR
    assert sum(1 for age in ages if age > timedelta(days=14)) >= 9
    assert ages[-1] > timedelta(weeks=10)


def test_short_room_thins_the_finest_steps_first():
    """Where only ten fit, the newest two and the weeks stay; the newest two stay however large they are."""
    kept = _kept(24 * 100, HOUR, size=10)
    stays = {one.number for one in kept} - to_drop(kept, budget=100)
    assert len(stays) == 10
    assert max(stays) - min(stays) > 24 * 7 * 6
    huge = _kept(5, HOUR, size=1000)
    assert {one.number for one in huge} - to_drop(huge, budget=1) == {4, 5}


def test_a_clock_set_back_ten_years_drops_nothing_new():
    """Which backup is newer is told by its number: the ones made after the clock jumped are kept as the newest."""
    before = _kept(30, HOUR)
    after = [Kept(number, NOW - timedelta(days=3650) + number * HOUR, 1, "hourly") for number in range(31, 41)]
    stays = {one.number for one in (*before, *after)} - to_drop([*before, *after], budget=10**9)
    assert {one.number for one in after} <= stays
    assert 30 in stays


@pytest.mark.parametrize(
    ("age", "worked", "reason"),
    [
        (None, False, "start"),
        (timedelta(minutes=59), True, None),
        (timedelta(hours=2), False, None),
        (timedelta(hours=1), True, "hourly"),
        (timedelta(days=1), False, "start"),
        (timedelta(days=-3650), False, "start"),
        (timedelta(minutes=-5), True, None),
    ],
)
def test_when_a_backup_is_due(age, worked, reason):
    """Daily at least, hourly while work goes on, and at once where the newest one comes from the future."""
    newest = None if age is None else Kept(1, NOW - age, 1, "start")
    assert is_due(newest, NOW, worked=worked) == reason


def test_migration_backups_outlive_their_hour():
    """The last two made before an upgrade stay, though newer ones of the same hour came after."""
    kept = [Kept(1, NOW, 1, "migration"), *(Kept(n, NOW + timedelta(minutes=n), 1, "hourly") for n in range(2, 9))]
    stays = {one.number for one in kept} - to_drop(kept)
    assert 1 in stays


def _holds(one, data_key):
    try:
        backup.verify(one, data_key)
    except DamagedBackup:
        return False
    return True
