"""Lists of dated matters tell their cards in words and can be narrowed to them; a case's moves are told apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from gridworker.ledger.record import Record
from gridworker.operations import browse, flags
from gridworker.operations.browse import Condition, Query
from gridworker.store.query import Query as StoredQuery
from ui.desk import Desk
from ui.records.moves import MovesPanel
from ui.records.page import RecordsPage
from ui.records.source import CARD
from ui.window import Window

Settle = Callable[[Desk], None]


@pytest.fixture
def cases(window: Window, desk: Desk, settle: Settle) -> RecordsPage:
    """The page of cases, read."""
    window.show_place("cases")
    settle(desk)
    page = next(one for one in window.findChildren(RecordsPage) if one.ledger_key == "case")
    assert page.isVisible()
    return page


def _in_state(desk: Desk, state: str) -> Record:
    with desk.session.store.read() as tx:
        return tx.records("case", tx.select(StoredQuery("case", (Condition("status", "is", state),))))[0]


def _column(page: RecordsPage, key: str) -> int:
    return next(place for place, one in enumerate(page.list.model.columns) if one.key == key)


def _texts(page: RecordsPage, key: str, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> list[str]:
    model, place = page.list.model, _column(page, key)
    return [str(model.index(row, place).data(role)) for row in range(model.rowCount())]


def test_a_late_case_says_so_in_words_and_by_how_much(cases: RecordsPage) -> None:
    """The card is text in a column that is in sight, and a whole sentence for a tooltip and a screen reader."""
    shown = _texts(cases, CARD)
    assert {"超期", "红牌"} & set(shown)
    assert not cases.list.table.isColumnHidden(_column(cases, CARD))
    late = next(row for row, text in enumerate(shown) if text in ("超期", "红牌"))
    for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        assert "办结时限" in _texts(cases, CARD, role)[late]
        assert "超期" in _texts(cases, CARD, role)[late]


def test_what_is_settled_or_suspended_has_no_card(cases: RecordsPage) -> None:
    """A clock that stands still, or has stopped, presses nobody."""
    for state, card in zip(_texts(cases, "status"), _texts(cases, CARD), strict=True):
        assert not card or state in ("已受理", "已派遣", "处置中", "待核查")


def test_a_list_is_narrowed_to_what_is_late_by_keys(cases: RecordsPage, desk: Desk, settle: Settle) -> None:
    """已超期 is a choice beside the states; it leaves the late ones and nothing else, and all come back."""
    before = cases.list.model.rowCount()
    choice = cases.list.state
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Down)
    assert choice.currentText() == flags.LABELS[flags.LATE]
    settle(desk)
    assert 0 < cases.list.model.rowCount() < before
    assert set(_texts(cases, CARD)) <= {"超期", "红牌"}
    expected = {one for one, told in flags.flags(desk.session, "case").items() if told.flag != "yellow"}
    assert cases.list.model.rowCount() == len(expected)
    choice.setCurrentIndex(0)
    settle(desk)
    assert cases.list.model.rowCount() == before


def test_a_ledger_without_dates_to_keep_has_no_such_choice(window: Window, desk: Desk, settle: Settle) -> None:
    """Activities owe nothing."""
    window.show_place("activity")
    settle(desk)
    page = next(one for one in window.findChildren(RecordsPage) if one.ledger_key == "activity")
    assert page.list.state.findText(flags.LABELS[flags.LATE]) < 0
    assert CARD not in [column.key for column in page.list.model.columns]


def _moves(page: RecordsPage) -> MovesPanel:
    return page.detail.moves


def _buttons(panel: MovesPanel) -> dict[str, QPushButton]:
    return {one.text(): one for one in panel.findChildren(QPushButton) if one.isVisible()}


def _focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found
    return found


def test_the_likely_moves_come_first_and_the_rest_is_one_key_away(
    cases: RecordsPage, desk: Desk, settle: Settle
) -> None:
    """Of eight moves two are offered at once; the others, with what cannot be done now and why, are folded."""
    desk.open_record("case", _in_state(desk, "disposing").id)
    settle(desk)
    panel = _moves(cases)
    assert next(iter(_buttons(panel))) == "处置完成"
    assert "督办" not in _buttons(panel)
    assert panel.more
    panel.more.setFocus()
    QTest.keyClick(panel.more, Qt.Key.Key_Space)
    shown = _buttons(panel)
    assert {"申请延期", "升级吹哨", "督办", "同意延期"} <= set(shown)
    closed = shown["同意延期"]
    assert not closed.isEnabled()
    assert closed.toolTip() == closed.accessibleDescription() == "没有等待审批的延期申请。"
    assert "同意延期：没有等待审批的延期申请。" in panel._refused.text()
    QTest.keyClick(panel.more, Qt.Key.Key_Space)
    assert "督办" not in _buttons(panel)


def test_a_case_is_moved_by_keys_alone(cases: RecordsPage, desk: Desk, settle: Settle) -> None:
    """From the list to the record, to its move, through the fields, to the confirmation."""
    record = _in_state(desk, "reported")
    choice = cases.list.state
    choice.setCurrentIndex(choice.findText("已上报"))
    settle(desk)
    table = cases.list.table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Home)
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle(desk)
    opened = cases.detail.record
    assert opened
    panel = _moves(cases)
    _buttons(panel)["不受理"].setFocus()
    QTest.keyClick(_focused(), Qt.Key.Key_Return)
    settle(desk)
    panel.confirm.click()
    assert "请填写原因。" in [one.text() for one in panel._asked.findChildren(type(panel._refused))]  # type: ignore[union-attr]
    reason = _focused()
    # The one thing that must be told stands first, and the mistake leads to it.
    QTest.keyClicks(reason, "same as last week")
    QTest.keyClick(reason, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settle(desk)
    assert browse.record(desk.session, opened.id).status == "declined"
    assert record.status == "reported"
    assert browse.listing(desk.session, Query("case", (Condition("status", "is", "declined"),)))
