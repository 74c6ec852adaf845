"""Who may give a record a photo: who may change it, and for a step of hers who makes the step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gridworker.area.belonging import Post
from gridworker.area.rights import NotAllowed
from gridworker.identity import new_id
from gridworker.operations import photos, transition
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.sample.pictures import before

UNIT = "城市管理"


def _as(session: Session, role: str, **more: str) -> None:
    """Somebody else sits down, who did not register the case."""
    session.actor = replace(session.actor, id=new_id(), posts=(Post(role, session.place.grid_code, **more),))


@pytest.fixture
def case_id(session: Session) -> str:
    """A case that was dispatched to a unit and begun there."""
    made = save(session, "case", {
        "description": "井盖破损", "address": "海棠苑3号楼前", "main_type": "城市管理", "sub_type": "其他",
    }).record  # fmt: skip
    for event, args in (("report", {}), ("accept", {}), ("dispatch", {"lead_unit_id": UNIT})):
        transition.move(session, made.id, event, args)
    _as(session, "specialist", unit=UNIT)
    transition.move(session, made.id, "start", {})
    return made.id


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A photo on a disk."""
    path = tmp_path / "处置后.png"
    path.write_bytes(before()[0])
    return path


def test_a_handler_brings_the_photo_with_her_step(session: Session, case_id: str, picture: Path) -> None:
    """She may not edit the case: the photo waits, nothing is sent that the server refuses, and the step takes it."""
    added = photos.add(session, case_id, "photos_after", picture)
    assert (added.op_id, added.is_for_step, added.record.values.get("photos_after")) == ("", True, None)
    done = transition.move(session, case_id, "finish", {"dispose_result": "换好", "photos_after": [added.blob]})
    assert (done.record.status, done.record.values["photos_after"]) == ("disposed", [added.blob])


def test_whoever_only_looks_adds_no_photo(session: Session, case_id: str, picture: Path) -> None:
    """Refused with the roles that could, before the file is taken in; so is a photo no step of hers asks for."""
    with pytest.raises(NotAllowed):
        photos.add(session, case_id, "photos_before", picture)
    _as(session, "auditor")
    with pytest.raises(NotAllowed, match="审计员"):
        photos.add(session, case_id, "photos_after", picture)
    assert photos.listing(session, case_id) == []
