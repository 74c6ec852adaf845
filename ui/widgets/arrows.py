"""What the keys that lead about mean in a row of choices or a table, and the buttons that move by them."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


def arrow_step(event: QKeyEvent) -> int | None:
    """One back or one on; None of any other key."""
    return _STEPS.get(Qt.Key(event.key()))


class Row(Protocol):
    """What holds the buttons side by side."""

    def step(self, button: QPushButton, by: int, /) -> None:
        """Move on from one of them."""


class RowButton(QPushButton):
    """One of a row; the arrow keys lead to its neighbours."""

    def __init__(self, text: str, row: Row) -> None:
        super().__init__(text)
        self._row = row

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = arrow_step(event)
        if step is None:
            super().keyPressEvent(event)
        else:
            self._row.step(self, step)


def edge_row(event: QKeyEvent, rows: int) -> int | None:
    """The first row of a table by Home, the last by End; None of any other key, and where there are no rows."""
    if not rows or event.key() not in (Qt.Key.Key_Home, Qt.Key.Key_End):
        return None
    return 0 if event.key() == Qt.Key.Key_Home else rows - 1
