"""A field as people see it: its name, 必填 or 选填, the input, and under it one sentence when something is wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ui import icons
from ui.widgets.buttons import LINK, button
from ui.widgets.stacking import column_in
from ui.widgets.tab_order import keep_tab_order
from ui.widgets.texts import label


class Labelled(QWidget):
    """An input with its label above and its error beneath."""

    def __init__(
        self, name: str, control: QWidget, *, note: str = "", note_right: bool = False, buddy: QWidget | None = None
    ) -> None:
        super().__init__()
        column = column_in(self, 5)
        head = QHBoxLayout()
        head.setSpacing(6)
        self.name = QLabel(name)
        target = buddy or control
        self.name.setBuddy(target)
        if name and not target.accessibleName():
            target.setAccessibleName(name)
        head.addWidget(self.name)
        if note_right:
            head.addStretch(1)
        self.note = label(note, "hint")
        head.addWidget(self.note)
        if not note:
            self.note.hide()
        if not note_right:
            head.addStretch(1)
        column.addLayout(head)
        column.addWidget(control)
        self._problem = QWidget()
        line = QHBoxLayout(self._problem)
        line.setContentsMargins(0, 1, 0, 0)
        line.setSpacing(5)
        self._sign = QLabel()
        line.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        self.problem = label("", "error", wrap=True)
        self._said = QVBoxLayout()
        self._said.setSpacing(2)
        self._said.addWidget(self.problem)
        line.addLayout(self._said, 1)
        column.addWidget(self._problem)
        self.action: QPushButton | None = None
        self._problem.hide()

    def show_problem(
        self, message: str, *, warning: bool = False, action: str = "", pressed: Callable[[], object] | None = None
    ) -> None:
        """Say what is wrong and what it should be, with a button to act on it; an empty message takes it away."""
        from ui.widgets.texts import restyle

        self._problem.setVisible(bool(message))
        self.problem.setText(message)
        if self.action is not None:
            self._said.removeWidget(self.action)
            self.action.hide()
            self.action.deleteLater()
            self.action = None
        if action:
            self.action = button(action, pressed, kind=LINK)
            self.action.setAccessibleName(f"{action}：{message}")
            self._said.addWidget(self.action, 0, Qt.AlignmentFlag.AlignLeft)
            keep_tab_order(self)
        if message:
            restyle(self.problem, role="warning" if warning else "error")
            icons.wear(self._sign, "triangle-alert" if warning else "circle-alert", "warn" if warning else "bad", 16)
