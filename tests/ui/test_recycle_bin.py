"""The recycle bin of each list, and single steps of a record's past taken back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from gridworker.operations import browse, remove, save
from ui.desk import Desk
from ui.records.list_bar import BIN
from ui.records.page import RecordsPage
from ui.window import Window


@pytest.fixture
def hazards(window: Window, desk: Desk, settle) -> RecordsPage:
    """The hazards of the demo home."""
    window.show_place("hazards")
    settle(desk)
    assert isinstance(window.page, RecordsPage)
    return window.page


def _choose(page: RecordsPage, settle, state: str) -> None:
    page.list.state.setCurrentIndex(page.list.state.findData(state))
    settle(page.desk)


def _open(page: RecordsPage, settle, record_id: str) -> None:
    page.enter(record_id=record_id)
    settle(page.desk)


def _undo_buttons(page: RecordsPage) -> list[QPushButton]:
    return [one for one in page.detail.past.findChildren(QPushButton) if one.text() == "撤销这一步" and one.isVisible()]


def test_what_was_deleted_is_found_read_and_restored(hazards: RecordsPage, desk: Desk, settle) -> None:
    """The bin lists it, shows it without letting it be changed, and one press brings it back."""
    everything = hazards.list.model.rowCount()
    record_id = hazards.list.model.row(0).id
    remove.delete(desk.session, record_id)
    _choose(hazards, settle, BIN)
    assert [hazards.list.model.row(at).id for at in range(hazards.list.model.rowCount())] == [record_id]
    _open(hazards, settle, record_id)
    detail = hazards.detail
    assert not detail.form.isEnabled()
    assert detail.save_button.isHidden()
    assert detail._delete.isHidden()
    assert detail.moves.isHidden()
    detail.restore_button.click()
    settle(desk)
    assert not browse.record(desk.session, record_id).deleted
    assert detail.form.isEnabled()
    assert hazards.list.model.rowCount() == 0
    assert "回收站是空的" in hazards.list._unmatched.title.text()
    _choose(hazards, settle, "")
    assert hazards.list.model.rowCount() == everything


def test_the_bin_is_filtered_by_what_its_rows_say(hazards: RecordsPage, desk: Desk, settle) -> None:
    """No index holds deleted records; the filter box works there all the same."""
    ids = [hazards.list.model.row(at).id for at in (0, 1)]
    save.save(desk.session, "hazard", {"description": "阳台 堆满旧报纸"}, record_id=ids[0])
    for record_id in ids:
        remove.delete(desk.session, record_id)
    _choose(hazards, settle, BIN)
    assert hazards.list.model.rowCount() == 2
    hazards.list.filter_by("旧报纸")
    settle(desk)
    assert [hazards.list.model.row(at).id for at in range(hazards.list.model.rowCount())] == [ids[0]]
    hazards.list.filter_by("没有这个词")
    settle(desk)
    assert "回收站里没有符合“没有这个词”的记录" in hazards.list._unmatched.title.text()


def test_delete_does_nothing_in_the_bin(hazards: RecordsPage, desk: Desk, settle, qtbot) -> None:
    """The key that put a record there does not end it there, and nothing complains."""
    record_id = hazards.list.model.row(0).id
    remove.delete(desk.session, record_id)
    _choose(hazards, settle, BIN)
    hazards.list.table.setCurrentIndex(hazards.list.model.index(0, 0))
    with qtbot.assertNotEmitted(hazards.list.delete_requested):
        QTest.keyClick(hazards.list.table, Qt.Key.Key_Delete)
    settle(desk)
    assert browse.record(desk.session, record_id).deleted
    assert desk.undoable is None


@pytest.mark.parametrize("place", ["homes", "people", "visits", "wishes"])
def test_every_list_has_a_bin(window: Window, desk: Desk, settle, place: str) -> None:
    """Also those whose records have no states."""
    window.show_place(place)
    settle(desk)
    assert not window.page.list.state.isHidden()
    _choose(window.page, settle, BIN)
    assert window.page.list.model.rowCount() == 0


def test_a_deletion_is_taken_back_from_the_strip(hazards: RecordsPage, desk: Desk, settle) -> None:
    """Eight seconds of 撤销 beside the list, without the way through the bin."""
    record_id = hazards.list.model.row(0).id
    hazards.list.delete_requested.emit(record_id)
    settle(desk)
    assert browse.record(desk.session, record_id).deleted
    assert hazards._strip.isVisible()
    hazards._strip.undo.click()
    settle(desk)
    assert not browse.record(desk.session, record_id).deleted


def test_one_step_of_the_past_is_taken_back(hazards: RecordsPage, desk: Desk, settle) -> None:
    """An older step, not the last one: its field goes back, what came later stays, and that is a step itself."""
    record_id = hazards.list.model.row(0).id
    before = browse.record(desk.session, record_id).values.get("remark")
    save.save(desk.session, "hazard", {"remark": "错写的备注"}, record_id=record_id)
    save.save(desk.session, "hazard", {"description": "改过的描述"}, record_id=record_id)
    _open(hazards, settle, record_id)
    hazards.detail._past_title.setChecked(True)
    settle(desk)
    _undo_buttons(hazards)[1].click()
    settle(desk)
    now = browse.record(desk.session, record_id).values
    assert (now.get("remark"), now["description"]) == (before, "改过的描述")
    assert "撤销这一步" in _undo_buttons(hazards)[0].accessibleName()
    assert desk.undoable is not None


def test_a_step_that_cannot_be_taken_back_says_why(hazards: RecordsPage, desk: Desk, settle) -> None:
    """The field was changed again; the sentence stands with the history and nothing changes."""
    record_id = hazards.list.model.row(0).id
    for text in ("一", "二"):
        save.save(desk.session, "hazard", {"remark": f"第{text}次写的备注"}, record_id=record_id)
    _open(hazards, settle, record_id)
    hazards.detail._past_title.setChecked(True)
    settle(desk)
    _undo_buttons(hazards)[1].click()
    settle(desk)
    assert "后来又改过" in hazards.detail.past.banner.accessibleName()
    assert hazards.detail.past.banner.isVisible()
    assert browse.record(desk.session, record_id).values["remark"] == "第二次写的备注"
