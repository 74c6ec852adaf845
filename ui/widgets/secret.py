"""A line for a passphrase, hidden until one asks to see it."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from ui import icons
from ui.theme import theme
from ui.widgets.inputs import Line


class Secret(Line):
    """Dots instead of letters; the eye shows them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self._eye = self.addAction(icons.icon("eye", "text2", 18), Line.ActionPosition.TrailingPosition)
        self._eye.triggered.connect(self._turn)
        theme.changed.connect(self._dress)
        self._dress()

    def _turn(self) -> None:
        hidden = self.echoMode() == QLineEdit.EchoMode.Password
        self.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)
        self._dress()

    def _dress(self) -> None:
        hidden = self.echoMode() == QLineEdit.EchoMode.Password
        self._eye.setIcon(icons.icon("eye" if hidden else "eye-off", "text2", 18))
        self._eye.setText("显示口令" if hidden else "隐藏口令")
        self._eye.setToolTip(self._eye.text())
