"""First step of the first start: a name, and a passphrase typed twice with its strength said in words."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.operations import session as sessions
from ui.jobs import Jobs
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.inputs import Line
from ui.widgets.labelled import Labelled
from ui.widgets.secret import Secret
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner
from ui.widgets.strength import StrengthBar
from ui.widgets.texts import label, restyle

_WHY = "住户资料在这台电脑上加密保存，每次打开都要输入口令。口令只有您知道，程序不保存、不上传。"
_LEAST = 2
"""The score from which a passphrase is taken."""


class PassphrasePage(QWidget):
    """Makes the home and its keys."""

    made = Signal(object)
    """(Session, recovery code)."""
    left = Signal()

    def __init__(self, home: Path, jobs: Jobs) -> None:
        super().__init__()
        self._home, self._jobs = home, jobs
        column = column_in(self, 14)
        column.addWidget(label("设一个口令", "card-title"))
        column.addWidget(label(_WHY, "second", wrap=True))
        self.banner = Banner()
        column.addWidget(self.banner)
        self.name = Line()
        self.name.setPlaceholderText("登记和打印时写在“走访人”里")
        self.first, self.second = Secret("口令"), Secret("再输一次口令")
        self._strength = StrengthBar()
        self._fields = {
            "name": Labelled("您的姓名", self.name, note="选填"),
            "first": Labelled("口令", self.first, note="必填"),
            "second": Labelled("再输一次", self.second, note="必填"),
        }
        self.name.setAccessibleName("您的姓名")
        column.addWidget(self._fields["name"])
        column.addWidget(self._fields["first"])
        column.addWidget(self._strength)
        column.addWidget(self._fields["second"])
        self.go = button("下一步", self._make, kind=PRIMARY)
        column.addSpacing(4)
        line = QHBoxLayout()
        self.back = button("返回", self._leave, key="Esc")
        line.addWidget(self.back)
        line.addStretch(1)
        line.addWidget(self.go)
        column.addLayout(line)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self._leave)
        self.first.textEdited.connect(self._judge)
        self.second.textEdited.connect(lambda _text: self._say("second", ""))
        self.first.returnPressed.connect(self.second.setFocus)
        self.second.returnPressed.connect(self._make)
        self.setFocusProxy(self.name)

    def _leave(self) -> None:
        """Back to the ways to begin; while the keys are made it waits for them."""
        if self.go.isEnabled():
            self.left.emit()

    def _judge(self, text: str) -> None:
        self._say("first", "")
        if not text:
            self._strength.show_strength(0, "")
            return
        found = sessions.strength(text)
        self._strength.show_strength(found.score, found.words)

    def _make(self) -> None:
        if not self.go.isEnabled() or not self._is_right():
            return
        for one in (self.go, self.back):
            enable(one, on=False, why_not="正在建立，请稍候。")
        self.go.setText("正在建立…")
        passphrase, name, home = self.first.text(), self.name.text().strip(), self._home
        self._jobs.run(
            lambda _progress, _cancelled: sessions.start(home, passphrase, name=name),
            self.made.emit, owner=self, failed=self._failed,
        )  # fmt: skip

    def _is_right(self) -> bool:
        found = sessions.strength(self.first.text())
        self._say("first", "" if found.score >= _LEAST else found.words or "请设一个口令。")
        same = self.first.text() == self.second.text()
        self._say("second", "" if same else "两次输入的口令不一样，请再输一次。")
        if found.score < _LEAST:
            self.first.setFocus()
        elif not same:
            self.second.setFocus()
            self.second.selectAll()
        return same and found.score >= _LEAST

    def _say(self, key: str, message: str) -> None:
        self._fields[key].show_problem(message)
        line = self.first if key == "first" else self.second
        restyle(line, wrong="true" if message else "false")
        line.setAccessibleDescription(message)
        if key == "first":
            self._strength.setVisible(not message)

    def _failed(self, error: AppError) -> None:
        for one in (self.go, self.back):
            enable(one, on=True)
        self.go.setText("下一步")
        self.banner.tell(error)
