"""What a person does without a mouse: where the focus is after each key, and that she sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from gridworker.operations import drafts
from ui.desk import Desk
from ui.pages.registry import PLACES
from ui.pages.today import TodayPage
from ui.records.page import RecordsPage
from ui.window import Window

Settle = Callable[[Desk], None]
"""Waits until every job is over."""


def _first(page: RecordsPage) -> str:
    row = page.list.model.row(0)
    assert row is not None
    return row.id


@pytest.mark.parametrize("place", [one.key for one in PLACES])
def test_a_place_that_is_come_to_shows_where_the_focus_is(
    window: Window, desk: Desk, settle: Settle, place: str
) -> None:
    """The page itself has no edge that could show it."""
    window.show_place(place)
    settle(desk)
    focused = window.focusWidget()
    assert focused is not None
    assert focused is not window.page
    assert window.page.isAncestorOf(focused)
    assert not focused.visibleRegion().isEmpty()


def test_coming_to_a_list_opens_no_record_and_down_opens_the_first(window: Window, desk: Desk, settle: Settle) -> None:
    """The list has the focus; what is looked at is for her to say."""
    window.show_place("people")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    QTest.qWait(200)
    assert page.list.table.hasFocus()
    assert not page.is_open()
    QTest.keyClick(page.list.table, Qt.Key.Key_Down)
    assert page.list.table.currentIndex().row() == 0


def test_enter_steps_into_the_record_and_escape_out_again(window: Window, desk: Desk, settle: Settle) -> None:
    """From a row to the record without going through everything between."""
    window.show_place("people")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    QTest.keyClick(page.list.table, Qt.Key.Key_Down)
    QTest.keyClick(page.list.table, Qt.Key.Key_Return)
    settle(desk)
    assert page.detail.isAncestorOf(window.focusWidget())
    page.back()
    assert page.list.table.hasFocus()


def test_leaving_a_form_over_an_empty_list_leads_to_no_other_place(window: Window, desk: Desk, settle: Settle) -> None:
    """The navigation got the focus, where the next Enter led away from the page."""
    window.show_place("dispute")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    page.list.filter_by("没有这样的记录")
    settle(desk)
    page.new()
    settle(desk)
    page.back()
    assert page.list.filter.hasFocus()


def test_what_a_save_warns_of_is_in_sight_wherever_the_form_stands(window: Window, desk: Desk, settle: Settle) -> None:
    """Whoever saves at the foot of a long form reads it as well."""
    window.show_place("people")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    page.new()
    settle(desk)
    page.detail.area.verticalScrollBar().setValue(page.detail.area.verticalScrollBar().maximum())
    page.detail.banner.say("已保存。还没有登记告知日期。", tone="warn")
    settle(desk)
    assert page.detail.banner.visibleRegion().boundingRect().height() == page.detail.banner.height()
    page.detail.banner.hide()
    held = page.detail.banner.parentWidget()
    assert held is not None
    assert held.isHidden()


def test_tab_goes_from_the_line_of_drafts_to_the_drafts(window: Window, desk: Desk, settle: Settle) -> None:
    """They are made later than everything below them."""
    page = window.page
    assert isinstance(page, TodayPage)
    drafts.keep(desk.session, "person:new", "person", {"name": "张建国"})
    page.refresh()
    settle(desk)
    head = page.drafts.head
    head.click()
    head.setFocus()
    QTest.keyClick(head, Qt.Key.Key_Tab)
    assert window.focusWidget().accessibleName().startswith("接着写：")


def test_escape_leads_back_to_the_record_that_led_here(window: Window, desk: Desk, settle: Settle) -> None:
    """From a household to a new resident of it, and after the save back to the household."""
    window.show_place("homes")
    settle(desk)
    homes = window.page
    assert isinstance(homes, RecordsPage)
    home_id = _first(homes)
    homes._open(home_id)
    settle(desk)
    desk.open_page("people", new=True, given={"household_id": home_id})
    settle(desk)
    assert window.page is not homes
    window._go_back()
    settle(desk)
    assert window.page is homes
    assert homes.detail.record is not None
    assert homes.detail.record.id == home_id
    window._go_back()
    assert window.page is homes


def test_a_place_chosen_by_its_name_is_not_left_by_escape(window: Window, desk: Desk, settle: Settle) -> None:
    """Only what led here is led back to."""
    desk.open_page("people")
    settle(desk)
    window.show_place("visits")
    settle(desk)
    window._go_back()
    assert isinstance(window.page, RecordsPage)
    assert window.page.ledger_key == "visit"


def test_escape_in_the_search_closes_no_record(window: Window, desk: Desk, settle: Settle) -> None:
    """It leaves the search, and what stands beside the list stays."""
    window.show_place("homes")
    settle(desk)
    homes = window.page
    assert isinstance(homes, RecordsPage)
    homes._open(_first(homes))
    settle(desk)
    window._focus_search()
    window._go_back()
    assert homes.is_open()
    assert not window.search.hasFocus()


def _open_with_steps(window: Window, desk: Desk, settle: Settle) -> RecordsPage:
    window.show_place("wishes")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    for row in range(page.list.model.rowCount()):
        shown = page.list.model.row(row)
        assert shown is not None
        page._open(shown.id)
        settle(desk)
        if any(offer.allowed and offer.move.asks for offer in page.detail.moves._offers):
            return page
    raise AssertionError("no wish has a step left")


def test_tab_goes_from_the_head_of_a_record_to_its_next_steps(window: Window, desk: Desk, settle: Settle) -> None:
    """They are made anew with every record, and Qt sends what is made later to the end of the window."""
    page = _open_with_steps(window, desk, settle)
    page.detail.close_button.setFocus()
    QTest.keyClick(page.detail.close_button, Qt.Key.Key_Tab)
    assert page.detail.moves.isAncestorOf(window.focusWidget())


def test_leaving_a_step_leaves_the_focus_among_the_steps(window: Window, desk: Desk, settle: Settle) -> None:
    """It went to the navigation, where the next Enter leads away."""
    page = _open_with_steps(window, desk, settle)
    moves = page.detail.moves
    offer = next(one for one in moves._offers if one.allowed and one.move.asks)
    moves._begin(offer.move)
    settle(desk)
    assert moves.isAncestorOf(window.focusWidget())
    moves.close_panel()
    settle(desk)
    assert moves.isAncestorOf(window.focusWidget())


def test_leaving_an_act_leaves_the_focus_around_the_record(window: Window, desk: Desk, settle: Settle) -> None:
    """The panel goes and takes no focus with it."""
    window.show_place("homes")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    page._open(_first(page))
    settle(desk)
    around = page.detail.around
    assert around is not None
    around.grave.click()  # type: ignore[attr-defined]
    settle(desk)
    assert around.panel is not None
    assert around.panel.isAncestorOf(window.focusWidget())
    around.close_panel()
    settle(desk)
    assert around.isAncestorOf(window.focusWidget())


def test_what_was_said_of_an_act_goes_when_it_is_taken_back(window: Window, desk: Desk, settle: Settle) -> None:
    """The new household of a split stood on the screen after the split was undone."""
    window.show_place("homes")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    page._open(_first(page))
    settle(desk)
    page.detail.form.editor("remark").set_raw("楼上漏水")
    page.save()
    settle(desk)
    page.detail.banner.say("已分户，新住户 904。", tone="warn")
    page.undo()
    settle(desk)
    assert page.detail.banner.isHidden()


def test_a_deletion_from_the_list_is_offered_back_though_its_record_was_open(
    window: Window, desk: Desk, settle: Settle
) -> None:
    """The card that showed the record went, and the only word about it with it."""
    window.show_place("people")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    first = _first(page)
    page._open(first)
    settle(desk)
    page.list.delete_requested.emit(first)
    settle(desk)
    assert not page.is_open()
    assert page._strip.isVisible()
    page._strip.take_back()
    settle(desk)
    assert _first(page) == first


def test_a_step_that_asks_nothing_is_not_taken_by_one_press(window: Window, desk: Desk, settle: Settle) -> None:
    """No step can be taken back, so that a slip of the hand must not take one; Enter twice does."""
    window.show_place("cases")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    moves = page.detail.moves
    asking_nothing = None
    for row in range(page.list.model.rowCount()):
        shown = page.list.model.row(row)
        assert shown is not None
        page._open(shown.id)
        settle(desk)
        free = (one.move for one in moves._offers if one.allowed and not one.move.asks and not one.move.reason)
        asking_nothing = next(free, None)
        if asking_nothing is not None:
            break
    assert asking_nothing is not None
    assert page.detail.record is not None
    before = page.detail.record.status
    moves._begin(asking_nothing)
    settle(desk)
    assert page.detail.record.status == before
    assert moves.confirm.hasFocus()
    QTest.keyClick(moves.confirm, Qt.Key.Key_Return)
    settle(desk)
    assert page.detail.record.status == asking_nothing.target


def test_the_name_of_the_place_that_is_shown_is_in_sight(window: Window, desk: Desk, settle: Settle) -> None:
    """On a low screen the places scroll, and the key of the last one led to a page with no name marked."""
    window.resize(1120, 640)
    settle(desk)
    for key in ("exchange", "today"):
        window.show_place(key)
        settle(desk)
        entry = window._navigation[key]
        assert entry.visibleRegion().boundingRect().height() == entry.height()


def test_the_search_sign_follows_the_theme(window: Window, desk: Desk) -> None:
    """Dark on dark it was as good as gone."""
    sign = window.search.actions()[0]
    before = sign.icon().cacheKey()
    desk.change_settings(theme="dark")
    after = sign.icon().cacheKey()
    desk.change_settings(theme="light")
    assert before != after


def test_with_the_day_done_no_visit_of_a_later_day_is_begun(window: Window, desk: Desk, settle: Settle) -> None:
    """保存并下一户 led back to the household just visited, whose next visit is due in a week."""
    page = window.page
    assert isinstance(page, TodayPage)
    day = page.tasks_card.day
    later = tuple(one for one in day.keys if one.group not in {"overdue", "today"})
    assert any(one.kind == "visit" for one in later)
    page.tasks_card.day = replace(day, keys=later)
    assert page.tasks_card.first_visit() is None
    page.tasks_card.day = day
    settle(desk)


def test_an_empty_grid_begins_with_a_household(window: Window, desk: Desk, settle: Settle) -> None:
    """There is nobody to visit; the page of imports was opened without a word instead."""
    page = window.page
    assert isinstance(page, TodayPage)
    page.rooms_card.buildings = []
    page.rooms_card.buildings_known.emit()
    assert window._primary.accessibleName() == "新建住户"
    window._act()
    settle(desk)
    assert isinstance(window.page, RecordsPage)
    assert window.page.is_open()


def test_what_the_steps_have_written_is_read_beside_the_next_step(window: Window, desk: Desk, settle: Settle) -> None:
    """Who verifies a case reads what was done about it: its result stood in no part of the card."""
    window.show_place("cases")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    page.list.bar.state.setCurrentIndex(page.list.bar.state.findData("disposed"))
    settle(desk)
    page._open(_first(page))
    settle(desk)
    record = page.detail.record
    assert record is not None
    said = [one.text() for one in page.detail.course.findChildren(QLabel)]
    assert page.detail.course.isVisible()
    assert record.values["dispose_result"] in said
    assert "主办单位" in said
    page.new()
    settle(desk)
    assert page.detail.course.isHidden()


def test_the_card_of_who_is_gone_says_so_in_its_head(window: Window, desk: Desk, settle: Settle) -> None:
    """Without it the card of the dead read like one that lacks a household."""
    window.show_place("people")
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    page._open(_first(page))
    settle(desk)
    assert page.detail._state.isHidden()
    last = page.list.model.rowCount() - 1
    page.list.table.scrollToBottom()
    settle(desk)
    gone = page.list.model.row(last)
    assert gone is not None
    page._open(gone.id)
    settle(desk)
    assert page.detail._state.isVisible()
    assert page.detail._state.text() in {"迁出", "死亡"}
