"""本月数据: every figure of the month with its counts, and behind each the records that make it up."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from gridworker.errors import AppError
from gridworker.operations import figures
from gridworker.operations.changes import Changes
from gridworker.operations.figures import AreaFigures, Report
from gridworker.operations.find import Stopper
from ui.desk import Desk
from ui.figures.behind import LANE, BehindCard
from ui.figures.choices import Choices
from ui.figures.paper import ReportOut
from ui.figures.table import FigureTable
from ui.jobs import Job
from ui.pages.page import Page
from ui.widgets.buttons import button, enable
from ui.widgets.card import Card
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner, EmptyState, Loading
from ui.widgets.texts import Elided


class FiguresPage(Page):
    """The figures, and in their place the records behind one of them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._report: Report | None = None
        self._job: Job[Report] | None = None
        self._wanted: dict[str, object] = {}
        self._entered = False
        self.choices = Choices(desk.session.today(), figures.levels_here(desk.session))
        self.table = FigureTable()
        self.banner = Banner()
        self.out = ReportOut(desk, self, self.banner)
        self.behind = BehindCard(desk)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._make_card())
        self._stack.addWidget(self.behind)
        column = column_in(self, 8)
        column.addWidget(self.banner)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.table)
        self.choices.changed.connect(self.refresh)
        self.choices.area_changed.connect(self._show_area)
        self.table.opened.connect(self.open_figure)
        self.behind.closed.connect(self.back)

    def subtitle(self) -> str:
        return self.choices.chosen_period().label

    def enter(self, **given: object) -> None:
        self._wanted = {key: given[key] for key in ("figure", "part") if given.get(key)}
        self._entered = True
        self.refresh()

    def refresh(self, changes: Changes | None = None) -> None:
        """Count anew; an older counting that is still under way is not waited for."""
        if self._job is not None:
            self._job.stop()
        period, level = self.choices.chosen_period(), self.choices.level.value()
        if self._report is None:
            self._body.setCurrentWidget(self._loading)
        session, stopper = self.desk.session, Stopper()
        self._job = self.desk.jobs.run(
            lambda progress, _cancelled: figures.figures(
                session, period, level=level, progress=progress, stopper=stopper
            ),
            lambda report: self._show(report) if report.period == self.choices.chosen_period() else None,
            owner=self, failed=self._failed, progress=self._loading.show_progress, lane=LANE,
        )  # fmt: skip
        self._job.stopping.connect(stopper.stop)
        self.title_changed.emit()

    def spot(self) -> dict[str, object]:
        return {"figure": self.behind.figure, "part": self.behind.parts.value()} if self.behind.figure else {}

    def back(self) -> bool:
        if not self.behind.figure:
            return False
        key = self.behind.figure
        self.behind.close_figure()
        self._stack.setCurrentIndex(0)
        self.table.select(key)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def print_preview(self) -> None:
        self._print()

    def open_figure(self, key: str, part: str = "") -> None:
        """Show the records behind a figure."""
        area, report = self._area(), self._report
        figure = next((one for one in report.figures if one.key == key), None) if report else None
        if report is None or area is None or figure is None:
            return
        self._stack.setCurrentWidget(self.behind)
        self.behind.open(figure, area.tallies[key], report.period, area.code, part=part)
        self.behind.parts.focus_target().setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_card(self) -> QWidget:
        card = self._card = Card("指标", self.choices)
        self._loading = Loading("正在统计…", stop=self._stop)
        self._stopped = EmptyState("chart-column", "统计停止了", "还没有数出来的结果。", "重新统计", self.refresh)
        self._empty = EmptyState(
            "chart-column", "还没有可以统计的记录", "登记了走访、隐患、微心愿以后，这里按月算出各项指标。",
            "导入住户表格", lambda: self.desk.open_page("exchange", tab="import", ledger="household"),
        )  # fmt: skip
        self._refused = EmptyState("eye-off", "")
        self._body = QStackedWidget()
        for state in (self._loading, self.table, self._empty, self._refused, self._stopped):
            self._body.addWidget(state)
        card.body.addWidget(self._body, 1)
        foot = card.add_foot()
        self._notes = Elided("", "second")
        foot.addWidget(self._notes, 1)
        self.save_book = button("存为表格", self._save_book, icon="file-text", tip="月报存为 Excel 表格")
        self.save_pdf = button("存为 PDF", self._save_pdf, icon="download", tip="月报存为 PDF 文件")
        self.print = button("打印", self._print, icon="printer", tip="打印月报", key="Ctrl+P")
        for one in (self.save_book, self.save_pdf, self.print):
            foot.addWidget(one)
        self._offer()
        return card

    def _area(self) -> AreaFigures | None:
        areas = self._report.areas if self._report else ()
        chosen = self.choices.chosen_area()
        return next((one for one in areas if one.code == chosen), areas[0] if areas else None)

    def _show(self, report: Report) -> None:
        self._report = report
        self.choices.offer_areas(report.areas)
        self._notes.say("　".join(report.notes))
        self._show_area()
        wanted, self._wanted = self._wanted, {}
        if wanted:
            self.open_figure(str(wanted["figure"]), str(wanted.get("part") or ""))
        elif self.behind.figure:
            self.open_figure(self.behind.figure, self.behind.parts.value())
        elif self._entered and not isinstance(self.window().focusWidget(), QLineEdit):
            # While it was counted the table was not there to take the focus.
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._entered = False

    def _show_area(self) -> None:
        area, report = self._area(), self._report
        if area is None or report is None:
            self._body.setCurrentWidget(self._empty)
        else:
            self._card.title.setText(area.name)
            self.table.show_figures([(one, area.tallies[one.key]) for one in report.figures])
            found = any(tally.denominator for tally in area.tallies.values())
            self._body.setCurrentWidget(self.table if found else self._empty)
        self._offer()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.stop()
        self._body.setCurrentWidget(self._stopped)
        if self._stopped.action is not None:
            self._stopped.action.setFocus(Qt.FocusReason.OtherFocusReason)

    def _failed(self, error: AppError) -> None:
        self._report = None
        self._refused.say(error.title, error.action)
        self._body.setCurrentWidget(self._refused)
        self._offer()

    def _offer(self) -> None:
        for one in (self.save_book, self.save_pdf, self.print):
            enable(one, on=self._area() is not None, why_not="统计好以后可用")

    def _name(self) -> str:
        area = self._area()
        return f"{area.name if area else ''}数据-{self.choices.chosen_period().label}"

    def _code(self) -> str:
        area = self._area()
        return area.code if area else ""

    def _print(self) -> None:
        if self.print.isEnabled():
            self.out.print(self.choices.chosen_period(), self._code())

    def _save_pdf(self) -> None:
        self.out.save_pdf(self.choices.chosen_period(), self._code(), self._name())

    def _save_book(self) -> None:
        self.out.save_workbook(self.choices.chosen_period(), self._code(), self._name())
