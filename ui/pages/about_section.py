"""What this program is, which fonts it draws and prints with, and whose work it stands on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QWidget

from gridworker.errors import AppError
from gridworker.reports.fonts import find_fonts
from ui.desk import Desk
from ui.theme import theme
from ui.widgets.card import rule
from ui.widgets.stacking import column_in
from ui.widgets.texts import label


class AboutSection(QWidget):
    """Plain facts, to be read out over the telephone."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        column = column_in(self, 12)
        column.addWidget(label(f"网格台账 {_own_version()}", "card-title"))
        column.addWidget(label("社区网格员的工作台账：不联网也能登记，联网后与社区同步。", "second", wrap=True))
        facts = f"Python {platform.python_version()}，Qt {qVersion()}，{platform.system()} {platform.machine()}"
        column.addWidget(label(facts, "second", wrap=True, selectable=True))
        column.addWidget(rule())
        column.addWidget(label("字体", "card-title"))
        column.addWidget(label(f"窗口：{theme.family or '系统字体'}。", "second", wrap=True))
        self._paper = label("纸面：正在查看…", "second", wrap=True)
        column.addWidget(self._paper)
        column.addWidget(rule())
        column.addWidget(label("许可", "card-title"))
        licences = (
            "本程序以 Apache License 2.0 发布。界面用 Qt for Python（LGPL-3.0），图标来自 Lucide（ISC），"
            "随程序的字体是思源黑体、思源宋体和霞鹜文楷（SIL OFL 1.1）。"
        )
        column.addWidget(label(licences, "second", wrap=True))
        column.addStretch(1)
        desk.jobs.run(
            lambda _progress, _cancelled: find_fonts().describe(), self._show_fonts, owner=self, failed=self._no_fonts
        )

    def _show_fonts(self, described: tuple[str, ...]) -> None:
        self._paper.setText("纸面：" + "\n".join(described))

    def _no_fonts(self, error: AppError) -> None:
        self._paper.setText(f"纸面：{error.sentence()}")


def _own_version() -> str:
    try:
        return version("gridworker")
    except PackageNotFoundError:
        return "（源代码）"
