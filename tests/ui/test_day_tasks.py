"""待办: cards and attempts in words, any ledger's task opened, one put off and brought back, forgotten buildings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from gridworker.operations import campaigns, plan, save
from gridworker.operations.plan import DueItem
from ui.day.folded import Folded
from ui.day.task_rows import TaskDelegate
from ui.desk import Desk
from ui.pages.registry import place_of_ledger
from ui.pages.today import TodayPage
from ui.tasks import TaskList
from ui.window import Window

Settle = Callable[[Desk], None]
TODAY = date(2026, 4, 21)
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(window: Window) -> TodayPage:
    """The page, with what it asked for answered."""
    found = window.page
    assert isinstance(found, TodayPage)
    return found


def _item(**facts: object) -> DueItem:
    plain = DueItem(
        "h1", "走访 李秀英", "3号楼 501", TODAY, 0, "today", "每月探访", "key", None, "visit", "h1", "visit:h1"
    )
    return replace(plain, **facts)


def _rows(part: Folded) -> list[QPushButton]:
    return [one for one in part._list.findChildren(QPushButton) if not one.isHidden()]


def _key_of(page: TodayPage) -> str:
    item = page.tasks.item()
    return item.key if item else ""


def _open_panel(page: TodayPage) -> None:
    page.tasks.setFocus()
    QTest.keyClick(page.tasks, Qt.Key.Key_D, CONTROL)
    assert page.tasks_card.put_off.isVisible()


def test_what_must_be_told_of_a_task_is_said_in_words(dressed: QApplication) -> None:
    """Attempts, the card and the unknown holidays are spoken and make the row taller; a plain row stays as it was."""
    tasks = TaskList()
    told = _item(attempts=2, flag="yellow", note="该年放假安排未导入。", key="visit:other", household_id="h2")
    tasks.show_items([_item(), told], TODAY)
    plain, full = (tasks.tasks.index(row) for row in (1, 2))
    spoken = str(full.data(Qt.ItemDataRole.AccessibleTextRole))
    assert "黄牌" in spoken
    assert "上门 2 次未见 · 该年放假安排未导入" in spoken
    assert "牌" not in str(plain.data(Qt.ItemDataRole.AccessibleTextRole))
    delegate = tasks.itemDelegate()
    assert isinstance(delegate, TaskDelegate)
    heights = [tasks.visualRect(index).height() for index in (plain, full)]
    assert heights[1] > heights[0]


def test_choosing_a_household_keeps_the_chosen_one_of_its_rows(dressed: QApplication) -> None:
    """A home with a hazard and two visits due: looking at it marks no other row than the one that was chosen."""
    tasks = TaskList()
    hazard = _item(kind="hazard", record_id="z9", key="hazard:z9:deadline", title="隐患整改")
    again = _item(key="visit:v7:follow_up_on", title="回访 李秀英")
    tasks.show_items([hazard, _item(), again], TODAY)
    tasks.choose("h1")
    assert tasks.item() == _item()
    tasks.choose(again.key)
    tasks.choose("h1")
    assert tasks.item() == again
    tasks.show_items([hazard, _item(), again], TODAY)
    assert tasks.item() == again
    assert tasks.tasks.item(QModelIndex()) is None


def test_enter_opens_a_task_of_any_ledger(page: TodayPage, window: Window, desk: Desk, settle: Settle) -> None:
    """Enter on an opinion goes to the opinion itself, not to a visit of its household."""
    save.save(desk.session, "opinion", {"content": "路灯不亮", "due_at": f"{desk.session.today()} 18:00"})
    page.refresh()
    settle(desk)
    item = next(one for one in plan.due(desk.session) if one.kind not in ("visit", "wish"))
    page.tasks.choose(item.key)
    page.tasks.setFocus()
    QTest.keyClick(page.tasks, Qt.Key.Key_Return)
    settle(desk)
    assert window.spot() == (place_of_ledger(item.kind), {"record_id": item.record_id})


def test_a_task_is_put_off_with_a_reason_and_comes_back(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """Ctrl+D asks day and reason; refusals stand under their field; it leaves the list, and 放回 returns it."""
    key, panel = _key_of(page), page.tasks_card.put_off
    _open_panel(page)
    QTest.keyClick(panel.day.line, Qt.Key.Key_Return)
    settle(desk)
    assert "为什么推迟" in panel._labelled["reason"].problem.text()
    assert page.window().focusWidget() is panel.reason.line
    panel.reason.set_raw("住户出差")
    panel.day.set_raw((desk.session.today() + timedelta(days=400)).isoformat())
    QTest.keyClick(panel.reason.line, Qt.Key.Key_Return)
    settle(desk)
    assert "最多推迟到" in panel._labelled["until"].problem.text()
    assert panel.day.line.accessibleDescription() == panel._labelled["until"].problem.text()
    assert panel.reason.raw() == "住户出差"
    panel.day.set_raw((desk.session.today() + timedelta(days=1)).isoformat())
    QTest.keyClick(panel.day.line, Qt.Key.Key_Return)
    settle(desk)
    assert not panel.isVisible()
    # Nothing was left for today: the keys are at the way to what comes later.
    assert page.window().focusWidget() in (page.tasks, page.tasks_card._empty.action)
    assert key not in [one.key for one in plan.due(desk.session)]
    assert not page.tasks.tasks.find(key).isValid()
    waiting = page.tasks_card.waiting
    assert waiting.head.accessibleName() == "推迟的 1"
    assert not waiting._list.isVisible()
    waiting.head.setFocus()
    QTest.keyClick(waiting.head, Qt.Key.Key_Space)
    QTest.keyClick(waiting.head, Qt.Key.Key_Tab)
    assert page.window().focusWidget() is _rows(waiting)[0]
    assert "放回：" in _rows(waiting)[0].accessibleName()
    QTest.keyClick(_rows(waiting)[0], Qt.Key.Key_Return)
    settle(desk)
    assert key in [one.key for one in plan.due(desk.session)]
    assert page.tasks.tasks.find(key).isValid()
    assert not waiting.isVisible()


def test_undo_brings_back_what_was_put_off(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """Ctrl+Z right after 推迟 returns the task and touches no visit."""
    key = _key_of(page)
    _open_panel(page)
    page.tasks_card.put_off.reason.set_raw("住户出差")
    page.tasks_card.put_off.send()
    settle(desk)
    assert page.tasks_card.strip.isVisible()
    page.undo()
    settle(desk)
    assert key in [one.key for one in plan.due(desk.session)]


def test_escape_leaves_the_panel_and_puts_nothing_off(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """Esc closes the panel first and the keys are in the list again."""
    _open_panel(page)
    page.tasks_card.put_off.reason.set_raw("住户出差")
    QTest.keyClick(page.window(), Qt.Key.Key_Escape)
    settle(desk)
    assert not page.tasks_card.put_off.isVisible()
    assert page.window().focusWidget() is page.tasks
    assert plan.put_off_items(desk.session) == []


def test_a_forgotten_building_leads_to_its_rooms(page: TodayPage, desk: Desk, settle: Settle) -> None:
    """The line counts the buildings nobody went to; a press on one shows its rooms and walks there."""
    with desk.session.store.read() as tx:
        home = tx.one("SELECT compound_name, building_no FROM household ORDER BY building_no DESC LIMIT 1")
    desk.session.store.write(
        lambda tx: tx.execute(
            "UPDATE household SET last_visited_at='2020-01-05T09:00+08:00' WHERE compound_name=? AND building_no=?",
            home,
        )
    )
    page.refresh()
    settle(desk)
    found = campaigns.forgotten_buildings(desk.session)
    assert found
    line = page.tasks_card.forgotten
    assert line.head.accessibleName() == f"{len(found)} 栋楼很久没有走到"
    assert not line._list.isVisible()
    line.head.click()
    _rows(line)[0].click()
    settle(desk)
    assert page.rooms_card.building.currentText() == found[0].building
    assert page.window().focusWidget() is page.rooms
