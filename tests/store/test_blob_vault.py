"""The photos of a backup place: each once, proven, followed through cuts, damage and what was given up."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridworker.errors import Cancelled
from gridworker.imaging.made import PHOTO, Made
from gridworker.store import blob_pack, blob_packing
from gridworker.store.blob_errors import DamagedBlobs
from gridworker.store.blob_filling import Filled, Room, fill, trim
from gridworker.store.blob_pack import DamagedPack
from gridworker.store.blob_vault import Vault
from gridworker.store.blobs import BlobStore, address_of

ROOT = Path(__file__).parents[2]
KEY = secrets.token_bytes(32)
PLENTY = Room(None, 0)


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[BlobStore]:
    """An open photo file."""
    (tmp_path / "家").mkdir()
    opened = BlobStore.open(tmp_path / "家", KEY)
    yield opened
    opened.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """The vault of a place that does not have one yet."""
    return Vault(tmp_path / "U 盘", KEY)


def _add(blobs: BlobStore, count: int, size: int = 3_000) -> list[str]:
    return [blobs.add(Made(PHOTO, secrets.token_bytes(size), secrets.token_bytes(100), 40, 30)) for _ in range(count)]


def _held(vault: Vault) -> set[str]:
    return {raw.hex() for raw in vault.addresses(vault.look().catalog)}


def _packs(vault: Vault) -> list[Path]:
    return sorted(vault.folder.glob("*.pack"))


def _flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_every_photo_comes_back_as_it_was(blobs, vault):
    """Bytes, small picture, kind, size and day of a photo come out of the vault as they went in."""
    names = _add(blobs, 5)
    done = fill(vault, blobs, PLENTY)
    assert (done.added, done.held, done.complete) == (5, 5, True)
    back = {photo.address: photo for photo in vault.photos(names)}
    assert back == {name: blobs.whole(name) for name in names}


def test_a_photo_is_copied_once(blobs, vault, monkeypatch):
    """A run with nothing new reads no photo and writes nothing; one more photo reads that one."""
    _add(blobs, 6)
    fill(vault, blobs, PLENTY)
    before = {path: path.stat().st_mtime_ns for path in vault.folder.iterdir()}
    read = []
    whole = BlobStore.whole
    monkeypatch.setattr(BlobStore, "whole", lambda self, name: read.append(name) or whole(self, name))
    assert fill(vault, blobs, PLENTY) == Filled(held=6, size=vault.look().catalog.size)
    assert read == []
    assert {path: path.stat().st_mtime_ns for path in vault.folder.iterdir()} == before
    late = _add(blobs, 1)
    assert fill(vault, blobs, PLENTY).added == 1
    assert read == late


def test_nothing_in_a_vault_tells_which_photo_it_holds(blobs, vault):
    """Who has the same photo finds neither its bytes, nor its address, nor its exact length in any name or byte."""
    data = b"somebody's kitchen " * 300
    name = blobs.add(Made(PHOTO, data, b"small", 4, 3))
    fill(vault, blobs, PLENTY)
    for path in vault.folder.iterdir():
        said = path.read_bytes()
        assert name not in path.name
        for word in (data[:40], name.encode(), bytes.fromhex(name), len(data).to_bytes(4, "big"), b"kitchen"):
            assert word not in said
    other = Vault(vault.folder.parent, secrets.token_bytes(32))
    assert other.look().catalog.count == 0
    assert list(other.photos([name])) == []


def test_hourly_runs_leave_few_packs(blobs, vault):
    """Sixty runs of one photo each end in a handful of packs, and every photo is there once."""
    names = [name for _ in range(60) for name in (_add(blobs, 1), fill(vault, blobs, PLENTY))[0]]
    assert len(_packs(vault)) <= 8
    listed = [entry.address.hex() for path in _packs(vault) for entry in blob_pack.entries(path, vault.seal)]
    assert sorted(listed) == sorted(names)


def test_large_packs_are_closed(blobs, vault, monkeypatch):
    """No pack grows much beyond its measure, and what is full is not written again."""
    monkeypatch.setattr(blob_packing, "PACK_BYTES", 20_000)
    _add(blobs, 20)
    fill(vault, blobs, PLENTY)
    before = {path.name: path.stat().st_mtime_ns for path in _packs(vault)}
    assert all(path.stat().st_size < 26_000 for path in _packs(vault))
    _add(blobs, 1)
    fill(vault, blobs, PLENTY)
    after = {path.name: path.stat().st_mtime_ns for path in _packs(vault)}
    assert sum(after.get(name) == at for name, at in before.items()) >= len(before) - 1


@pytest.mark.parametrize("damage", ["gone", "cut", "empty", "catalog gone", "catalog cut", "all gone"])
def test_what_a_place_lost_is_copied_again(blobs, vault, monkeypatch, damage):
    """Packs or a catalog that went missing or short are made good by the next run, from the photo file."""
    monkeypatch.setattr(blob_packing, "PACK_BYTES", 20_000)
    names = set(_add(blobs, 20))
    fill(vault, blobs, PLENTY)
    pack, catalog = _packs(vault)[1], vault.folder / "catalog"
    if damage == "gone":
        pack.unlink()
    elif damage in ("cut", "empty"):
        pack.write_bytes(pack.read_bytes()[:-100] if damage == "cut" else b"")
    elif damage == "catalog gone":
        catalog.unlink()
    elif damage == "catalog cut":
        catalog.write_bytes(catalog.read_bytes()[:-5])
    else:
        for path in vault.folder.iterdir():
            path.unlink()
    done = fill(vault, blobs, PLENTY)
    assert (done.held, done.complete) == (20, True)
    assert _held(vault) == names
    assert list(vault.folder.glob("*.damaged")) == []
    assert len(list(vault.photos(names))) == 20


def test_a_flipped_bit_is_found_by_a_check_and_made_good(blobs, vault):
    """A check names one damaged photo among ten; a run that is told to be suspicious copies it again."""
    names = _add(blobs, 10)
    fill(vault, blobs, PLENTY)
    assert vault.check(limit=None) == vault.check(limit=1 << 30)
    assert (vault.check(limit=None).read, vault.check(limit=None).damaged) == (10, 0)
    _flip(_packs(vault)[0], 5_000)
    found = vault.check(limit=None)
    assert (found.photos, found.read, found.damaged) == (10, 9, 1)
    assert len(list(vault.photos(names))) == 9
    assert fill(vault, blobs, PLENTY, suspect=True).held == 10
    assert (vault.check(limit=None).damaged, len(list(vault.photos(names)))) == (0, 10)


def test_a_ruin_gives_back_what_it_still_holds(blobs, vault):
    """Where a pack lost its list and the photo file is gone, its photos are scanned out, all but the broken one."""
    names = _add(blobs, 10)
    fill(vault, blobs, PLENTY)
    pack = _packs(vault)[0]
    _flip(pack, 5_000)
    _flip(pack, pack.stat().st_size - 60)
    assert vault.look().lost == ()
    assert len(list(vault.photos(names))) == 9


def test_a_check_of_many_reads_a_part_and_says_so(blobs, vault, monkeypatch):
    """Where there is more than the limit, packs are drawn by chance."""
    monkeypatch.setattr(blob_packing, "PACK_BYTES", 20_000)
    _add(blobs, 40)
    fill(vault, blobs, PLENTY)
    part = vault.check(limit=50_000)
    assert part.sampled
    assert 0 < part.read < part.photos == 40
    assert part.damaged == 0


def test_a_write_that_cannot_be_read_back_does_not_count(blobs, vault, monkeypatch):
    """A medium that swallows a bit is told, and leaves no pack behind."""
    _add(blobs, 3)
    finish = blob_pack.Writer.finish

    def swallowed(self):
        finish(self)
        _flip(Path(self._file.name), 2_000)

    monkeypatch.setattr(blob_pack.Writer, "finish", swallowed)
    with pytest.raises(DamagedPack):
        fill(vault, blobs, PLENTY)
    assert list(vault.folder.iterdir()) == []
    monkeypatch.undo()
    assert fill(vault, blobs, PLENTY).held == 3


def test_a_photo_that_cannot_be_read_stops_no_other(blobs, vault, monkeypatch):
    """One unreadable photo is counted, tried again, and copied as soon as it can be read."""
    names = _add(blobs, 5)
    whole = BlobStore.whole

    def refuses(self, name):
        if name == names[2]:
            raise DamagedBlobs
        return whole(self, name)

    monkeypatch.setattr(BlobStore, "whole", refuses)
    assert (fill(vault, blobs, PLENTY).unread, fill(vault, blobs, PLENTY).unread) == (1, 1)
    assert _held(vault) == {*names} - {names[2]}
    monkeypatch.undo()
    done = fill(vault, blobs, PLENTY)
    assert (done.unread, done.held) == (0, 5)


def test_a_broken_page_costs_its_own_photos_only(blobs, vault, tmp_path):
    """A page that does not hold leaves the photos of all other pages readable, those read after it as well."""
    names = _add(blobs, 10, 20_000)
    blobs.close()
    path = tmp_path / "家" / "blobs.db"
    _flip(path, path.stat().st_size * 2 // 3)
    again = BlobStore.open(tmp_path / "家", KEY)
    done = fill(vault, again, PLENTY)
    # A leaf of the tree holds the beginnings of two photos.
    assert done.unread in (1, 2)
    assert len(_held(vault) & {*names}) == done.held == 10 - done.unread
    again.close()


def test_a_stop_keeps_what_is_finished(blobs, vault, monkeypatch):
    """Stopped between two photos, whole packs stay, half a pack goes, and the next run continues."""
    monkeypatch.setattr(blob_packing, "PACK_BYTES", 20_000)
    _add(blobs, 20)
    asked = iter([False] * 12 + [True] * 100)
    with pytest.raises(Cancelled):
        fill(vault, blobs, PLENTY, cancelled=lambda: next(asked))
    assert list(vault.folder.glob(".making*")) == []
    kept = len(_held(vault))
    assert 0 < kept < 20
    assert fill(vault, blobs, PLENTY).added == 20 - kept


def test_a_budget_stops_the_copying_and_counts_the_rest(blobs, vault):
    """What has no room is counted and comes in when there is room."""
    _add(blobs, 20)
    done = fill(vault, blobs, Room(60_000, 0))
    assert 0 < done.held < 20
    assert (done.waiting, done.complete) == (20 - done.held, False)
    assert vault.look().catalog.size < 60_000
    again = fill(vault, blobs, Room(60_000, 0))
    assert (again.added, again.waiting) == (0, done.waiting)
    assert fill(vault, blobs, PLENTY).held == 20


def test_the_oldest_are_let_go_and_not_fetched_again(blobs, vault, monkeypatch):
    """Trimmed, the newest stay; later runs add what is new and do not bring the old ones back."""
    monkeypatch.setattr(blob_packing, "PACK_BYTES", 20_000)
    names = _add(blobs, 20)
    fill(vault, blobs, PLENTY)
    gone = trim(vault, 60_000)
    left = _held(vault)
    assert gone == 20 - len(left) > 0
    assert left == set(names[-len(left) :])
    late = _add(blobs, 1)
    assert fill(vault, blobs, PLENTY).added == 1
    assert _held(vault) == left | set(late)


def test_what_was_given_up_leaves_when_no_copy_needs_it(blobs, vault):
    """A photo removed at link 50 stays while a copy from link 40 is kept, and goes when all are from later."""
    names = _add(blobs, 6)
    fill(vault, blobs, PLENTY)
    blobs._fresh.clear()
    blobs.remove(names[:2], links=50)
    assert fill(vault, blobs, PLENTY, links=40).dropped == 0
    assert _held(vault) == set(names)
    assert fill(vault, blobs, PLENTY, links=51).dropped == 2
    assert _held(vault) == set(names[2:])
    assert fill(vault, blobs, PLENTY, links=60).dropped == 0
    assert vault.check(limit=None).damaged == 0


def test_a_pack_that_was_replaced_does_not_come_back(blobs, vault, monkeypatch):
    """Killed after the new pack was listed and before the old one was removed, what was given up stays given up."""
    names = _add(blobs, 6)
    fill(vault, blobs, PLENTY)
    blobs._fresh.clear()
    blobs.remove(names[:2], links=50)
    monkeypatch.setattr(blob_packing, "remove_doomed", lambda *_: None)
    fill(vault, blobs, PLENTY, links=99)
    assert len(_packs(vault)) == 2
    monkeypatch.undo()
    assert _held(vault) == set(names[2:])
    fill(vault, blobs, PLENTY, links=99)
    assert (_held(vault), vault.look().lost, len(_packs(vault))) == (set(names[2:]), (), 1)


def test_a_photo_that_came_back_is_not_given_up(blobs, vault):
    """What was removed and added again stays in the vault, whatever became of the list."""
    data = Made(PHOTO, b"again " * 200, b"small", 4, 3)
    name = blobs.add(data)
    fill(vault, blobs, PLENTY)
    blobs._fresh.clear()
    blobs.remove([name], links=5)
    assert blobs.add(data) == name == address_of(data.data)
    assert fill(vault, blobs, PLENTY, links=99).dropped == 0
    assert _held(vault) == {name}


def test_another_photo_file_is_compared_and_not_copied_anew(blobs, vault, tmp_path):
    """After a restore the photo file is another one; what the vault has is known by content."""
    names = _add(blobs, 8)
    fill(vault, blobs, PLENTY)
    (tmp_path / "新").mkdir()
    other = BlobStore.open(tmp_path / "新", KEY)
    other.put_back(vault.photos(names))
    assert [other.whole(name) for name in names] == [blobs.whole(name) for name in names]
    done = fill(vault, other, PLENTY)
    assert (done.added, done.held) == (0, 8)
    other.close()


def test_a_row_that_is_used_again_is_noticed(blobs, vault):
    """The newest photo is removed and another one takes its row: it is copied all the same."""
    names = _add(blobs, 3)
    fill(vault, blobs, PLENTY)
    blobs._fresh.clear()
    blobs.remove([names[2]], links=7)
    late = _add(blobs, 1)
    assert blobs.at_row(3) == late[0]
    assert fill(vault, blobs, PLENTY).added == 1
    assert set(late) <= _held(vault)


def test_bytes_of_another_address_are_refused(tmp_path):
    """A photo that is not what its address says does not come out of a pack, however well it is sealed."""
    seal = blob_pack.sealer(KEY)
    writer = blob_pack.Writer(tmp_path / "x.pack", seal)
    writer.add(blob_pack.Photo("ab" * 32, PHOTO, 1, 1, 0, b"", b"something else"), 1)
    writer.finish()
    (entry,) = blob_pack.entries(tmp_path / "x.pack", seal)
    with (tmp_path / "x.pack").open("rb") as file, pytest.raises(DamagedPack):
        blob_pack.read(file, entry, seal)


def test_a_foreign_file_in_the_folder_is_left_alone(blobs, vault):
    """Files of others, and packs under another key, stay untouched and stop nothing."""
    vault.folder.mkdir(parents=True)
    (vault.folder / "000001.pack").write_bytes(b"not ours" * 100)
    (vault.folder / "holiday.jpg").write_bytes(b"jpg")
    _add(blobs, 3)
    assert fill(vault, blobs, PLENTY).held == 3
    assert (vault.folder / "000001.pack").read_bytes() == b"not ours" * 100
    assert (vault.folder / "holiday.jpg").read_bytes() == b"jpg"
    assert fill(vault, blobs, PLENTY).held == 3


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom the system may refuse")
def test_a_write_protected_place_is_told(blobs, vault):
    """Nothing is counted as copied where nothing can be written."""
    _add(blobs, 1)
    fill(vault, blobs, PLENTY)
    _add(blobs, 1)
    vault.folder.chmod(0o500)
    with pytest.raises(PermissionError):
        fill(vault, blobs, PLENTY)
    vault.folder.chmod(0o700)


_KILLED = """
import sys
from pathlib import Path
from gridworker.store import blob_filling, blob_packing
from gridworker.store.blob_vault import Vault
from gridworker.store.blobs import BlobStore

blob_packing.PACK_BYTES = 20_000
home, place, key = Path(sys.argv[1]), Path(sys.argv[2]), bytes.fromhex(sys.argv[3])
blobs = BlobStore.open(home, key)
print("open", flush=True)
blob_filling.fill(Vault(place, key), blobs, blob_filling.Room(None, 0))
"""


def test_a_kill_in_the_middle_is_mended_by_the_next_run(blobs, vault, tmp_path):
    """Killed at odd moments of a run: every listed pack holds, and in the end every photo is there."""
    names = set(_add(blobs, 300))
    blobs.close()
    seen = []
    for turn in range(5):
        command = [sys.executable, "-c", _KILLED, str(tmp_path / "家"), str(vault.folder.parent), KEY.hex()]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"open\n"
        time.sleep(0.004 + 0.013 * turn)
        process.kill()
        process.stdout.close()
        process.wait()
        checked = vault.check(limit=None)
        assert checked.damaged == 0
        seen.append(checked.photos)
    again = BlobStore.open(tmp_path / "家", KEY)
    assert fill(vault, again, PLENTY).held == len(names)
    assert _held(vault) == names
    assert list(vault.folder.glob(".making*")) == []
    assert len(list(vault.photos(names))) == 300
    assert any(count < 300 for count in seen)
    again.close()
