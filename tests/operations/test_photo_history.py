"""Photos in the history: their completion in words, and undo that knows a photo by its address as by its id."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gridworker.errors import KnownError
from gridworker.ledger.record import Record
from gridworker.operations import browse, photos, remove, save, timeline, undo
from gridworker.operations.session import Session

_FIELD = "photos_before"


def _picture(folder: Path, shade: int = 90) -> Path:
    path = folder / f"{shade}.png"
    Image.new("RGB", (300, 200), (shade, shade, 40)).save(path)
    return path


@pytest.fixture
def hazard(session: Session) -> Record:
    """A hazard without photos."""
    return save.save(
        session,
        "hazard",
        {"place": "3号楼", "hazard_type": "用电", "description": "楼道里的纸箱"},
    ).record


def _give(session: Session, record: Record, *names: str) -> save.Saved:
    return save.save(session, "hazard", {_FIELD: "、".join(names)}, record_id=record.id)


def test_the_text_of_a_form_names_photos_one_by_one(session: Session, hazard: Record, tmp_path: Path) -> None:
    """A form hands texts over; several photos in one are several photos."""
    one, two = (photos.begin(session, _picture(tmp_path, shade)) for shade in (50, 120))
    assert _give(session, hazard, one.id, two.id).record.values[_FIELD] == [one.id, two.id]


def test_a_completion_reads_in_words_and_is_not_taken_back(session: Session, hazard: Record, tmp_path: Path) -> None:
    """Nobody did it; the step before it is the one to take back, with a photo that is small by now."""
    photo = photos.begin(session, _picture(tmp_path))
    saved = _give(session, hazard, photo.id)
    photos.finish(session, photo.id)
    steps = timeline.timeline(session, hazard.id)
    assert [(step.what, step.can_undo) for step in steps[:2]] == [("照片处理完成", False), ("修改", True)]
    assert steps[0].details == ()
    undo.undo(session, saved.op_id)
    assert not browse.record(session, hazard.id).values.get(_FIELD)


def test_a_photo_added_since_is_not_taken_away_by_undo(session: Session, hazard: Record, tmp_path: Path) -> None:
    """The field was changed again; the refusal says so."""
    first = photos.begin(session, _picture(tmp_path))
    saved = _give(session, hazard, first.id)
    second = photos.begin(session, _picture(tmp_path, 180))
    _give(session, hazard, first.id, second.id)
    with pytest.raises(KnownError, match="后来又改过"):
        undo.undo(session, saved.op_id)


def test_a_pasted_picture_is_taken_in_without_a_file(session: Session, hazard: Record, tmp_path: Path) -> None:
    """What was in the clipboard becomes a photo like any other; what is no picture is refused in words."""
    photo = photos.begin_data(session, _picture(tmp_path).read_bytes())
    _give(session, hazard, photo.id)
    finished = photos.finish(session, photo.id)
    assert photos.look(session, [photo.id])[photo.id].blob == finished.blob
    with pytest.raises(KnownError, match="不是照片"):
        photos.begin_data(session, b"hello there")


def test_nothing_is_undone_in_the_recycle_bin(session: Session, hazard: Record) -> None:
    """A deleted record is restored first; its deletion is the step that can be taken back, once."""
    saved = save.save(session, "hazard", {"description": "纸箱和旧沙发"}, record_id=hazard.id)
    deleted = remove.delete(session, hazard.id)
    with pytest.raises(KnownError, match="已在回收站"):
        undo.undo(session, saved.op_id)
    undo.undo(session, deleted.op_id)
    with pytest.raises(KnownError, match="已经从回收站恢复"):
        undo.undo(session, deleted.op_id)
    assert not browse.record(session, hazard.id).deleted
