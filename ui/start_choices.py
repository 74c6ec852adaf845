"""The very first page: begin alone, join a server, bring a backup back, or look at the demo; nothing is made yet."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ui.widgets.choice import ChoiceButton
from ui.widgets.stacking import column_in
from ui.widgets.texts import label

ALONE, JOIN, DEMO, RESTORE = "alone", "join", "demo", "restore"
_WORDS = {
    ALONE: ("新建台账", "先在这台电脑上单独登记，以后随时可以加入服务器。", "user"),
    JOIN: ("加入服务器", "社区给了服务器地址和加入码，和同事共用一份台账。", "link"),
    RESTORE: ("从备份恢复", "换了电脑，U 盘或单位共享上有以前的备份。", "history"),
    DEMO: ("先看演示", "用一个虚构的网格试一试，里面没有真人资料。", "play"),
}


class ChoicesPage(QWidget):
    """How to begin."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = column_in(self, 10)
        column.addWidget(label("怎样开始", "card-title"))
        self.ways = {way: choice_button(way) for way in _WORDS}
        for way, one in self.ways.items():
            one.clicked.connect(lambda _checked=False, way=way: self.chosen.emit(way))
            column.addWidget(one)
        self.setFocusProxy(self.ways[ALONE])

    def stand_at(self, way: str) -> None:
        """Give the focus to a way that was gone and come back from."""
        self.ways[way].setFocus(Qt.FocusReason.OtherFocusReason)


def choice_button(way: str) -> ChoiceButton:
    """A large button that says what it leads to."""
    title, sentence, icon = _WORDS[way]
    return ChoiceButton(title, sentence, icon=icon)
