"""A record's history beside it: who did what and when, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gridworker.operations.timeline import Step
from ui import icons
from ui.widgets.texts import label

_LONGEST = 80


class Timeline(QWidget):
    """Lines of what happened; a text too long for a line is cut here and whole in its tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Replace all lines."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for step in steps:
            self._column.addWidget(_line(step))
        if not steps:
            self._column.addWidget(label("还没有改动记录。", "hint"))


def _line(step: Step) -> QWidget:
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    sign = QLabel()
    icons.wear(sign, "history", "hint", 16)
    line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(label(step.what, wrap=True))
    column.addWidget(label(f"{step.at_text} · {step.who}", "second"))
    if step.reason:
        column.addWidget(label(f"原因：{step.reason}", "second", wrap=True))
    for name, before, after in step.details:
        told = label(f"{name}：{_short(before)} → {_short(after)}", "second", wrap=True)
        told.setToolTip(f"{name}\n原来：{before or '空'}\n改为：{after or '空'}")
        column.addWidget(told)
    line.addLayout(column, 1)
    return holder


def _short(text: str) -> str:
    line = text.replace("\n", " ") or "空"
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
