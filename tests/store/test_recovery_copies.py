"""What a recovery builds on: key files and copies from elsewhere, the list of tables put back, the log laid in."""

from __future__ import annotations

import hashlib
import random
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from gridworker.store import audit, backup, copies, drafts, keys, recovery, restoring, saving
from gridworker.store.driver import connect
from gridworker.store.errors import DamagedDatabase, MissingDatabase, MissingSidecar, WrongPassphrase
from gridworker.store.mending import PAGE
from gridworker.store.safety_errors import ForeignCopies, FormerPassphrase, NothingReadable
from gridworker.store.sidecar import Kdf
from gridworker.store.store import Store
from tests.store.samples import WORKER, household

PASSPHRASE = "四个 不相干 的词 连起来"
CHEAP = Kdf(time=1, memory_kib=64, lanes=1)


@pytest.fixture
def made(home: Path) -> tuple[Path, bytes]:
    """A home with its keys, and the data key."""
    return home, _make(home)


def _make(home: Path) -> bytes:
    key = keys.create_keys(home, PASSPHRASE, kdf=CHEAP).data_key
    Store.create(home, key).close()
    return bytes(key)


def _save(home: Path, key: bytes, count: int) -> set[str]:
    store = Store.open(home, key)
    records = [household(room_no=str(100 + place), remark="备" * 300) for place in range(count)]
    for record in records:
        store.write(lambda tx, record=record: saving.save(tx, None, record, actor_id=WORKER))
    store.close()
    return {record.id for record in records}


def _wipe(path: Path, number: int) -> None:
    data = bytearray(path.read_bytes())
    data[(number - 1) * PAGE : number * PAGE] = random.Random(number).randbytes(PAGE)
    path.write_bytes(data)


def _ids(home: Path, key: bytes) -> set[str]:
    store = Store.open(home, key)
    try:
        with store.read() as tx:
            assert audit.verify(tx).ok
            return {row[0] for row in tx.sql("SELECT id FROM household")}
    finally:
        store.close()


def _to_stick(home: Path, key: bytes, stick: Path) -> Path:
    """A backup as the second place keeps it, and none in the home."""
    made = backup.make(home, key, "start")
    place = stick / f"{backup.ELSEWHERE}-abcdef01"
    shutil.copytree(made.path, place / made.path.name)
    shutil.rmtree(home / backup.BACKUPS)
    return stick


# ---- key files


@pytest.mark.parametrize("damage", ["gone", "empty", "cut"])
def test_a_lost_key_file_is_put_back_and_the_ledger_left_alone(made, damage):
    """A good ledger without its key file gets that of the newest backup, and no byte of it is touched."""
    home, key = made
    ids = _save(home, key, 3)
    backup.make(home, key, "start")
    ids |= _save(home, key, 2)
    path = home / "keys.json"
    text = path.read_bytes()
    path.unlink() if damage == "gone" else path.write_bytes({"empty": b"", "cut": text[:200]}[damage])
    before = hashlib.sha256((home / "gridworker.db").read_bytes()).digest()
    done = recovery.recover(home, PASSPHRASE)
    assert done.kind == recovery.KEYS
    assert done.keys_at is not None
    assert hashlib.sha256((home / "gridworker.db").read_bytes()).digest() == before
    if damage == "cut":
        assert (home / done.aside / "keys.json").read_bytes() == text[:200]
    assert _ids(home, keys.unlock(home, PASSPHRASE)) == ids


def test_the_key_file_of_a_copy_opens_with_the_words_of_its_day(made):
    """Whoever changed the passphrase since the backup is told which one is meant; the former one puts it back."""
    home, key = made
    _save(home, key, 3)
    backup.make(home, key, "start")
    keys.change_passphrase(home, PASSPHRASE, "新的 口令 又四个 词", kdf=CHEAP)
    (home / "keys.json").unlink()
    with pytest.raises(FormerPassphrase) as raised:
        recovery.recover(home, "新的 口令 又四个 词")
    assert isinstance(raised.value, WrongPassphrase)
    assert not (home / "keys.json").exists()
    assert recovery.recover(home, PASSPHRASE).kind == recovery.KEYS


def test_the_key_file_of_another_ledger_is_not_taken(made, tmp_path):
    """A stick with backups of somebody else: nothing of it comes in, whatever its passphrase."""
    home, key = made
    _save(home, key, 3)
    other = tmp_path / "other"
    stick = _to_stick(other, _make(other), tmp_path / "stick")
    (home / "keys.json").unlink()
    before = {path.name for path in home.iterdir()}
    with pytest.raises(ForeignCopies):
        recovery.recover(home, PASSPHRASE, extra=stick)
    assert {path.name for path in home.iterdir()} == before
    with pytest.raises(MissingSidecar):
        recovery.recover(home, PASSPHRASE)


# ---- copies


def test_a_stick_is_searched_like_a_folder_of_copies(made, tmp_path):
    """The stick itself is named, its folder of backups is found, and a ledger that is gone comes back from it."""
    home, key = made
    ids = _save(home, key, 4)
    stick = _to_stick(home, key, tmp_path / "U 盘")
    (home / "gridworker.db").unlink()
    with pytest.raises(MissingDatabase):
        Store.open(home, key)
    assert len(copies.copies_in(stick)) == 1
    done = recovery.recover(home, PASSPHRASE, extra=stick)
    assert (done.kind, done.links_missing) == (recovery.FROM_BACKUP, 0)
    assert _ids(home, key) == ids


def test_a_copy_of_what_was_given_up_is_not_the_newer_one(made, tmp_path):
    """After a restore the ledger goes on from an older backup; a longer copy from before it does not come in again."""
    home, key = made
    first = _save(home, key, 3)
    old = backup.make(home, key, "start")
    _save(home, key, 9)
    longer = backup.make(home, key, "hourly")
    shutil.copytree(longer.path, tmp_path / "longer" / longer.path.name)
    backup.remove(longer)
    restoring.restore(home, old.path, PASSPHRASE, aside=True)
    ids = _save(home, key, 2)
    (home / "gridworker.db-wal").unlink(missing_ok=True)
    (home / "gridworker.db").write_bytes(b"")
    backup_now = backup.listing(home / backup.BACKUPS)
    assert [one.links for one in backup_now] == [old.links]
    done = recovery.recover(home, PASSPHRASE, extra=tmp_path / "longer")
    assert _ids(home, key) == first
    assert done.links_missing == 1 + len(ids)  # the restore itself is a link


# ---- the list of tables


@pytest.mark.parametrize("copied", [True, False], ids=["with a backup", "without"])
def test_a_destroyed_first_page_loses_nothing(made, copied):
    """Salt, list of tables and all: the page is put back from a file laid out alike, and every save is read again."""
    home, key = made
    ids = _save(home, key, 20)
    if copied:
        backup.make(home, key, "start")
        ids |= _save(home, key, 15)
    _wipe(home / "gridworker.db", 1)
    done = recovery.recover(home, PASSPHRASE)
    assert done.kind == (recovery.FROM_BACKUP if copied else recovery.FROM_WRECK)
    assert done.rejoined.ops == (15 if copied else 20)
    assert (done.links_missing, done.rejoined.lost) == (0, {})
    assert _ids(home, key) == ids


def test_any_destroyed_page_of_the_list_of_tables_loses_nothing(made):
    """Each page an opening needs, one after the other: what came after the backup is replayed from what is left."""
    home, key = made
    _save(home, key, 10)
    backup.make(home, key, "start")
    _save(home, key, 8)
    met = 0
    for number in range(2, 40):
        work = home.parent / f"home{number}"
        shutil.copytree(home, work)
        _wipe(work / "gridworker.db", number)
        opened = False
        with suppress(DamagedDatabase):
            store = Store.open(work, key)
            opened = True
            store.close()
        if not opened:
            met += 1
            done = recovery.recover(work, PASSPHRASE)
            assert (done.rejoined.ops, dict(done.rejoined.lost)) == (8, {}), number
            assert done.links_missing == (8 if done.audit_lost else 0)
            assert len(_ids(work, key)) == 18
        shutil.rmtree(work)
    assert met >= 3


def _lay_out_otherwise(home: Path, key: bytes) -> None:
    """The same ledger with its tables at other places, as after years of migrations."""
    connection = connect(home / "gridworker.db", key)
    connection.execute("DROP INDEX IF EXISTS conflict_record")
    (statement,) = connection.execute("SELECT sql FROM sqlite_master WHERE name='draft'").fetchone()
    connection.execute("DROP TABLE draft")
    connection.execute("CREATE TABLE zz_first (a)")
    connection.execute(statement)
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


@pytest.mark.parametrize("copied", [True, False], ids=["with a backup", "without"])
def test_a_list_of_tables_that_does_not_fit_is_not_believed(made, copied):
    """Tables at other places than in the backup, or in a new ledger: what would be misread is left alone, and told."""
    home, key = made
    ids = _save(home, key, 10)
    if copied:
        backup.make(home, key, "start")
    _save(home, key, 4)
    _lay_out_otherwise(home, key)
    _wipe(home / "gridworker.db", 1)
    if not copied:
        with pytest.raises(NothingReadable):
            recovery.recover(home, PASSPHRASE)
        return
    done = recovery.recover(home, PASSPHRASE)
    assert (done.kind, done.rejoined.ops, done.links_missing) == (recovery.FROM_BACKUP, 0, 4)
    assert _ids(home, key) == ids


# ---- the log


def test_saves_that_only_the_log_holds_outlive_a_destroyed_page(made, tmp_path):
    """A killed program left its log, and a page of the database is gone: the log is laid in before anything is read."""
    home, key = made
    first = _save(home, key, 10)
    store = Store.open(home, key)
    store.write(lambda tx: tx.sql("PRAGMA wal_autocheckpoint=0"))
    records = [household(room_no=str(900 + place)) for place in range(6)]
    for record in records:
        store.write(lambda tx, record=record: saving.save(tx, None, record, actor_id=WORKER))
    killed = tmp_path / "killed"
    killed.mkdir()
    for name in ("gridworker.db", "gridworker.db-wal", "anchor.dat", "keys.json"):
        shutil.copyfile(home / name, killed / name)
    store.close()
    log = (killed / "gridworker.db-wal").read_bytes()
    logged = {int.from_bytes(log[at : at + 4], "big") for at in range(32, len(log), PAGE + 24)}
    size = (killed / "gridworker.db").stat().st_size // PAGE
    _wipe(killed / "gridworker.db", next(number for number in range(size, 1, -1) if number not in logged))
    done = recovery.recover(killed, PASSPHRASE)
    assert done.pages_lost == 1
    assert done.links_missing == 0
    assert _ids(killed, key) == first | {record.id for record in records}


def test_drafts_that_are_gone_for_good_are_told(made, tmp_path):
    """A log somebody threw away held only drafts: every save is there, and the report says what is not."""
    home, key = made
    ids = _save(home, key, 3)
    kept = (home / "gridworker.db").read_bytes()
    store = Store.open(home, key)
    for text in ("一", "二"):
        store.write(lambda tx, text=text: drafts.put_draft(tx, "visit:new", "visit", {"content": text}))
    anchored = (home / "anchor.dat").read_bytes()
    store.close()
    (home / "gridworker.db").write_bytes(kept)
    (home / "anchor.dat").write_bytes(anchored)
    done = recovery.recover(home, PASSPHRASE)
    assert (done.kind, done.links_missing, done.drafts_missing) == (recovery.AS_IS, 0, 2)
    assert _ids(home, key) == ids
