"""The window asks the same rights as the server, before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gridworker.area.belonging import Post
from gridworker.area.rights import NotAllowed
from gridworker.operations import export, import_, print_, remove, transition
from gridworker.operations.save import save
from gridworker.operations.session import Session

Living = Callable[..., tuple[str, str]]


def _as(session: Session, role: str, **more: str) -> None:
    session.actor = replace(session.actor, posts=(Post(role, session.place.grid_code, **more),))


def test_whoever_only_looks_changes_and_takes_out_nothing(session: Session, living: Living, tmp_path: Path):
    """Save, edit, move, delete, restore, export, import, print: each refused with the roles that could."""
    home, head = living()
    wish = save(session, "wish", {"wisher_person_id": head, "wisher_group": "老人", "content": "收音机"}).record
    gone = save(session, "visit", {"household_id": home}).record
    remove.delete(session, gone.id)
    source = tmp_path / "in.csv"
    source.write_text("小区,楼栋,室\n金沙花园,9,101\n", "utf-8-sig")
    plan = import_.read(session, "household", source)
    _as(session, "auditor")
    for act in (
        lambda: save(session, "visit", {"household_id": home}),
        lambda: save(session, "wish", {"content": "别的"}, record_id=wish.id),
        lambda: transition.move(session, wish.id, "approve", {"review_mode": "线上", "review_note": "好"}),
        lambda: remove.delete(session, wish.id),
        lambda: remove.restore(session, gone.id),
        lambda: export.export(session, "household", tmp_path / "out.xlsx"),
        lambda: import_.apply(session, plan),
        lambda: print_.sheet(session, "household"),
    ):
        with pytest.raises(NotAllowed) as refused:
            act()
        assert "审计员" in refused.value.title
        assert "网格员" in refused.value.action or "网格长" in refused.value.action
    assert not (tmp_path / "out.xlsx").exists()
    assert not any(offer.allowed for offer in transition.offered(session, wish.id))


def test_a_post_that_has_ended_says_since_when(session: Session, living: Living):
    """Nothing is lost: what she wrote before is still there."""
    home, _ = living()
    _as(session, "grid_worker", until="2020-12-31")
    with pytest.raises(NotAllowed, match="已于 2020-12-31 到期"):
        save(session, "visit", {"household_id": home})


def test_a_building_lead_reports_of_her_building(session: Session, living: Living):
    """The household's building decides, as on the server."""
    home, _ = living()
    other, _ = living("4", room="101", name="李某")
    _as(session, "building_lead", building="海棠苑/3")
    visit = save(session, "visit", {"household_id": home}).record
    assert save(session, "visit", {"remark": "补"}, record_id=visit.id)
    with pytest.raises(NotAllowed, match="楼栋"):
        save(session, "visit", {"household_id": other})
    with pytest.raises(NotAllowed):
        save(session, "visit", {"household_id": other}, record_id=visit.id)
    with pytest.raises(NotAllowed):
        save(session, "household", {"remark": "改"}, record_id=home)
