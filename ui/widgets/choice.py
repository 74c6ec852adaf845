"""A large button that leads somewhere: its icon, its name, and under it one line on what is there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from ui import icons
from ui.theme import theme
from ui.widgets.texts import label

_HIGH, _SIGN = 70, 24


class ChoiceButton(QPushButton):
    """Its text is drawn by labels: a button writes all of its lines alike."""

    def __init__(
        self, title: str, sentence: str = "", *, icon: str, pressed: Callable[[], object] | None = None
    ) -> None:
        super().__init__()
        self.setProperty("kind", "choice")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(True)
        line = QHBoxLayout(self)
        line.setContentsMargins(18, 10, 16, 10)
        line.setSpacing(16)
        self._sign = QLabel()
        icons.wear(self._sign, icon, "primary", _SIGN)
        self._title, self._sentence = label(title, "choice"), label("", "second", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self._title, self._sentence):
            words.addWidget(part)
        line.addWidget(self._sign)
        line.addLayout(words, 1)
        for part in (self._sign, self._title, self._sentence):
            # The mouse presses the button, wherever it is on it.
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        if pressed:
            self.clicked.connect(lambda _checked=False: pressed())
        theme.changed.connect(self._fit)
        self._fit()
        self.say(sentence)

    def say(self, sentence: str) -> None:
        """Tell what is there."""
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence) and self._sentence.parentWidget() is not None)
        named = (self._title.text(), sentence.rstrip("。"))
        self.setAccessibleName("，".join(part for part in named if part))

    def _fit(self) -> None:
        self.setMinimumHeight(theme.px(_HIGH))
