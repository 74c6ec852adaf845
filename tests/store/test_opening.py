"""Opening a home: what works, and every way in which it must be refused without touching a file."""

from __future__ import annotations

import errno
import hashlib
import secrets
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gridworker.errors import BugError, KnownError
from gridworker.store import errors, kept_keys
from gridworker.store.driver import connect, translate
from gridworker.store.driver import driver as dbapi
from gridworker.store.home import filesystem_of, translate_os
from gridworker.store.query import Query
from gridworker.store.store import Store
from tests.store.samples import household


def _fingerprints(home: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.iterdir() if path.name != "lock"}


def test_what_was_written_is_there_after_reopening(home, data_key):
    """A closed home opens again with its records, in a folder of any name."""
    record = household()
    with_first = Store.create(home, data_key)
    with_first.write(lambda tx: tx.put(record))
    with_first.close()
    again = Store.open(home, data_key)
    with again.read() as tx:
        assert tx.get("household", record.id) == record
    again.close()
    assert {path.name for path in home.iterdir()} == {"anchor.dat", "gridworker.db", "lock"}


def test_every_promise_of_the_file_is_kept(store):
    """WAL, full synchronisation, keys on, nothing temporary on the disk; readers cannot write."""
    asked = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "temp_store": 2, "trusted_schema": 0}
    found = store.write(lambda tx: {name: tx.sql(f"PRAGMA {name}")[0][0] for name in asked})
    assert found == asked
    assert store.write(lambda tx: tx.sql("PRAGMA cipher_status")) == [("1",)]
    with store.read() as tx, pytest.raises(errors.ReadOnlyHome):
        tx.sql("DELETE FROM meta")


def test_a_second_program_is_refused(store, home, data_key):
    """While a home is open, neither this program nor another opens it again."""
    with pytest.raises(errors.AlreadyOpen):
        Store.open(home, data_key)
    code = (
        "import sys; from pathlib import Path; from gridworker.store.store import Store\n"
        "from gridworker.store.errors import AlreadyOpen\n"
        "try: Store.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))\n"
        "except AlreadyOpen: print('refused')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(home), data_key.hex()], capture_output=True, text=True, check=False
    )
    assert ended.stdout.strip() == "refused", ended.stderr


def test_a_closed_home_can_be_opened_by_the_next(home, data_key):
    """Closing lets go of the lock, and so does a refused opening."""
    Store.create(home, data_key).close()
    with pytest.raises(errors.DamagedDatabase):
        Store.open(home, secrets.token_bytes(32))
    Store.open(home, data_key).close()


def test_nothing_is_created_over_a_home(home, data_key):
    """Creating where a ledger lies is refused and changes no byte."""
    Store.create(home, data_key).close()
    before = _fingerprints(home)
    with pytest.raises(errors.HomeInUse):
        Store.create(home, secrets.token_bytes(32))
    assert _fingerprints(home) == before


def test_a_lost_database_is_not_replaced(home, data_key):
    """Opening without a database file says what is missing and makes none."""
    home.mkdir()
    with pytest.raises(errors.MissingDatabase):
        Store.open(home, data_key)
    assert list(home.iterdir()) == []


def _empty(data: bytes) -> bytes:
    return b""


def _cut_short(data: bytes) -> bytes:
    return data[:1000]


def _halved(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _first_page(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def _swapped(data: bytes) -> bytes:
    return b"SQLite format 3\x00" + data[16:]


@pytest.mark.parametrize("damage", [_empty, _cut_short, _halved, _first_page, _swapped])
def test_a_damaged_database_is_told_and_kept(home, data_key, damage):
    """Empty, cut, flipped or foreign: the key is proven, so it is damage; the file stays as it is."""
    Store.create(home, data_key).close()
    path = home / "gridworker.db"
    path.write_bytes(damage(path.read_bytes()))
    before = _fingerprints(home)
    with pytest.raises(errors.DamagedDatabase):
        _open_and_look(home, data_key)
    assert _fingerprints(home)["gridworker.db"] == before["gridworker.db"]


def _open_and_look(home: Path, data_key: bytes) -> None:
    opened = Store.open(home, data_key)
    try:
        with opened.read() as tx:
            for table in tx.tables:
                tx.sql(f"{table.select} LIMIT 1")
            tx.sql("SELECT * FROM history h, audit a, outbox o")
    finally:
        opened.close()


def test_a_ledger_that_opens_and_cannot_be_read_is_let_go_of(store, home, data_key, monkeypatch):
    """Damage that is met after the first page: no writer stays behind with the file and its key."""
    store.close()

    def damaged(_tx: object) -> None:
        raise errors.DamagedDatabase

    with monkeypatch.context() as patched:
        patched.setattr(kept_keys, "are_current", damaged)
        with pytest.raises(errors.DamagedDatabase):
            Store.open(home, data_key)
    assert "store-writer" not in [one.name for one in threading.enumerate()]
    Store.open(home, data_key).close()


def test_any_flipped_bit_of_a_page_is_noticed(home, data_key):
    """A bit flipped anywhere in the main file is refused when its page is read, never shown as data."""
    store = Store.create(home, data_key)
    store.write(lambda tx: tx.put_many([household(room_no=str(room)) for room in range(400)]))
    store.close()
    path = home / "gridworker.db"
    whole = path.read_bytes()
    for place in range(5_000, len(whole), len(whole) // 12):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(errors.DamagedDatabase):
            _read_everything(path, data_key)
    path.write_bytes(whole)
    _read_everything(path, data_key)


def _read_everything(path: Path, data_key: bytes) -> None:
    try:
        connection = connect(path, data_key, readonly=True)
        try:
            bad = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            if bad:
                raise errors.DamagedDatabase
        finally:
            connection.close()
    except dbapi.Error as failed:
        raise translate(failed) from failed


def test_a_newer_database_is_refused_untouched(home, data_key):
    """A step this program does not know means a newer program; nothing is changed."""
    store = Store.create(home, data_key)
    store.write(
        lambda tx: tx.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('gridworker', '0099_later', '')"
        )
    )
    store.close()
    before = _fingerprints(home)
    with pytest.raises(errors.NewerDatabase):
        Store.open(home, data_key)
    assert _fingerprints(home) == before


def test_a_full_disk_loses_the_save_and_nothing_else(store):
    """The save that does not fit says so; earlier ones stay, reading goes on, and with room the next one works."""
    first = household()
    store.write(lambda tx: tx.put(first))
    pages = store.write(lambda tx: tx.sql("PRAGMA page_count")[0][0])
    store.write(lambda tx: tx.sql(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(errors.DiskFull) as raised:
        store.write(lambda tx: tx.put_many([household(remark="长" * 3000) for _ in range(50)]))
    assert "磁盘" in raised.value.title
    with store.read() as tx:
        assert tx.count(Query("household")) == 1
    store.write(lambda tx: tx.sql("PRAGMA max_page_count=1000000"))
    store.write(lambda tx: tx.put(household()))
    with store.read() as tx:
        assert tx.count(Query("household")) == 2


MOUNTS = (
    "/dev/sda1 / ext4 rw 0 0\nserver:/home /home nfs4 rw 0 0\n//nas/share /mnt/office\\040share cifs rw 0 0\n"
    "tmpfs /home/local tmpfs rw 0 0\nx /mnt/fuse fuse.sshfs rw 0 0\n"
)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/x", "ext4"),
        ("/home/wang/x", "nfs4"),
        ("/mnt/office share/台账", "cifs"),
        ("/home/local/x", "tmpfs"),
        ("/mnt/fuse/a", "fuse.sshfs"),
        ("/homes", "ext4"),
    ],
)
def test_the_file_system_of_a_folder(folder, kind):
    """The mount that holds a folder decides, blanks in its name included."""
    assert filesystem_of(Path(folder), MOUNTS) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "fuse.gvfsd-fuse", "9p", "vboxsf"])
def test_a_network_drive_is_refused(home, data_key, monkeypatch, kind):
    """A home on a network drive is refused before a file is made."""
    monkeypatch.setattr("gridworker.store.home.filesystem_of", lambda *_: kind)
    monkeypatch.setattr("gridworker.store.home.os.name", "posix")
    with pytest.raises(errors.NotLocalDisk):
        Store.create(home, data_key)
    assert not home.exists()


def test_every_failure_below_has_its_own_words():
    """Each kind of trouble is its own error with what happened, what is safe and what to do, in Chinese."""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.StoreError) and kind is not errors.StoreError
    ]
    said = [kind() for kind in kinds]
    assert all(isinstance(error, KnownError) and error.title and error.safe and error.action for error in said)
    assert len({error.title for error in said}) == len(kinds)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, errors.DiskFull),
        (errno.EROFS, errors.ReadOnlyHome),
        (errno.EACCES, errors.ReadOnlyHome),
        (errno.EIO, errors.DiskTrouble),
    ],
)
def test_failures_of_the_file_system(number, kind):
    """A full, protected or failing disk is told apart."""
    assert isinstance(translate_os(OSError(number, "")), kind)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (13, errors.DiskFull),
        (8, errors.ReadOnlyHome),
        (1032, errors.ReadOnlyHome),
        (11, errors.DamagedDatabase),
        (26, errors.DamagedDatabase),
        (5, errors.Busy),
        (517, errors.Busy),
        (778, errors.DiskTrouble),
        (1, BugError),
    ],
)
def test_failures_of_the_driver(code, kind):
    """Every code of SQLite is somebody's trouble in words, or a bug of ours that quotes no data."""
    failed = dbapi.OperationalError('near "张三": syntax error')
    failed.sqlite_errorcode = code
    failed.sqlite_errorname = "SQLITE_X"
    told = translate(failed)
    assert isinstance(told, kind)
    assert "张三" not in str(told)


def test_a_home_that_cannot_be_written_is_refused_calmly(home, data_key, monkeypatch):
    """Where the lock cannot be opened for writing, the home is said to be write-protected."""
    Store.create(home, data_key).close()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(errors.ReadOnlyHome):
        Store.open(home, data_key)
