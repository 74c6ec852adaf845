"""N 栋楼很久没有走到: a line that unfolds into the buildings in which nobody knocked for too long."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.planning.visit_extras import ForgottenBuilding
from ui.day.folded import Folded
from ui.theme import theme
from ui.widgets.buttons import LINK, button
from ui.widgets.texts import Elided

_ROW = 40


class ForgottenBuildings(Folded):
    """The buildings; a press on one leads to its rooms."""

    wanted = Signal(str)
    """The building, as it is called where one is chosen."""

    def __init__(self) -> None:
        super().__init__("展开或收起很久没有走到的楼栋", _ROW)

    def show_buildings(self, found: Sequence[ForgottenBuilding]) -> None:
        """Show the buildings, the longest forgotten first."""
        since = "很久没有走到" if any(one.last for one in found) else "还没有走访过"
        self.show_rows(f"{len(found)} 栋楼{since}", [self._row(one) for one in found])

    def _row(self, one: ForgottenBuilding) -> QWidget:
        holder = QWidget()
        holder.setFixedHeight(theme.px(_ROW))
        line = QHBoxLayout(holder)
        line.setContentsMargins(2, 0, 0, 0)
        line.setSpacing(6)
        since = f"{one.days} 天没有走到" if one.last else "还没有走访过"
        go = button(one.building, partial(self.wanted.emit, one.building), kind=LINK, tip="看这栋楼的房间图")
        go.setAccessibleName(f"{one.building}，{since}，看房间图")
        line.addWidget(go, 0, Qt.AlignmentFlag.AlignLeft)
        line.addWidget(Elided(since, "second"), 1)
        return holder
