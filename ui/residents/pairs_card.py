"""可能重复的登记: all pairs of residents who are probably one, each with the way to compare them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from gridworker.operations.twins import Pair
from ui.widgets.buttons import ICON, button
from ui.widgets.card import Card
from ui.widgets.states import EmptyState
from ui.widgets.texts import label


class PairsCard(Card):
    """A list; arrows move, Enter compares."""

    closed = Signal()
    compare_wanted = Signal(str, str)

    def __init__(self) -> None:
        self._count = label("", "second")
        self.close_button = button("回到列表", kind=ICON, icon="x", key="Esc")
        super().__init__("可能重复的登记", self._count, self.close_button)
        self.close_button.clicked.connect(lambda _checked=False: self.closed.emit())
        self._pairs: Sequence[Pair] = ()
        self.list = QListWidget()
        self.list.setObjectName("ledger")
        self.list.setAccessibleName("可能重复的登记")
        self.list.setWordWrap(True)
        self.list.setSpacing(4)
        self.list.itemActivated.connect(lambda _item: self._compare())
        self.list.itemClicked.connect(lambda _item: self._compare())
        self.body.addWidget(self.list, 1)
        self._empty = EmptyState("circle-check", "没有看起来重复的登记", "登记新居民时会继续核对。")
        self.body.addWidget(self._empty)

    def show_pairs(self, pairs: Sequence[Pair]) -> None:
        """Show the pairs; the mark stays in its place."""
        row = max(self.list.currentRow(), 0)
        self._pairs = pairs
        self._count.setText(f"{len(pairs)} 对" if pairs else "")
        self.list.clear()
        for pair in pairs:
            item = QListWidgetItem(f"{pair.one.title}　和　{pair.other.title}\n{pair.one.why}")
            self.list.addItem(item)
        self.list.setVisible(bool(pairs))
        self._empty.setVisible(not pairs)
        if pairs:
            self.list.setCurrentRow(min(row, len(pairs) - 1))

    def begin(self) -> None:
        """Put the keys into the list."""
        (self.list if self._pairs else self.close_button).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._compare()
        else:
            super().keyPressEvent(event)

    def _compare(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._pairs):
            pair = self._pairs[row]
            self.compare_wanted.emit(pair.one.id, pair.other.id)
