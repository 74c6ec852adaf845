"""有 N 份没写完的草稿: what was typed and never saved, to go on with or to throw away; hidden where there is none."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from gridworker.operations import unfinished
from gridworker.operations.unfinished import Unfinished
from ui.desk import Desk
from ui.widgets.buttons import ICON, LINK, button
from ui.widgets.card import rule
from ui.widgets.undo_strip import UndoStrip
from ui.widgets.unfolding import Unfolding, two_lines

_ROW = 60


class DraftsNotice(Unfolding):
    """One line that unfolds into the drafts, and 撤销 for one that was thrown away."""

    wanted = Signal(object)
    """Unfinished that is to be gone on with."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("接着写，或者丢弃", _ROW, "file-pen")
        self._desk = desk
        self._but = ""
        self.strip = UndoStrip()
        self.column.setContentsMargins(8, 2, 8, 4)
        self.column.addWidget(self.strip)
        self.column.addWidget(rule())

    def read(self, *, but: str = "") -> None:
        """Look for drafts; the one of the form that stands beside them, `but`, is no news."""
        self._but = but
        self._desk.call(unfinished.unfinished, done=self._show, owner=self)

    def is_worth_showing(self) -> bool:
        return super().is_worth_showing() or not self.strip.isHidden()

    def _show(self, found: list[Unfinished]) -> None:
        news = [one for one in found if one.draft.key != self._but]
        self.show_rows(f"有 {len(news)} 份没写完的草稿", [self._line(one) for one in news])

    def _line(self, one: Unfinished) -> QWidget:
        go_on = _named("接着写", one, lambda: self.wanted.emit(one), kind=LINK)
        throw = _named("丢弃", one, lambda: self._throw_away(one), kind=ICON, icon="trash-2")
        return two_lines(_ROW, one.title, one.at_text, go_on, throw)

    def _throw_away(self, one: Unfinished) -> None:
        def gone(_nothing: object) -> None:
            self.strip.offer("草稿已丢弃", lambda: self._keep_again(one))
            self.read(but=self._but)
            self.head.setFocus(Qt.FocusReason.OtherFocusReason)

        self._desk.call(unfinished.throw_away, one.draft, done=gone, owner=self)

    def _keep_again(self, one: Unfinished) -> None:
        self._desk.call(unfinished.keep_again, one.draft, done=lambda _nothing: self.read(but=self._but), owner=self)


def _named(text: str, one: Unfinished, pressed: Callable[[], object], *, kind: str, icon: str = "") -> QPushButton:
    made = button(text, pressed, kind=kind, icon=icon)
    made.setAccessibleName(f"{text}：{one.title}，{one.at_text}")
    return made
