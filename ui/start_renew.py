"""After a code opened the home: a new passphrase in place of the forgotten one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from ui.jobs import Jobs
from ui.widgets.buttons import LINK, PRIMARY, button, enable
from ui.widgets.labelled import Labelled
from ui.widgets.secret import Secret
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner
from ui.widgets.strength import StrengthBar
from ui.widgets.texts import label, restyle

_LEAST = 2


class RenewPage(QWidget):
    """A passphrase typed twice; a code the office released ends with it, so that step cannot be left out."""

    done = Signal()

    def __init__(self, session: Session, jobs: Jobs) -> None:
        super().__init__()
        self._session, self._jobs = session, jobs
        once = session.opened_by != sessions.RECOVERY
        column = column_in(self, 14)
        column.addWidget(label("设一个新口令", "card-title"))
        words = "恢复码已经打开了资料，它仍然有效。"
        if once:
            words = "社区放行的恢复码只能用这一次，请现在设一个新口令。"
        column.addWidget(label(words, "second", wrap=True))
        self.banner = Banner()
        column.addWidget(self.banner)
        self.first, self.second = Secret("新口令"), Secret("再输一次新口令")
        self._strength = StrengthBar()
        self._fields = (Labelled("新口令", self.first, note="必填"), Labelled("再输一次", self.second, note="必填"))
        column.addWidget(self._fields[0])
        column.addWidget(self._strength)
        column.addWidget(self._fields[1])
        line = QHBoxLayout()
        if not once:
            self.keep = button("不换，口令我记得", self.done.emit, kind=LINK)
            line.addWidget(self.keep)
        line.addStretch(1)
        self.go = button("设好并打开", self._set, kind=PRIMARY)
        line.addWidget(self.go)
        column.addLayout(line)
        self.first.textEdited.connect(self._judge)
        self.second.textEdited.connect(lambda _text: self._say(1, ""))
        self.first.returnPressed.connect(self.second.setFocus)
        self.second.returnPressed.connect(self._set)
        self.setFocusProxy(self.first)

    def _judge(self, text: str) -> None:
        self._say(0, "")
        found = sessions.strength(text)
        self._strength.show_strength(found.score if text else 0, found.words if text else "")

    def _set(self) -> None:
        if not self.go.isEnabled():
            return
        found, same = sessions.strength(self.first.text()), self.first.text() == self.second.text()
        self._say(0, "" if found.score >= _LEAST else found.words)
        self._say(1, "" if same else "两次输入的口令不一样，请再输一次。")
        if found.score < _LEAST or not same:
            (self.first if found.score < _LEAST else self.second).setFocus(Qt.FocusReason.OtherFocusReason)
            return
        enable(self.go, on=False, why_not="正在设置，请稍候。")
        session, chosen = self._session, self.first.text()
        self._jobs.run(
            lambda _progress, _cancelled: sessions.set_passphrase(session, chosen), lambda _nothing: self.done.emit(),
            owner=self, failed=self._failed,
        )  # fmt: skip

    def _failed(self, error: AppError) -> None:
        enable(self.go, on=True)
        self.banner.tell(error)

    def _say(self, place: int, message: str) -> None:
        line = (self.first, self.second)[place]
        self._fields[place].show_problem(message)
        restyle(line, wrong="true" if message else "false")
        line.setAccessibleDescription(message)
