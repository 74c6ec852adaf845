"""How strong a passphrase is: a bar of four parts, and the words that say why."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.theme import theme
from ui.widgets.stacking import column_in
from ui.widgets.texts import label

_TOKENS = ("bad", "bad", "warn", "ok", "ok")
PARTS = 4


class StrengthBar(QWidget):
    """Shows a score from 0 to 4 and says it in words."""

    def __init__(self) -> None:
        super().__init__()
        column = column_in(self, 5)
        self._bar = _Parts()
        column.addWidget(self._bar)
        self.words = label("", "second", wrap=True)
        column.addWidget(self.words)

    def show_strength(self, score: int, words: str) -> None:
        """Show a judgement; no words take it away."""
        self._bar.score = score if words else -1
        self._bar.update()
        self.words.setText(words)
        self.setAccessibleName(words)


class _Parts(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.score = -1
        self.setFixedHeight(6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        gap = 6
        wide = (self.width() - gap * (PARTS - 1)) / PARTS
        filled = max(1, self.score) if self.score >= 0 else 0
        for part in range(PARTS):
            painter.setBrush(theme.tokens.color(_TOKENS[self.score] if part < filled else "line"))
            painter.drawRoundedRect(QRectF(part * (wide + gap), 0, wide, self.height()), 3, 3)
        painter.end()
