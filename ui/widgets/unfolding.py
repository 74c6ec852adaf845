"""One line that unfolds into a few rows, at most four of them in sight; hidden where there is nothing to unfold."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui import icons
from ui.theme import theme
from ui.widgets.buttons import LINK, button
from ui.widgets.card import scrolled
from ui.widgets.tab_order import keep_tab_order
from ui.widgets.texts import Elided

_IN_SIGHT = 4


class Unfolding(QWidget):
    """The head is a button; `show_rows` gives it words and what lies beneath. Without an icon it wears an arrow."""

    def __init__(self, tip: str, row_height: int, icon: str = "") -> None:
        super().__init__()
        self._row_height, self._count, self._icon = row_height, 0, icon
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(8, 2, 8, 2)
        self.column.setSpacing(2)
        self.head = button("", self._fold, kind=LINK, icon=icon or "chevron-right", tip=tip)
        self.head.setCheckable(True)
        self.column.addWidget(self.head, 0, Qt.AlignmentFlag.AlignLeft)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        inner = QWidget()
        inner.setLayout(self._rows)
        self._list = scrolled(inner)
        self.column.addWidget(self._list)
        self._list.hide()
        theme.changed.connect(self._fit)
        self.hide()

    def show_rows(self, text: str, rows: Sequence[QWidget]) -> None:
        """Replace the words and the rows; without rows the line goes away."""
        # A thin blank between icon and text, as in every button.
        self.head.setText(f"\u2009{text}")
        self.head.setAccessibleName(text)
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row in rows:
            self._rows.addWidget(row)
        self._count = len(rows)
        self.head.setVisible(self._count > 0)
        if not rows:
            self.head.setChecked(False)
        self._fit()
        self._fold()
        self.setVisible(self.is_worth_showing())
        keep_tab_order(self)

    def is_worth_showing(self) -> bool:
        """Whether there is anything to be seen here."""
        return self._count > 0

    def _fold(self) -> None:
        unfolded = self.head.isChecked() and self._count > 0
        if not self._icon:
            icons.wear(self.head, "chevron-down" if unfolded else "chevron-right", "primary", 18)
        self._list.setVisible(unfolded)

    def _fit(self) -> None:
        self._list.setFixedHeight(theme.px(self._row_height) * min(_IN_SIGHT, self._count))


def two_lines(height: int, title: str, second: str, *buttons: QPushButton) -> QWidget:
    """A row: a title, and below it what else is said of it beside what can be done."""
    holder = QWidget()
    holder.setFixedHeight(theme.px(height))
    column = QVBoxLayout(holder)
    column.setContentsMargins(8, 2, 0, 0)
    column.setSpacing(0)
    column.addWidget(Elided(title))
    line = QHBoxLayout()
    line.setSpacing(2)
    line.addWidget(Elided(second, "second"), 1)
    for one in buttons:
        line.addWidget(one)
    column.addLayout(line)
    return holder
