"""Which figures are looked at: the period, the level, and the area where there are several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gridworker.operations import figures
from gridworker.operations.figures import AreaFigures, Period
from ui.widgets.inputs import Choice
from ui.widgets.segmented import Segmented
from ui.widgets.stacking import line_in

_MONTHS = 24


class Choices(QWidget):
    """`changed` tells that other figures are wanted, `area_changed` that another area of the same ones is."""

    changed = Signal()
    area_changed = Signal()

    def __init__(self, today: date, levels: Sequence[str]) -> None:
        super().__init__()
        line = line_in(self, 8)
        self.area = Choice()
        self.area.setAccessibleName("范围")
        self.area.setMinimumContentsLength(12)
        self.level = Segmented([(one, figures.LEVEL_LABELS[one]) for one in levels], name="统计到哪一级")
        self.level.set_value(levels[0])
        self.level.setMinimumWidth(64 * len(levels))
        self.period = Choice()
        self.period.setAccessibleName("时间")
        self.period.setMinimumContentsLength(20)
        self._periods = periods(today)
        for label, period in self._periods:
            self.period.addItem(f"{label}　{period.label}" if label else period.label)
        for widget in (self.area, self.level, self.period):
            line.addWidget(widget)
        self.area.hide()
        if len(levels) < 2:  # noqa: PLR2004 - one level is no choice
            self.level.hide()
        self.period.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.level.changed.connect(lambda _level: self.changed.emit())
        self.area.currentIndexChanged.connect(lambda _index: self.area_changed.emit())

    def chosen_period(self) -> Period:
        """The period that is chosen."""
        return self._periods[self.period.currentIndex()][1]

    def chosen_area(self) -> str:
        """The code of the area that is chosen; empty before there is any."""
        return str(self.area.currentData() or "")

    def offer_areas(self, areas: Sequence[AreaFigures]) -> None:
        """Offer these areas; the one that was chosen stays chosen where it is among them."""
        before = self.chosen_area()
        self.area.blockSignals(True)
        self.area.clear()
        for one in areas:
            self.area.addItem(one.name, one.code)
        self.area.setCurrentIndex(max(0, self.area.findData(before)))
        self.area.blockSignals(False)
        self.area.setVisible(len(areas) > 1)


def periods(today: date) -> list[tuple[str, Period]]:
    """What can be chosen: this and the last month, quarter and year, then the months before."""
    month = figures.month_of(today)
    last = figures.month_of(month.start - timedelta(days=1))
    quarter = _quarter_of(today)
    listed = [
        ("本月", month), ("上月", last), ("本季度", quarter),
        ("上季度", _quarter_of(quarter.start - timedelta(days=1))),
        ("今年", Period.year(today.year)), ("去年", Period.year(today.year - 1)),
    ]  # fmt: skip
    for _ in range(_MONTHS):
        last = figures.month_of(last.start - timedelta(days=1))
        listed.append(("", last))
    return listed


def _quarter_of(day: date) -> Period:
    return Period.quarter(day.year, (day.month + 2) // 3)
