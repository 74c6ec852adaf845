"""本月数据 in the window: figures with their counts, the records behind, keyboard only, and the report out of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gridworker.area.belonging import Post
from gridworker.errors import Cancelled
from gridworker.ledger.record import Record
from gridworker.operations import figures
from gridworker.operations.figures import Period, Report
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.store import saving
from gridworker.store.people import put_own_posts
from tests.ui.conftest import settle_until
from ui import dialogs
from ui.desk import Desk
from ui.pages.figures import FiguresPage
from ui.theme import theme
from ui.window import Window

Settle = Callable[[Desk], None]
LAST_MONTH = 1


@pytest.fixture
def page(window: Window, desk: Desk, settle: Settle) -> FiguresPage:
    """The page of last month, whose every day has come."""
    window.show_place("figures")
    settle(desk)
    shown = window.page
    assert isinstance(shown, FiguresPage)
    shown.choices.period.setCurrentIndex(LAST_MONTH)
    settle(desk)
    return shown


def texts(page: FiguresPage) -> dict[str, list[str]]:
    """What the table says, by the name of the figure."""
    model = page.table.figures
    rows = [[str(model.index(row, column).data()) for column in range(4)] for row in range(model.rowCount())]
    return {row[0]: row[1:] for row in rows}


def press(widget: object, key: Qt.Key) -> None:
    """Presses a key where the focus is."""
    QTest.keyClick(widget, key)  # type: ignore[call-overload]


def test_the_page_shows_what_the_operation_counts(page: FiguresPage, desk: Desk) -> None:
    """Label, result, counts, and call-backs beside satisfaction; a rate over nothing is a dash."""
    (area,) = figures.figures(desk.session, page.choices.chosen_period()).areas
    shown = texts(page)
    met = area.tallies["visit_coverage_rate"]
    assert shown["入户率"] == [met.shown, f"{met.numerator} / {met.denominator}", ""]
    called = area.tallies["satisfaction_rate"]
    beside = "，".join(f"{label} {count}" for label, count in called.beside.items())
    assert shown["满意率"] == [called.shown, f"{called.numerator} / {called.denominator}", beside]
    assert beside.startswith("有效回访 ")
    assert shown["积压"][1] == ""
    assert len(shown) == len(figures.known_figures())
    index = page.table.figures.index(0, 0)
    assert "空置的不计" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).startswith(f"入户率：{met.shown}，{met.denominator} 条里有")


def test_by_keyboard_alone_from_a_figure_to_the_record_and_back(
    window: Window, page: FiguresPage, desk: Desk, settle: Settle
) -> None:
    """Enter opens what is not done, arrows change the part, Enter opens the record; Esc leads back to the figure."""
    page.table.setFocus()
    assert page.table.currentIndex().row() == 0
    press(page.table, Qt.Key.Key_Return)
    settle(desk)
    table = page.behind.table
    assert page.behind.isVisible()
    assert page.behind.parts.value() == "missing"
    assert window.focusWidget() is table
    assert table.selectionModel().hasSelection()
    period = page.choices.chosen_period()
    missing = figures.behind_figure(desk.session, "visit_coverage_rate", period, "missing")
    assert table.model().rowCount() == len(missing.row_ids)
    page.behind.parts.focus_target().setFocus()
    press(page.behind.parts.focus_target(), Qt.Key.Key_Right)
    settle(desk)
    done = figures.rows_behind(desk.session, "visit_coverage_rate", period, "numerator")
    assert page.behind.table.model().rowCount() == len(done)
    page.behind.table.setFocus()
    press(page.behind.table, Qt.Key.Key_Return)
    settle(desk)
    assert window.page.detail.record.id == done[0].id
    window.show_place("figures")
    settle(desk)
    assert page.behind.isVisible()
    press(window, Qt.Key.Key_Escape)
    assert page.table.isVisible()
    assert (window.focusWidget(), page.table.currentIndex().row()) == (page.table, 0)
    assert not page.back()


def test_a_click_opens_and_what_is_empty_says_why(page: FiguresPage, desk: Desk, settle: Settle) -> None:
    """A figure over nothing opens to a sentence; one whose part is all done says so."""
    page.choices.period.setCurrentIndex(page.choices.period.count() - 1)
    settle(desk)
    assert texts(page)["满意率"] == ["—", "0 / 0", "有效回访 0，未评价 0"]
    row = page.table.figures.row_of("satisfaction_rate")
    page.table.scrollTo(page.table.figures.index(row, 0))
    place = page.table.visualRect(page.table.figures.index(row, 0)).center()
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    settle(desk)
    assert page.behind.figure == "satisfaction_rate"
    assert page.behind._empty.isVisible()
    assert "没有要统计的记录" in page.behind._empty.title.text()


def test_a_save_elsewhere_is_counted_at_the_next_look(
    page: FiguresPage, desk: Desk, settle: Settle, window: Window
) -> None:
    """A home that was added is in the denominator when the page is shown again, and behind the figure."""
    page.choices.period.setCurrentIndex(0)
    settle(desk)
    before = texts(page)["入户率"][1].partition(" / ")[2]
    window.show_place("homes")
    saved = save(desk.session, "household", {"compound_name": "海棠苑", "building_no": "99", "room_no": "101"})
    desk.publish(saved.changes)
    window.show_place("figures")
    settle(desk)
    assert int(texts(page)["入户率"][1].partition(" / ")[2]) == int(before) + 1


def test_grids_and_levels_can_be_chosen_where_there_are_several(
    desk: Desk, dressed: QApplication, qtbot: object, settle: Settle
) -> None:
    """A community's coordinator sees each grid and the whole; the records behind follow the area."""
    session = desk.session
    grid = session.place.grid_code
    other = f"{grid[:12]}777"
    home = Record("0190a000-0000-7000-8000-000000000001", "household", other, {"tenure_code": "自住"})
    session.store.write(lambda tx: saving.save(tx, None, home, actor_id="甲"))
    session.store.write(lambda tx: put_own_posts(tx, [Post("community", grid[:12])]))
    session.refresh()
    page = FiguresPage(desk)
    qtbot.addWidget(page)  # type: ignore[attr-defined]
    page.resize(1000, 600)
    page.show()
    page.enter()
    settle(desk)
    assert page.choices.area.isVisible()
    assert [page.choices.area.itemData(row) for row in range(2)] == [grid, other]
    page.choices.area.setCurrentIndex(1)
    assert texts(page)["入户率"][1] == "0 / 1"
    page.open_figure("visit_coverage_rate")
    settle(desk)
    assert page.behind.table.model().rowCount() == 1
    page.back()
    page.choices.level.set_value("community")
    page.choices.level.changed.emit("community")
    settle(desk)
    assert not page.choices.area.isVisible()
    assert page._area().code == grid[:12]


def test_without_the_right_the_page_says_who_has_it(
    desk: Desk, dressed: QApplication, qtbot: object, settle: Settle
) -> None:
    """A part-time worker's page has no figures, and its buttons say that they wait."""
    session = desk.session
    session.store.write(lambda tx: put_own_posts(tx, [Post("part_time", session.place.grid_code)]))
    session.refresh()
    page = FiguresPage(desk)
    qtbot.addWidget(page)  # type: ignore[attr-defined]
    page.show()
    page.enter()
    settle(desk)
    assert page._refused.isVisible()
    assert "不能出报表" in page._refused.title.text()
    assert not page.print.isEnabled()


def test_the_report_is_saved_where_the_person_says(
    page: FiguresPage, desk: Desk, settle: Settle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a workbook of the shown month; a refused dialog writes nothing."""
    target = tmp_path / "月报.xlsx"
    monkeypatch.setattr(dialogs, "save_file", lambda *_: str(target))
    page.save_book.click()
    settle(desk)
    sheet = openpyxl.load_workbook(target)["指标"]
    assert page.choices.chosen_period().label in sheet.cell(1, 1).value
    monkeypatch.setattr(dialogs, "save_file", lambda *_: "")
    page.save_pdf.click()
    settle(desk)
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".pdf"] == []


def test_large_letters_make_the_rows_higher(page: FiguresPage, dressed: QApplication) -> None:
    """大字: every row grows with the letters in it."""
    before = page.table.verticalHeader().defaultSectionSize()
    theme.wear(dressed, mode="light", large=True)
    assert page.table.verticalHeader().defaultSectionSize() > before
    theme.wear(dressed, mode="light", large=False)


def test_the_parts_are_named_for_what_the_figure_asks() -> None:
    """A case that was reworked is not “done”: it is shown first, in the words of its figure; a count has one part."""
    named = {one.key: figures.parts_of(one) for one in figures.known_figures()}
    assert next(iter(named["rework_rate"].items())) == ("numerator", "有返工")
    assert next(iter(named["satisfaction_rate"].items())) == ("missing", "不满意")
    assert list(named["visit_coverage_rate"].values()) == ["未完成", "已完成", "全部"]
    assert list(named["backlog"]) == ["denominator"]
    assert set(figures._OWN_WORDS) <= set(named)


def test_a_counting_is_stopped_and_begun_again(page: FiguresPage, desk: Desk, settle: Settle, monkeypatch) -> None:
    """It says what it is at; 停止 ends it where it stands, even inside a statement, and 重新统计 counts."""
    begun, go_on, ended = threading.Event(), threading.Event(), []
    real = figures.figures

    def slow(session: Session, period: Period, **more: object) -> Report:
        def held(done: int, total: int, text: str) -> None:
            more["progress"](done, total, text)  # type: ignore[operator]
            begun.set()
            go_on.wait(60)

        try:
            return real(session, period, **{**more, "progress": held})  # type: ignore[arg-type]
        except Cancelled:
            ended.append(period)
            raise

    monkeypatch.setattr(figures, "figures", slow)
    page._report = None
    page.refresh()
    settle_until(begun.is_set)
    assert page._body.currentWidget() is page._loading
    settle_until(lambda: page._loading.text.text().startswith("正在统计：读取"))
    assert page._loading.bar.maximum() > len(figures.known_figures())
    page._loading.stop.click()
    go_on.set()
    settle(desk)
    assert ended == [page.choices.chosen_period()]
    assert page._body.currentWidget() is page._stopped
    monkeypatch.setattr(figures, "figures", real)
    page._stopped.action.click()
    settle(desk)
    assert page._body.currentWidget() is page.table
