"""The movements of a person or household as lines: when, what, the way to each, and 取消合并 where it can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from gridworker.operations.moved import MovementLine
from ui.widgets.buttons import LINK, button
from ui.widgets.stacking import column_in, line_in
from ui.widgets.texts import label


class MovementLines(QWidget):
    """Lines, newest first."""

    opened = Signal(str)
    unmerge_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._column = column_in(self, 2)

    def show_lines(self, lines: Sequence[MovementLine]) -> None:
        """Replace all lines."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for one in lines:
            self._column.addWidget(self._line(one))
        self.setVisible(bool(lines))

    def _line(self, one: MovementLine) -> QWidget:
        holder = QWidget()
        line = line_in(holder, 6)
        line.addWidget(label(f"{one.day}　{one.text}", "second", wrap=True), 1)
        if one.can_unmerge:
            back = button("取消合并", lambda: self.unmerge_wanted.emit(one.id), kind=LINK, tip="重新分成两条登记")
            back.setAccessibleName(f"取消 {one.day} 的合并")
            line.addWidget(back, 0, Qt.AlignmentFlag.AlignTop)
        go = button("打开", lambda: self.opened.emit(one.id), kind=LINK)
        go.setAccessibleName(f"打开变动：{one.day} {one.text}")
        line.addWidget(go, 0, Qt.AlignmentFlag.AlignTop)
        return holder
