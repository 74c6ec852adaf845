"""Importing in the window: what was recognised, what will happen; put right in place; undone as a whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import xlsxwriter
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gridworker.operations import browse
from gridworker.operations.browse import Query
from ui import dialogs
from ui.desk import Desk
from ui.importing import import_card
from ui.importing.import_card import COLUMNS, REPORT, ROWS, ImportCard
from ui.importing.rows_model import ImportRowsModel, ProblemRole
from ui.window import Window

HEAD = ("序号", "小区", "楼栋", "单元", "室", "姓名", "与户主关系", "性别", "联系电话", "爱好")
ROWS_IN = (
    (1, "试验苑", "81号楼", "1单元", "101", "试甲一", "户主", "男", "15412340001", "下棋"),
    (2, "试验苑", "81号楼", "1单元", "101", "试甲二", "妻", "女", "15412340002", ""),
    (3, "试验苑", "81号楼", "1单元", "102", "试乙一", "户主", "女", "1541234", ""),
    (4, "试验苑", "81号楼", "1单元", "103", "", "户主", "男", "15412340004", ""),
)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A roll of four, one with a short number and one without a name."""
    path = tmp_path / "花名册.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("居民")
        sheet.merge_range(0, 0, 0, len(HEAD) - 1, "试验苑居民花名册")
        for row, cells in enumerate((HEAD, *ROWS_IN), 1):
            sheet.write_row(row, 0, cells)
        workbook.add_worksheet("说明").write(0, 0, "由社区填报")
    return path


@pytest.fixture
def card(window: Window, desk: Desk, settle) -> ImportCard:
    """The wizard, ready for a file of residents."""
    window.show_place("exchange", tab="import", ledger="person")
    settle(desk)
    return window.page.importing


def _read(card: ImportCard, settle, book: Path) -> None:
    card.read("person", str(book))
    settle(card._desk)
    assert card._stack.currentIndex() == COLUMNS, card.banner._text.text()


def _count(desk: Desk, ledger: str) -> int:
    return len(browse.listing(desk.session, Query(ledger)))


def test_columns_show_what_was_recognised_and_can_be_put_right(card: ImportCard, settle, book: Path) -> None:
    """Known headings are mapped, an unknown one says so, and a choice plans everything anew."""
    _read(card, settle, book)
    hobby, name = HEAD.index("爱好"), HEAD.index("姓名")
    assert card.columns.choices[name].currentData() == "name"
    assert card.columns.choices[hobby].currentText() == "没有认出，不导入"
    assert list(card.columns.choices) == [hobby, *(n for n in range(len(HEAD)) if n != hobby)]
    choice = card.columns.choices[hobby]
    choice.setCurrentIndex(choice.findData("remark"))
    choice.activated.emit(choice.currentIndex())
    settle(card._desk)
    new = [row for row in card.plan.rows if row.verdict == "new"]
    assert new[0].after.values["remark"] == "下棋"


def test_a_wrong_cell_is_retyped_in_place(card: ImportCard, settle, book: Path) -> None:
    """The refused rows come first, with cell and reason; the right text makes the row stand."""
    _read(card, settle, book)
    card.next.click()
    model = card.rows.model
    assert card._stack.currentIndex() == ROWS
    assert model.rowCount() == 2
    assert "11 位" in card.rows._why.text()
    phone = model.index(0, model.column_of("contact"))
    assert "11 位" in phone.data(ProblemRole)
    assert model.setData(phone, "15412340003")
    settle(card._desk)
    assert card.plan.counts["refused"] == 1
    assert card.plan.counts["new"] == 3
    assert card.next.text() == "导入 3 条"


def test_a_row_is_left_out_and_taken_in_again(card: ImportCard, settle, book: Path) -> None:
    """Delete leaves the marked row out and says so; the same key takes it in again."""
    _read(card, settle, book)
    card.next.click()
    card.rows.show_plan(card.plan, "")
    table = card.rows.table
    table.setCurrentIndex(card.rows.model.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Delete)
    settle(card._desk)
    assert card.plan.rows[0].verdict == "skipped"
    assert card.rows.skip.text() == "恢复这一行"
    QTest.keyClick(table, Qt.Key.Key_Delete)
    settle(card._desk)
    assert card.plan.rows[0].verdict == "new"


def test_import_and_undo_as_a_whole(card: ImportCard, desk: Desk, settle, book: Path) -> None:
    """Nothing is written before the last button; one press takes everything back."""
    people, homes = _count(desk, "person"), _count(desk, "household")
    _read(card, settle, book)
    card.next.click()
    settle(desk)
    assert _count(desk, "person") == people
    card.next_step()
    settle(desk)
    assert card._stack.currentIndex() == REPORT, card.banner._text.text()
    assert _count(desk, "person") == people + 2
    assert _count(desk, "household") == homes + 1
    card.report.undo.click()
    settle(desk)
    assert card.report.title.text() == "本次导入已撤销"
    assert not card.report.undo.isVisible()
    assert (_count(desk, "person"), _count(desk, "household")) == (people, homes)


def test_refused_rows_go_into_a_workbook(
    card: ImportCard, settle, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was refused can be taken home, put right there and imported again."""
    out = tmp_path / "被拒.xlsx"
    monkeypatch.setattr(dialogs, "save_file", lambda *_given: str(out))
    _read(card, settle, book)
    card.next.click()
    card.next.click()
    settle(card._desk)
    assert card.report.refused.isVisible()
    card.report.refused.click()
    settle(card._desk)
    assert out.stat().st_size > 0
    assert "已存 2 行" in card.banner._text.text()


def test_a_file_that_is_no_workbook_is_told_calmly(card: ImportCard, settle, tmp_path: Path) -> None:
    """The page says what is wrong and what to do, and stays where it was."""
    path = tmp_path / "空.xlsx"
    path.write_bytes(b"")
    card.read("person", str(path))
    settle(card._desk)
    assert card._stack.currentIndex() == import_card.CHOOSE
    assert card.banner.isVisible()
    assert "空" in card.banner._text.text()


def test_what_was_chosen_stays_while_another_page_is_visited(
    window: Window, desk: Desk, card: ImportCard, settle, book: Path
) -> None:
    """An import that was begun waits until one comes back, and Esc goes one step back."""
    _read(card, settle, book)
    card.next.click()
    window.show_place("people")
    settle(desk)
    window.show_place("exchange")
    settle(desk)
    assert card._stack.currentIndex() == ROWS
    assert window.page.back()
    assert card._stack.currentIndex() == COLUMNS


def test_rows_keep_the_promises_of_a_model(card: ImportCard, settle, book: Path, qtmodeltester) -> None:
    """Views may trust the table of rows, filled and emptied."""
    _read(card, settle, book)
    model = ImportRowsModel()
    model.show(card.plan)
    qtmodeltester.check(model)
    said = model.index(2, model.column_of("contact")).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("联系电话：1541234，")
    model.show(None)
    assert model.rowCount() == 0


def _again(desk: Desk, settle) -> ImportCard:
    """The wizard of the next window, after a lock or a crash."""
    made = ImportCard(desk)
    settle(desk)
    return made


def test_an_import_goes_on_where_it_was_left(card: ImportCard, settle, book: Path) -> None:
    """File, sheet, columns and retyped cells come back; once imported nothing does."""
    _read(card, settle, book)
    index = next(one.index for one in card.plan.columns if one.heading == "爱好")
    card.hand.map(index, "remark")
    settle(card._desk)
    card.hand.retype(card.plan.rows[2].number, "phone", "15412340003")
    settle(card._desk)
    again = _again(card._desk, settle)
    assert again._stack.currentIndex() == COLUMNS
    assert again.plan.choices == card.plan.choices
    assert again.plan.counts == card.plan.counts
    assert "花名册.xlsx" in again.banner._text.text()
    again._next()
    again._next()
    settle(card._desk)
    assert again._stack.currentIndex() == REPORT
    assert _again(card._desk, settle).plan is None


def test_a_changed_file_is_read_anew_and_a_lost_one_forgotten(card: ImportCard, settle, book: Path) -> None:
    """Decisions about rows hold for the very file alone; without the file one chooses again."""
    _read(card, settle, book)
    card.hand.skip(card.plan.rows[0].number, True)
    settle(card._desk)
    stat = book.stat()
    os.utime(book, ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**9))
    again = _again(card._desk, settle)
    assert not again.plan.choices.skipped
    assert "后来改过" in again.banner._text.text()
    book.unlink()
    assert _again(card._desk, settle)._stack.currentIndex() == import_card.CHOOSE


def test_another_file_is_a_word_of_its_own(card: ImportCard, settle, book: Path) -> None:
    """换一个文件 gives the import up; a file that is no workbook any more is told once and not tried again."""
    _read(card, settle, book)
    card._start_over()
    settle(card._desk)
    assert _again(card._desk, settle).plan is None
    _read(card, settle, book)
    settle(card._desk)
    book.write_bytes(b"no workbook")
    again = _again(card._desk, settle)
    assert not again.banner.isHidden()
    assert again._stack.currentIndex() == import_card.CHOOSE
    assert _again(card._desk, settle).banner.isHidden()
