"""Photos that come back from backups: on a new machine, after damage, out of a ruin, from a stick; losses are told."""

from __future__ import annotations

import errno
import json
import secrets
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.imaging.made import PHOTO, Made
from gridworker.operations import backups, photos, recovering
from gridworker.operations import session as sessions
from gridworker.operations.save import save
from gridworker.store import blob_return, keys, swapping
from gridworker.store.blob_errors import DamagedBlobs, MissingBlobs
from gridworker.store.blobs import BlobStore, blob_key
from gridworker.store.errors import TooManyTries, WrongPassphrase
from gridworker.store.salvage import Wreck
from tests.operations.conftest import DAY, PASSPHRASE
from tests.operations.photo_vaults import copies_on, failing, files_of, flip_bit, hazard_with, shows
from tests.operations.test_backups import _run


def test_a_new_machine_gets_ledger_and_photos_from_the_stick_alone(session, taken, stick, tmp_path):
    """An empty home and the stick: every photo can be shown, also after a change of the passphrase."""
    names = taken(5)
    backups.set_second_place(session, stick)
    backups.make(session, "start")
    sessions.change_passphrase(session, PASSPHRASE, "另外 四个 新的 词语")
    session.close()
    shutil.rmtree(session.home)
    before = files_of(stick)
    home = tmp_path / "新电脑"
    report = recovering.restore(home, stick, PASSPHRASE)
    assert (report.photos_back, report.photos_lost) == (5, 0)
    assert "记录里的照片 5 张都在，其中 5 张从备份找回" in report.text
    assert all(shows(home, names))
    assert files_of(stick) == before
    again = sessions.unlock(home, PASSPHRASE)
    again._now = lambda: DAY + timedelta(hours=1)
    made = backups.make(again, "manual")
    assert (made.second, made.second_photos.added) == (True, 0)
    newest = max(path.name for path in copies_on(stick).iterdir() if path.name[0].isdigit())
    assert newest == backups.listing(again)[0].path.name
    assert newest.startswith("00002-")
    again.close()


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
    assert all(shows(home, [*names, *late]))
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
        flip_bit(path, 100)
    elif damage == "page":
        flip_bit(path, path.stat().st_size - 2_000)
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
    assert all(shows(home, names))
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
    flip_bit(path, 12 * 4096 + 50)
    report = recovering.recover(session.home, PASSPHRASE)
    shown = shows(session.home, [*names, *late])
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
        flip_bit(path, page * 4096 + 50)
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
    number = hazard_with(session, *lost)
    session.close()
    (session.home / "blobs.db").unlink()
    report = recovering.recover(session.home, PASSPHRASE)
    assert (report.photos_lost, report.complete) == (2, False)
    assert f"隐患 {number}" in report.photo_records
    assert any("有 2 张照片没能找回" in sentence and number in sentence for sentence in report.sentences)
    assert shows(session.home, lost) == [False]


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
    assert all(shows(home, names))


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
    flip_bit(home / "blobs.db", 100)
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
    assert all(shows(home, names))
    assert len(list(home.glob("aside-*/blobs.db"))) == 1


def test_a_full_disk_leaves_the_old_state(session, taken, monkeypatch):
    """Where the photos of a restore do not fit, the home is as it was and the reason is told."""
    taken(3)
    backups.make(session, "manual")
    home = session.home
    session.close()
    flip_bit(home / "blobs.db", 100)
    before = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file() and path.name != "tries.json"}
    monkeypatch.setattr(blob_return.BlobStore, "put_back", failing(OSError(errno.ENOSPC, "full")))
    with pytest.raises(KnownError, match="磁盘空间不够"):
        recovering.restore(home, home, PASSPHRASE, aside=True)
    after = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file() and path.name != "tries.json"}
    assert after == before
    assert not list(home.glob("aside-*"))


def test_unlocking_a_backup_leaves_no_trace_in_it(session, living, stick):
    """Right or wrong, a passphrase tried on a stick changes no file there; wrong ones are counted in the home."""
    living()
    backups.copy_out(session, stick)
    before = files_of(stick)
    home = stick.with_name("neu")
    for _ in range(5):
        with pytest.raises(WrongPassphrase):
            recovering.restore(home, stick, "falsch geraten hier")
    with pytest.raises(TooManyTries):
        recovering.restore(home, stick, PASSPHRASE)
    assert recovering.restore(stick.with_name("neu2"), stick, PASSPHRASE).incarnation == 2
    assert files_of(stick) == before
    again = sessions.unlock(stick.with_name("neu2"), PASSPHRASE)
    assert again.notices == ()
    again.close()
    session.close()
    (session.home / "keys.json").unlink()
    for path in (session.home / "backups").rglob("keys.json"):
        path.unlink()
    recovering.recover(session.home, PASSPHRASE, extra=stick)
    assert files_of(stick) == before


@pytest.mark.parametrize("became", [False, True])
def test_an_original_that_was_not_small_yet_comes_back(session, taken, stick, became):
    """A record saved with a photo on its way gets that photo from the stick, as original or as what became of it."""
    taken(1)
    waiting = session.blobs.originals.keep("jpeg", [b"part one ", b"part two"], since=0)
    hazard_with(session, waiting)
    backups.set_second_place(session, stick)
    backups.make(session, "start")
    assert b"part one" not in b"".join(files_of(stick).values())
    made = Made(PHOTO, b"small one" * 99, b"s", 4, 3)
    if became:
        session.blobs.originals.finish(waiting, made)
        backups.make(session, "hourly")
        assert len(list(copies_on(stick).glob("photos/waiting/*"))) == 1
    first = backups.listing(session)[-1].path.name
    session.close()
    shutil.rmtree(session.home)
    home = stick.with_name("neu")
    report = recovering.restore(home, copies_on(stick) / first, PASSPHRASE)
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
    number = hazard_with(session, session.blobs.originals.keep("jpeg", [b"only here"], since=0))
    session.close()
    (session.home / "blobs.db").unlink()
    report = recovering.recover(session.home, PASSPHRASE)
    assert report.photos_lost == 2
    assert f"隐患 {number}" in report.photo_records
