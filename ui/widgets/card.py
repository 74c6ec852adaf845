"""The paper a view is written on: head, body, and a foot for buttons."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui.widgets.scrolling import Scrolled
from ui.widgets.texts import label


class Card(QFrame):
    """A card with a title, something at the right of it, and `body` for what it holds."""

    def __init__(self, title: str = "", *right: QWidget) -> None:
        super().__init__()
        self.setObjectName("card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(16, 10, 16, 10)
        self.head.setSpacing(10)
        self.title = label(title, "card-title")
        self.head.addWidget(self.title)
        self.head.addStretch(1)
        for widget in right:
            self.head.addWidget(widget)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        # A head that is not shown has a place all the same: without one it would outlive the card.
        holder = QWidget(self)
        holder.setLayout(self.head)
        holder.setMinimumHeight(56)
        if title or right:
            outer.addWidget(holder)
            outer.addWidget(rule())
        else:
            holder.hide()
        outer.addLayout(self.body, 1)
        self._outer = outer

    def add_foot(self) -> QHBoxLayout:
        """A line of buttons under the body."""
        foot = QFrame()
        foot.setObjectName("cardfoot")
        line = QHBoxLayout(foot)
        line.setContentsMargins(16, 10, 16, 10)
        line.setSpacing(8)
        self._outer.addWidget(foot)
        return line


def rule() -> QFrame:
    """A thin line between two parts."""
    made = QFrame()
    made.setObjectName("rule")
    return made


def scrolled(inner: QWidget) -> QScrollArea:
    """A widget that scrolls up and down and follows the width of its place."""
    return Scrolled(inner)
