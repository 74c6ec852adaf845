"""参考数据 and 队伍 in the settings: what is in force, what a file would change, who may; and who is in the team."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridworker.area.belonging import Post
from gridworker.ledger.code_tables import table
from gridworker.operations import reference_data
from gridworker.planning.working_days import calendar_in_force
from gridworker.store.people import put_own_posts
from ui import dialogs
from ui.desk import Desk
from ui.pages.reference_section import ReferenceSection
from ui.pages.team_section import TeamSection
from ui.window import Window

Settle = Callable[[Desk], None]
YEAR = "日期,类型,名称\n2027-01-01,休,元旦\n2027-02-06,休,春节\n2027-02-14,班,\n"


def _reference(window: Window, desk: Desk, settle: Settle) -> ReferenceSection:
    window.show_place("settings", section="reference")
    settle(desk)
    return window.page.sections["reference"]  # type: ignore[attr-defined, no-any-return]


def _cell(section: ReferenceSection, row: int, place: int) -> str:
    item = section.table.item(row, place)
    return item.text() if item else ""


def _pretend(desk: Desk, monkeypatch: pytest.MonkeyPatch, *, month: int) -> None:
    monkeypatch.setattr(desk.session, "_now", lambda: datetime(2026, month, 22, 2, 0, tzinfo=UTC))


def _posts(desk: Desk, *posts: Post) -> None:
    desk.session.store.write(lambda tx: put_own_posts(tx, posts))
    desk.session.refresh()


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file and lets the next dialog answer it."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(dialogs, "open_file", lambda *_: str(path))
        return path

    return write


def test_every_item_is_listed_with_version_and_source(window: Window, desk: Desk, settle: Settle) -> None:
    """The list has all that is in force; a kind narrows it."""
    section = _reference(window, desk, settle)
    assert section.table.rowCount() == len(reference_data.listed(desk.session))
    section.kind.setCurrentIndex(section.kind.findData("clocks"))
    settle(desk)
    assert section.table.rowCount() == 1
    assert [_cell(section, 0, place) for place in range(3)] == ["时限", "第 1 版", "程序自带"]
    assert _cell(section, 0, 3)


@pytest.mark.parametrize("month", [10, 11])
def test_from_november_on_a_missing_year_is_told(
    window: Window, desk: Desk, settle: Settle, monkeypatch: pytest.MonkeyPatch, month: int
) -> None:
    """Before its notice can exist nobody is asked for it."""
    _pretend(desk, monkeypatch, month=month)
    section = _reference(window, desk, settle)
    assert section.holidays.isVisible() is (month == 11)
    if month == 11:
        assert "2027 年：该年放假安排未导入" in section.holidays.accessibleName()
        assert section.holidays._action.isVisible()


def test_a_year_is_taken_in_after_its_changes_were_seen(
    window: Window, desk: Desk, settle: Settle, monkeypatch: pytest.MonkeyPatch, chosen: Callable[[str, str], Path]
) -> None:
    """Looking changes nothing; the second word does, and the line that asked for the year is gone."""
    _pretend(desk, monkeypatch, month=11)
    section = _reference(window, desk, settle)
    chosen("2027.csv", YEAR)
    section.holidays._action.click()
    settle(desk)
    assert "2027 年放假安排" in section.told.text()
    assert "缺少每年都放的假" in section.told.text()
    assert not calendar_in_force().knows(2027)
    section.confirm.click()
    settle(desk)
    assert calendar_in_force().knows(2027)
    assert not section.holidays.isVisible()
    assert "已导入" in section.banner.accessibleName()
    assert not section._preview.isVisible()


def test_a_code_in_use_is_retired_only_by_a_button_that_says_so(
    window: Window, desk: Desk, settle: Settle, chosen: Callable[[str, str], Path]
) -> None:
    """The preview counts the records; 先不导入 leaves all as it was, and the built-in table can be put back."""
    section = _reference(window, desk, settle)
    shown = reference_data.shown(desk.session, "code_table", "HAZARD")
    entries = shown["entries"]
    assert isinstance(entries, list)
    kept = [[one["code"], one["label"]] for one in entries if one["code"] == "其他"]
    chosen("h.json", json.dumps({"key": "HAZARD", "label": "隐患类别", "version": 2, "source": "本街道",
        "entries": kept}, ensure_ascii=False))  # fmt: skip
    section.take.click()
    settle(desk)
    assert section.confirm.text() == "停用并导入"
    assert "条记录在用" in section.told.text()
    section.leave.click()
    assert "消防通道" in table("HAZARD")
    section.take.click()
    settle(desk)
    section.confirm.click()
    settle(desk)
    assert "消防通道" not in dict(table("HAZARD"))
    row = next(row for row in range(section.table.rowCount()) if "隐患类别" in _cell(section, row, 0))
    assert _cell(section, row, 2) == "本机导入"
    section.table.selectRow(row)
    assert section.back.isEnabled()
    section.back.click()
    settle(desk)
    assert "消防通道" in dict(table("HAZARD"))


def test_whoever_may_not_configure_is_told_who_could(window: Window, desk: Desk, settle: Settle) -> None:
    """A grid worker sees all and changes nothing."""
    _posts(desk, Post("grid_worker", desk.session.place.grid_code))
    section = _reference(window, desk, settle)
    assert section.table.rowCount() > 1
    assert not section.take.isEnabled()
    assert "社区" in section._refused.text()
    assert section.take.toolTip() == section._refused.text()
    section.table.selectRow(0)
    assert section.give.isEnabled()
    assert not section.back.isEnabled()


def test_the_marked_item_is_written_as_a_file(
    window: Window, desk: Desk, settle: Settle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is written can be taken in again and changes nothing."""
    section = _reference(window, desk, settle)
    path = tmp_path / "out.json"
    monkeypatch.setattr(dialogs, "save_file", lambda *_: str(path))
    section.kind.setCurrentIndex(section.kind.findData("code_table"))
    settle(desk)
    section.table.selectRow(0)
    section.give.click()
    settle(desk)
    assert reference_data.preview(desk.session, path).change.is_none


def test_the_team_names_its_people_and_its_empty_seats(window: Window, desk: Desk, settle: Settle) -> None:
    """Parts in their order, duties in words; a seat nobody holds is said in words."""
    desk.session.store.write(lambda tx: tx.execute("DELETE FROM post WHERE role='grid_lead'"))
    window.show_place("settings", section="team")
    settle(desk)
    section = window.page.sections["team"]  # type: ignore[attr-defined]
    assert isinstance(section, TeamSection)
    assert section.formula.text() == "队伍 0+1+2+1，空缺 1 人"
    said = [one.text() for one in section._groups.findChildren(type(section.formula))]
    assert "空缺" in said
    assert "还没有安排网格长" in said
    assert desk.session.actor.name in said
    assert any("职责：入户走访、政策法规宣传" in text for text in said)
