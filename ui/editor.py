"""What every editor of a field promises: text goes in and text comes out, and is never cleared.

What comes out (`raw`) is what the field's own `parse` reads: typed text, codes, ids.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

from gridworker.ledger.facts import Value
from gridworker.ledger.field import Field
from ui.widgets.stacking import column_in
from ui.widgets.texts import restyle


class Choices(Protocol):
    """Where editors of links find what can be chosen; answers come later, in the UI thread."""

    def find(self, owner: QObject, to: str, text: str, heard: Callable[[list[tuple[str, str]]], object]) -> None:
        """Tell `heard` the (id, label) pairs that fit a text."""


class Editor(QWidget):
    """The input of one field. `edited` tells of a person's change, `left` that the focus went elsewhere."""

    edited = Signal()
    left = Signal()
    wide: bool = False
    """Whether it asks for a whole line of a form."""
    names_itself: bool = False
    """Whether it shows the field's label itself."""

    def __init__(self, field: Field, choices: Choices | None = None) -> None:
        super().__init__()
        self.field = field
        self.choices = choices
        self._column = column_in(self, 6)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def raw(self) -> str:
        """What was typed or chosen, as text that the field parses."""
        raise NotImplementedError

    def set_raw(self, raw: str) -> None:
        """Show text as it was typed, without telling."""
        raise NotImplementedError

    def set_value(self, value: Value, shown: str = "") -> None:
        """Show a stored value; `shown` is how a link reads."""
        self.set_raw(self.field.format(value))

    def focus_target(self) -> QWidget:
        """What receives the focus, carries the accessible name and the red edge."""
        raise NotImplementedError

    def mark(self, *, wrong: bool, description: str) -> None:
        """Draw the edge of a wrong field, and let a screen reader say why."""
        restyle(self.focus_target(), wrong="true" if wrong else "false")
        self.focus_target().setAccessibleDescription(description)

    def tidy(self) -> None:
        """Show what was typed as it will be stored, where it can be read."""

    def renew(self) -> None:
        """Another record is shown: what was said about the one before goes."""

    def is_busy(self) -> bool:
        """Whether something is still being taken in."""
        return False

    def when_ready(self, then: Callable[[], object]) -> bool:
        """Whether something is still being taken in; `then` is called once it has been."""
        del then
        return False

    def _adopt(self, control: QWidget, *, show: bool = True) -> None:
        control.setAccessibleName(self.field.label)
        control.setAccessibleDescription(self.field.help)
        control.installEventFilter(self)
        if show:
            self._column.addWidget(control)
            self.setFocusProxy(control)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            passing = (
                Qt.FocusReason.PopupFocusReason,
                Qt.FocusReason.ActiveWindowFocusReason,
                Qt.FocusReason.MenuBarFocusReason,
            )
            if event.reason() not in passing:
                self.tidy()
                self.left.emit()
        return super().eventFilter(watched, event)
