"""Recovering a damaged ledger: what can come back comes back, what cannot is counted, and nothing is destroyed."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path

import pytest

from gridworker.errors import Cancelled
from gridworker.store import anchor, audit, backup, keys, outbox, recovery, saving, search_check, search_index, swapping
from gridworker.store.driver import connect, connect_still
from gridworker.store.driver import driver as dbapi
from gridworker.store.errors import DamagedDatabase, WrongPassphrase
from gridworker.store.query import Query
from gridworker.store.safety_errors import NothingReadable, VanishedSaves
from gridworker.store.sidecar import Kdf
from gridworker.store.store import Store
from tests.store.samples import WORKER, household, person

PASSPHRASE = "四个 不相干 的词 连起来"
CHEAP = Kdf(time=1, memory_kib=64, lanes=1)
PAGE = 4096


@pytest.fixture
def made(home: Path) -> tuple[Path, bytes]:
    """A home with its keys, and the data key."""
    key = keys.create_keys(home, PASSPHRASE, kdf=CHEAP).data_key
    Store.create(home, key).close()
    return home, key


def _save(home: Path, key: bytes, count: int, *, street: str = "锦绣家园") -> list[str]:
    """Households saved one by one, and folded into the database."""
    store = Store.open(home, key)
    records = [household(compound_name=street, room_no=str(100 + place), remark="备" * 300) for place in range(count)]
    for record in records:
        store.write(lambda tx, record=record: saving.save(tx, None, record, actor_id=WORKER))
    store.close()
    return [record.id for record in records]


def _flip(path: Path, place: int, bit: int = 4) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= bit
    path.write_bytes(data)


def _wipe_page(path: Path, number: int) -> None:
    """A page that no trying of bits can bring back."""
    data = bytearray(path.read_bytes())
    data[(number - 1) * PAGE : number * PAGE] = random.Random(number).randbytes(PAGE)
    path.write_bytes(data)


def _leaves_of(path: Path, key: bytes, table: str) -> list[int]:
    """The pages of a table that hold rows, found by breaking each page in turn and looking what fails."""
    copy = path.with_suffix(".probe")
    found = []
    for number in range(2, path.stat().st_size // PAGE + 1):
        shutil.copyfile(path, copy)
        _wipe_page(copy, number)
        try:
            connection = connect_still(copy, key)
        except dbapi.Error:  # a page of the list of tables
            continue
        try:
            connection.execute(f"SELECT sum(length(remark)) FROM {table}" if table == "household" else
                               f"SELECT max(length(occurred_at)) FROM {table} NOT INDEXED").fetchall()  # fmt: skip
        except dbapi.Error:
            found.append(number)
        finally:
            connection.close()
    copy.unlink()
    return found


def _ids(home: Path, key: bytes) -> set[str]:
    store = Store.open(home, key)
    try:
        with store.read() as tx:
            assert audit.verify(tx).ok
            assert tx.sql("PRAGMA integrity_check") == [("ok",)]
            return {row[0] for row in tx.sql("SELECT id FROM household")}
    finally:
        store.close()


def test_an_unharmed_ledger_is_not_touched(made):
    """Where nothing is wrong, recovery says so and moves nothing."""
    home, key = made
    _save(home, key, 3)
    before = {path.name for path in home.iterdir()}
    assert recovery.recover(home, PASSPHRASE).kind == recovery.UNHARMED
    assert {path.name for path in home.iterdir()} == before


@pytest.mark.parametrize("place", [3, 40, 4090, 5 * PAGE + 77, -1, -70])
def test_a_single_flipped_bit_is_mended_without_loss(made, place):
    """Salt, first page, any page, the seal itself: the bit is found by the seal, and nothing is rolled back."""
    home, key = made
    ids = _save(home, key, 30)
    database = home / "gridworker.db"
    _flip(database, place % database.stat().st_size)
    damaged = hashlib.sha256(database.read_bytes()).hexdigest()
    done = recovery.recover(home, PASSPHRASE)
    assert (done.kind, done.bits) == (recovery.MENDED, 1)
    assert hashlib.sha256((home / done.aside / "gridworker.db").read_bytes()).hexdigest() == damaged
    assert (home / done.aside / "keys.json").exists()
    assert _ids(home, key) == set(ids)


@pytest.mark.parametrize("place", [17, 32 + 3, 32 + 7, 32 + 10, 32 + 18, 32 + 24 + 900])
def test_a_flip_in_the_log_gives_back_all_it_dropped(made, tmp_path, place):
    """Head, page number, mark of a commit, salt, checksum or page: the log is tied on again, and every save is back."""
    home, key = made
    store = Store.open(home, key)
    records = [household(room_no=str(place)) for place in range(30)]
    for record in records:
        store.write(lambda tx, record=record: saving.save(tx, None, record, actor_id=WORKER))
    killed = tmp_path / "killed"
    killed.mkdir()
    for name in ("gridworker.db", "gridworker.db-wal", "anchor.dat", "keys.json"):
        shutil.copyfile(home / name, killed / name)
    store.close()
    frame = 0 if place < 32 else 12
    _flip(killed / "gridworker.db-wal", place + frame * (PAGE + 24))
    lost = True
    try:
        Store.open(killed, key).close()
        lost = False
    except VanishedSaves:
        pass
    assert lost
    done = recovery.recover(killed, PASSPHRASE)
    assert done.kind == recovery.MENDED
    assert _ids(killed, key) == {record.id for record in records}
    assert (killed / done.aside / "gridworker.db-wal").exists()


def test_a_destroyed_page_is_made_good_by_backup_and_operations(made):
    """A destroyed page of rows: the backup gives what it had, the operations made since give the rest."""
    home, key = made
    first = _save(home, key, 40)
    backup.make(home, key, "start")
    later = _save(home, key, 40)
    _wipe_page(home / "gridworker.db", _leaves_of(home / "gridworker.db", key, "household")[-2])
    with pytest.raises(DamagedDatabase):
        backup.make(home, key, "hourly")
    done = recovery.recover(home, PASSPHRASE)
    assert done.kind == recovery.FROM_BACKUP
    assert done.rejoined.ops == 40
    assert done.rejoined.unreadable["household"] > 0
    assert not done.rejoined.lost
    assert done.links_missing == 0
    assert _ids(home, key) == {*first, *later}
    report = json.loads((home / done.aside / "report.json").read_text(encoding="utf-8"))
    assert report["standing"] == {"household": 80}


def test_the_search_of_a_recovered_ledger_is_made_anew(made):
    """An old index in the backup is not taken for the damaged ledger's newer one: everybody is found afterwards."""
    home, key = made
    _save(home, key, 40)
    store = Store.open(home, key)
    store.write(lambda tx: tx.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
    store.write(lambda tx: tx.set_meta(search_index.GENERATION, "older"))
    store.close()
    backup.make(home, key, "start")
    store = Store.open(home, key)
    store.rebuild_search()
    store.close()
    _save(home, key, 40)
    _wipe_page(home / "gridworker.db", _leaves_of(home / "gridworker.db", key, "household")[-2])
    assert recovery.recover(home, PASSPHRASE).kind == recovery.FROM_BACKUP
    store = Store.open(home, key)
    with store.read() as tx:
        assert len(tx.search("锦绣", limit=100)) == 80
        assert search_check.is_in_step(tx)
    store.close()


def test_rows_whose_operation_was_destroyed_become_operations_again(made):
    """Where the outbox is unreadable, readable rows are kept, and go to the server as new operations."""
    home, key = made
    first = _save(home, key, 40)
    backup.make(home, key, "start")
    later = _save(home, key, 40)
    _wipe_page(home / "gridworker.db", _leaves_of(home / "gridworker.db", key, "outbox")[-2])
    done = recovery.recover(home, PASSPHRASE)
    assert done.rejoined.rescued["household"] > 0
    assert done.rejoined.ops + done.rejoined.rescued["household"] == 40
    assert _ids(home, key) == {*first, *later}
    store = Store.open(home, key)
    with store.read() as tx:
        assert {op.record for op in outbox.read_ops(tx, "")} == {*first, *later}
    store.close()


def test_without_a_backup_everything_readable_is_kept(made):
    """No backup at all: rows, operations, history and drafts are read out of the damaged file; the rest is counted."""
    home, key = made
    ids = _save(home, key, 60)
    leaves = _leaves_of(home / "gridworker.db", key, "household")
    _wipe_page(home / "gridworker.db", leaves[len(leaves) // 2])
    done = recovery.recover(home, PASSPHRASE)
    assert done.kind == recovery.FROM_WRECK
    assert done.rejoined.unreadable["household"] > 0
    # The outbox was readable, so that even the rows of the destroyed page are told by their operations.
    assert _ids(home, key) == set(ids)
    store = Store.open(home, key)
    with store.read() as tx:
        assert len(tx.history(ids[0])) == 1
        assert tx.count(Query("household")) == 60
        assert len(tx.search("锦绣", limit=100)) == 60
    store.close()


def test_what_no_file_holds_is_counted(made):
    """Rows and operations both destroyed: the loss is told by number and ledger."""
    home, key = made
    ids = _save(home, key, 12)
    path = home / "gridworker.db"
    outboxes, rows = _leaves_of(path, key, "outbox"), _leaves_of(path, key, "household")
    for number in {*outboxes, *rows}:
        _wipe_page(path, number)
    done = recovery.recover(home, PASSPHRASE)
    assert sum(done.rejoined.lost.values()) == 12
    assert _ids(home, key).isdisjoint(ids)


@pytest.mark.parametrize("damage", ["empty", "cut", "gone", "foreign"])
def test_a_file_that_says_nothing_is_replaced_by_the_backup(made, damage):
    """Empty, cut short, gone or another file: the newest backup comes in, the former file lies aside."""
    home, key = made
    first = _save(home, key, 20)
    backup.make(home, key, "start")
    _save(home, key, 5)
    path = home / "gridworker.db"
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {"empty": b"", "cut": data[: len(data) // 4], "foreign": random.Random(1).randbytes(40_960)}[damage]
        )
    done = recovery.recover(home, PASSPHRASE)
    assert done.kind == recovery.FROM_BACKUP
    assert set(first) <= _ids(home, key)
    assert (home / done.aside / "gridworker.db").exists() == (damage != "gone")
    if damage != "cut":
        assert done.links_missing == 5


def test_with_nothing_to_read_and_no_backup_nothing_is_touched(made):
    """Recovery that can do nothing says so and leaves every file."""
    home, key = made
    _save(home, key, 5)
    (home / "gridworker.db").write_bytes(b"x" * 20_000)
    before = _bytes_of_database(home)
    with pytest.raises(NothingReadable):
        recovery.recover(home, PASSPHRASE)
    assert _bytes_of_database(home) == before


def _bytes_of_database(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir() if path.suffix in (".db", ".dat")}


def test_an_older_file_is_not_laid_over_a_newer_backup(made):
    """A home whose database was swapped for an old copy: the newer backup counts, its edits stay."""
    home, key = made
    first = _save(home, key, 5)
    old = backup.make(home, key, "start")
    later = _save(home, key, 5)
    store = Store.open(home, key)
    with store.read() as tx:
        before = tx.get("household", first[0])
    store.write(lambda tx: saving.save(tx, before, before.with_values({"remark": "新的"}), actor_id=WORKER))
    store.close()
    backup.make(home, key, "hourly")
    shutil.copyfile(old.database, home / "gridworker.db")
    done = recovery.recover(home, PASSPHRASE)
    assert done.kind == recovery.FROM_BACKUP
    assert done.links_missing == 0
    assert _ids(home, key) == {*first, *later}
    store = Store.open(home, key)
    with store.read() as tx:
        assert tx.get("household", first[0]).values["remark"] == "新的"
    store.close()


def test_an_old_copy_with_nothing_newer_goes_on_as_it_is(made, tmp_path):
    """Where only the old copy is left it is taken, under a new incarnation, and what is missing is counted."""
    home, key = made
    first = _save(home, key, 5)
    reader = connect(home / "gridworker.db", key, readonly=True)
    backup.copy_into(reader, tmp_path / "old.db", key)
    reader.close()
    for left in home.glob("gridworker.db-*"):
        left.unlink()
    _save(home, key, 7)
    shutil.copyfile(tmp_path / "old.db", home / "gridworker.db")
    done = recovery.recover(home, PASSPHRASE)
    assert (done.kind, done.links_missing) == (recovery.AS_IS, 7)
    assert _ids(home, key) == set(first)
    store = Store.open(home, key)
    with store.read() as tx:
        assert tx.meta("incarnation") == "2"
        assert {op.incarnation for op in outbox.pending(tx, first and "370200000000001", 99)} == {2}
        assert [op.n for op in outbox.pending(tx, "370200000000001", 99)] == [1, 2, 3, 4, 5]
    store.close()


def test_an_edit_since_the_backup_is_replayed(made):
    """A record that was in the backup and was changed since comes back as changed, its person too."""
    home, key = made
    store = Store.open(home, key)
    flat = household()
    somebody = person("张三", flat)
    store.write(lambda tx: saving.save_many(tx, [(None, flat), (None, somebody)], actor_id=WORKER, batch="b"))
    store.close()
    backup.make(home, key, "start")
    store = Store.open(home, key)
    changed = somebody.with_values({"name": "张叁"})
    store.write(lambda tx: saving.save(tx, somebody, changed, actor_id=WORKER))
    store.close()
    for number in _leaves_of(home / "gridworker.db", key, "household"):
        _wipe_page(home / "gridworker.db", number)
    recovery.recover(home, PASSPHRASE)
    store = Store.open(home, key)
    with store.read() as tx:
        assert tx.get("person", somebody.id).values["name"] == "张叁"
        assert [hit.id for hit in tx.search("张叁")] == [somebody.id]
        assert tx.get("household", flat.id) is not None
        assert [entry.verb for entry in tx.history(somebody.id)] == ["import", "save"]
    store.close()


def test_a_recovery_can_be_stopped_at_every_step(made):
    """Stopped at any step it leaves the damaged files where they are, and can be begun again."""
    home, key = made
    ids = _save(home, key, 20)
    backup.make(home, key, "start")
    path = home / "gridworker.db"
    _wipe_page(path, _leaves_of(path, key, "household")[0])
    before = path.read_bytes()
    for stop_at in range(5):
        asked = iter(range(100))
        with pytest.raises(Cancelled):
            recovery.recover(home, PASSPHRASE, cancelled=lambda asked=asked, stop_at=stop_at: next(asked) == stop_at)
        assert path.read_bytes() == before
        assert not (home / swapping.RESTORING).exists()
    recovery.recover(home, PASSPHRASE)
    assert _ids(home, key) == set(ids)


class Cut(BaseException):
    """The power goes."""


def test_an_exchange_cut_anywhere_is_finished(made, monkeypatch):
    """The power goes before any rename of the exchange: the next start finishes it, and no file is lost."""
    home, key = made
    ids = _save(home, key, 10)
    backup.make(home, key, "start")
    path = home / "gridworker.db"
    _wipe_page(path, _leaves_of(path, key, "household")[0])
    damaged = path.read_bytes()
    real, finished = Path.replace, False
    for cut_at in range(20):
        work = home.parent / f"home{cut_at}"
        shutil.copytree(home, work)
        monkeypatch.setattr(Path, "replace", _cutting(work, real, cut_at))
        try:
            recovery.recover(work, PASSPHRASE)
            finished = True
        except Cut:
            assert keys.has_home(work)
        monkeypatch.setattr(Path, "replace", real)
        swapping.finish(work, lock=True)
        assert _ids(work, key) == set(ids)
        kept = [folder / "gridworker.db" for folder in work.glob("damaged-*")]
        assert [one.read_bytes() for one in kept] == [damaged]
        assert not (work / swapping.RESTORING).exists()
        if finished:
            break
    assert finished
    assert cut_at > 3


def _cutting(work, real, cut_at):
    steps = iter(range(100))

    def replace(self, target):
        if (work / swapping.RESTORING / "plan.json").exists() and next(steps) == cut_at:
            raise Cut
        return real(self, target)

    return replace


def test_a_lost_key_file_comes_back_from_a_backup(made):
    """Database and key file damaged: the key file of the newest backup opens the rest and takes its place."""
    home, key = made
    ids = _save(home, key, 5)
    backup.make(home, key, "start")
    (home / "keys.json").write_bytes(b"")
    _wipe_page(home / "gridworker.db", 4)
    recovery.recover(home, PASSPHRASE)
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, "ein anderes Wort")
    assert keys.unlock(home, PASSPHRASE) == key
    assert _ids(home, key) == set(ids)


def test_the_anchor_after_a_recovery_is_the_new_one(made):
    """The anchor follows the restored chain, so that the next opening raises no alarm."""
    home, key = made
    _save(home, key, 5)
    backup.make(home, key, "start")
    _save(home, key, 5)
    (home / "gridworker.db").write_bytes(b"")
    recovery.recover(home, PASSPHRASE)
    newest = anchor.read_marks(home, key).newest
    assert newest is not None
    assert newest.incarnation == 2
    _save(home, key, 1)
