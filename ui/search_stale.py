"""The line above search results that says the index is out of step, and offers to make it anew."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.operations import find
from ui.desk import Desk
from ui.jobs import LONG
from ui.widgets.buttons import button
from ui.widgets.texts import label

_TEXT = "搜索索引和台账对不上，可能查不全。"


class StaleNotice(QFrame):
    """Hidden while all is well; looks once, when somebody searches for the first time."""

    mended = Signal()
    appeared = Signal()

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._looked = False
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        self._text = label(_TEXT, "second", wrap=True)
        self.rebuild = button(
            "重建搜索", self._rebuild, icon="refresh-cw", tip="重新整理索引，台账本身不变；期间照常保存和查找"
        )
        row.addWidget(self._text, 1)
        row.addWidget(self.rebuild)
        self.hide()

    def look(self) -> None:
        """Compares index and records, off the window's thread; does nothing the second time."""
        if not self._looked:
            self._looked = True
            self._desk.call(find.is_in_step, done=self._judge, owner=self, lane=LONG)

    def _judge(self, in_step: object) -> None:
        self._text.setText(_TEXT)
        self.rebuild.setEnabled(True)
        self.setVisible(not in_step)
        if not in_step:
            self.appeared.emit()

    def _rebuild(self) -> None:
        self.rebuild.setEnabled(False)
        session = self._desk.session
        self._desk.jobs.run(
            lambda progress, cancelled: find.rebuild(session, progress, cancelled),
            lambda _nothing: self._done(), owner=self, failed=self._failed, progress=self._tell,
            cancelled=lambda: self._judge(in_step=False), lane=LONG,
        )  # fmt: skip

    def _tell(self, done: int, total: int, text: str) -> None:
        self._text.setText(f"{text} {done}/{total}")

    def _done(self) -> None:
        self.hide()
        self.mended.emit()

    def _failed(self, error: AppError) -> None:
        self._judge(in_step=False)
        self._desk.failed.emit(error)
