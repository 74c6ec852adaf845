"""Labels by role, so that the style sheet knows them."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


def label(text: str = "", role: str = "", *, wrap: bool = False, tone: str = "", selectable: bool = False) -> QLabel:
    """A label; `role` is one of page-title, card-title, group, second, hint, error, warning, code, tag."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    if tone:
        made.setProperty("tone", tone)
    if wrap:
        made.setWordWrap(True)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def restyle(widget: QWidget, **properties: object) -> None:
    """Set dynamic properties and let the style sheet look at the widget again."""
    if all(widget.property(name) == value for name, value in properties.items()):
        return
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


class Elided(QLabel):
    """One line with … where the room is too small, and the whole text in its tooltip; an address keeps its end."""

    def __init__(self, text: str = "", role: str = "", *, from_the_left: bool = False) -> None:
        super().__init__()
        self._mode = Qt.TextElideMode.ElideLeft if from_the_left else Qt.TextElideMode.ElideRight
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = ""
        self.say(text)

    def say(self, text: str) -> None:
        """Show another text."""
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(self.width(), 1))
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")


def day_text(day: date) -> str:
    """`4月21日 星期二`."""
    return f"{day.month}月{day.day}日 星期{'一二三四五六日'[day.weekday()]}"
