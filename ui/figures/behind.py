"""The records behind one figure: what is not done, what is, and all; from here the record itself is opened."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget

from gridworker.errors import AppError
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import figures, figures_report
from gridworker.operations.figures import Behind, Figure, Period, Tally
from gridworker.operations.find import Stopper
from ui.desk import Desk
from ui.jobs import Job
from ui.records.cells import CellDelegate
from ui.records.model import RecordTableModel
from ui.records.source import RecordSource
from ui.records.table import RecordTable
from ui.widgets.buttons import ICON, button
from ui.widgets.card import Card
from ui.widgets.segmented import Segmented
from ui.widgets.states import Banner, EmptyState, Loading
from ui.widgets.texts import Elided

LANE = "figures"
"""A lane of its own: a save does not wait until a year has been counted."""


class BehindCard(Card):
    """A list of the records behind a figure; `closed` when a person goes back to the figures."""

    closed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(" ")
        self._desk = desk
        self._figure: Figure | None = None
        self._period: Period | None = None
        self._area = ""
        self._whole = 0
        self._job: Job[Behind] | None = None
        self._table: RecordTable | None = None
        self._build()

    @property
    def figure(self) -> str:
        """The key of the figure that is open; empty where none is."""
        return self._figure.key if self._figure else ""

    @property
    def table(self) -> RecordTable | None:
        """The records, once they are read."""
        return self._table

    def open(self, figure: Figure, tally: Tally, period: Period, area: str, *, part: str = "") -> None:
        """Show what is behind a figure, first what is not done."""
        again = figure == self._figure and period == self._period and area == self._area
        part = part or (self.parts.value() if again else "")
        self._figure, self._period, self._area, self._whole = figure, period, area, tally.denominator
        self.title.setText(f"{figure.label}　{tally.shown}")
        self._formula.say(f"{period.label}　{figures_report.formula(figure)}")
        counts = {
            "missing": tally.denominator - tally.numerator, "numerator": tally.numerator,
            "denominator": tally.denominator,
        }  # fmt: skip
        offered = figures.parts_of(figure)
        self.parts.set_options([(one, f"{words} {counts[one]:,}") for one, words in offered.items()])
        first = next((one for one in offered if counts[one]), "denominator")
        self.parts.set_value(part if part in offered else first)
        self._read()

    def close_figure(self) -> None:
        """Forget what was open."""
        self._figure = None

    def _build(self) -> None:
        while self.head.count():
            taken = self.head.takeAt(0)
            widget = taken.widget() if taken else None
            if widget is not None and widget is not self.title:
                widget.hide()
                widget.deleteLater()
        self.back = button("返回指标", self.closed.emit, kind=ICON, icon="arrow-left", key="Esc")
        self._formula = Elided("", "second")
        self.parts = Segmented([("denominator", figures.PARTS["denominator"])], name="哪些记录")
        self.parts.setMinimumWidth(330)
        self.parts.changed.connect(lambda _part: self._read())
        self.head.addWidget(self.back)
        self.head.addWidget(self.title)
        self.head.addWidget(self._formula, 1)
        self.head.addWidget(self.parts)
        self._loading = Loading()
        self._empty = EmptyState("inbox", "")
        self._banner = Banner()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._loading)
        self._stack.addWidget(self._empty)
        self.body.addWidget(self._banner)
        self.body.addWidget(self._stack, 1)

    def _read(self) -> None:
        figure, period = self._figure, self._period
        if figure is None or period is None:
            return
        if self._job is not None:
            self._job.stop()
        self._banner.hide()
        if self._table is None:
            self._stack.setCurrentWidget(self._loading)
        part, stopper = self.parts.value(), Stopper()
        self._job = self._desk.call(
            figures.behind_figure, figure.key, period, part, area=self._area, stopper=stopper, owner=self, lane=LANE,
            failed=self._failed,
            done=lambda found: self._show(found) if (figure, part) == (self._figure, self.parts.value()) else None,
        )  # fmt: skip
        self._job.stopping.connect(stopper.stop)

    def _failed(self, error: AppError) -> None:
        self._stack.setCurrentWidget(self._empty)
        self._banner.tell(error)

    def _show(self, found: Behind) -> None:
        if not found.row_ids:
            self._say_empty()
            return
        had_focus = self._table is not None and self._table.hasFocus()
        marked = self._table.current_row_id() if self._table else None
        self._put_table(found)
        table = self._table
        if table is not None:
            if marked is None or not table.select_row_id(marked):
                table.select_row_id(found.row_ids[0])
            if had_focus or self.isAncestorOf(self.focusWidget() or self) or not self.window().focusWidget():
                table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_empty(self) -> None:
        if self._whole and self._figure:
            words = figures.parts_of(self._figure)[self.parts.value()]
            self._empty.say(f"“{words}”里没有记录", f"这段时间统计的 {self._whole:,} 条都不在这里。")
        else:
            self._empty.say("没有要统计的记录", "这段时间没有符合这项指标的记录，换一个时间再看。")
        self._stack.setCurrentWidget(self._empty)

    def _put_table(self, found: Behind) -> None:
        source = RecordSource(self._desk.session, find_ledger(found.ledger))
        model = RecordTableModel([replace(column, sortable=False) for column in source.columns()], source.rows)
        table = RecordTable(model, CellDelegate(self), "背后的记录，按回车打开")
        model.setParent(table)
        table.opened.connect(lambda row_id: self._open(model, found.ledger, row_id))
        model.show(found.row_ids)
        self._stack.addWidget(table)
        self._stack.setCurrentWidget(table)
        gone, self._table = self._table, table
        if gone is not None:
            self._stack.removeWidget(gone)
            gone.hide()
            gone.deleteLater()

    def _open(self, model: RecordTableModel, ledger: str, row_id: int) -> None:
        row = model.row(model.row_of(row_id))
        if row is not None:
            self._desk.open_record(ledger, row.id)
