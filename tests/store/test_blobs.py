"""Photos by the address of their content: kept once, found at once, unreadable without their key."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridworker.imaging.made import DOCUMENT, PHOTO, Made
from gridworker.store.blob_errors import BlobAbsent, DamagedBlobs, MissingBlobs, NewerBlobs
from gridworker.store.blob_pending import DONE, FAILED, PREFIX, WAITING
from gridworker.store.blobs import BLOBS, Blob, BlobStore, blob_key, is_address
from gridworker.store.driver import connect
from gridworker.store.errors import DiskFull, StoreClosed
from gridworker.store.statements import Reads, Writes

KEY = secrets.token_bytes(32)
NOW = 1_790_000_000


def made(text: str, kind: str = PHOTO) -> Made:
    """A made-up photo; the store does not look into it."""
    return Made(kind, text.encode() * 50, b"thumb of " + text.encode(), 160, 120)


@pytest.fixture
def clock() -> list[int]:
    """The time that the store reads, to be set."""
    return [NOW]


@pytest.fixture
def place(home: Path) -> Path:
    """A folder for a photo file."""
    home.mkdir()
    return home


@pytest.fixture
def blobs(place: Path, clock: list[int]) -> Iterator[BlobStore]:
    """An open, empty photo file."""
    opened = BlobStore.open(place, KEY, now=lambda: clock[0])
    yield opened
    opened.close()


def again(blobs: BlobStore, place: Path, clock: list[int]) -> BlobStore:
    """The same file, closed and opened."""
    blobs.close()
    return BlobStore.open(place, KEY, create=False, now=lambda: clock[0])


def test_a_photo_comes_back_under_the_address_of_its_content(blobs: BlobStore) -> None:
    """The address is the SHA-256 of the bytes, as the server will count it too."""
    photo = made("甲")
    address = blobs.add(photo)
    assert address == hashlib.sha256(photo.data).hexdigest()
    assert is_address(address)
    assert blobs.read(address) == photo.data
    assert blobs.thumb(address) == photo.thumb
    assert blobs.known([address, "f" * 64]) == {address: Blob(address, PHOTO, len(photo.data), 160, 120, NOW)}


def test_the_same_photo_is_kept_once(blobs: BlobStore, clock: list[int]) -> None:
    """Adding it again keeps one, and makes it new again."""
    first = blobs.add(made("甲"))
    clock[0] += 500
    assert blobs.add(made("甲")) == first
    assert [one.at for one in blobs.newest()] == [NOW + 500]


def test_an_unknown_address_is_told(blobs: BlobStore) -> None:
    """A photo that is elsewhere is absent, and that is no damage."""
    for ask in (blobs.read, blobs.thumb):
        with pytest.raises(BlobAbsent):
            ask("0" * 64)
    with pytest.raises(BlobAbsent):
        blobs.originals.get(PREFIX + "nobody")


def test_newest_come_first(blobs: BlobStore) -> None:
    """The list of photos goes backwards and stops where it is told to."""
    addresses = [blobs.add(made(str(number), DOCUMENT)) for number in range(5)]
    assert [one.address for one in blobs.newest(3)] == addresses[:1:-1]


def test_photos_outlive_a_close(blobs: BlobStore, place: Path, clock: list[int]) -> None:
    """What was added is there in the next run."""
    address = blobs.add(made("甲"))
    with_it = again(blobs, place, clock)
    assert with_it.read(address) == made("甲").data
    with_it.close()
    with pytest.raises(StoreClosed):
        with_it.read(address)
    with pytest.raises(StoreClosed):
        with_it.add(made("乙"))


def test_the_key_of_the_photos_is_another(data_key: bytes, place: Path) -> None:
    """It follows from the ledger's key, differs from it, and only it opens the file."""
    key = blob_key(data_key)
    assert key == blob_key(data_key) != data_key
    assert blob_key(secrets.token_bytes(32)) != key
    BlobStore.open(place, key).close()
    with pytest.raises(DamagedBlobs):
        BlobStore.open(place, data_key)


def test_changed_bytes_are_never_shown(blobs: BlobStore) -> None:
    """A photo whose bytes do not fit its address is damage, not a photo."""
    address = blobs.add(made("甲"))
    with blobs._file.write() as tx:
        tx.execute("UPDATE body SET data = ?", [b"another"])
    with pytest.raises(DamagedBlobs):
        blobs.read(address)


# ---- the file ------------------------------------------------------------------------------------------------------


def test_a_lost_file_is_told_and_not_made_anew(place: Path) -> None:
    """Where there were photos, an empty file in their place would hide the loss."""
    with pytest.raises(MissingBlobs):
        BlobStore.open(place, KEY, create=False)
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("damage", ["empty", "short", "first page", "another key", "plain"])
def test_a_damaged_file_is_told_and_left_alone(blobs: BlobStore, place: Path, damage: str) -> None:
    """Damage is told apart from loss, says that the ledger is safe, and not a byte is touched."""
    blobs.add(made("甲"))
    blobs.close()
    file = place / BLOBS
    whole = file.read_bytes()
    broken = {
        "empty": b"", "short": whole[:1000], "first page": whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
        "another key": whole, "plain": b"SQLite format 3\x00" + bytes(8000),
    }[damage]  # fmt: skip
    file.write_bytes(broken)
    with pytest.raises(DamagedBlobs) as told:
        BlobStore.open(place, secrets.token_bytes(32) if damage == "another key" else KEY)
    assert "台账本身没有受影响" in told.value.sentence()
    assert file.read_bytes() == broken


def test_a_flipped_bit_in_a_photo_is_told(blobs: BlobStore, place: Path, clock: list[int]) -> None:
    """A page that was changed on the disk is never shown as a picture."""
    photo = Made(PHOTO, secrets.token_bytes(200_000), b"t", 1, 1)
    address = blobs.add(photo)
    blobs.close()
    file = place / BLOBS
    data = bytearray(file.read_bytes())
    data[-50_000] ^= 4
    file.write_bytes(data)
    damaged = BlobStore.open(place, KEY, now=lambda: clock[0])
    with pytest.raises(DamagedBlobs):
        damaged.read(address)
    damaged.close()


def test_a_newer_file_is_refused(blobs: BlobStore, place: Path) -> None:
    """A file that a newer program changed is left to it."""
    blobs.close()
    connection = connect(place / BLOBS, KEY)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(NewerBlobs):
        BlobStore.open(place, KEY)


def test_a_start_that_was_cut_off_is_begun_anew(place: Path) -> None:
    """Half a file under its working name is no file yet."""
    (place / "blobs.db.new").write_bytes(b"half")
    blobs = BlobStore.open(place, KEY)
    blobs.add(made("甲"))
    blobs.close()
    assert [file.name for file in place.iterdir()] == [BLOBS]


def test_durability_is_that_of_the_ledger(blobs: BlobStore) -> None:
    """WAL with FULL: what was acknowledged survives a power cut. Removed pages are overwritten, and room comes back."""
    asked = {
        name: blobs._file._writing.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "secure_delete", "auto_vacuum", "temp_store")
    }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "auto_vacuum": 2, "temp_store": 2}


def test_a_full_disk_keeps_nothing_by_halves(blobs: BlobStore) -> None:
    """The original that did not fit is not there at all, and what was there is whole."""
    address = blobs.add(made("甲"))
    pages = blobs._file._writing.execute("PRAGMA page_count").fetchone()[0]
    blobs._file._writing.execute(f"PRAGMA max_page_count={pages + 20}")
    with pytest.raises(DiskFull):
        blobs.originals.keep("jpeg", [secrets.token_bytes(50_000)] * 20, since=0)
    assert blobs.originals.open() == []
    assert blobs.read(address) == made("甲").data
    blobs.add(made("乙"))


# ---- originals -----------------------------------------------------------------------------------------------------


def test_an_original_waits_whole(blobs: BlobStore, place: Path, clock: list[int]) -> None:
    """It is there in the next run, part by part as it came, with the place in the outbox it came at."""
    parts = [secrets.token_bytes(70_000) for _ in range(4)]
    first = blobs.originals.keep("jpeg", parts, since=7)
    second = blobs.originals.keep("png", [b"x"], since=9)
    later = again(blobs, place, clock)
    assert list(later.originals.parts(first)) == parts
    assert [(one.id, one.kind, one.since, one.state) for one in later.originals.open()] == [
        (first, "jpeg", 7, WAITING), (second, "png", 9, WAITING),
    ]  # fmt: skip
    later.close()


def test_a_source_that_fails_leaves_nothing(blobs: BlobStore) -> None:
    """A file that cannot be read to its end was never taken in."""

    def failing() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise OSError("unplugged")

    with pytest.raises(OSError, match="unplugged"):
        blobs.originals.keep("jpeg", failing(), since=0)
    assert blobs.originals.open() == []
    with blobs._file.read() as tx:
        assert tx.sql("SELECT count(*) FROM original") == [(0,)]


def test_a_finished_photo_takes_the_place_of_its_original(blobs: BlobStore) -> None:
    """In one transaction: the photo is there, the original is gone, the id leads to the address."""
    waiting = blobs.originals.keep("jpeg", [b"x" * 9000], since=0)
    address = blobs.originals.finish(waiting, made("甲"))
    assert blobs.read(address) == made("甲").data
    photo = blobs.originals.get(waiting)
    assert (photo.state, photo.address, photo.settled) == (DONE, address, False)
    assert list(blobs.originals.parts(waiting)) == []
    assert [one.id for one in blobs.originals.open()] == [waiting]
    blobs.originals.settle(waiting)
    assert blobs.originals.open() == []


def test_a_failed_photo_keeps_its_reason(blobs: BlobStore) -> None:
    """The original goes, unless another attempt could succeed."""
    broken = blobs.originals.keep("jpeg", [b"x"], since=0)
    large = blobs.originals.keep("jpeg", [b"y"], since=0)
    blobs.originals.fail(broken, "broken")
    blobs.originals.fail(large, "memory", keep_original=True)
    assert blobs.originals.open() == []
    assert [blobs.originals.get(one).code for one in (broken, large)] == ["broken", "memory"]
    blobs.originals.retry(broken)
    blobs.originals.retry(large)
    assert blobs.originals.get(broken).state == FAILED
    assert [one.id for one in blobs.originals.open()] == [large]
    assert list(blobs.originals.parts(large)) == [b"y"]


def test_attempts_are_counted(blobs: BlobStore) -> None:
    """Each attempt before it is made; one that was stopped on purpose is taken back."""
    waiting = blobs.originals.keep("jpeg", [b"x"], since=0)
    assert [blobs.originals.count_try(waiting) for _ in range(3)] == [1, 2, 3]
    blobs.originals.take_back_try(waiting)
    assert blobs.originals.count_try(waiting) == 3


# ---- removing ------------------------------------------------------------------------------------------------------


def test_only_the_old_of_earlier_runs_can_be_removed(blobs: BlobStore, place: Path, clock: list[int]) -> None:
    """What this run touched is safe from it, whatever the clock says."""
    old, touched = blobs.add(made("甲")), blobs.add(made("乙"))
    left = blobs.originals.keep("jpeg", [b"x"], since=0)
    assert blobs.old(NOW + 1) == blobs.originals.old(NOW + 1) == []
    later = again(blobs, place, clock)
    assert later.add(made("乙")) == touched
    assert later.old(NOW + 1) == [old]
    assert later.old(NOW) == []
    assert later.originals.old(NOW + 1) == [left]
    assert later.remove([old, touched]) == len(made("甲").data)
    later.originals.remove([left])
    assert list(later.known([old, touched])) == [touched]
    assert later.originals.open() == []
    later.close()


def test_removed_photos_give_their_room_back(blobs: BlobStore, place: Path, clock: list[int]) -> None:
    """The file becomes smaller, and nothing of a removed photo stays in it."""
    addresses = [blobs.add(Made(PHOTO, secrets.token_bytes(300_000), b"t", 1, 1)) for _ in range(4)]
    later = again(blobs, place, clock)
    size = (place / BLOBS).stat().st_size
    later.remove(addresses)
    later.give_room_back()
    later.close()
    assert (place / BLOBS).stat().st_size < size / 5


# ---- scale ---------------------------------------------------------------------------------------------------------


def test_nothing_on_the_daily_way_walks_over_all_photos(blobs: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adding, listing, showing and finishing search by index: fifty thousand photos cost what fifty do."""
    plans: list[str] = []

    def explained(kind: type[Reads], name: str) -> None:
        real = getattr(kind, name)

        def ask(self: Reads, statement: str, params: object = ()) -> object:
            plan = self._connection.execute(f"EXPLAIN QUERY PLAN {statement}", params).fetchall()
            plans.extend(f"{row[3]} <- {statement}" for row in plan)
            return real(self, statement, params)

        monkeypatch.setattr(kind, name, ask)

    explained(Reads, "sql")
    explained(Writes, "execute")
    address = blobs.add(made("甲"))
    blobs.add(made("甲"))
    blobs.known([address])
    blobs.read(address)
    blobs.thumb(address)
    blobs.newest(5)
    waiting = blobs.originals.keep("jpeg", [b"x"], since=0)
    blobs.originals.known([waiting])
    blobs.originals.open()
    list(blobs.originals.parts(waiting))
    blobs.originals.count_try(waiting)
    blobs.originals.finish(waiting, made("乙"))
    blobs.originals.settle(waiting)
    blobs.originals.fail(waiting, "broken")
    assert len(plans) > 15
    walks = [
        plan for plan in plans if plan.startswith("SCAN") and not plan.startswith(("SCAN json_each", "SCAN CONSTANT"))
    ]
    # The newest are read from one end of the table, and the open ones are the few of a partial index.
    assert [plan for plan in walks if "LIMIT" not in plan and "pending_open" not in plan] == []


def test_looking_photos_up_reads_no_picture(blobs: BlobStore) -> None:
    """The table that lists read has small rows: bodies and thumbnails lie elsewhere."""
    with blobs._file.read() as tx:
        columns = {row[1] for row in tx.sql("PRAGMA table_info(blob)")}
    assert not columns & {"data", "thumb"}
