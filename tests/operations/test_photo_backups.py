"""Photos in backups as a person meets them: in both places, checked, given up when nobody needs them."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.imaging.made import PHOTO, Made
from gridworker.operations import backup_photos, backups, photos, recovering, second_place
from gridworker.operations import session as sessions
from gridworker.store import blob_pack, blob_packing
from gridworker.store.blob_errors import DamagedBlobs
from gridworker.store.blobs import BlobStore
from tests.operations.conftest import DAY, PASSPHRASE
from tests.operations.photo_vaults import copies_on, failing, files_of, flip_bit, hazard_with, held_in, unplug
from tests.operations.test_backups import _run

ROOT = Path(__file__).parents[2]


# ---- being backed up


def test_every_backup_holds_the_photos(session, taken, stick):
    """Photos are in the local vault and on the stick after one run, and the sentence says so."""
    names = taken(3)
    backups.set_second_place(session, stick)
    report = backups.make(session, "start")
    assert (report.photos.held, report.second_photos.held, report.second) == (3, 3, True)
    assert "照片 3 张都有备份" in report.text
    assert held_in(session, session.home / "backups") == held_in(session, copies_on(stick)) == set(names)
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
    away = unplug(stick)
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
    assert backups.listing(session)[0].path.name in {path.name for path in copies_on(stick).iterdir()}
    assert set(names) <= held_in(session, copies_on(stick))
    assert backups.second_state(session).photos == 5
    assert backups.due(session) is None


def test_a_place_that_fails_is_left_in_peace_for_an_hour(session, taken, stick, monkeypatch):
    """A full stick is told once an hour and not every five minutes; pulled and plugged in again it is tried at once."""
    taken(1)
    backups.set_second_place(session, stick)
    monkeypatch.setattr(second_place.files, "copy_to", failing(OSError(errno.ENOSPC, "full")))
    assert "满了" in backups.make(session, "start").text
    assert backups.due(session) is None
    session._now = lambda: DAY + timedelta(minutes=61)
    with session.store.read() as tx:
        assert tx.meta("backup_place_state")
    assert backups.due(session) in ("hourly", backups.SECOND)
    session._now = lambda: DAY
    away = unplug(stick)
    assert backups.due(session) is None
    away.rename(stick)
    assert backups.due(session) == backups.SECOND


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
    monkeypatch.setattr(blob_pack.Writer, "finish", failing(error))
    monkeypatch.setattr(backup_photos, "into_local", lambda *_: backup_photos.NO_PHOTOS)
    report = backups.make(session, "start")
    assert report.second is False
    assert word in report.text
    assert "还没有存全过" in report.text
    assert list(copies_on(stick).glob("photos/*")) == []
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
            away = unplug(stick)
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
    assert len(held_in(session, copies_on(stick))) == 3


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
    before = files_of(stick)
    assert _run(home, "backup", "--no-second")[0] == 0
    assert "第二个" not in _run(home, "backup")[1]
    assert files_of(stick) == before


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
    kept = held_in(session, session.home / "backups")
    assert backups.make(session, "hourly").photos.held == len(kept)
    backups.set_second_place(session, stick)
    backups.make(session, "hourly")
    assert len(held_in(session, copies_on(stick))) == 12
    late = taken(1)
    report = backups.make(session, "hourly")
    assert report.photos.waiting == 0
    assert set(late) <= held_in(session, session.home / "backups")
    other = stick.with_name("另一个")
    other.mkdir()
    backups.set_second_place(session, other)
    assert backups.make(session, "hourly").photos.waiting > 0


def test_a_photo_file_that_cannot_be_read_does_not_stop_the_ledger(session, taken, monkeypatch):
    """The ledger is backed up, and the sentence says that the photos are not."""
    taken(1)
    monkeypatch.setattr(BlobStore, "after", failing(DamagedBlobs()))
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
    flip_bit(next(copies_on(stick).glob("photos/*.pack")), 3_000)
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
    assert set(late) <= held_in(session, copies_on(stick))


def test_verify_names_the_records_that_lack_a_photo(session, taken):
    """A photo that went missing here is told by the number of its record."""
    names = taken(2)
    number = hazard_with(session, names[0])
    session.blobs._fresh.clear()
    session.blobs.remove([names[0]])
    check = next(check for check in recovering.verify(session) if check.name == "照片")
    assert check.ok is False
    assert number in check.text
    assert names[0] not in check.text


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
    assert gone in held_in(session, session.home / "backups") & held_in(session, copies_on(stick))
    for line in backups.listing(session)[1:]:
        shutil.rmtree(line.path)
    backups.make(session, "hourly")
    assert held_in(session, session.home / "backups") == set(keep)
    assert gone in held_in(session, copies_on(stick))


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
    for folder in (home / "backups", copies_on(stick)):
        assert held_in(again, folder) == names
        found = backup_photos.check(again, folder, everything=True)
        assert (found.read, found.damaged, found.missing) == (120, 0, 0)
        assert not list(folder.glob(".making*"))
    again.close()
