"""The page of a ledger: its list masked, filtered, sorted; its record changed, moved, deleted, and all of it undone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton

from gridworker.operations import browse, move_drafts, unfinished
from gridworker.operations.browse import Query
from ui.desk import Desk
from ui.records.detail import DetailCard
from ui.records.page import RecordsPage
from ui.records.source import STATUS
from ui.window import Window


@pytest.fixture
def people(window: Window, desk: Desk, settle) -> RecordsPage:
    """The residents of the demo home."""
    return _go(window, desk, settle, "people")


@pytest.fixture
def hazards(window: Window, desk: Desk, settle) -> RecordsPage:
    """The hazards of the demo home."""
    return _go(window, desk, settle, "hazards")


def _go(window: Window, desk: Desk, settle, place: str) -> RecordsPage:
    window.show_place(place)
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    return page


def _cell(page: RecordsPage, row: int, key: str) -> str:
    column = next(place for place, one in enumerate(page.list.model.columns) if one.key == key)
    return str(page.list.model.index(row, column).data())


def _filter(page: RecordsPage, settle, text: str) -> int:
    page.list.filter_by(text)
    settle(page.desk)
    return page.list.model.rowCount()


def _open_row(page: RecordsPage, settle, row: int = 0) -> None:
    page.list.table.setCurrentIndex(page.list.model.index(row, 0))
    QTest.keyClick(page.list.table, Qt.Key.Key_Return)
    settle(page.desk)


def _type(line: QLineEdit, text: str) -> None:
    # Qt's test keys know no Chinese; an input method hands over whole texts as well.
    line.setText(text)
    line.textEdited.emit(text)


def test_names_are_masked_until_asked_and_again_on_leaving(window: Window, people: RecordsPage, settle) -> None:
    """A list shows 张*; Ctrl+M shows names in full and leaves a trace; leaving the page masks again."""
    assert _cell(people, 0, "name").endswith("*")
    QTest.keyClick(people.list.filter, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    people.list.masks.setChecked(True)
    settle(people.desk)
    assert "*" not in _cell(people, 0, "name")
    with people.desk.session.store.read() as tx:
        assert tx.sql("SELECT count(*) FROM audit WHERE verb = 'reveal' AND ledger = 'person'")[0][0] >= 1
    window.show_place("today")
    window.show_place("people")
    settle(people.desk)
    assert _cell(people, 0, "name").endswith("*")


def test_filter_finds_by_pinyin_initials_and_says_when_nothing_fits(people: RecordsPage, settle) -> None:
    """A few letters leave those they fit; nonsense is repeated back with a way out."""
    everybody = people.list.model.rowCount()
    record = browse.record(people.desk.session, people.list.model.row(0).id)
    found = _filter(people, settle, str(record.values["name"]))
    assert 0 < found < everybody
    assert _filter(people, settle, "qqzzxxvv") == 0
    assert people.list._unmatched.isVisible()
    assert "qqzzxxvv" in people.list._unmatched.title.text()
    people.list._unmatched.action.click()
    settle(people.desk)
    assert people.list.model.rowCount() == everybody


def test_visits_are_found_by_the_household_they_were_made_at(window: Window, desk: Desk, settle) -> None:
    """The name of a resident finds the visits of that household, though no visit holds a name."""
    visits = _go(window, desk, settle, "visits")
    record = browse.record(desk.session, visits.list.model.row(0).id)
    card = browse.household_card(desk.session, str(record.values["household_id"]))
    assert _filter(visits, settle, card.members[0].name) >= 1
    homes = {
        browse.record(desk.session, visits.list.model.row(row).id).values["household_id"]
        for row in range(visits.list.model.rowCount())
    }
    assert record.values["household_id"] in homes


def test_heading_sorts_and_sorts_back(people: RecordsPage, settle) -> None:
    """A press on a heading sorts by it, another press the other way round."""
    column = next(place for place, one in enumerate(people.list.model.columns) if one.key == "birth_date")
    people.list.set_masked(masked=False)
    header = people.list.table.horizontalHeader()
    header.sectionClicked.emit(column)
    settle(people.desk)
    last = people.list.model.rowCount() - 1
    dates = [_cell(people, row, "birth_date") for row in (0, last // 2, last)]
    assert dates == sorted(dates)
    header.sectionClicked.emit(column)
    settle(people.desk)
    assert [_cell(people, row, "birth_date") for row in (last, last - last // 2, 0)] == dates


def test_state_filter_leaves_one_state(hazards: RecordsPage, settle) -> None:
    """Choosing a state leaves the records in it, and every row says so in words."""
    label = _cell(hazards, 0, STATUS)
    hazards.list.state.setCurrentText(label)
    settle(hazards.desk)
    count = hazards.list.model.rowCount()
    assert count
    assert {_cell(hazards, row, STATUS) for row in range(count)} == {label}


def test_saved_change_shows_in_the_list_and_can_be_taken_back(people: RecordsPage, settle) -> None:
    """Saving renews the row, keeps the mark on it, and Ctrl+Z puts the old value back."""
    people.list.set_masked(masked=False)
    _open_row(people, settle)
    record_id, before = people.detail.record.id, str(people.detail.record.values["name"])
    line = people.detail.form.editor("name").focus_target()
    _type(line, "欧阳测")
    people.save()
    settle(people.desk)
    assert browse.record(people.desk.session, record_id).values["name"] == "欧阳测"
    row = people.list.table.currentIndex().row()
    assert people.list.model.row(row).id == record_id
    assert _cell(people, row, "name") == "欧阳测"
    assert people.detail.strip.isVisible()
    people.desk.undo_last()
    settle(people.desk)
    assert browse.record(people.desk.session, record_id).values["name"] == before
    assert people.detail.form.editor("name").raw() == before


def test_delete_key_moves_to_the_bin_and_undo_brings_back(people: RecordsPage, settle) -> None:
    """Deleting asks nothing, shows a strip, and undo restores the row."""
    total = people.list.model.rowCount()
    table = people.list.table
    table.setCurrentIndex(people.list.model.index(1, 0))
    gone = people.list.model.row(1).id
    QTest.keyClick(table, Qt.Key.Key_Delete)
    settle(people.desk)
    assert people.list.model.rowCount() == total - 1
    assert browse.record(people.desk.session, gone).deleted
    people.desk.undo_last()
    settle(people.desk)
    assert people.list.model.rowCount() == total
    assert not browse.record(people.desk.session, gone).deleted


def test_refused_record_keeps_what_was_typed_and_leaving_keeps_a_draft(
    window: Window, people: RecordsPage, settle
) -> None:
    """Errors stand beside their fields, nothing is cleared, and another page in between loses nothing."""
    people.new()
    settle(people.desk)
    form = people.detail.form
    _type(form.editor("name").focus_target(), "单于试")
    people.save()
    settle(people.desk)
    assert form._fields["household_id"].problem.isVisible()
    assert form.editor("name").raw() == "单于试"
    window.show_place("today")
    settle(people.desk)
    window.show_place("people", new=True)
    settle(people.desk)
    assert form.editor("name").raw() == "单于试"


def test_new_record_is_marked_in_the_list(people: RecordsPage, settle) -> None:
    """A new resident appears in the list with the mark on it."""
    home = browse.listing(people.desk.session, Query("household"))
    row = browse.rows(people.desk.session, "household", home[:1])[0]
    people.new(household_id=row.id)
    settle(people.desk)
    form = people.detail.form
    for key, text in (("name", "测试甲"), ("relation_code", "99"), ("sex_code", "1")):
        form.editor(key).set_raw(text)
    people.save()
    settle(people.desk)
    assert people.detail.record is not None, [one.problem.text() for one in form._fields.values()]
    current = people.list.table.current_row_id()
    assert people.list.model.row(people.list.model.row_of(current)).id == people.detail.record.id


def test_narrow_window_shows_one_thing_at_a_time(window: Window, people: RecordsPage, settle) -> None:
    """Below 1280 the record is a page of its own, and Esc leads back to the list."""
    window.resize(1120, 640)
    settle(people.desk)
    _open_row(people, settle)
    assert people.detail.isVisible()
    assert not people.list.isVisible()
    assert people.back()
    assert people.list.isVisible()
    assert not people.detail.isVisible()
    window.resize(1366, 768)
    _open_row(people, settle)
    assert people.detail.isVisible()
    assert people.list.isVisible()


def test_a_move_asks_in_the_page_and_changes_the_state(hazards: RecordsPage, settle) -> None:
    """A move asks for its fields in a panel, says what is missing, and leads to the next state."""
    hazards.list.state.setCurrentIndex(hazards.list.state.findData("found"))
    settle(hazards.desk)
    if not hazards.list.model.rowCount():
        _report_hazard(hazards, settle)
    _open_row(hazards, settle)
    moves = hazards.detail.moves
    _press(moves._buttons, "登记")
    assert moves.is_open()
    asked = moves._asked
    asked._editors["description"].set_raw("")
    moves.confirm.click()
    settle(hazards.desk)
    assert asked._labelled["description"].problem.text() == "请填写隐患描述。"
    assert hazards.detail.record.status == "found"
    assert moves.is_open()
    asked._editors["description"].set_raw("楼道堆放纸箱")
    moves.confirm.click()
    settle(hazards.desk)
    assert hazards.detail.record.status == "registered", moves.banner._text.text()
    assert not moves.is_open()
    assert hazards.detail._state.text() == "已登记"
    assert not moves.confirm.isVisible()


def _begun_move(hazards: RecordsPage, settle) -> DetailCard:
    """A hazard under way with a measure half typed into its next move."""
    hazards.list.state.setCurrentIndex(hazards.list.state.findData("rectifying"))
    settle(hazards.desk)
    _open_row(hazards, settle)
    moves = hazards.detail.moves
    _press(moves._buttons, "整改完成")
    QTest.keyClicks(moves._asked._editors["measure"].focus_target(), "half")
    return hazards.detail


def test_a_half_filled_move_comes_back_after_a_crash(hazards: RecordsPage, settle, qtbot) -> None:
    """What was typed into a move is kept a moment later, and another window opens the record where it was left."""
    detail = _begun_move(hazards, settle)
    typed = detail.moves._asked._editors["measure"].raw()
    assert typed.endswith("half") or typed.startswith("half")
    qtbot.waitUntil(lambda: not detail.moves._timer.isActive())
    settle(hazards.desk)
    assert "整改完成没办完" in unfinished.unfinished(hazards.desk.session)[0].title
    again = DetailCard(hazards.desk, hazards.ledger)
    again.open(detail.record.id)
    settle(hazards.desk)
    assert again.moves.is_open()
    assert again.moves._asked._editors["measure"].raw() == typed
    assert "没办完" in again.moves.banner._text.text()
    again.deleteLater()


def test_a_half_filled_move_outlives_leaving_and_the_next_record(hazards: RecordsPage, settle) -> None:
    """Leaving at once keeps it without a pause; a new record beside it does not take its place."""
    detail = _begun_move(hazards, settle)
    record_id, typed = detail.record.id, detail.moves._asked._editors["measure"].raw()
    hazards.leave()
    settle(hazards.desk)
    assert move_drafts.load(hazards.desk.session, "hazard", record_id).raw == {"measure": typed}
    hazards.new()
    settle(hazards.desk)
    assert not detail.moves.is_open()
    hazards.enter(record_id=record_id)
    settle(hazards.desk)
    assert detail.moves._asked._editors["measure"].raw() == typed
    assert not detail.moves._asked.isAncestorOf(QApplication.focusWidget())


def test_a_move_given_up_or_made_leaves_no_draft(hazards: RecordsPage, settle) -> None:
    """先不办 throws away what was typed; so does the move itself, which keeps it in the record."""
    detail = _begun_move(hazards, settle)
    session, record_id = hazards.desk.session, detail.record.id
    detail.moves.keep_draft()
    settle(hazards.desk)
    assert move_drafts.load(session, "hazard", record_id)
    detail.moves.close_panel()
    settle(hazards.desk)
    assert move_drafts.load(session, "hazard", record_id) is None
    _press(detail.moves._buttons, "整改完成")
    editors = detail.moves._asked._editors
    editors["measure"].set_raw("换了新线")
    editors["rectified_on"].set_raw(session.today().isoformat())
    detail.moves._edited()
    detail.moves.keep_draft()
    detail.moves.confirm.click()
    settle(hazards.desk)
    assert detail.record.status != "rectifying", detail.moves.banner._text.text()
    assert move_drafts.load(session, "hazard", record_id) is None


def test_a_refused_move_says_why_in_the_page(hazards: RecordsPage, settle) -> None:
    """Putting right before it was found is refused with the reason, and what was typed stays."""
    hazards.list.state.setCurrentIndex(hazards.list.state.findData("rectifying"))
    settle(hazards.desk)
    if not hazards.list.model.rowCount():
        pytest.fail("the demo has no hazard under way")
    _open_row(hazards, settle)
    moves = hazards.detail.moves
    _press(moves._buttons, "整改完成")
    moves._asked._editors["rectified_on"].set_raw("2001-01-01")
    moves.confirm.click()
    settle(hazards.desk)
    assert "不能早于排查日期" in moves.banner._text.text()
    assert moves._asked._editors["rectified_on"].raw() == "2001-01-01"
    assert hazards.detail.record.status == "rectifying"


def test_history_tells_the_newest_step_first(people: RecordsPage, settle) -> None:
    """After a change the first line of the history says from what to what."""
    _open_row(people, settle)
    line = people.detail.form.editor("contact").focus_target()
    _type(line, "15412345678")
    people.save()
    settle(people.desk)
    people.detail._past_title.setChecked(True)
    settle(people.desk)
    first = people.detail.past._column.itemAt(0).widget()
    said = " ".join(one.text() for one in first.findChildren(QLabel))
    assert "修改" in said
    assert "联系方式" in said
    assert "15412345678" in said


def test_household_shows_its_members_and_leads_to_them(window: Window, desk: Desk, settle) -> None:
    """A household's card names who lives there; a press opens the person."""
    homes = _go(window, desk, settle, "homes")
    row = next(row for row in range(homes.list.model.rowCount()) if _cell(homes, row, "head_person_id"))
    _open_row(homes, settle, row)
    members = [one for one in homes.detail.around.findChildren(QPushButton) if "打开居民" in one.accessibleName()]
    assert members
    members[0].click()
    settle(desk)
    assert window.page.ledger_key == "person"
    assert window.page.detail.record.values["name"] == members[0].text()


@pytest.mark.parametrize("place", ["homes", "people", "visits", "hazards", "wishes", "exchange", "settings"])
def test_everything_one_can_use_has_a_name(window: Window, desk: Desk, settle, place: str) -> None:
    """No button and no input is silent to a screen reader."""
    window.show_place(place)
    settle(desk)
    page = window.page
    if isinstance(page, RecordsPage):
        _open_row(page, settle)
    nameless = [
        one
        for kind in (QAbstractButton, QLineEdit, QPlainTextEdit)
        for one in page.findChildren(kind)
        if not (one.accessibleName() or getattr(one, "text", str)().strip())
        and one.isVisible()
        and one.focusPolicy() != Qt.FocusPolicy.NoFocus
    ]
    assert nameless == []


def _press(holder, text: str) -> None:
    next(one for one in holder.findChildren(QPushButton) if one.text().strip() == text).click()


def _report_hazard(page: RecordsPage, settle) -> None:
    page.new()
    settle(page.desk)
    for key, text in (("place", "1号楼 1单元"), ("hazard_type", "用电"), ("description", "插座松动")):
        page.detail.form.editor(key).set_raw(text)
    page.save()
    settle(page.desk)
    page.refresh()
    settle(page.desk)
