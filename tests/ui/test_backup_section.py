"""Backups in the settings: what there is, one more now, and a second place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.operations import backups
from ui import dialogs
from ui.desk import Desk
from ui.pages.backup_section import BackupChoices


@pytest.fixture
def section(desk: Desk, qtbot: object, settle) -> BackupChoices:
    """The section, read."""
    made = BackupChoices(desk)
    qtbot.addWidget(made)
    made.show()
    settle(desk)
    return made


def test_one_is_made_at_once(section: BackupChoices, desk: Desk, settle) -> None:
    """Without any it says so; a press makes one, which is named then."""
    assert section.newest.text() == "还没有备份。"
    section.go.click()
    assert not section.go.isEnabled()
    settle(desk)
    assert len(backups.listing(desk.session)) == 1
    assert "手动" in section.newest.text()
    assert "一共 1 份" in section.newest.text()
    assert "已备份" in section.banner._text.text()
    assert section.go.isEnabled()


def test_a_second_place_is_chosen_used_and_given_up(
    section: BackupChoices, desk: Desk, settle, tmp_path: Path, monkeypatch
) -> None:
    """A folder of the person's choice gets the next backup; one that is gone is told; giving it up deletes nothing."""
    stick = tmp_path / "stick"
    stick.mkdir()
    assert not section.none.isVisible()
    monkeypatch.setattr(dialogs, "open_folder", lambda *_given: str(stick))
    section.choose.click()
    settle(desk)
    assert str(stick) in section.place.text()
    section.go.click()
    settle(desk)
    assert section.banner.property("tone") == "ok"
    held = sorted(stick.rglob("*"))
    assert held
    stick.rename(tmp_path / "unplugged")
    section.go.click()
    settle(desk)
    assert section.banner.property("tone") == "warn"
    assert "连不上" in section.banner._text.text()
    (tmp_path / "unplugged").rename(stick)
    section.none.click()
    settle(desk)
    assert backups.second_place(desk.session) is None
    assert sorted(stick.rglob("*")) == held
    assert not section.none.isVisible()


def test_what_does_not_work_is_told_in_place(
    section: BackupChoices, desk: Desk, settle, tmp_path: Path, monkeypatch
) -> None:
    """No folder chosen changes nothing; a folder that is gone and a backup that fails are told calmly."""
    monkeypatch.setattr(dialogs, "open_folder", lambda *_given: "")
    section.choose.click()
    settle(desk)
    assert not section.banner.isVisible()
    monkeypatch.setattr(dialogs, "open_folder", lambda *_given: str(tmp_path / "gone"))
    section.choose.click()
    settle(desk)
    assert "没有这个文件夹" in section.banner._text.text()

    def refuse(*_given: object, **_more: object) -> None:
        raise KnownError("磁盘空间不够，这次没有备份。")

    monkeypatch.setattr(backups, "make", refuse)
    section.go.click()
    settle(desk)
    assert "空间不够" in section.banner._text.text()
    assert section.newest.text() == "还没有备份。"
    assert section.go.isEnabled()
