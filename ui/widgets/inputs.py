"""Inputs that draw their own signs from tokens, and leave Ctrl+Z to the window when they have nothing to undo."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QStyle, QStyleOptionButton

from ui import icons


class Line(QLineEdit):
    """A line of text."""

    def event(self, event: QEvent) -> bool:
        if _is_idle_undo(event, can=self.isUndoAvailable()):
            event.ignore()
            return False
        return super().event(event)


class Lines(QPlainTextEdit):
    """Several lines of text; Tab leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)

    def event(self, event: QEvent) -> bool:
        if _is_idle_undo(event, can=self.document().isUndoAvailable()):
            event.ignore()
            return False
        return super().event(event)


class Choice(QComboBox):
    """One of many; opens with Alt+Down or Space and does not turn under the mouse wheel."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(4)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.view().setTextElideMode(Qt.TextElideMode.ElideRight)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.view().setAccessibleName(name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = 16
        place = QRect(self.width() - size - 10, (self.height() - size) // 2, size, size)
        painter.drawPixmap(place, icons.pixmap("chevron-down", "text2" if self.isEnabled() else "hint", size))
        painter.end()


class Tick(QCheckBox):
    """A box to tick."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        place = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        painter = QPainter(self)
        size = 14
        spot = QRect(place.center().x() - size // 2 + 1, place.center().y() - size // 2 + 1, size, size)
        painter.drawPixmap(spot, icons.pixmap("check", "on_primary" if self.isEnabled() else "hint", size))
        painter.end()


def _is_idle_undo(event: QEvent, *, can: bool) -> bool:
    return (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.matches(QKeySequence.StandardKey.Undo)
        and not can
    )
