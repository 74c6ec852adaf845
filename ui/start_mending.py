"""When the ledger does not open because it is damaged: the offer to recover it, and the page that does it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.operations import recovering
from gridworker.operations import session as sessions
from gridworker.operations.recovering import RecoveryReport
from gridworker.operations.session import Session
from gridworker.store.errors import DamagedDatabase, DamagedSidecar, MissingDatabase, MissingSidecar, SwappedSidecar
from gridworker.store.safety_errors import ForeignHistory, OldCopy, OnlyBackups, VanishedSaves
from ui.jobs import LONG, Job, Jobs
from ui.start_copies import CopiesList
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner, Loading
from ui.widgets.texts import label

RECOVERABLE = (
    DamagedDatabase, VanishedSaves, OldCopy, ForeignHistory, MissingDatabase, MissingSidecar, DamagedSidecar,
    OnlyBackups, SwappedSidecar,
)  # fmt: skip
"""The last one looks the same where the very first bytes of the ledger are destroyed."""
_FORGET_MS = 120_000
"""A typed secret is not kept for whoever comes to the machine later."""
_ADVICE = "口令没有错。可以现在恢复台账，也可以先不动，联系社区管理员。"
_OLD = "如果是有意换回旧备份，请按“恢复台账”，这样才不会和服务器冲突；如果不是，请按“不恢复”，把原来的文件放回来。"
_GONE = (
    "口令没有错。文件可能被移走或删除：能从回收站或别处找回的，请按“不恢复”，把它放回原处；"
    "找不回的，请按“恢复台账”，用最新一份完好的备份。备份以后登记、还没上传的会少，恢复后会说明少了几步。"
)
_KEYS = (
    "台账文件没有动。每一份备份里也有一把钥匙：请按“恢复台账”，用它打开，口令和恢复码是做那份备份时的。"
    "没有备份，请按“不恢复”，找回 keys.json 或联系社区管理员；请不要新建台账。"
)
_ONLY_BACKUPS = (
    "文件可能被移走或删除：能从回收站或别处找回的，请按“不恢复”，把它们放回原处；"
    "找不回的，请按“恢复台账”，用最新一份完好的备份。口令和恢复码是做那份备份时的。"
)
_SWAPPED = "有人换过它，请按“不恢复”，把原来的放回来；没有人换过，就是台账文件的开头损坏，请按“恢复台账”。"
_STEPS = (
    "先逐页检查，能修好的坏点直接修好。",
    "修不好的，用最新一份完好的备份（U 盘或共享上的也可以），再补回备份以后登记的、还读得出的内容。",
    "损坏的文件原样收进数据文件夹里另一个文件夹，不删除任何东西。",
    "最后说明找回了什么、少了什么。中途可以停止，停止了什么都不会变。",
)


class RecoveryOffer(QWidget):
    """What is wrong with the ledger, and two ways to go; doing nothing is the one that Enter and Esc take."""

    taken = Signal()
    declined = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = column_in(self, 14)
        column.addWidget(label("台账暂时打不开", "card-title"))
        self.words = label("", wrap=True, selectable=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.words)
        line = QHBoxLayout()
        line.addStretch(1)
        self.leave = button("不恢复", self.declined.emit)
        self.go = button("恢复台账", self.taken.emit, kind=PRIMARY)
        line.addWidget(self.leave)
        line.addWidget(self.go)
        column.addLayout(line)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self._decline)
        self._timer = _timer(self)
        self._timer.timeout.connect(self._decline)
        self.hide()

    def tell(self, error: AppError) -> None:
        """Say what is wrong, and wait for an answer, but not for ever."""
        self.words.setText(f"{error.title}{error.safe}{_advice(error)}")
        self.show()
        self.leave.setFocus(Qt.FocusReason.OtherFocusReason)
        self._timer.start()

    def close_offer(self) -> None:
        """The offer was answered."""
        self._timer.stop()
        self.hide()

    def _decline(self) -> None:
        self.declined.emit()


class MendingPage(QWidget):
    """Says what will happen, does it on a worker, and tells how it ended."""

    opened = Signal(object)
    """Session."""
    left = Signal()

    def __init__(self, home: Path, secret: str, jobs: Jobs) -> None:
        super().__init__()
        self._home, self._secret, self._jobs = home, secret, jobs
        self._job: Job[RecoveryReport] | None = None
        self._over = False
        self._timer = _timer(self)
        column = column_in(self, 14)
        self.title = label("恢复台账", "card-title")
        column.addWidget(self.title)
        self.banner = Banner()
        column.addWidget(self.banner)
        self.words = label("\n".join(f"{n}．{step}" for n, step in enumerate(_STEPS, 1)), wrap=True, selectable=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.words)
        self.copies = CopiesList(home, secret, jobs)
        # While somebody looks for her stick the secret is not forgotten.
        self.copies.choosing.connect(lambda on: self._timer.stop() if on else self._timer.start())
        column.addWidget(self.copies)
        self.loading = Loading("正在恢复…", self._stop)
        column.addWidget(self.loading)
        self.loading.hide()
        line = QHBoxLayout()
        line.addStretch(1)
        self.leave = button("不恢复", self._leave)
        self.go = button("开始恢复", self._go_on, kind=PRIMARY)
        line.addWidget(self.leave)
        line.addWidget(self.go)
        column.addLayout(line)
        self.setFocusProxy(self.leave)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self._leave)
        self._timer.timeout.connect(self._forget)
        self._timer.start()
        self.copies.read()

    def _leave(self) -> None:
        """Back to the lock; while it works, this is the wish to stop."""
        if self._job is not None:
            self._stop()
            return
        self._forget_secret()
        self.left.emit()

    def _go_on(self) -> None:
        if not self.go.isEnabled():
            return
        if self._over:
            self._open()
        else:
            self._recover()

    def _recover(self) -> None:
        home, secret, extra = self._home, self._secret, self.copies.extra
        self._timer.stop()
        self.copies.stop()
        self.banner.hide()
        self._set_busy(on=True)
        self._job = self._jobs.run(
            lambda progress, cancelled: recovering.recover(
                home, secret, extra=extra, progress=progress, cancelled=cancelled
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
        self._rest()
        self.banner.say("已停止，台账和文件都没有变。")

    def _failed(self, error: AppError) -> None:
        self._rest()
        self.banner.tell(error)

    def _tell(self, report: RecoveryReport) -> None:
        self._over = True
        self._rest()
        self.title.setText("恢复好了" if report.complete else "恢复完了，有内容没能找回")
        self.words.setText("\n".join(report.sentences))
        self.leave.setText("先不打开")
        self.leave.setAccessibleName("先不打开")
        self.go.setText("打开台账")
        self.go.setAccessibleName("打开台账")
        self.go.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self) -> None:
        if not self._secret:
            self.left.emit()
            return
        home, secret = self._home, self._secret
        self._forget_secret()
        self._timer.stop()
        for one in (self.go, self.leave):
            enable(one, on=False, why_not="正在打开…")
        self._jobs.run(
            lambda _progress, _cancelled: sessions.unlock(home, secret), self._opened, owner=self, failed=self._failed
        )

    def _opened(self, session: Session) -> None:
        self.opened.emit(session)

    def _rest(self) -> None:
        self._job = None
        self._set_busy(on=False)
        self._timer.start()

    def _set_busy(self, *, on: bool) -> None:
        self.words.setVisible(not on)
        self.copies.setVisible(not on and not self._over)
        self.loading.setVisible(on)
        if on:
            self.loading.show_progress(0, 0, "正在恢复…")
            enable(self.loading.stop, on=True)
        for one in (self.go, self.leave):
            enable(one, on=not on, why_not="正在恢复，请稍候。")
        (self.loading.stop if on else self.leave).setFocus(Qt.FocusReason.OtherFocusReason)

    def _forget_secret(self) -> None:
        self._secret = ""
        self.copies.stop()
        self.copies.forget()

    def _forget(self) -> None:
        self._forget_secret()
        if not self._over:
            self.left.emit()


def _advice(error: AppError) -> str:
    # Their own advice names a command, for whoever meets them in a terminal.
    if isinstance(error, OldCopy):
        return _OLD
    if isinstance(error, MissingDatabase):
        return _GONE
    if isinstance(error, OnlyBackups):
        return _ONLY_BACKUPS
    if isinstance(error, MissingSidecar | DamagedSidecar):
        return _KEYS
    return _SWAPPED if isinstance(error, SwappedSidecar) else _ADVICE


def _timer(owner: QWidget) -> QTimer:
    made = QTimer(owner)
    made.setSingleShot(True)
    made.setInterval(_FORGET_MS)
    return made
