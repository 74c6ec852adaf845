"""Old matters in the import window: what they come in as is shown, decided, and written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridworker.operations import browse
from gridworker.operations.browse import Query
from tests.exchange.office_workbooks import save
from ui.desk import Desk
from ui.importing.import_card import COLUMNS, ROWS, ImportCard
from ui.importing.rows_model import WHY
from ui.window import Window

HEAD = ["序号", "纠纷名称", "登记日期", "发生地点", "纠纷类型", "受理时间", "办结日期", "办理情况", "备注"]
SETTLED = [
    [number, f"漏水纠纷{number}", f"2024.3.{number + 1}", "3号楼𬭚巷口", "邻里", f"2024.3.{number + 2}", "2024.4.20",
     "已办结" if number % 3 else "已化解", None]
    for number in range(1, 13)
]  # fmt: skip
OPEN = [
    [13, "租金纠纷", "2025.3.5", "4号楼", "房屋租赁", "2025.3.6", None, "处理中", "䶮小明反映"],
    [14, "停车纠纷", "2025.4.15", "东门", "物业", None, None, "按程序走", None],
    [15, "堆物纠纷", "2025.4.16", "西门", "邻里", None, None, "按程序走", None],
]


@pytest.fixture
def card(window: Window, desk: Desk, settle, tmp_path: Path) -> ImportCard:
    """The wizard with a sheet of disputes, most of them settled, at its rows."""
    book = save(tmp_path / "纠纷.xlsx", [["矛盾纠纷排查化解台账"], HEAD, *SETTLED, *OPEN], ("A1:I1",))
    window.show_place("exchange", tab="import", ledger="dispute")
    settle(desk)
    card = window.page.importing
    card.read("dispute", str(book))
    settle(desk)
    assert card._stack.currentIndex() == COLUMNS, card.banner._text.text()
    card.next_step()
    assert card._stack.currentIndex() == ROWS
    return card


def _states(desk: Desk) -> dict[str, int]:
    rows = browse.rows(desk.session, "dispute", browse.listing(desk.session, Query("dispute")))
    found: dict[str, int] = {}
    for row in rows:
        found[row.status] = found.get(row.status, 0) + 1
    return found


def test_what_rows_come_in_as_is_said_before_anything_is_written(card: ImportCard, desk: Desk, settle) -> None:
    """Counted by state, the unknown named, the late ones promised to be shown; then it is so."""
    before = _states(desk)
    strip = card.rows.states
    assert strip.isVisible()
    assert "导入为：调解中 1 条、已归档 12 条；看不出的 2 条按“已登记”导入。" in strip.said.text()
    assert "3 条还没有办结、时限已过" in strip.said.text()
    assert strip.word.currentText().startswith("“按程序走” 2 条")
    why = card.rows.model.index(0, card.rows.model.column_of(WHY)).data()
    assert why == "导入为：已归档"
    card.next_step()
    settle(desk)
    after = _states(desk)
    assert after.get("已归档", 0) - before.get("已归档", 0) == 12
    assert after.get("已登记", 0) - before.get("已登记", 0) == 2


def test_a_word_is_given_a_meaning_and_all_are_planned_anew(card: ImportCard, desk: Desk, settle) -> None:
    """The sentence follows; so do the rows; the choice outlives the lock with the rest of the import."""
    strip = card.rows.states
    strip.state.setCurrentIndex(strip.state.findData("mediating"))
    strip.state.activated.emit(strip.state.currentIndex())
    settle(desk)
    assert "导入为：调解中 3 条、已归档 12 条。" in strip.said.text()
    assert card.plan.choices.states.words == {"按程序走": "mediating"}
    strip.how.setCurrentIndex(strip.how.findData("first"))
    strip.how.activated.emit(strip.how.currentIndex())
    settle(desk)
    assert "按您的选择，15 条都按“已登记”导入。" in strip.said.text()
    assert not strip.word.isVisible()


def test_what_nobody_understands_may_stay_out(card: ImportCard, desk: Desk, settle) -> None:
    """Those rows are refused with the reason, and wait to be retyped."""
    strip = card.rows.states
    strip.how.setCurrentIndex(strip.how.findData("skip"))
    strip.how.activated.emit(strip.how.currentIndex())
    settle(desk)
    assert "看不出的 2 条不导入" in strip.said.text()
    assert card.plan.counts["refused"] == 2
    refused = card.rows.model.index(12 + 1, card.rows.model.column_of("#state"))
    assert card.rows.model.setData(refused, "调解中")
    settle(desk)
    assert card.plan.counts["refused"] == 1
