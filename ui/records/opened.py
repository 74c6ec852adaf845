"""After a save that made something elsewhere: a line that says so, with the way to it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gridworker.operations import opened
from gridworker.operations.opened import Opened
from gridworker.operations.save import Saved
from ui import icons
from ui.desk import Desk
from ui.widgets.buttons import ICON, LINK, button
from ui.widgets.tab_order import keep_tab_order
from ui.widgets.texts import Elided, label


class OpenedNote(QFrame):
    """Stays until the next save or until it is closed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setObjectName("banner")
        self.setProperty("tone", "ok")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 6, 6, 6)
        line.setSpacing(8)
        sign = QLabel()
        icons.wear(sign, "circle-check", "ok", 20)
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        line.addLayout(self._rows, 1)
        line.addWidget(button("关闭提示", self.hide, kind=ICON, icon="x"), 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def hear(self, saved: Saved) -> None:
        """Look what a save or a move opened; where that is nothing the line goes away."""
        self._desk.call(opened.opened_by, saved, done=self._show, owner=self)

    def _show(self, found: list[Opened]) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for one in found:
            self._rows.addWidget(self._row(one))
        self.setAccessibleName("，".join(f"已另外登记：{one.label} {one.number}" for one in found))
        self.setVisible(bool(found))
        keep_tab_order(self)

    def _row(self, one: Opened) -> QWidget:
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(label(f"已另外登记：{one.label}"))
        said.addWidget(Elided(one.number, "second"))
        line.addLayout(said, 1)
        go = button("打开", partial(self._desk.open_record, one.ledger, one.id), kind=LINK)
        go.setAccessibleName(f"打开{one.label} {one.number}")
        line.addWidget(go, 0, Qt.AlignmentFlag.AlignTop)
        return holder
