"""What the signs of the room plan mean, with how many rooms each stands for."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gridworker.operations.room_plan import RoomPlan
from ui import icons
from ui.room_model import STATE_WORDS
from ui.roomplan import SIGNS
from ui.theme import theme
from ui.widgets.texts import label


class _Swatch(QWidget):
    """A room in small."""

    def __init__(self, state: str) -> None:
        super().__init__()
        self._state = state
        self.setFixedSize(QSize(20, 18))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.tokens
        fill = {"done": "ok_bg", "late": "warn_bg", "vacant": "sunken", "todo": "surface"}[self._state]
        edge = {"late": "warn", "todo": "control", "vacant": "line"}.get(self._state, fill)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens.color(edge), 1))
        painter.setBrush(tokens.color(fill))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if self._state in SIGNS:
            name, token = SIGNS[self._state]
            painter.drawPixmap(4, 3, 12, 12, icons.pixmap(name, token, 12))
        painter.end()


class Legend(QWidget):
    """One line under the room plan."""

    def __init__(self) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 8, 4, 10)
        line.setSpacing(5)
        self._texts: dict[str, QLabel] = {}
        for state in STATE_WORDS:
            line.addWidget(_Swatch(state))
            self._texts[state] = label(STATE_WORDS[state], "second")
            line.addWidget(self._texts[state])
            line.addSpacing(3)
        star = QLabel()
        icons.wear(star, "star", "star", 15)
        line.addWidget(star)
        self._star = label("重点", "second")
        line.addWidget(self._star)
        line.addStretch(1)

    def count(self, plan: RoomPlan) -> None:
        """Show the counts of a plan."""
        for state, text in self._texts.items():
            text.setText(f"{STATE_WORDS[state]} {plan.counts.get(state, 0)}")
        self._star.setText(f"重点 {plan.starred}")
        self.setAccessibleName("，".join([*(text.text() for text in self._texts.values()), self._star.text()]))
