"""Second step: the recovery code, to be printed or written down, for the day the passphrase is forgotten."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QPainter
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui import dialogs
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.inputs import Tick
from ui.widgets.stacking import column_in
from ui.widgets.texts import label

_WHY = "忘记口令时，只有这组恢复码能打开本机资料。请抄下或打印，交社区办公室存放，不要和电脑放在一起。"
_SHEET = """忘记口令时，在解锁页输入这组恢复码，就能打开本机资料。
请存放在社区办公室，不要和电脑放在一起。

使用人：____________　　日期：____________"""
_WHY_NOT = "先把恢复码抄下或打印，再打勾。"


class RecoveryPage(QWidget):
    """Shows the code until the person says that it is kept somewhere else."""

    kept = Signal()

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code
        column = column_in(self, 14)
        column.addWidget(label("收好恢复码", "card-title"))
        column.addWidget(label(_WHY, "second", wrap=True))
        shown = label(_in_lines(code), "code", selectable=True)
        shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        shown.setAccessibleName(f"恢复码 {code}")
        font = shown.font()
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 1.5)
        shown.setFont(font)
        column.addWidget(shown)
        line = QHBoxLayout()
        line.addWidget(button("打印", self._print, icon="printer", key="Ctrl+P"))
        self._copy = button("复制", self._copy_code, icon="copy")
        line.addWidget(self._copy)
        line.addStretch(1)
        column.addLayout(line)
        self.tick = Tick("我已抄下或打印恢复码，并放在安全的地方")
        column.addWidget(self.tick)
        self.go = button("下一步", self.kept.emit, kind=PRIMARY)
        enable(self.go, on=False, why_not=_WHY_NOT)
        self.tick.toggled.connect(lambda on: enable(self.go, on=on, why_not=_WHY_NOT))
        column.addWidget(self.go, 0, Qt.AlignmentFlag.AlignRight)
        self.setFocusProxy(self.tick)

    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self._code)
        self._copy.setText("已复制")

    def _print(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName("recovery")
        if dialogs.choose_printer(self, printer):
            print_code(printer, self._code)


def print_code(printer: QPrinter, code: str) -> None:
    """One sheet with the code and what it is for; black on white, in points."""
    painter = QPainter(printer)
    area = printer.pageRect(QPrinter.Unit.DevicePixel)
    font = QFont()
    inch = printer.resolution()
    for text, points, top in (
        ("网格台账 恢复码", 22, 0.8), (_in_lines(code), 20, 1.7),
        (_SHEET, 12, 3.2),
    ):  # fmt: skip
        font.setPointSize(points)
        painter.setFont(font)
        spot = area.adjusted(inch, top * inch, -inch, 0)
        painter.drawText(spot, int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap), text)
    painter.end()


def _in_lines(code: str) -> str:
    groups = code.replace(" ", "-").split("-")
    half = (len(groups) + 1) // 2
    if len(groups) <= 4:  # noqa: PLR2004 - what fits on a line
        return " ".join(groups)
    return "\n".join([" ".join(groups[:half]), " ".join(groups[half:])])
