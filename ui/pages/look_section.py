"""How the program looks: light or dark, and the size of letters."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ui.desk import Desk
from ui.widgets.inputs import Tick
from ui.widgets.labelled import Labelled
from ui.widgets.segmented import Segmented
from ui.widgets.stacking import column_in
from ui.widgets.texts import label


class LookSection(QWidget):
    """Every choice is worn at once and kept."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        column = column_in(self, 16)
        self.theme = Segmented([("system", "跟随系统"), ("light", "浅色"), ("dark", "深色")], name="颜色")
        self.theme.setMaximumWidth(360)
        self.theme.set_value(desk.settings.theme)
        self.theme.changed.connect(lambda mode: desk.change_settings(theme=mode))
        column.addWidget(Labelled("颜色", self.theme, buddy=self.theme.focus_target()))
        self.large = Tick("大字")
        self.large.setChecked(desk.settings.large_text)
        self.large.toggled.connect(lambda on: desk.change_settings(large_text=on))
        column.addWidget(self.large, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(label("所有文字放大到 1.15 倍。打印的纸面不受影响，纸上总是白底黑字。", "second", wrap=True))
        column.addStretch(1)
