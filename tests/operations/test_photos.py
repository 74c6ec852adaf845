"""Photos of records as a person meets them: added, waiting, done, refused, saved elsewhere, swept."""

from __future__ import annotations

import argparse
import io
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from gridworker.commands import photos as commands
from gridworker.commands.frame import PASSPHRASE_VARIABLE, Parsers
from gridworker.errors import Cancelled, KnownError
from gridworker.imaging import worker
from gridworker.imaging.documents import check_document
from gridworker.imaging.made import Made
from gridworker.imaging.refusal import PhotoRefused
from gridworker.imaging.shrink import shrink
from gridworker.imaging.worker import WorkerDied
from gridworker.ledger.record import Record
from gridworker.operations import drafts, photo_fields, photo_sweep, photos, remove, transition
from gridworker.operations import session as sessions
from gridworker.operations.photo_work import PhotoWork
from gridworker.operations.photos import Finished
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.store import outbox
from gridworker.store.blob_errors import BlobAbsent, MissingBlobs
from gridworker.store.blobs import BLOBS
from tests.imaging.pictures import SECRET_MAKER, bomb_png, encoded, noise, talkative_jpeg
from tests.imaging.test_documents import a_pdf
from tests.operations.conftest import DAY, PASSPHRASE

_FIELD = "photos_before"


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work itself, without the process around it that tests/imaging/test_worker.py looks at."""
    monkeypatch.setattr(photos, "make_in_worker", make_here)


def make_here(kind: str, parts: Iterator[bytes], *, cancelled: Callable[[], bool]) -> Made:
    """What the child does."""
    if cancelled():
        raise Cancelled
    data = b"".join(parts)
    return check_document(data) if kind == "pdf" else shrink(io.BytesIO(data), kind)


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    """Writes a photo of its own and gives its path."""

    def write(number: int = 0, name: str = "IMG.jpg") -> Path:
        path = tmp_path / f"{number}{name}"
        path.write_bytes(talkative_jpeg(300 + number, 200))
        return path

    return write


def hazard(session: Session, **more: object) -> Record:
    """A hazard with what it must have."""
    return save(session, "hazard", {
        "found_at": "2026-04-21 09:40", "place": "3号楼一层", "place_type": "楼栋", "hazard_type": "消防",
        "description": "楼道堆物", "hazard_level": "一般", **more,
    }).record  # fmt: skip


def named(session: Session, record: Record, field: str = _FIELD) -> list[str]:
    """What a field of a record names now."""
    with session.store.read() as tx:
        found = tx.get(record.ledger, record.id)
    assert found is not None
    return photos.names_in(found.values.get(field))


def next_run(session: Session, *, days: int = 0) -> Session:
    """The same home, closed and opened again."""
    session.close()
    return sessions.unlock(session.home, PASSPHRASE, now=lambda: DAY + timedelta(days=days))


# ---- a record is saved without waiting ----------------------------------------------------------------------------


def test_a_record_is_saved_while_its_photo_is_on_its_way(session: Session, picture: Callable[..., Path]) -> None:
    """It names the photo at once; when that is done, a new operation gives it the address."""
    waiting = photos.begin(session, picture())
    record = hazard(session, **{_FIELD: [waiting.id]})
    assert [(one.state, one.label, one.blob) for one in photos.listing(session, record.id)] == [
        ("waiting", "整改前照片", "")
    ]
    done = photos.finish(session, waiting.id)
    assert done.problem == ""
    assert done.changes.ids == {record.id}
    assert named(session, record) == [done.blob]
    with session.store.read() as tx:
        first, second = outbox.ops_of(tx, record.id)
        assert first.elements[_FIELD].add == (waiting.id,)
        assert (second.elements[_FIELD].add, second.elements[_FIELD].remove) == ((done.blob,), (waiting.id,))
        assert second.set == {}
    (shown,) = photos.listing(session, record.id)
    assert (shown.state, shown.blob, shown.width, shown.height) == ("ready", done.blob, 300, 200)
    assert Image.open(io.BytesIO(photos.thumb(session, done.blob))).size == (240, 160)


def test_what_others_wrote_meanwhile_stays(session: Session, picture: Callable[..., Path]) -> None:
    """Completing a record changes nothing but the one photo."""
    waiting = photos.begin(session, picture())
    record = hazard(session, **{_FIELD: [waiting.id]})
    save(session, "hazard", {"description": "后来改的"}, record_id=record.id)
    photos.finish(session, waiting.id)
    with session.store.read() as tx:
        found = tx.get("hazard", record.id)
    assert found is not None
    assert found.values["description"] == "后来改的"
    assert len(named(session, record)) == 1


def test_a_photo_done_before_the_save_is_named_by_its_address(session: Session, picture: Callable[..., Path]) -> None:
    """A form still holds the passing id; the save knows better."""
    waiting = photos.begin(session, picture())
    done = photos.finish(session, waiting.id)
    record = hazard(session, **{_FIELD: [waiting.id]})
    assert named(session, record) == [done.blob]
    assert photos.finish(session, waiting.id).changes.ids == frozenset()


def test_a_move_may_name_a_photo_on_its_way(session: Session, picture: Callable[..., Path]) -> None:
    """整改完成 with a photo taken a second ago."""
    record = hazard(session)
    transition.move(session, record.id, "register")
    given = {"responsible_unit": "物业", "responsible_person": "王甲", "responsible_contact": "15400001234",
             "measure": "清理", "due_on": "2026-04-30"}  # fmt: skip
    first = photos.begin(session, picture())
    transition.move(session, record.id, "notify", {**given, "photos_before": [first.id]})
    transition.move(session, record.id, "start")
    waiting = photos.begin(session, picture())
    transition.move(session, record.id, "rectify", {"photos_after": [waiting.id]})
    assert named(session, record, "photos_after") == [waiting.id]
    done = photos.finish(session, waiting.id)
    assert named(session, record, "photos_after") == [done.blob]


def test_two_records_may_name_one_photo(session: Session, picture: Callable[..., Path]) -> None:
    """Both get it."""
    waiting = photos.begin(session, picture())
    records = [hazard(session, **{_FIELD: [waiting.id]}) for _ in range(2)]
    done = photos.finish(session, waiting.id)
    assert done.changes.ids == {record.id for record in records}
    assert [named(session, record) for record in records] == [[done.blob]] * 2


def test_a_photo_that_fails_is_told_and_changes_no_record(session: Session, tmp_path: Path) -> None:
    """The person hears why; the record stays as she saved it, and its list says what happened."""
    broken = tmp_path / "x.jpg"
    broken.write_bytes(encoded(noise(300, 200))[:9000])
    waiting = photos.begin(session, broken)
    record = hazard(session, **{_FIELD: [waiting.id]})
    failed = photos.finish(session, waiting.id)
    assert failed.blob == ""
    assert failed.problem == PhotoRefused("broken").sentence()
    with session.store.read() as tx:
        assert len(outbox.ops_of(tx, record.id)) == 1
    (shown,) = photos.listing(session, record.id)
    assert shown.state == "failed"
    # The record does name it, so its list does not say that nothing was added.
    assert shown.text == failed.problem.replace("没有添加它，记录没有改动，原来的文件也没有动。", "")
    with pytest.raises(SaveRefused, match="没有处理成功"):
        hazard(session, **{_FIELD: [waiting.id]})
    save(session, "hazard", {_FIELD: []}, record_id=record.id)
    assert named(session, record) == []


def test_the_next_start_finishes_what_was_left(session: Session, picture: Callable[..., Path]) -> None:
    """A photo whose program ended is finished by the next, for the record that names it."""
    waiting = photos.begin(session, picture())
    record = hazard(session, **{_FIELD: [waiting.id]})
    later = next_run(session)
    told: list[tuple[int, int]] = []
    (done,) = photos.finish_pending(later, lambda at, of, _text: told.append((at, of)))
    assert told == [(0, 1), (1, 1)]
    assert named(later, record) == [done.blob]
    assert photos.finish_pending(later) == []
    later.close()


def test_a_program_that_ended_between_photo_and_record_goes_on(session: Session, picture: Callable[..., Path]) -> None:
    """The photo was small already, its record had not heard of it: the next start tells it."""
    waiting = photos.begin(session, picture())
    record = hazard(session, **{_FIELD: [waiting.id]})
    photo = session.blobs.originals.get(waiting.id)
    small = make_here("jpeg", session.blobs.originals.parts(photo.id), cancelled=lambda: False)
    address = session.blobs.originals.finish(photo.id, small)
    later = next_run(session)
    photos.finish_pending(later)
    assert named(later, record) == [address]
    later.close()


def test_a_stop_leaves_the_photo_waiting(session: Session, picture: Callable[..., Path]) -> None:
    """Stopped, it waits whole and without a mark against it."""
    waiting = photos.begin(session, picture())
    for _ in range(8):
        with pytest.raises(Cancelled):
            photos.finish(session, waiting.id, cancelled=lambda: True)
    assert photos.finish(session, waiting.id).blob


def test_a_photo_that_ends_its_worker_is_given_up_and_can_be_tried_again(
    session: Session, picture: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five attempts, then it is told as too large; its original stays for another try."""

    def die(*_: object, **__: object) -> Made:
        raise WorkerDied

    monkeypatch.setattr(photos, "make_in_worker", die)
    waiting = photos.begin(session, picture())
    said = [photos.finish(session, waiting.id).problem for _ in range(6)]
    assert said == [WorkerDied().sentence()] * 5 + [PhotoRefused("memory").sentence()]
    assert photos.open_ones(session) == []
    monkeypatch.setattr(photos, "make_in_worker", make_here)
    assert photos.retry(session, waiting.id).blob


def test_saving_does_not_wait_for_a_photo(
    session: Session, picture: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one is being made small, records are saved, photos are taken in and lists are read."""
    working, go_on = threading.Event(), threading.Event()

    def slow(kind: str, parts: Iterator[bytes], *, cancelled: Callable[[], bool]) -> Made:
        working.set()
        assert go_on.wait(30)
        return make_here(kind, parts, cancelled=cancelled)

    monkeypatch.setattr(photos, "make_in_worker", slow)
    told: list[Finished] = []
    all_told = threading.Event()

    def tell(finished: Finished) -> None:
        told.append(finished)
        if len(told) == 2:
            all_told.set()

    first = photos.begin(session, picture(1))
    work = PhotoWork(session, tell)
    assert working.wait(30)
    second = photos.begin(session, picture(2))
    work.wake()
    record = hazard(session, **{_FIELD: [first.id, second.id]})
    assert [one.state for one in photos.listing(session, record.id)] == ["waiting", "waiting"]
    assert told == []
    go_on.set()
    assert all_told.wait(30)
    work.close()
    assert [one.problem for one in told] == ["", ""]
    assert named(session, record) == [one.blob for one in told]


def test_background_work_stops_when_asked(
    session: Session, picture: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing does not wait for the photo in hand; it is finished by the next start."""
    working = threading.Event()

    def endless(_kind: str, _parts: Iterator[bytes], *, cancelled: Callable[[], bool]) -> Made:
        working.set()
        while not cancelled():
            threading.Event().wait(0.01)
        raise Cancelled

    monkeypatch.setattr(photos, "make_in_worker", endless)
    waiting = photos.begin(session, picture())
    work = PhotoWork(session, lambda _: None)
    assert working.wait(30)
    work.close()
    assert photos.open_ones(session) == [waiting.id]


# ---- adding at once -----------------------------------------------------------------------------------------------


def test_a_photo_is_added_to_a_record_as_one(session: Session, picture: Callable[..., Path]) -> None:
    """By the key of the field or its label; the same photo again changes nothing."""
    record = hazard(session)
    added = photos.add(session, record.id, _FIELD, picture())
    assert named(session, record) == [added.blob]
    assert photos.add(session, record.id, "整改前照片", picture()).op_id == ""
    other = photos.add(session, record.id, "attachments", picture())
    assert other.blob == added.blob
    assert photos.read(session, added.blob)[:3] == b"\xff\xd8\xff"


def test_a_document_is_added(session: Session, tmp_path: Path) -> None:
    """A PDF stays what it is."""
    path = tmp_path / "通知书.pdf"
    path.write_bytes(a_pdf())
    record = hazard(session)
    added = photos.add(session, record.id, "attachments", path)
    assert photos.read(session, added.blob) == path.read_bytes()
    assert [(one.kind, one.text) for one in photos.listing(session, record.id)] == [("document", "PDF")]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.jpg", b"", "empty"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic", "heic"),
        ("a.jpg", "只是一些字".encode(), "other"),
        ("a.jpg", b"%PDF-1.7\n", "not_a_photo"),
        ("a.png", bomb_png(), "pixels"),
        ("a.jpg", encoded(noise(300, 200))[:9000], "broken"),
        ("a.jpg", b"\xff\xd8\xff" + bytes(40_000_000), "too_large"),
        ("a.pdf", b"%PDF-1.7\n" + bytes(5_000_000), "document_too_large"),
        ("a.pdf", b"%PDF-1.7\n%%EOF", "broken_document"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_photo_is_refused_in_words(
    session: Session, tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    """The reason, what is safe and what to do; the record is untouched and nothing of the file's name is said."""
    path = tmp_path / f"张三家{name}"
    path.write_bytes(data)
    record = hazard(session)
    with pytest.raises(KnownError) as refused:
        photos.add(session, record.id, _FIELD, path)
    assert refused.value.sentence() == PhotoRefused(code).sentence()
    assert named(session, record) == []
    assert photos.open_ones(session) == []


def test_a_file_that_is_not_there_is_told(session: Session, tmp_path: Path) -> None:
    """Moved away, or a folder."""
    record = hazard(session)
    for path in (tmp_path / "weg.jpg", tmp_path):
        with pytest.raises(PhotoRefused) as refused:
            photos.add(session, record.id, _FIELD, path)
        assert refused.value.code == "missing"


def test_a_field_takes_nine(session: Session, picture: Callable[..., Path]) -> None:
    """The tenth is refused, by adding and by saving."""
    names = [photos.finish(session, photos.begin(session, picture(number)).id).blob for number in range(10)]
    with pytest.raises(SaveRefused, match="最多放 9 个，现在是 10 个"):
        hazard(session, **{_FIELD: names})
    record = hazard(session, **{_FIELD: names[:9]})
    with pytest.raises(KnownError, match="最多放 9 个"):
        photos.add(session, record.id, _FIELD, picture(9))
    assert named(session, record) == names[:9]


def test_a_record_takes_sixty(session: Session, picture: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many fields it has; here the limit is lowered to be reached."""
    monkeypatch.setattr(photos, "RECORD_LIMIT", 2)
    monkeypatch.setattr(photo_fields, "RECORD_LIMIT", 2)
    assert photo_fields.FIELD_LIMIT == 9
    names = [photos.finish(session, photos.begin(session, picture(number)).id).blob for number in range(3)]
    with pytest.raises(SaveRefused, match="一条记录最多放 2 个"):
        hazard(session, **{_FIELD: names[:2], "attachments": names[2:]})
    record = hazard(session, **{_FIELD: names[:1], "attachments": names[1:2]})
    with pytest.raises(KnownError, match="一条记录最多放 2 个"):
        photos.add(session, record.id, "photos_after", picture(2))


def test_a_field_without_photos_is_told(session: Session, picture: Callable[..., Path]) -> None:
    """With the ones that take them."""
    record = hazard(session)
    with pytest.raises(KnownError) as refused:
        photos.add(session, record.id, "place", picture())
    assert "整改前照片（photos_before）" in refused.value.sentence()
    remove.delete(session, record.id)
    with pytest.raises(KnownError, match="回收站"):
        photos.add(session, record.id, _FIELD, picture())


@pytest.mark.parametrize("name", ["pending:0197-not-here", "../../etc/passwd", "照片"])
def test_a_record_names_only_photos(session: Session, name: str) -> None:
    """What is neither an address nor a photo on its way here is refused."""
    with pytest.raises(SaveRefused):
        hazard(session, **{_FIELD: [name]})


def test_a_photo_of_another_device_is_absent_and_not_refused(session: Session) -> None:
    """Text never waits for a photo: the record names what has not come yet."""
    record = hazard(session, **{_FIELD: ["ab" * 32]})
    (shown,) = photos.listing(session, record.id)
    assert (shown.state, shown.blob) == ("absent", "")
    with pytest.raises(BlobAbsent):
        photos.read(session, "ab" * 32)


# ---- the file beside the ledger -----------------------------------------------------------------------------------


def test_a_home_without_photos_has_no_file_for_them(session: Session) -> None:
    """Saving, listing, sweeping and starting make none."""
    record = hazard(session)
    assert photos.listing(session, record.id) == []
    assert photos.finish_pending(session) == []
    assert photos.sweep(session) == photos.Swept(0, 0, 0)
    assert not (session.home / BLOBS).exists()


def test_a_lost_photo_file_is_told(session: Session, picture: Callable[..., Path]) -> None:
    """Once there were photos, an empty file is never put in their place; the ledger goes on."""
    record = hazard(session)
    photos.add(session, record.id, _FIELD, picture())
    session.close()
    (session.home / BLOBS).unlink()
    later = sessions.unlock(session.home, PASSPHRASE)
    asks: list[Callable[[], object]] = [
        lambda: photos.listing(later, record.id),
        lambda: photos.begin(later, picture()),
        lambda: photos.finish_pending(later),
    ]
    for ask in asks:
        with pytest.raises(MissingBlobs):
            ask()
    assert not (session.home / BLOBS).exists()
    save(later, "hazard", {"description": "照样能改"}, record_id=record.id)
    later.close()


def test_nothing_readable_lies_in_the_home(session: Session, tmp_path: Path) -> None:
    """Waiting, done, failed or removed: no pixel, no JPEG, no place and no camera in any byte of any file."""
    pattern = bytes(range(7, 247, 10)) * 4
    bitmap = tmp_path / "x.bmp"
    bitmap.write_bytes(encoded(Image.frombytes("RGB", (320, 320), pattern * 3200), "bmp"))
    camera = tmp_path / "x.jpg"
    camera.write_bytes(talkative_jpeg(1200, 900))
    words = [SECRET_MAKER.encode(), b"JFIF", b"Exif\0\0", b"\xff\xd8\xff\xe0", pattern[:24], b"SQLite format 3"]
    row = bitmap.read_bytes()[-960:][:24]
    assert row in bitmap.read_bytes()

    def readable() -> list[bytes]:
        everything = b"".join(file.read_bytes() for file in session.home.rglob("*") if file.is_file())
        assert len(everything) > 100_000
        return [word for word in [*words, row] if word in everything]

    waiting = [photos.begin(session, path) for path in (bitmap, camera)]
    hazard(session, **{_FIELD: [one.id for one in waiting]})
    assert readable() == []
    done = [photos.finish(session, one.id) for one in waiting]
    assert readable() == []
    session.blobs.remove([one.blob for one in done])
    assert readable() == []
    session.close()
    assert readable() == []


def test_a_saved_copy_is_written_and_noted(session: Session, picture: Callable[..., Path], tmp_path: Path) -> None:
    """The person gets her file; the audit says that a photo left the home."""
    record = hazard(session)
    blob = photos.add(session, record.id, _FIELD, picture()).blob
    photos.save_file(session, blob, tmp_path / "out.jpg")
    assert (tmp_path / "out.jpg").read_bytes() == photos.read(session, blob)
    with session.store.read() as tx:
        (verb, detail) = tx.sql("SELECT verb, detail FROM audit ORDER BY seq DESC LIMIT 1")[0]
    assert (verb, json.loads(detail)) == ("export", {"photo": blob})


# ---- sweeping -----------------------------------------------------------------------------------------------------


def test_a_sweep_takes_only_what_nothing_names(session: Session, picture: Callable[..., Path]) -> None:
    """Records, deleted records, histories, drafts and unsent operations hold their photos, however old."""
    done = [photos.finish(session, photos.begin(session, picture(number)).id).blob for number in range(6)]
    in_record, in_deleted, in_history, in_draft, in_base, orphan = done
    hazard(session, **{_FIELD: [in_record]})
    remove.delete(session, hazard(session, **{_FIELD: [in_deleted]}).id)
    emptied = hazard(session, **{_FIELD: [in_history]})
    save(session, "hazard", {_FIELD: []}, record_id=emptied.id)
    unfinished, kept_waiting = photos.begin(session, picture(7)), photos.begin(session, picture(8))
    drafts.keep(session, "new:hazard", "hazard", {_FIELD: f"{in_draft},{kept_waiting.id}"})
    session.store.write(lambda tx: tx.execute(
        "INSERT INTO base (record, ledger, grid_code, body, status, revision, deleted)"
        " VALUES ('r','hazard','g',?,'',1,0)",
        [json.dumps({_FIELD: [in_base]})],
    ))  # fmt: skip
    soon = next_run(session, days=29)
    assert photos.sweep(soon) == photos.Swept(0, 0, 0)
    later = next_run(soon, days=31)
    size = later.blobs.known([orphan])[orphan].size
    assert photos.sweep(later) == photos.Swept(photos=1, freed=size, unfinished=1)
    assert set(later.blobs.known(done)) == set(done) - {orphan}
    assert photos.open_ones(later) == [kept_waiting.id]
    with pytest.raises(BlobAbsent):
        later.blobs.originals.get(unfinished.id)
    later.close()


def test_a_sweep_sees_what_is_saved_while_it_reads(
    session: Session, picture: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record saved between reading and removing keeps its photo."""
    blob = photos.finish(session, photos.begin(session, picture()).id).blob
    later = next_run(session, days=31)
    real = photo_sweep.blob_names.named

    def named_and_saved(tx: object) -> set[str]:
        found = real(tx)  # type: ignore[arg-type]
        hazard(later, **{_FIELD: [blob]})
        return found

    monkeypatch.setattr(photo_sweep.blob_names, "named", named_and_saved)
    assert photos.sweep(later).photos == 0
    assert photos.read(later, blob)
    later.close()


# ---- the command line ---------------------------------------------------------------------------------------------


def test_photos_from_the_command_line(
    session: Session, picture: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Add, list and save, for people and for programs; here with the worker process."""
    monkeypatch.setattr(photos, "make_in_worker", worker.make_in_worker)
    record = hazard(session)
    session.close()
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    top = argparse.ArgumentParser()
    commands.add_to(Parsers(top))

    def run(*words: object) -> str:
        asked = top.parse_args(["photo", *map(str, words), "--home", str(session.home)])
        asked.run(asked)
        return capsys.readouterr().out

    added = json.loads(run("add", record.id, _FIELD, picture(), "--json"))
    assert set(added) == {"record", "field", "blob", "op_id"}
    assert added["blob"] in run("list", record.id)
    assert json.loads(run("list", record.id, "--json"))["state"] == "ready"
    assert "没有加密" in run("save", added["blob"], tmp_path / "out.jpg")
    assert (tmp_path / "out.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
