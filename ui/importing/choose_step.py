"""First step of an import: which ledger, which file; a file can also be dropped here."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import all_ledgers
from ui import dialogs, icons
from ui.widgets.buttons import PRIMARY, button
from ui.widgets.inputs import Choice
from ui.widgets.labelled import Labelled
from ui.widgets.texts import label

_LINKED = {"household": "按门牌找到住户", "person": "按姓名找到居民"}
KINDS = "表格 (*.xlsx *.xlsm *.xls *.csv *.txt);;所有文件 (*)"


class ChooseStep(QWidget):
    """Tells of the wish to read a file by `chosen(ledger, path)`."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(12)
        outer.addLayout(column)
        outer.addStretch(1)
        column.addStretch(1)
        sign = QLabel()
        icons.wear(sign, "import", "text2", 40)
        column.addWidget(sign, 0, Qt.AlignmentFlag.AlignHCenter)
        title = label("把办公室的表格导进来", "card-title")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(title)
        words = label("先看清每一列、每一行会怎样，再决定导入；导入以后还可以整批撤销。", "second", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words.setMinimumWidth(420)
        column.addWidget(words)
        self.ledger = Choice()
        for key, one in all_ledgers().items():
            self.ledger.addItem(f"{one.label}台账", key)
        self.ledger.setCurrentIndex(max(0, self.ledger.findData("person")))
        self.ledger.currentIndexChanged.connect(lambda _index: self._explain())
        column.addSpacing(4)
        column.addWidget(Labelled("导入到", self.ledger))
        self._explained = label("", "second", wrap=True)
        column.addWidget(self._explained)
        self.file = button("选择文件", self._choose, kind=PRIMARY, icon="folder-open")
        column.addWidget(self.file)
        hint = label("Excel 工作簿（.xlsx、.xls）或 CSV；也可以把文件拖到这里。", "hint", wrap=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(hint)
        column.addStretch(2)
        self._explain()

    def choose_ledger(self, key: str) -> None:
        """Choose from elsewhere in the program."""
        place = self.ledger.findData(key)
        if place >= 0:
            self.ledger.setCurrentIndex(place)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = next((url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()), "")
        if path:
            self._take(path)

    def _choose(self) -> None:
        path = dialogs.open_file(self, "选择要导入的表格", KINDS)
        if path:
            self._take(path)

    def _take(self, path: str) -> None:
        self.chosen.emit(str(self.ledger.currentData()), str(Path(path)))

    def _explain(self) -> None:
        self._explained.setText(_sentence(all_ledgers()[str(self.ledger.currentData())]))


def _sentence(ledger: Ledger) -> str:
    """What a row is, what it is linked to, and by what one that is here already is known."""
    if ledger.import_help:
        return ledger.import_help
    found = "、".join(text for to, text in _LINKED.items() if _is_linked(ledger, to))
    known = "，或".join("和".join(ledger[key].label for key in keys) for keys in ledger.same_by)
    return f"一行一条{ledger.label}；{f'{found}；' if found else ''}按{known}认出已有的。"


def _is_linked(ledger: Ledger, to: str) -> bool:
    return any(link.to == to and link.key in ledger.excel_columns for link in ledger.links)
