"""推迟的 N: what is due and waits for another day, why, and 放回."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gridworker.operations.plan import PutOff
from ui.day.folded import Folded
from ui.widgets.buttons import LINK, button
from ui.widgets.unfolding import two_lines

_ROW = 60


class PutOffList(Folded):
    """The things that wait."""

    bring_back_wanted = Signal(object)
    """PutOff that is to be done after all."""

    def __init__(self) -> None:
        super().__init__("展开或收起推迟的待办", _ROW)

    def show_waiting(self, waiting: Sequence[PutOff]) -> None:
        """Show what waits."""
        self.show_rows(f"推迟的 {len(waiting)}", [self._row(one) for one in waiting])

    def _row(self, one: PutOff) -> QWidget:
        until = date.fromisoformat(one.until)
        back = button("放回", lambda: self.bring_back_wanted.emit(one), kind=LINK, tip="今天就办，不再推迟")
        back.setAccessibleName(f"放回：{one.item.title}，{one.item.place}")
        return two_lines(_ROW, one.item.title, f"到 {until.month}月{until.day}日 · {one.reason}", back)
