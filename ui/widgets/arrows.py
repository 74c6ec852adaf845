"""What the arrow keys mean in a row of choices."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


def arrow_step(event: QKeyEvent) -> int | None:
    """One back or one on; None of any other key."""
    return _STEPS.get(Qt.Key(event.key()))
