"""A record's history beside it: who did what and when, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.operations.timeline import LinkedStep, Step
from ui import icons
from ui.widgets.buttons import LINK, button
from ui.widgets.stacking import column_in, line_in
from ui.widgets.states import Banner
from ui.widgets.tab_order import keep_tab_order
from ui.widgets.texts import label

_LONGEST = 80


class Timeline(QWidget):
    """Lines of what happened; a text too long for a line is cut here and whole in its tooltip."""

    undo_requested = Signal(object)
    """Step that is to be taken back."""
    record_wanted = Signal(str, str)
    """(ledger, id) of a linked record that is to be opened."""

    def __init__(self) -> None:
        super().__init__()
        outer = column_in(self, 8)
        self.banner = Banner()
        outer.addWidget(self.banner)
        self._column = QVBoxLayout()
        self._column.setSpacing(12)
        outer.addLayout(self._column)

    def show_steps(self, steps: Sequence[Step], *, can_undo: bool = True) -> None:
        """Replace all lines; `can_undo` offers to take single steps back."""
        focused = next((one.property("op") for one in self.findChildren(QPushButton) if one.hasFocus()), None)
        self._clear()
        for step in steps:
            line = _line(step)
            if can_undo and step.can_undo:
                self._offer(line, step, focused)
            self._column.addWidget(line)
        if not steps:
            self._column.addWidget(label("还没有改动记录。", "hint"))
        keep_tab_order(self)

    def show_linked(self, told: Sequence[LinkedStep]) -> None:
        """Replace all lines by those of linked records; each says whose it is and leads there."""
        self._clear()
        for one in told:
            go = button(one.label, partial(self.record_wanted.emit, one.ledger, one.record_id), kind=LINK)
            go.setAccessibleName(f"打开{one.label}")
            self._column.addWidget(_line(one.step, go))
        if not told:
            self._column.addWidget(label("还没有改动记录。", "hint"))
        keep_tab_order(self)

    def _clear(self) -> None:
        self.banner.hide()
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()

    def tell(self, error: AppError) -> None:
        """Say calmly why a step was not taken back."""
        self.banner.tell(error)

    def _offer(self, line: QWidget, step: Step, focused: object) -> None:
        undo = button("撤销这一步", lambda: self.undo_requested.emit(step), kind=LINK)
        undo.setAccessibleName(f"撤销这一步：{step.at_text} {step.what}")
        undo.setProperty("op", step.op_id)
        parts = line.layout()
        if parts is not None:
            parts.addWidget(undo)
            parts.setAlignment(undo, Qt.AlignmentFlag.AlignTop)
        if focused == step.op_id:
            undo.setFocus(Qt.FocusReason.OtherFocusReason)


def _line(step: Step, whose: QPushButton | None = None) -> QWidget:
    holder = QWidget()
    line = line_in(holder, 8)
    sign = QLabel()
    icons.wear(sign, "history", "hint", 16)
    line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(2)
    if whose is not None:
        column.addWidget(whose, 0, Qt.AlignmentFlag.AlignLeft)
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
