"""有 N 份没写完的草稿: what was typed and never saved, to go on with or to throw away; hidden where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gridworker.operations import unfinished
from gridworker.operations.unfinished import Unfinished
from ui.desk import Desk
from ui.theme import theme
from ui.widgets.buttons import ICON, LINK, button
from ui.widgets.card import rule, scrolled
from ui.widgets.tab_order import keep_tab_order
from ui.widgets.texts import Elided
from ui.widgets.undo_strip import UndoStrip

_ROW, _ROWS = 60, 4


class DraftsNotice(QWidget):
    """One line that unfolds into the drafts."""

    wanted = Signal(object)
    """Unfinished that is to be gone on with."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._but = ""
        self._found: Sequence[Unfinished] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 8, 4)
        column.setSpacing(2)
        self.head = button("", self._fold, kind=LINK, icon="file-pen", tip="接着写，或者丢弃")
        self.head.setCheckable(True)
        column.addWidget(self.head, 0, Qt.AlignmentFlag.AlignLeft)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        inner = QWidget()
        inner.setLayout(self._rows)
        self._list = scrolled(inner)
        column.addWidget(self._list)
        self.strip = UndoStrip()
        column.addWidget(self.strip)
        column.addWidget(rule())
        self._list.hide()
        self.hide()

    def read(self, *, but: str = "") -> None:
        """Look for drafts; the one of the form that stands beside them, `but`, is no news."""
        self._but = but
        self._desk.call(unfinished.unfinished, done=self._show, owner=self)

    def _show(self, found: list[Unfinished]) -> None:
        self._found = [one for one in found if one.draft.key != self._but]
        text = f"有 {len(self._found)} 份没写完的草稿"
        # A thin blank between icon and text, as in every button.
        self.head.setText(f"\u2009{text}")
        self.head.setAccessibleName(text)
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for one in self._found:
            self._rows.addWidget(self._line(one))
        self._list.setFixedHeight(theme.px(_ROW) * min(_ROWS, len(self._found)))
        self.head.setVisible(bool(self._found))
        if not self._found:
            self.head.setChecked(False)
        self._fold()
        self.setVisible(bool(self._found) or not self.strip.isHidden())
        keep_tab_order(self)

    def _fold(self) -> None:
        self._list.setVisible(self.head.isChecked() and bool(self._found))

    def _line(self, one: Unfinished) -> QWidget:
        holder = QWidget()
        holder.setFixedHeight(theme.px(_ROW))
        column = QVBoxLayout(holder)
        column.setContentsMargins(8, 2, 0, 0)
        column.setSpacing(0)
        column.addWidget(Elided(one.title))
        line = QHBoxLayout()
        line.setSpacing(2)
        line.addWidget(Elided(one.at_text, "second"), 1)
        line.addWidget(_named("接着写", one, lambda: self.wanted.emit(one), kind=LINK))
        line.addWidget(_named("丢弃", one, lambda: self._throw_away(one), kind=ICON, icon="trash-2"))
        column.addLayout(line)
        return holder

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
