"""From a backup to a ledger on a new machine: which one, by which secret, the work, and what came of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from gridworker.errors import AppError
from gridworker.operations import recovering
from gridworker.operations import session as sessions
from gridworker.operations.found_ledgers import FoundCopy, FoundLedger
from gridworker.operations.recovering import RestoreReport
from gridworker.store.errors import TooManyTries, WrongPassphrase
from gridworker.store.safety_errors import DamagedBackup, HomeStands
from ui.jobs import LONG, Job, Jobs
from ui.start_found import FoundStep
from ui.start_secret import FORGOTTEN, SecretAsk
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.inputs import Choice
from ui.widgets.labelled import Labelled
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner, Loading
from ui.widgets.texts import label

_FORGET_MS = 120_000
"""A typed secret is not kept for whoever comes to the machine later."""
_OF_ITS_DAY = "是做那份备份时的口令。"
_STANDS = "这台电脑上已经有一份台账，没有覆盖它。请关掉窗口再打开程序，用它的口令进入。"
_GONE_ON = "没有更早的备份了，请按“返回”换一个文件夹。"


class RestorePage(QWidget):
    """Three steps of one page; Esc is a step back, and while it works the wish to stop."""

    opened = Signal(object)
    """Session."""
    restored = Signal()
    """The ledger stands, and is to be opened by its lock."""
    left = Signal()

    def __init__(self, home: Path, jobs: Jobs) -> None:
        super().__init__()
        self._home, self._jobs = home, jobs
        self._job: Job[RestoreReport] | None = None
        self._secret = ""
        column = column_in(self, 12)
        self.banner = Banner()
        column.addWidget(self.banner)
        self._stack = QStackedWidget()
        self._stack.setObjectName("paper")
        column.addWidget(self._stack)
        self.found = FoundStep(home, jobs)
        self.found.chosen.connect(self._ask)
        self.found.left.connect(self.left)
        self.asking = AskStep(home, jobs)
        self.asking.left.connect(self._choose_again)
        self.asking.wished.connect(self._restore)
        self.loading = Loading("正在恢复…", self._stop)
        self.told = ToldStep()
        self.told.wished.connect(self._open)
        self.told.left.connect(self._finish)
        for step in (self.found, self.asking, self.loading, self.told):
            self._stack.addWidget(step)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FORGET_MS)
        self._timer.timeout.connect(self._forget_secret)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self._step_back)
        self.setFocusProxy(self.found)
        self.found.look()

    def _step_back(self) -> None:
        step = self._stack.currentWidget()
        if step is self.loading:
            self._stop()
        elif isinstance(step, FoundStep | AskStep | ToldStep):
            step.step_back()

    def _turn(self, step: QWidget) -> None:
        self._stack.setCurrentWidget(step)
        step.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose_again(self) -> None:
        self.banner.hide()
        self.asking.ask.secret.clear()
        self._turn(self.found)

    def _ask(self, found: FoundLedger) -> None:
        self.banner.hide()
        self.asking.show_ledger(found)
        self._turn(self.asking)

    def _restore(self, copy: FoundCopy, secret: str) -> None:
        self.banner.hide()
        self._secret = secret
        self.asking.ask.say("")
        home, source = self._home, copy.path
        self._turn(self.loading)
        self.loading.show_progress(0, 0, "正在恢复…")
        enable(self.loading.stop, on=True)
        self.loading.stop.setFocus(Qt.FocusReason.OtherFocusReason)
        self._job = self._jobs.run(
            lambda progress, cancelled: recovering.restore(
                home, source, secret, progress=progress, cancelled=cancelled
            ),
            self._tell, owner=self, failed=self._failed, progress=self.loading.show_progress,
            cancelled=self._stopped, lane=LONG,
        )  # fmt: skip

    def _stop(self) -> None:
        if self._job is not None:
            self._job.stop()
            self.loading.show_stopping()
            enable(self.loading.stop, on=False, why_not="正在停止…")

    def _stopped(self) -> None:
        self._back_to_asking()
        self.banner.say("已停止。备份没有动，这台电脑上也没有留下半份台账。")

    def _failed(self, error: AppError) -> None:
        self._back_to_asking()
        if isinstance(error, WrongPassphrase | TooManyTries):
            self.asking.tell(error)
        elif isinstance(error, DamagedBackup):
            self.banner.say(self.asking.offer_next(), tone="warn")
        elif isinstance(error, HomeStands):
            self.banner.say(_STANDS, tone="warn")
        else:
            self.banner.tell(error)

    def _back_to_asking(self) -> None:
        self._job, self._secret = None, ""
        self._turn(self.asking)

    def _tell(self, report: RestoreReport) -> None:
        self._job = None
        self.asking.ask.secret.clear()
        self._timer.start()
        self.told.show_report(report)
        self._turn(self.told)

    def _open(self) -> None:
        home, secret = self._home, self._secret
        if not secret:
            self.restored.emit()
            return
        self._forget_secret()
        self.told.set_busy(on=True)
        self._jobs.run(
            lambda _progress, _cancelled: sessions.unlock(home, secret), self.opened.emit, owner=self,
            failed=lambda _error: self.restored.emit(),
        )  # fmt: skip

    def _finish(self) -> None:
        self._forget_secret()
        self.restored.emit()

    def _forget_secret(self) -> None:
        self._timer.stop()
        self._secret = ""


class AskStep(QWidget):
    """Which of the copies, and the secret."""

    wished = Signal(object, str)
    """(FoundCopy, secret)."""
    left = Signal()

    def __init__(self, home: Path, jobs: Jobs) -> None:
        super().__init__()
        self._found: FoundLedger | None = None
        column = column_in(self, 12)
        column.addWidget(label("从备份恢复", "card-title"))
        self.place = label("", "second", wrap=True, selectable=True)
        column.addWidget(self.place)
        self.copy = Choice()
        column.addWidget(Labelled("用哪一份", self.copy))
        self.ask = SecretAsk(home, jobs)
        self.secret = self.ask.secret
        column.addWidget(self.ask)
        column.addWidget(label(_OF_ITS_DAY + FORGOTTEN, "hint", wrap=True))
        line = QHBoxLayout()
        self.leave = button("返回", self.step_back, key="Esc")
        self.go = button("开始恢复", self._wish, kind=PRIMARY)
        line.addWidget(self.leave)
        line.addStretch(1)
        line.addWidget(self.go)
        column.addLayout(line)
        self.ask.entered.connect(self._wish)
        self.setFocusProxy(self.ask)

    def show_ledger(self, found: FoundLedger) -> None:
        """Offer the copies of a ledger, the newest first."""
        self._found = found
        self.place.setText(f"{found.folder}\n{found.words}")
        self.copy.clear()
        for one in found.copies:
            self.copy.addItem(one.words)
        self.copy.setCurrentIndex(0)
        self.ask.say("")
        self.ask.ask_wait()

    def offer_next(self) -> str:
        """Turn to the copy before the one that did not hold, and say so; what was typed stays."""
        row = self.copy.currentIndex()
        bad = self.copy.itemText(row).split("　")[0]
        if row + 1 >= self.copy.count():
            return f"{bad} 的一份损坏或不完整，没有用它。{_GONE_ON}"
        self.copy.setCurrentIndex(row + 1)
        self.go.setFocus(Qt.FocusReason.OtherFocusReason)
        following = self.copy.itemText(row + 1).split("　")[0]
        return f"{bad} 的一份损坏或不完整，没有用它。已换成前一份，做于 {following}；要用它，请按“开始恢复”。"

    def tell(self, error: AppError) -> None:
        """Say what is wrong with the secret."""
        self.ask.tell(error)

    def step_back(self) -> None:
        """Back to the folders."""
        self.left.emit()

    def _wish(self) -> None:
        if not self.secret.text():
            self.ask.say("请输入口令。")
            self.secret.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if self._found is not None:
            self.wished.emit(self._found.copies[self.copy.currentIndex()], self.secret.text())


class ToldStep(QWidget):
    """What came back and what did not."""

    wished = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = column_in(self, 12)
        self.title = label("恢复好了", "card-title")
        column.addWidget(self.title)
        self.words = label("", wrap=True, selectable=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.words)
        line = QHBoxLayout()
        line.addStretch(1)
        self.leave = button("先不打开", self.left.emit)
        self.go = button("打开台账", self._wish, kind=PRIMARY)
        line.addWidget(self.leave)
        line.addWidget(self.go)
        column.addLayout(line)
        self.setFocusProxy(self.go)

    def show_report(self, report: RestoreReport) -> None:
        """Say it in sentences."""
        self.title.setText("恢复好了" if not report.photos_lost else "恢复好了，有照片没能找回")
        self.words.setText("\n".join(report.sentences))
        self.words.setAccessibleName("\n".join(report.sentences))

    def set_busy(self, *, on: bool) -> None:
        """Nothing can be pressed while the ledger opens."""
        for one in (self.go, self.leave):
            enable(one, on=not on, why_not="正在打开…")

    def step_back(self) -> None:
        """Who does not open it now meets the lock."""
        if self.leave.isEnabled():
            self.left.emit()

    def _wish(self) -> None:
        if self.go.isEnabled():
            self.wished.emit()
