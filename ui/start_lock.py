"""The lock: passphrase or recovery code; a wrong one is told calmly."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.operations import session as sessions
from ui.jobs import Jobs
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.labelled import Labelled
from ui.widgets.secret import Secret
from ui.widgets.texts import label, restyle


class LockPage(QWidget):
    """Opens a home that exists."""

    opened = Signal(object)
    """Session."""

    def __init__(self, home: Path, jobs: Jobs) -> None:
        super().__init__()
        self._home, self._jobs = home, jobs
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(label("输入口令", "card-title"))
        self.secret = Secret("口令或恢复码")
        self._field = Labelled("口令", self.secret)
        column.addWidget(self._field)
        column.addWidget(label("忘了口令，可以在这里输入恢复码。", "hint", wrap=True))
        self.go = button("打开", self._unlock, kind=PRIMARY)
        column.addWidget(self.go, 0, Qt.AlignmentFlag.AlignRight)
        self.secret.returnPressed.connect(self._unlock)
        self.secret.textEdited.connect(lambda _text: self._say(""))
        self.setFocusProxy(self.secret)

    def _unlock(self) -> None:
        if not self.go.isEnabled():
            return
        if not self.secret.text():
            self._say("请输入口令。")
            return
        enable(self.go, on=False, why_not="正在打开，请稍候。")
        self.go.setText("正在打开…")
        home, secret = self._home, self.secret.text()
        self._jobs.run(
            lambda _progress, _cancelled: sessions.unlock(home, secret),
            self.opened.emit,
            owner=self,
            failed=self._failed,
        )

    def _failed(self, error: AppError) -> None:
        enable(self.go, on=True)
        self.go.setText("打开")
        self._say(error.sentence())
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)
        self.secret.selectAll()

    def _say(self, message: str) -> None:
        self._field.show_problem(message)
        restyle(self.secret, wrong="true" if message else "false")
        self.secret.setAccessibleDescription(message)
