"""Where a card tells things over what scrolls in it; without anything to tell it takes no room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget


class Pinned(QWidget):
    """Holds sentences that come and go, and is there for as long as one of them is."""

    def __init__(self, *parts: QWidget) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 2)
        column.setSpacing(8)
        self._parts = parts
        for part in parts:
            column.addWidget(part)
            part.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self.setVisible(any(not part.isHidden() for part in self._parts))
        return super().eventFilter(watched, event)
