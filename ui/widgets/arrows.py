"""What the arrow keys mean in a row of choices, and the buttons that move by them."""

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
