"""Facts of one registration, or of two side by side, as a grid of texts; what fills a blank is said in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from gridworker.ledger.ledger import Ledger
from ui.widgets.card import rule
from ui.widgets.texts import label

_GAINED = "补入"


class Facts(QWidget):
    """A line for every field that has something to say."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 8, 16, 12)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._row = 0

    def show_one(self, ledger: Ledger, shown: Mapping[str, str]) -> None:
        """One registration."""
        self._clear(columns=1)
        for key, text in shown.items():
            if text and key in ledger:
                self._line(ledger[key].label, text)

    def show_two(
        self, ledger: Ledger, heads: tuple[str, str], shown: Mapping[str, tuple[str, str]], filled: Collection[str]
    ) -> None:
        """Two registrations, what is kept at the left; fields in which they differ come first."""
        self._clear(columns=2)
        self._line("", *heads, role="group")
        self._grid.addWidget(rule(), self._row, 0, 1, 3)
        self._row += 1
        told = sorted(shown, key=lambda key: (shown[key][0] == shown[key][1], key not in filled))
        for key in told:
            kept, dropped = shown[key]
            gained = f"{_GAINED}：{dropped}" if key in filled and not kept else kept
            if key in filled and kept:
                gained = f"{kept}（{_GAINED}右边另有的）"
            self._line(ledger[key].label, gained or "空", dropped or "空", strong=key in filled)

    def _line(self, name: str, *texts: str, role: str = "", strong: bool = False) -> None:
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(label(name, "second"), self._row, 0, top)
        for column, text in enumerate(texts, 1):
            made = label(text, role, wrap=True, selectable=True)
            if strong and column == 1:
                made.setProperty("role", "tag")
                made.setProperty("tone", "ok")
            self._grid.addWidget(made, self._row, column, top)
        self._row += 1

    def _clear(self, *, columns: int) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._row = 0
        for column in (1, 2):
            self._grid.setColumnStretch(column, 1 if column <= columns else 0)
