"""Last step of an import: what was written, and the ways on: look, undo as a whole, take the refused rows home."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gridworker.operations.import_ import REFUSED, VERDICT_LABELS, ImportPlan, ImportReport
from ui import icons
from ui.widgets.buttons import PRIMARY, button
from ui.widgets.texts import label


class ReportStep(QWidget):
    """The report of one import."""

    undo_requested = Signal()
    refused_requested = Signal()
    open_requested = Signal()
    again_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.setSpacing(12)
        outer.addStretch(1)
        self._sign = QLabel()
        outer.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignHCenter)
        self.title = label("", "card-title")
        self.sentence = label("", "second", wrap=True)
        for one in (self.title, self.sentence):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            outer.addWidget(one)
        self._figures = QWidget()
        self._grid = QGridLayout(self._figures)
        self._grid.setHorizontalSpacing(32)
        self._grid.setVerticalSpacing(2)
        outer.addWidget(self._figures, 0, Qt.AlignmentFlag.AlignHCenter)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addStretch(1)
        tip = "把这一批整个撤回；后来又改过的保持现状"
        self.undo = button("撤销本次导入", self.undo_requested.emit, icon="undo-2", tip=tip)
        self.refused = button("把被拒的行另存为表格", self.refused_requested.emit, icon="download")
        self.again = button("再导入一个文件", self.again_requested.emit, icon="import")
        self.open = button("去看台账", self.open_requested.emit, kind=PRIMARY)
        for act in (self.undo, self.refused, self.again, self.open):
            acts.addWidget(act)
        acts.addStretch(1)
        outer.addSpacing(8)
        outer.addLayout(acts)
        outer.addStretch(2)

    def show_report(self, plan: ImportPlan, report: ImportReport) -> None:
        """Say what was written."""
        icons.wear(self._sign, "circle-check", "ok", 40)
        self.title.setText("导入完成")
        self.sentence.setText(f"{plan.source} 已导入{plan.ledger.label}台账。原来的文件没有改动。")
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        shown = [(text, report.counts[key]) for key, text in VERDICT_LABELS.items()]
        if report.counts.get("new_households"):
            shown.append(("随之新建住户", report.counts["new_households"]))
        for place, (text, count) in enumerate(shown):
            number = label(f"{count:,}", "page-title")
            name = label(text, "second")
            for one in (number, name):
                one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            number.setAccessibleName(f"{text} {count}")
            self._grid.addWidget(number, 0, place)
            self._grid.addWidget(name, 1, place)
        self._figures.show()
        self.undo.show()
        self.refused.setVisible(bool(report.counts[REFUSED]))
        self.open.setText(f"去看{plan.ledger.label}台账")
        self.open.setFocus()

    def show_undone(self, sentence: str) -> None:
        """Say that the import was taken back."""
        icons.wear(self._sign, "undo-2", "text2", 40)
        self.title.setText("本次导入已撤销")
        self.sentence.setText(sentence)
        self._figures.hide()
        self.undo.hide()
        self.again.setFocus()
