"""The dark strip after something that can be taken back: what was done, and 撤销, for eight seconds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout

from ui.widgets.buttons import button
from ui.widgets.texts import Elided

SHOWN_MS = 8000


class UndoStrip(QFrame):
    """Offers to take back the last thing; hides itself when the time is over."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 4, 6, 4)
        self._text = Elided()
        line.addWidget(self._text, 1)
        self.undo = button("撤销", self.take_back, key="Ctrl+Z", tip="撤销")
        line.addWidget(self.undo)
        self._taken_back: Callable[[], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def offer(self, text: str, taken_back: Callable[[], object] | None) -> None:
        """Say what was done; without a way back the strip only says it."""
        self._taken_back = taken_back
        self.undo.setVisible(taken_back is not None)
        self._text.say(text)
        self.setAccessibleName(text)
        self.show()
        self._timer.start(SHOWN_MS)

    def take_back(self) -> None:
        """Undo what is on offer, once."""
        back, self._taken_back = self._taken_back, None
        self.hide()
        if back:
            back()
