"""Photos in backups as a person meets them: in both places, checked, brought back, given up when nobody needs them."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.imaging.made import PHOTO, Made
from gridworker.operations import backup_photos, backups, photos, recovering, second_place
from gridworker.operations import session as sessions
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.store import blob_pack, blob_packing, blob_return, keys, swapping
from gridworker.store.blob_errors import DamagedBlobs, MissingBlobs
from gridworker.store.blobs import BLOBS_BEGUN, BlobStore, blob_key
from gridworker.store.errors import TooManyTries, WrongPassphrase
from gridworker.store.salvage import Wreck
from tests.operations.conftest import DAY, PASSPHRASE
from tests.operations.test_backups import _run

ROOT = Path(__file__).parents[2]


def _hazard(session: Session, *names: str) -> str:
    """A hazard with these photos; its number."""
    record = save(session, "hazard", {
        "found_at": "2026-04-21 09:40", "place": "3号楼一层", "place_type": "楼栋", "hazard_type": "消防",
        "description": "楼道堆物", "hazard_level": "一般", "photos_before": list(names),
    }).record  # fmt: skip
    return str(record.values["record_no"])


@pytest.fixture
def taken(session: Session) -> Callable[..., list[str]]:
    """Takes some photos, each named by a hazard of its own; their addresses."""

    def take(count: int = 1) -> list[str]:
        made = [Made(PHOTO, secrets.token_bytes(3_000), b"small", 40, 30) for _ in range(count)]
        names = [session.blobs.add(one) for one in made]
        session.store.write(lambda tx: tx.set_meta(BLOBS_BEGUN, "2026-04-21"))
        for name in names:
            _hazard(session, name)
        return names

    return take


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A stick that is plugged in."""
    place = tmp_path / "U 盘"
    place.mkdir()
    return place


def _held(session: Session, folder: Path) -> set[str]:
    vault = backup_photos.vault(session, folder)
    return {raw.hex() for raw in vault.addresses(vault.look().catalog)}


def _on(stick: Path) -> Path:
    return next(stick.glob("gridworker-backups-*"))


def _shows(home: Path, names: list[str]) -> list[bool]:
    """Which photos a home can show."""
    again = sessions.unlock(home, PASSPHRASE)
    try:
        return [name in again.blobs.known([name]) and bool(again.blobs.read(name)) for name in names]
    finally:
        again.close()


def _unplug(stick: Path) -> Path:
    return stick.rename(stick.with_name("pulled"))


def _flip(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1]))


# ---- being backed up


def test_every_backup_holds_the_photos(session, taken, stick):
    """Photos are in the local vault and on the stick after one run, and the sentence says so."""
    names = taken(3)
    backups.set_second_place(session, stick)
    report = backups.make(session, "start")
    assert (report.photos.held, report.second_photos.held, report.second) == (3, 3, True)
    assert "照片 3 张都有备份" in report.text
    assert _held(session, session.home / "backups") == _held(session, _on(stick)) == set(names)
    again = backups.make(session, "hourly")
    assert (again.photos.added, again.second_photos.added) == (0, 0)


def test_a_home_without_photos_makes_no_vault(session, living, stick):
    """Where no photo was ever kept, no photo file and no vault appear, and nothing is said of photos."""
    living()
    backups.set_second_place(session, stick)
    assert "照片" not in backups.make(session, "start").text
    assert not (session.home / "blobs.db").exists()
    assert not list(session.home.rglob("photos"))
    assert not list(stick.rglob("photos"))


def test_a_stick_that_comes_back_gets_everything_unasked(session, taken, stick):
    """Pulled for three backups, the stick is due again when it returns, and then has the newest copy and all photos."""
    taken(2)
    backups.set_second_place(session, stick)
    backups.make(session, "start")
    full_at = backups.second_state(session).full_at
    away = _unplug(stick)
    names = taken(3)
    for hours in (2, 4, 6):
        session._now = lambda hours=hours: DAY + timedelta(hours=hours)
        report = backups.make(session, "hourly")
        assert report.second is False
        assert "连不上" in report.text
        assert report.second_full_at == full_at
        assert "上次存全是 2026-04-21 09:40，照片 2 张" in report.text
    assert backups.due(session) is None
    away.rename(stick)
    assert backups.due(session) == backups.SECOND
    made = backups.make(session, backups.SECOND)
    assert made.second is True
    assert len(backups.listing(session)) == len({line.path.name for line in backups.listing(session)})
    assert backups.listing(session)[0].path.name in {path.name for path in _on(stick).iterdir()}
    assert set(names) <= _held(session, _on(stick))
    assert backups.second_state(session).photos == 5
    assert backups.due(session) is None


def test_a_place_that_fails_is_left_in_peace_for_an_hour(session, taken, stick, monkeypatch):
    """A full stick is told once an hour and not every five minutes; pulled and plugged in again it is tried at once."""
    taken(1)
    backups.set_second_place(session, stick)
    monkeypatch.setattr(second_place.files, "copy_to", _fails(OSError(errno.ENOSPC, "full")))
    assert "满了" in backups.make(session, "start").text
    assert backups.due(session) is None
    session._now = lambda: DAY + timedelta(minutes=61)
    with session.store.read() as tx:
        assert tx.meta("backup_place_state")
    assert backups.due(session) in ("hourly", backups.SECOND)
    session._now = lambda: DAY
    away = _unplug(stick)
    assert backups.due(session) is None
    away.rename(stick)
    assert backups.due(session) == backups.SECOND


def _fails(error: Exception) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (OSError(errno.ENOSPC, "x"), "满了"),
        (OSError(errno.EROFS, "x"), "不能写入"),
        (PermissionError(errno.EACCES, "x"), "不能写入"),
        (OSError(errno.EIO, "x"), "没能写到第二个位置"),
    ],
)
def test_what_the_second_place_refuses_is_told_in_words(session, taken, stick, monkeypatch, error, word):
    """Full, write-protected, failing: each has its sentence, and none counts as having everything."""
    taken(2)
    backups.set_second_place(session, stick)
    monkeypatch.setattr(blob_pack.Writer, "finish", _fails(error))
    monkeypatch.setattr(backup_photos, "into_local", lambda *_: backup_photos.NO_PHOTOS)
    report = backups.make(session, "start")
    assert report.second is False
    assert word in report.text
    assert "还没有存全过" in report.text
    assert list(_on(stick).glob("photos/*")) == []
    monkeypatch.undo()
    assert backups.make(session, backups.SECOND).second is True


def test_a_stick_too_small_for_the_photos_is_not_full(session, taken, stick, monkeypatch):
    """The ledger is there and some photos are not: that is told with a count, and is no full copy until they are."""
    taken(3)
    backups.set_second_place(session, stick)
    monkeypatch.setattr(backup_photos, "_SECOND_FREE", 1 << 62)
    report = backups.make(session, "start")
    assert (report.second, report.second_photos.waiting) == (False, 3)
    assert "第二个位置放不下，还差 3 张照片" in report.text
    assert "还没有存全过" in report.text
    assert not backups.second_state(session).complete
    with pytest.raises(KnownError, match="还差 3 张照片"):
        backups.copy_out(session, stick)
    monkeypatch.undo()
    assert backups.make(session, backups.SECOND).second is True


def test_a_stick_pulled_in_the_middle_is_told(session, taken, stick, monkeypatch):
    """Gone between two photos: said in words, and the next time goes on."""
    taken(3)
    backups.set_second_place(session, stick)
    add, count = blob_pack.Writer.add, [0]

    def add_or_go(self, photo, row):
        count[0] += 1
        if count[0] == 5:
            away = _unplug(stick)
            assert away.exists()
            raise OSError(errno.ENOENT, "gone")
        add(self, photo, row)

    monkeypatch.setattr(blob_pack.Writer, "add", add_or_go)
    report = backups.make(session, "start")
    assert report.second is False
    assert "断开" in report.text
    monkeypatch.undo()
    stick.with_name("pulled").rename(stick)
    assert backups.make(session, backups.SECOND).second is True
    assert len(_held(session, _on(stick))) == 3


def test_foreign_files_on_a_stick_are_left_alone(session, taken, stick):
    """A stick full of other things keeps every one of them."""
    (stick / "photos").mkdir()
    (stick / "photos" / "000001.pack").write_bytes(b"a game")
    (stick / "Reise.jpg").write_bytes(b"jpg")
    taken(1)
    backups.set_second_place(session, stick)
    assert backups.make(session, "start").second is True
    assert (stick / "photos" / "000001.pack").read_bytes() == b"a game"
    assert (stick / "Reise.jpg").exists()


def test_the_second_place_is_chosen_by_a_command(session, taken, stick):
    """`backup --second` chooses it and fills it, `--list` says when it was full, `--no-second` leaves it alone."""
    taken(2)
    home = session.home
    session.close()
    status, out, _err = _run(home, "backup", "--second", str(stick))
    assert (status, "第二个位置也存好了" in out, "照片 2 张都有备份" in out) == (0, True, True)
    assert "照片 2 张" in _run(home, "backup", "--list")[1].splitlines()[-1]
    before = _tree(stick)
    assert _run(home, "backup", "--no-second")[0] == 0
    assert "第二个" not in _run(home, "backup")[1]
    assert _tree(stick) == before


def test_two_ledgers_of_one_minute_do_not_share_a_folder(session, taken, stick, tmp_path):
    """Two machines set up in the same minute have the same short name; on one share each gets a folder of its own."""
    taken(1)
    backups.set_second_place(session, stick)
    backups.make(session, "start")
    other, _code = sessions.start(tmp_path / "别家", PASSPHRASE, now=lambda: DAY)
    with session.store.read() as tx:
        mine = tx.meta("device_id") or ""
    other.store.write(lambda tx: tx.set_meta("device_id", mine[:8] + "-0000-7000-8000-000000000000"))
    backups.set_second_place(other, stick)
    assert backups.make(other, "start").second is True
    assert len(list(stick.iterdir())) == 2
    other.close()


def test_what_has_no_room_here_is_told_and_goes_to_the_second_place(session, taken, stick, monkeypatch):
    """Over the budget nothing is dropped in silence: the count is told, the stick has all, then room is made here."""
    monkeypatch.setattr(backup_photos, "LOCAL_BUDGET", 40_000)
    monkeypatch.setattr(backup_photos, "_LOCAL_LEAST", 20_000)
    monkeypatch.setattr(blob_packing, "PACK_BYTES", 9_000)
    taken(12)
    report = backups.make(session, "start")
    assert 0 < report.photos.held < 12
    assert f"有 {12 - report.photos.held} 张照片本机放不下第二份" in report.text
    kept = _held(session, session.home / "backups")
    assert backups.make(session, "hourly").photos.held == len(kept)
    backups.set_second_place(session, stick)
    backups.make(session, "hourly")
    assert len(_held(session, _on(stick))) == 12
    late = taken(1)
    report = backups.make(session, "hourly")
    assert report.photos.waiting == 0
    assert set(late) <= _held(session, session.home / "backups")
    other = stick.with_name("另一个")
    other.mkdir()
    backups.set_second_place(session, other)
    assert backups.make(session, "hourly").photos.waiting > 0


def test_a_photo_file_that_cannot_be_read_does_not_stop_the_ledger(session, taken, monkeypatch):
    """The ledger is backed up, and the sentence says that the photos are not."""
    taken(1)
    monkeypatch.setattr(BlobStore, "after", _fails(DamagedBlobs()))
    report = backups.make(session, "start")
    assert "照片没有备份：照片文件 blobs.db 损坏" in report.text
    assert len(backups.listing(session)) == 1


# ---- checking


def test_verify_reads_the_photos_back(session, taken, stick):
    """Here, in the vault and on the stick; a flipped bit there is told without a name, and the next run mends it."""
    taken(4)
    backups.set_second_place(session, stick)
    backups.make(session, "start")
    found = {check.name: check for check in recovering.verify(session)}
    assert found["照片"].text == "4 张，每一页都完好，记录里添加过的都在。"
    assert found["照片备份"].text == found["第二个位置的照片"].text == "有 4 张，全部能读回来。"
    _flip(next(_on(stick).glob("photos/*.pack")), 3_000)
    late = taken(1)
    found = {check.name: check for check in recovering.verify(session)}
    assert found["照片备份"] == recovering.Check(
        "照片备份", "有 4 张，全部能读回来。还差 1 张，下次备份会补上。", ok=None
    )
    assert found["第二个位置的照片"].ok is False
    assert "1 张读不回来" in found["第二个位置的照片"].text
    backups.make(session, "hourly")
    found = {check.name: check for check in recovering.verify(session, every_photo=True)}
    assert all(check.ok for name, check in found.items() if "照片" in name)
    assert set(late) <= _held(session, _on(stick))


def test_verify_names_the_records_that_lack_a_photo(session, taken):
    """A photo that went missing here is told by the number of its record."""
    names = taken(2)
    number = _hazard(session, names[0])
    session.blobs._fresh.clear()
    session.blobs.remove([names[0]])
    check = next(check for check in recovering.verify(session) if check.name == "照片")
    assert check.ok is False
    assert number in check.text
    assert names[0] not in check.text


# ---- coming back


def test_a_new_machine_gets_ledger_and_photos_from_the_stick_alone(session, taken, stick, tmp_path):
    """An empty home and the stick: every photo can be shown, also after a change of the passphrase."""
    names = taken(5)
    backups.set_second_place(session, stick)
    backups.make(session, "start")
    sessions.change_passphrase(session, PASSPHRASE, "另外 四个 新的 词语")
    session.close()
    shutil.rmtree(session.home)
    before = _tree(stick)
    home = tmp_path / "新电脑"
    report = recovering.restore(home, stick, PASSPHRASE)
    assert (report.photos_back, report.photos_lost) == (5, 0)
    assert "记录里的照片 5 张都在，其中 5 张从备份找回" in report.text
    assert all(_shows(home, names))
    assert _tree(stick) == before
    again = sessions.unlock(home, PASSPHRASE)
    again._now = lambda: DAY + timedelta(hours=1)
    made = backups.make(again, "manual")
    assert (made.second, made.second_photos.added) == (True, 0)
    newest = max(path.name for path in _on(stick).iterdir() if path.name[0].isdigit())
    assert newest == backups.listing(again)[0].path.name
    assert newest.startswith("00002-")
    again.close()


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_restore_keeps_a_photo_file_that_holds(session, taken):
    """Restored over a standing home, photos of before and after the backup stay, those on their way included."""
    names = taken(2)
    backups.make(session, "manual")
    late = taken(1)
    waiting = session.blobs.originals.keep("jpeg", [b"original"], since=0)
    home = session.home
    session.close()
    report = recovering.restore(home, home, PASSPHRASE, aside=True)
    assert (report.photos_back, report.photos_lost) == (0, 0)
    assert all(_shows(home, [*names, *late]))
    again = sessions.unlock(home, PASSPHRASE)
    assert list(again.blobs.originals.parts(waiting)) == [b"original"]
    again.close()


@pytest.mark.parametrize("damage", ["gone", "header", "page", "cut", "foreign"])
@pytest.mark.parametrize("way", ["restore", "recover"])
def test_a_lost_photo_file_is_made_anew(session, taken, damage, way, tmp_path):
    """Whatever befell the photo file, restore and recover bring each photo back, and lay the damaged file aside."""
    names = taken(6)
    backups.make(session, "manual")
    home, path = session.home, session.home / "blobs.db"
    session.close()
    if damage == "gone":
        path.unlink()
    elif damage == "header":
        _flip(path, 100)
    elif damage == "page":
        _flip(path, path.stat().st_size - 2_000)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 // 4096 * 4096])
    else:
        (tmp_path / "fremd").mkdir()
        other = BlobStore.open(tmp_path / "fremd", secrets.token_bytes(32))
        other.close()
        shutil.copyfile(tmp_path / "fremd" / "blobs.db", path)
    ruin = path.read_bytes() if path.exists() else b""
    report = (
        recovering.restore(home, home, PASSPHRASE, aside=True)
        if way == "restore"
        else recovering.recover(home, PASSPHRASE)
    )
    assert report.photos_lost == 0
    assert all(_shows(home, names))
    if ruin:
        assert ruin in [one.read_bytes() for one in home.glob("*/blobs.db")]
    if way == "recover":
        assert report.complete
        assert "照片 6 张都在" in "".join(report.sentences)
        assert _run(home, "verify")[0] == 0


def test_a_photo_that_no_vault_has_is_read_out_of_the_ruin(session, taken):
    """Taken after the last backup, its page holds in a photo file of which another page does not."""
    names = taken(3)
    backups.make(session, "manual")
    late = taken(2)
    session.close()
    path = session.home / "blobs.db"
    _flip(path, 12 * 4096 + 50)
    report = recovering.recover(session.home, PASSPHRASE)
    shown = _shows(session.home, [*names, *late])
    assert all(shown[:3])
    assert shown.count(False) == report.photos_lost <= 1


def test_originals_are_read_out_of_a_ruin(session, taken):
    """A photo on its way, and one that no record names yet, survive a page that broke elsewhere in their file."""
    taken(12)
    waiting = session.blobs.originals.keep("jpeg", [b"a" * 9_000, b"b" * 9_000], since=0)
    loose = session.blobs.add(Made(PHOTO, b"of a form that is not saved" * 99, b"s", 4, 3))
    session.close()
    path = session.home / "blobs.db"
    data = path.read_bytes()
    key = blob_key(keys.unlock(session.home, PASSPHRASE))
    for page in range(1, len(data) // 4096):
        path.write_bytes(data)
        _flip(path, page * 4096 + 50)
        wreck = Wreck(path, key)
        readable = [
            wreck.try_sql("SELECT count(*) FROM pending"),
            wreck.try_sql("SELECT sum(length(part)) FROM original"),
        ]
        bodies = wreck.try_sql("SELECT thumb, data FROM body WHERE row_id=13")
        lost = wreck.rows("body", "row_id", ("row_id", "data")).unreadable
        wreck.close()
        if readable == [[(1,)], [(18_000,)]] and bodies and lost:
            break
    report = recovering.recover(session.home, PASSPHRASE)
    assert 0 < report.photos_lost <= len(lost)
    again = sessions.unlock(session.home, PASSPHRASE)
    assert b"".join(again.blobs.originals.parts(waiting)) == b"a" * 9_000 + b"b" * 9_000
    assert again.blobs.read(loose)
    again.close()


def test_what_cannot_be_found_is_told_by_record(session, taken, tmp_path):
    """A photo without any copy is counted, its record named by label and number, and the ledger opens all the same."""
    taken(1)
    lost = taken(1)
    number = _hazard(session, *lost)
    session.close()
    (session.home / "blobs.db").unlink()
    report = recovering.recover(session.home, PASSPHRASE)
    assert (report.photos_lost, report.complete) == (2, False)
    assert f"隐患 {number}" in report.photo_records
    assert any("有 2 张照片没能找回" in sentence and number in sentence for sentence in report.sentences)
    assert _shows(session.home, lost) == [False]


def test_recover_takes_photos_from_a_stick(session, taken, stick):
    """`recover --from` reads the vault of a stick, and so does one whose second place is plugged in."""
    names = taken(3)
    backups.copy_out(session, stick)
    home = session.home
    session.close()
    shutil.rmtree(home / "backups")
    (home / "blobs.db").unlink()
    status, out, _err = _run(home, "recover", "--from", str(stick), "--json")
    assert (status, json.loads(out)["photos_back"]) == (0, 3)
    assert all(_shows(home, names))


def test_photos_on_other_machines_are_no_loss(session, taken, stick):
    """A photo that a colleague's record names and that never was here is told apart from what was lost."""
    taken(1)
    flat = save(session, "household", {"compound_name": "海棠苑", "building_no": "1", "room_no": "101"}).record
    session.store.write(
        lambda tx: tx.execute("UPDATE household SET attachments = ? WHERE id = ?", (f'["{"ab" * 32}"]', flat.id))
    )
    backups.set_second_place(session, stick)
    backups.make(session, "start")
    session.close()
    (session.home / "blobs.db").unlink()
    report = recovering.recover(session.home, PASSPHRASE)
    assert report.photos_lost == 0
    assert any("另有 1 张照片是在别的电脑上添加的" in sentence for sentence in report.sentences)


@pytest.mark.parametrize("step", range(8))
def test_an_exchange_of_photos_that_is_cut_off_is_finished(session, taken, step, monkeypatch):
    """Stopped at any step of putting the new photo file in place, the next start has all photos or the old state."""
    names = taken(3)
    backups.make(session, "manual")
    home = session.home
    session.close()
    _flip(home / "blobs.db", 100)
    replaced, count = Path.replace, [0]

    def stop(self, target):
        if "restoring" in str(self) or self.parent == home:
            count[0] += 1
            if count[0] > step:
                raise KeyboardInterrupt
        return replaced(self, target)

    monkeypatch.setattr(Path, "replace", stop)
    try:
        recovering.restore(home, home, PASSPHRASE, aside=True)
    except KeyboardInterrupt:
        monkeypatch.undo()
        if not swapping.is_planned(home):
            again = sessions.unlock(home, PASSPHRASE)
            with pytest.raises((DamagedBlobs, MissingBlobs)):
                again.blobs.known([])
            again.close()
            return
    monkeypatch.undo()
    assert all(_shows(home, names))
    assert len(list(home.glob("aside-*/blobs.db"))) == 1


def test_a_full_disk_leaves_the_old_state(session, taken, monkeypatch):
    """Where the photos of a restore do not fit, the home is as it was and the reason is told."""
    taken(3)
    backups.make(session, "manual")
    home = session.home
    session.close()
    _flip(home / "blobs.db", 100)
    before = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file() and path.name != "tries.json"}
    monkeypatch.setattr(blob_return.BlobStore, "put_back", _fails(OSError(errno.ENOSPC, "full")))
    with pytest.raises(KnownError, match="磁盘空间不够"):
        recovering.restore(home, home, PASSPHRASE, aside=True)
    after = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file() and path.name != "tries.json"}
    assert after == before
    assert not list(home.glob("aside-*"))


def test_unlocking_a_backup_leaves_no_trace_in_it(session, living, stick):
    """Right or wrong, a passphrase tried on a stick changes no file there; wrong ones are counted in the home."""
    living()
    backups.copy_out(session, stick)
    before = _tree(stick)
    home = stick.with_name("neu")
    for _ in range(5):
        with pytest.raises(WrongPassphrase):
            recovering.restore(home, stick, "falsch geraten hier")
    with pytest.raises(TooManyTries):
        recovering.restore(home, stick, PASSPHRASE)
    assert recovering.restore(stick.with_name("neu2"), stick, PASSPHRASE).incarnation == 2
    assert _tree(stick) == before
    again = sessions.unlock(stick.with_name("neu2"), PASSPHRASE)
    assert again.notices == ()
    again.close()
    session.close()
    (session.home / "keys.json").unlink()
    for path in (session.home / "backups").rglob("keys.json"):
        path.unlink()
    recovering.recover(session.home, PASSPHRASE, extra=stick)
    assert _tree(stick) == before


@pytest.mark.parametrize("became", [False, True])
def test_an_original_that_was_not_small_yet_comes_back(session, taken, stick, became):
    """A record saved with a photo on its way gets that photo from the stick, as original or as what became of it."""
    taken(1)
    waiting = session.blobs.originals.keep("jpeg", [b"part one ", b"part two"], since=0)
    _hazard(session, waiting)
    backups.set_second_place(session, stick)
    backups.make(session, "start")
    assert b"part one" not in b"".join(_tree(stick).values())
    made = Made(PHOTO, b"small one" * 99, b"s", 4, 3)
    if became:
        session.blobs.originals.finish(waiting, made)
        backups.make(session, "hourly")
        assert len(list(_on(stick).glob("photos/waiting/*"))) == 1
    first = backups.listing(session)[-1].path.name
    session.close()
    shutil.rmtree(session.home)
    home = stick.with_name("neu")
    report = recovering.restore(home, _on(stick) / first, PASSPHRASE)
    assert report.photos_lost == 0
    again = sessions.unlock(home, PASSPHRASE)
    assert photos.open_ones(again) == [waiting]
    if became:
        done = photos.finish(again, waiting)
        assert again.blobs.read(done.blob) == made.data
        assert len(done.changes.ids) == 1
    else:
        assert list(again.blobs.originals.parts(waiting)) == [b"part one ", b"part two"]
    again.close()


def test_an_original_that_is_nowhere_is_told(session, taken):
    """Its record is named, as with any photo that was lost."""
    taken(1)
    number = _hazard(session, session.blobs.originals.keep("jpeg", [b"only here"], since=0))
    session.close()
    (session.home / "blobs.db").unlink()
    report = recovering.recover(session.home, PASSPHRASE)
    assert report.photos_lost == 2
    assert f"隐患 {number}" in report.photo_records


# ---- giving up


def test_a_swept_photo_leaves_the_vaults_when_no_copy_names_it(session, taken, stick):
    """Purged, it stays as long as a kept copy is from before; a backup is made before the purge."""
    keep = taken(1)
    gone = session.blobs.add(Made(PHOTO, secrets.token_bytes(500), b"s", 1, 1))
    backups.set_second_place(session, stick)
    backups.make(session, "start")
    session.blobs._fresh.clear()
    session._now = lambda: DAY + timedelta(days=40)
    with session.blobs._file.write() as tx:
        tx.execute("UPDATE blob SET at = 0")
    assert photos.sweep(session).photos == 1
    assert backups.listing(session)[0].reason == "清除前"
    backups.make(session, "hourly")
    assert gone in _held(session, session.home / "backups") & _held(session, _on(stick))
    for line in backups.listing(session)[1:]:
        shutil.rmtree(line.path)
    backups.make(session, "hourly")
    assert _held(session, session.home / "backups") == set(keep)
    assert gone in _held(session, _on(stick))


# ---- cuts


_BACKING_UP = """
import os, sys
from pathlib import Path
from gridworker.operations import backups, session as sessions
from gridworker.store import blob_packing

blob_packing.PACK_BYTES = 20_000
session = sessions.unlock(Path(sys.argv[1]), sys.argv[2])
print("open", flush=True)
backups.make(session, "manual")
print("made", flush=True)
os._exit(0)
"""


def test_a_backup_killed_at_any_moment_is_made_good(session, taken, stick):
    """Killed in copy, vault or stick, what counts holds, and the next run ends with everything in both places."""
    names = set(taken(120))
    backups.set_second_place(session, stick)
    home = session.home
    session.close()
    for turn in range(5):
        command = [sys.executable, "-c", _BACKING_UP, str(home), PASSPHRASE]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=dict(os.environ))
        assert process.stdout.readline() == b"open\n"
        time.sleep(0.02 + 0.07 * turn)
        process.kill()
        process.stdout.close()
        process.wait()
    again = sessions.unlock(home, PASSPHRASE)
    report = backups.make(again, "manual")
    assert report.second is True
    for folder in (home / "backups", _on(stick)):
        assert _held(again, folder) == names
        found = backup_photos.check(again, folder, everything=True)
        assert (found.read, found.damaged, found.missing) == (120, 0, 0)
        assert not list(folder.glob(".making*"))
    again.close()
