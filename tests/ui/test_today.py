"""The page of the day: choosing, recording, going on, taking back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from gridworker.ledger.record import Record
from gridworker.operations import drafts, plan
from gridworker.store.query import Condition, Query
from ui.desk import Desk
from ui.pages.today import TodayPage
from ui.window import Window

Settle = Callable[[Desk], None]


@pytest.fixture
def page(window: Window) -> TodayPage:
    """The page, with what it asked for answered."""
    found = window.page
    assert isinstance(found, TodayPage)
    return found


def _visits(desk: Desk, household_id: str) -> list[Record]:
    with desk.session.store.read() as tx:
        where = (Condition("household_id", "is", household_id),)
        return tx.records("visit", tx.select(Query("visit", where)))


def _write(page: TodayPage, text: str) -> None:
    page.visit.form.editor("raised_issue").set_raw(text)
    page.visit.form.editor("raised_issue").edited.emit()


def test_the_first_due_visit_is_ready(page: TodayPage, desk: Desk) -> None:
    """List, room plan and form show the same household, without a key pressed."""
    first = next(item for item in plan.due(desk.session) if item.kind == "visit")
    assert page.visit.household == first.household_id
    assert page.rooms.household() == first.household_id
    assert page.tasks.tasks.item(page.tasks.currentIndex()).household_id == first.household_id


def test_a_room_opens_its_visit(page: TodayPage, desk: Desk, settle: Settle, qtbot: object) -> None:
    """Arrows in the room plan move the form along; Enter puts the cursor where writing begins."""
    page.rooms.setFocus()
    before = page.rooms.household()
    qtbot.keyClick(page.rooms, Qt.Key.Key_Down)
    settle(desk)
    if page.rooms.household() == before:
        qtbot.keyClick(page.rooms, Qt.Key.Key_Up)
        settle(desk)
    assert page.rooms.household() != before
    assert page.visit.household == page.rooms.household()
    qtbot.keyClick(page.rooms, Qt.Key.Key_Return)
    assert page.window().focusWidget() is page.visit.form.editor("raised_issue").focus_target()


def test_save_and_next(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """保存并下一户 writes one visit, offers to take it back and goes to the next household due."""
    here = page.visit.household
    expected = page.tasks.tasks.after(here)
    known = len(_visits(desk, here))
    _write(page, "一切正常")
    page.save_and_next()
    settle(desk)
    assert len(_visits(desk, here)) == known + 1
    assert page.visit.household == expected.household_id != here
    assert page.visit.form.raw()["raised_issue"] == ""
    assert page.visit.strip.isVisible()
    assert page.rooms.household() in ("", page.visit.household)


def test_saving_twice_makes_one_visit(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """After 保存 the saved visit stays in the form; a second press changes it."""
    here = page.visit.household
    known = len(_visits(desk, here))
    _write(page, "一切正常")
    page.save()
    settle(desk)
    _write(page, "一切正常，灯已修好")
    page.save()
    settle(desk)
    visits = _visits(desk, here)
    assert len(visits) == known + 1
    assert "一切正常，灯已修好" in [visit.values.get("raised_issue") for visit in visits]


def test_the_head_of_the_visit_tells_of_the_one_just_saved(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """保存 stays in the form, and above it no older day than today is named as the last visit."""
    _write(page, "一切正常")
    assert "今天走访过" not in page.visit._head._people._whole
    page.save()
    settle(desk)
    assert "今天走访过" in page.visit._head._people._whole


def test_two_quick_presses_save_once(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """A second press while the first save is under way does nothing."""
    here = page.visit.household
    known = len(_visits(desk, here))
    page.save_and_next()
    page.save_and_next()
    settle(desk)
    assert len(_visits(desk, here)) == known + 1


def test_undo_takes_the_visit_back_and_returns_what_was_typed(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """撤销 removes the visit and shows its text again in the form of its household."""
    here = page.visit.household
    known = len(_visits(desk, here))
    _write(page, "写错了一户")
    line = page.visit.form.editor("interviewee_id").focus_target()
    interviewee, name = line.chosen, line.text()
    assert interviewee
    assert name != interviewee
    page.save_and_next()
    settle(desk)
    page.visit.strip.take_back()
    settle(desk)
    settle(desk)
    assert len(_visits(desk, here)) == known
    assert page.visit.household == here
    assert page.visit.form.raw()["raised_issue"] == "写错了一户"
    assert page.tasks.tasks.item(page.tasks.currentIndex()).household_id == here
    who = page.visit.form.editor("interviewee_id").focus_target()
    assert (who.chosen, who.text()) == (interviewee, name)


def test_nobody_met_asks_why(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """否 shows the question why; without an answer the save is refused beside it and nothing is written."""
    form = page.visit.form
    here, known = page.visit.household, len(_visits(desk, page.visit.household))
    assert not form.editor("unmet_reason").isVisible()
    form.editor("met").set_raw("否")
    form.editor("met").edited.emit()
    assert form.editor("unmet_reason").isVisible()
    page.save()
    settle(desk)
    assert len(_visits(desk, here)) == known
    assert "未见原因" in form.editor("unmet_reason").focus_target().accessibleDescription()


def test_another_household_keeps_the_draft(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """Half a sentence about one household is there again when one comes back to it."""
    here = page.visit.household
    _write(page, "话说到一半")
    other = next(cell.household_id for cell in page.rooms.rooms.plan.cells if cell.household_id != here)
    page.open_household(other)
    settle(desk)
    assert page.visit.form.raw()["raised_issue"] == ""
    page.open_household(here)
    settle(desk)
    assert page.visit.form.raw()["raised_issue"] == "话说到一半"


def test_closing_asks_nothing_and_loses_nothing(window: Window, page: TodayPage, desk: Desk) -> None:
    """The window closes at once, and what was typed a moment ago lies in the drafts."""
    here = page.visit.household
    _write(page, "刚打的字")
    assert window.close()
    kept = drafts.load(desk.session, f"visit:new:{here}")
    assert kept is not None
    assert kept.raw["raised_issue"] == "刚打的字"


def test_on_a_narrow_window_the_form_is_a_page_of_its_own(
    window: Window, page: TodayPage, desk: Desk, settle: Settle, qtbot: object
) -> None:
    """At the smallest size the form takes the place of the rooms, and Esc leads back."""
    window.resize(window.minimumSize())
    qtbot.wait(20)
    assert page.rooms.isVisible()
    assert not page.visit.isVisible()
    page._enter_room(page.rooms.rooms.plan.cells[0].household_id)
    settle(desk)
    assert page.visit.isVisible()
    assert not page.rooms.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    page.back()
    assert page.rooms.isVisible()
