"""A new machine and a stick: what lies there is told before any key; what goes wrong leaves nothing half done."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from gridworker.errors import Cancelled, KnownError
from gridworker.identity import new_id
from gridworker.imaging.made import PHOTO, Made
from gridworker.ledger.record import Record
from gridworker.operations import found_ledgers, media, recovering
from gridworker.operations import session as sessions
from gridworker.store import backup, keys, patience, restoring, saving
from gridworker.store.blob_filling import Room, fill
from gridworker.store.blob_vault import Vault
from gridworker.store.blobs import BLOBS_BEGUN, BlobStore, blob_key
from gridworker.store.driver import connect
from gridworker.store.errors import NewerDatabase, TooManyTries, WrongPassphrase
from gridworker.store.safety_errors import (
    DamagedBackup,
    HomeStands,
    NoBackup,
    NoRoomToRestore,
    SeveralLedgers,
    SourceClosed,
    SourceGone,
)
from gridworker.store.sidecar import Kdf, read_sidecar, write_sidecar
from gridworker.store.store import Store
from tests.operations.test_backups import _run
from tests.store.samples import GRID, WORKER, household

ROOT = Path(__file__).parents[2]
PASSPHRASE = "四个 不相干 的词 连起来"
CHEAP = Kdf(time=1, memory_kib=64, lanes=1)


def _make(home: Path, passphrase: str = PASSPHRASE) -> tuple[bytes, str]:
    """A ledger with its keys, cheap to open; the data key and the recovery code."""
    made = keys.create_keys(home, passphrase, kdf=CHEAP)
    Store.create(home, made.data_key).close()
    return bytes(made.data_key), made.recovery_code


def _save(home: Path, key: bytes, room: str, **values: str) -> str:
    store = Store.open(home, key)
    record = household(room_no=room, **values)
    store.write(lambda tx: saving.save(tx, None, record, actor_id=WORKER))
    store.close()
    return record.id


def _copied(home: Path, key: bytes, folder: Path) -> backup.Backup:
    made = backup.make(home, key, "manual")
    return backup.copy_to(made, folder, key)


def _rooms(home: Path, key: bytes) -> set[str]:
    store = Store.open(home, key)
    try:
        with store.read() as tx:
            return {row[0] for row in tx.sql("SELECT room_no FROM household")}
    finally:
        store.close()


@pytest.fixture
def old(tmp_path: Path) -> tuple[Path, bytes, str]:
    """The stolen laptop, and a stick with two copies of its ledger, whose paths are hard to spell."""
    home = tmp_path / "旧 电脑"
    key, code = _make(home)
    folder = _stick(tmp_path) / "gridworker-backups-abcdef01"
    _save(home, key, "101")
    _copied(home, key, folder)
    _save(home, key, "102")
    _copied(home, key, folder)
    return home, key, code


def _hazard(names: list[str]) -> Record:
    return Record(new_id(), "hazard", GRID, {"place": "3号楼", "photos_before": names}, "reported")


def _stick(tmp_path: Path) -> Path:
    return tmp_path / "U 盘 💾 备份"


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Where the new laptop is to have its ledger."""
    return tmp_path / "新 电脑 💻" / "家"


def _left(home: Path) -> set[str]:
    """What lies in a home, but for the lock and the count of wrong tries."""
    return {path.name for path in home.iterdir()} - {"lock", "tries.json"} if home.exists() else set()


# ---- looking, before any key


def test_what_lies_on_a_stick_is_told_without_a_key(old, tmp_path, fresh):
    """Dates, size, how many, whether with photos, and how often the machine changed; nothing of a resident."""
    (one,) = found_ledgers.look(_stick(tmp_path))
    assert len(one.copies) == 2
    assert one.copies[0].made_at >= one.copies[1].made_at
    assert "共 2 份" in one.words
    assert "没有照片" in one.words
    assert "没有换过机器" in one.words
    recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    _copied(fresh, old[1], _stick(tmp_path) / "gridworker-backups-abcdef01")
    (one,) = found_ledgers.look(_stick(tmp_path))
    assert [copy.incarnation for copy in one.copies] == [2, 1]
    assert "换过机器或恢复过 1 次" in one.words
    # The old machine, found again, goes on from an earlier point: the one that took its place counts as the newer.
    for _ in range(3):
        _copied(old[0], old[1], _stick(tmp_path) / "gridworker-backups-later")
    (one,) = found_ledgers.look(_stick(tmp_path))
    assert one.copies[0].incarnation == 2
    with pytest.raises(NoBackup):
        found_ledgers.look(tmp_path / "空")


def test_a_mounted_medium_is_found_and_the_home_itself_is_not(old, tmp_path):
    """At the root of a stick and one folder further in; backups of the home itself are no medium's."""
    stick = _stick(tmp_path)
    inside = tmp_path / "另一个盘" / "网格备份"
    shutil.copytree(stick, inside)
    found = found_ledgers.on_media(tmp_path / "新", [stick, inside.parent, tmp_path / "不在"])
    assert [one.folder for one in found] == [stick, inside]
    assert found_ledgers.on_media(stick, [stick]) == []
    with pytest.raises(Cancelled):
        found_ledgers.on_media(tmp_path / "新", [stick], cancelled=lambda: True)


def test_media_and_shares_are_read_out_of_the_table_of_mounts():
    """What is mounted under the usual places, and shares of the network wherever they are; blanks are written out."""
    table = (
        "/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /media/u/U\\040盘 vfat rw 0 0\n/dev/sdb1 /media/u/U\\040盘 vfat rw 0 0\n"
        "//office/share /srv/office cifs rw 0 0\n/dev/sdc1 /run/media/u/X exfat rw 0 0\nproc /proc proc rw 0 0\nx\n"
    )
    assert media.mounted(table) == [Path("/media/u/U 盘"), Path("/srv/office"), Path("/run/media/u/X")]
    assert isinstance(media.places(), list)


# ---- restoring


@pytest.mark.parametrize("secret", ["passphrase", "code"])
def test_a_new_machine_has_the_newest_copy(old, tmp_path, fresh, secret):
    """By the passphrase or the recovery code, under a new incarnation, and nothing else lies in the new home."""
    _home, key, code = old
    told: list[str] = []
    report = recovering.restore(
        fresh, _stick(tmp_path), PASSPHRASE if secret == "passphrase" else code,
        progress=lambda _done, _total, text: told.append(text),
    )  # fmt: skip
    assert report.incarnation == 2
    assert {"正在复制台账", "正在核对备份", "正在找回照片"} <= set(told)
    assert _left(fresh) == {"gridworker.db", "keys.json", "anchor.dat"}
    assert sessions.exists(fresh)
    assert _rooms(fresh, key) == {"101", "102"}


def test_a_code_that_the_office_released_opens_a_backup(old, tmp_path, fresh):
    """Where the backup was made after the office got its code, and the home asks for a passphrase then."""
    home, key, _ = old
    kind, code = keys.offer_escrow(home, key, kdf=CHEAP)
    keys.keep_escrow(home, kind)
    made = backup.make(home, key, "manual")
    recovering.restore(fresh, made.path, code)
    opened = sessions.unlock(fresh, code)
    assert sessions.needs_passphrase(opened)
    opened.close()


def test_the_keyring_of_the_old_machine_is_not_asked_on_the_new_one(old, tmp_path, fresh):
    """Its slot stays in the backup and does not come along."""
    path = backup.listing(_stick(tmp_path) / "gridworker-backups-abcdef01")[0].path / "keys.json"
    sidecar = read_sidecar(path)
    slot = replace(sidecar.slots[0], kind=keys.KEYRING)
    write_sidecar(path, sidecar.with_slot(slot))
    recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    assert not sessions.opens_by_itself(fresh)
    assert keys.KEYRING in read_sidecar(path).kinds()


@pytest.mark.parametrize("damage", ["flip", "cut", "keys", "unreadable"])
def test_a_damaged_newest_copy_is_told_and_the_next_one_taken(old, tmp_path, fresh, damage, monkeypatch):
    """Asked for by itself it is refused; out of the folder the one before is taken, and said so."""
    key = old[1]
    (one,) = found_ledgers.look(_stick(tmp_path))
    newest = one.copies[0].path
    data = bytearray((newest / "gridworker.db").read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
    if damage in ("flip", "cut"):
        (newest / "gridworker.db").write_bytes(data[: -4096 if damage == "cut" else None])
    elif damage == "keys":
        (newest / "keys.json").write_text("{")
    else:
        _fail_reading(monkeypatch, newest / "gridworker.db", OSError(errno.EIO, "bad sector"))
    (again,) = found_ledgers.look(_stick(tmp_path))
    assert again.copies == one.copies
    with pytest.raises(DamagedBackup):
        recovering.restore(fresh, newest, PASSPHRASE)
    assert _left(fresh) == set()
    report = recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    assert "有 1 份更新的备份已损坏" in report.text
    assert _rooms(fresh, key) == {"101"}


def _fail_reading(
    monkeypatch: pytest.MonkeyPatch, path: Path, error: OSError, before: Callable[[], object] = lambda: None
) -> None:
    """Lets the second read of a file fail, as a medium would."""
    true_open = Path.open

    class Failing(io.BufferedReader):
        count = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.count += 1
            if self.count > 1:
                before()
                raise error
            return super().read(4096)

    def opened(self: Path, mode: str = "r", *args: object, **more: object) -> object:
        if self == path and mode == "rb":
            return Failing(io.FileIO(self))
        return true_open(self, mode, *args, **more)

    monkeypatch.setattr(Path, "open", opened)


def test_copies_of_two_ledgers_ask_which_one_is_meant(old, tmp_path, fresh):
    """In one folder or side by side: none is taken by chance, and each can be named."""
    other = tmp_path / "别人"
    other_key, _ = _make(other, "别人 的 口令 三个词")
    _save(other, other_key, "909")
    folder = _stick(tmp_path) / "gridworker-backups-abcdef01"
    backup.copy_to(backup.make(other, other_key, "hourly"), folder, other_key)
    found = found_ledgers.look(_stick(tmp_path))
    assert sorted(len(one.copies) for one in found) == [1, 2]
    with pytest.raises(SeveralLedgers):
        recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    hers = next(one for one in found if len(one.copies) == 2)
    theirs = next(one for one in found if len(one.copies) == 1)
    with pytest.raises(WrongPassphrase):
        recovering.restore(fresh, _stick(tmp_path), PASSPHRASE, ledger=theirs.ledger)
    assert _left(fresh) == set()
    recovering.restore(fresh, _stick(tmp_path), PASSPHRASE, ledger=hers.ledger)
    assert _rooms(fresh, old[1]) == {"101", "102"}


def test_wrong_passphrases_wait_longer_each_time_and_a_code_does_not(old, tmp_path, fresh):
    """Counted in the new home, over a restart too; the recovery code is heard meanwhile; a fresh count afterwards."""
    for _ in range(patience.FREE_TRIES):
        with pytest.raises(WrongPassphrase):
            recovering.restore(fresh, _stick(tmp_path), "猜的 口令 不对")
    with pytest.raises(TooManyTries):
        recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    assert sessions.wait_seconds(fresh) > 0
    assert _left(fresh) == set()
    recovering.restore(fresh, _stick(tmp_path), old[2])
    assert sessions.wait_seconds(fresh) == 0
    opened = sessions.unlock(fresh, PASSPHRASE)
    assert opened.notices == ()
    opened.close()


@pytest.mark.parametrize("asked", ["stick", "copy"])
def test_a_stick_that_is_pulled_out_is_told_and_nothing_stays(old, tmp_path, fresh, monkeypatch, asked):
    """In the middle of the copying; plugged in again it goes on from the beginning."""
    stick, away = _stick(tmp_path), tmp_path / "weg"
    (one,) = found_ledgers.look(stick)
    with monkeypatch.context() as patched:
        _fail_reading(
            patched, one.copies[0].path / "gridworker.db", OSError(errno.EIO, "gone"), before=lambda: stick.rename(away)
        )
        with pytest.raises(SourceGone):
            recovering.restore(fresh, stick if asked == "stick" else one.copies[0].path, PASSPHRASE)
    assert _left(fresh) == set()
    assert not sessions.exists(fresh)
    away.rename(stick)
    recovering.restore(fresh, stick, PASSPHRASE)
    assert _rooms(fresh, old[1]) == {"101", "102"}


def _with_photos(home: Path, key: bytes, folder: Path, count: int) -> list[str]:
    """Photos that a hazard names, in the vault of a folder beside a new copy."""
    blobs = BlobStore.open(home, blob_key(key))
    names = [blobs.add(Made(PHOTO, os.urandom(2_000), b"small", 40, 30)) for _ in range(count)]
    store = Store.open(home, key)

    def name(tx):
        tx.set_meta(BLOBS_BEGUN, "2026-04-21")
        saving.save(tx, None, _hazard(names), actor_id=WORKER)

    store.write(name)
    store.close()
    fill(Vault(folder, blob_key(key)), blobs, Room(None, 0))
    blobs.close()
    _copied(home, key, folder)
    return names


def test_photos_on_a_stick_that_is_pulled_out_are_not_told_as_lost(old, tmp_path, fresh, monkeypatch):
    """The ledger was read already; without the rest nothing is taken in. Plugged in again, the photos come along."""
    home, key, _ = old
    stick, away = _stick(tmp_path), tmp_path / "weg"
    _with_photos(home, key, stick / "gridworker-backups-abcdef01", 3)
    (one,) = found_ledgers.look(stick)
    assert one.photo_bytes > 6_000
    assert "有照片" in one.words
    with monkeypatch.context() as patched:
        true_photos = Vault.photos
        patched.setattr(Vault, "photos", lambda *given, **more: (stick.rename(away), true_photos(*given, **more))[1])
        with pytest.raises(SourceGone):
            recovering.restore(fresh, stick, PASSPHRASE)
    assert _left(fresh) == set()
    away.rename(stick)
    report = recovering.restore(fresh, stick, PASSPHRASE)
    assert (report.photos_back, report.photos_lost) == (3, 0)


def test_a_disk_without_room_is_told_before_and_in_the_middle(old, tmp_path, fresh, monkeypatch):
    """How much is needed is said; a disk that fills up meanwhile leaves nothing behind."""
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(restoring.shutil, "disk_usage", lambda _path: usage._replace(free=1_000_000))
        with pytest.raises(NoRoomToRestore, match="MB"):
            recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    with monkeypatch.context() as patched:
        patched.setattr(restoring, "os", SimpleNamespace(fsync=_raiser(OSError(errno.ENOSPC, "full"))))
        with pytest.raises(NoRoomToRestore):
            recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    assert _left(fresh) == set()
    recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)


def _raiser(error: BaseException) -> Callable[..., object]:
    def fail(*_given: object, **_more: object) -> object:
        raise error

    return fail


def test_a_home_that_stands_is_left_as_it_is(old, tmp_path, fresh):
    """Not a byte of it changes."""
    _make(fresh)
    before = {path.name: path.read_bytes() for path in fresh.iterdir()}
    with pytest.raises(HomeStands):
        recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    assert {path.name: path.read_bytes() for path in fresh.iterdir()} == before


def test_a_backup_of_a_newer_program_is_refused(old, tmp_path, fresh):
    """It says to install the newer one, and leaves nothing behind."""
    home, key, _ = old
    connection = connect(home / "gridworker.db", key)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('gridworker','9999_x','')"
    )
    connection.close()
    made = backup.make(home, key, "manual")
    with pytest.raises(NewerDatabase):
        recovering.restore(fresh, made.path, PASSPHRASE)
    assert _left(fresh) == set()


def test_a_folder_that_may_not_be_written_is_told(old, tmp_path, fresh, monkeypatch):
    """At its making and at the first file in it; whoever runs the tests may write everywhere, so it is said."""
    with monkeypatch.context() as patched:
        patched.setattr(Path, "mkdir", _raiser(PermissionError(errno.EACCES, "no")))
        with pytest.raises(KnownError, match="不能写入"):
            recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    with monkeypatch.context() as patched:
        patched.setattr(restoring, "_fetch", _raiser(PermissionError(errno.EACCES, "no")))
        with pytest.raises(KnownError, match="不能写入"):
            recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    assert _left(fresh) == set()


def test_a_share_that_may_not_be_read_is_told(old, tmp_path, fresh, monkeypatch):
    """The key file can be read and the copy cannot."""
    (one,) = found_ledgers.look(_stick(tmp_path))
    _fail_reading(monkeypatch, one.copies[0].path / "gridworker.db", PermissionError(errno.EACCES, "no"))
    with pytest.raises(SourceClosed):
        recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    assert _left(fresh) == set()


@pytest.mark.parametrize("after", range(1, 6))
def test_a_stop_at_any_moment_leaves_nothing(old, tmp_path, fresh, after):
    """Whenever she says stop before the exchange, the home is as it was, and a later try succeeds."""
    _with_photos(old[0], old[1], _stick(tmp_path) / "gridworker-backups-abcdef01", 2)
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked >= after

    with pytest.raises(Cancelled):
        recovering.restore(fresh, _stick(tmp_path), PASSPHRASE, cancelled=cancelled)
    assert _left(fresh) == set()
    recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    assert _rooms(fresh, old[1]) == {"101", "102"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked, or each would take half a second to start")
def test_killed_at_any_step_it_is_begun_again_or_finished(old, tmp_path, fresh):
    """What it leaves is either no ledger, and a new try succeeds, or one whose coming in the next start finishes."""
    command = [sys.executable, "-m", "tests.operations.killed_restore", str(fresh), str(_stick(tmp_path)), PASSPHRASE]
    ended = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONUTF8": "1"}
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 12


def test_a_restore_that_is_coming_in_is_no_place_to_begin_anew(old, tmp_path, fresh, monkeypatch):
    """Cut off in the exchange, a home counts as one; a first start finishes it instead of beginning beside it."""
    with monkeypatch.context() as patched:
        patched.setattr(restoring.swapping, "_exchange", _raiser(OSError(errno.EIO, "cut")))
        with pytest.raises(KnownError):
            recovering.restore(fresh, _stick(tmp_path), PASSPHRASE)
    assert sessions.exists(fresh)
    with pytest.raises(KnownError, match="已经有台账"):
        sessions.start(fresh, PASSPHRASE)
    assert _rooms(fresh, old[1]) == {"101", "102"}


def test_a_first_start_clears_away_what_a_killed_restore_left(fresh):
    """Who gives the restoring up and begins anew keeps no half of a ledger on the disk."""
    left = fresh / "restoring"
    left.mkdir(parents=True)
    (left / "gridworker.db").write_bytes(b"half")
    opened, _code = sessions.start(fresh, PASSPHRASE)
    opened.close()
    assert not left.exists()


def test_the_command_looks_and_restores(old, tmp_path, fresh):
    """`restore --look` needs no passphrase; `--ledger` names one of several."""
    stick = str(_stick(tmp_path))
    status, out, _err = _run(fresh, "--json", "restore", "--look", stick)
    told = json.loads(out)
    assert (status, len(told["copies"])) == (0, 2)
    status, out, _err = _run(fresh, "restore", stick, "--ledger", told["ledger"])
    assert status == 0
    assert "已恢复" in out
    assert _run(fresh, "restore")[0] == 1
