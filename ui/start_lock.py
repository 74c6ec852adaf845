"""The lock: passphrase or recovery code; a wrong one is told calmly, and a wait is counted down."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from ui.jobs import KEYRING, Jobs
from ui.start_mending import RECOVERABLE, RecoveryOffer
from ui.start_secret import FORGOTTEN, SecretAsk
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.stacking import column_in
from ui.widgets.texts import label


class LockPage(QWidget):
    """Opens a home that exists."""

    opened = Signal(object)
    """Session."""
    recovery_wished = Signal(str)
    """The secret, which is right, while the ledger is damaged."""

    def __init__(self, home: Path, jobs: Jobs, *, locked: bool = False) -> None:
        """A page that is `locked` was open a moment ago: the system's keyring does not open it by itself."""
        super().__init__()
        self._home, self._jobs = home, jobs
        self._leaving = self._wanted = False
        self._build(locked=locked)
        self.ask.ask_wait()
        if not locked:
            self._try_keyring()

    def hold(self) -> None:
        """Say that what was under way is being finished; until `release` nothing opens."""
        self._leaving = True
        self._set_busy("正在收好资料…")

    def release(self) -> None:
        """The home is shut now and can be opened."""
        self._leaving = False
        self._set_busy("")
        if self._wanted:
            self._unlock()

    def _build(self, *, locked: bool) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._asking = QWidget()
        whole.addWidget(self._asking)
        self.offer = RecoveryOffer()
        self.offer.taken.connect(self._recover)
        self.offer.declined.connect(self._decline)
        whole.addWidget(self.offer)
        column = column_in(self._asking, 14)
        column.addWidget(label("已锁定，请输入口令" if locked else "输入口令", "card-title"))
        self.ask = SecretAsk(self._home, self._jobs)
        self.secret = self.ask.secret
        column.addWidget(self.ask)
        column.addWidget(label(FORGOTTEN, "hint", wrap=True))
        self.go = button("打开", self._unlock, kind=PRIMARY)
        column.addWidget(self.go, 0, Qt.AlignmentFlag.AlignRight)
        self.ask.entered.connect(self._unlock)
        self.setFocusProxy(self.secret)

    def _try_keyring(self) -> None:
        home = self._home
        try:
            wished = sessions.opens_by_itself(home)
        except AppError:
            return
        if not wished:
            return
        self.ask.note("正在问系统密钥环，也可以直接输入口令。")
        # A lane of its own: a keyring may ask the person something first, or not answer at all.
        self._jobs.run(
            lambda _progress, _cancelled: sessions.unlock_by_keyring(home), self._opened, owner=self,
            failed=self._failed_keyring, lane=KEYRING,
        )  # fmt: skip

    def _failed_keyring(self, _error: AppError) -> None:
        # Whatever is wrong shows again, in full, when the passphrase is tried; it is asked for now in any case.
        self.ask.wait.setText("系统密钥环没有打开，请输入口令。")

    def _unlock(self) -> None:
        if not self.go.isEnabled():
            # Who is back before everything was put away need not press Enter twice.
            self._wanted = self._leaving
            return
        self._wanted = False
        if not self.secret.text():
            self.ask.say("请输入口令。")
            return
        self._set_busy("正在打开…")
        home, secret = self._home, self.secret.text()
        self._jobs.run(
            lambda _progress, _cancelled: sessions.unlock(home, secret), self._opened, owner=self, failed=self._failed
        )

    def _opened(self, session: Session) -> None:
        self.secret.clear()
        self.opened.emit(session)

    def _failed(self, error: AppError) -> None:
        self._set_busy("")
        if isinstance(error, RECOVERABLE):
            # The secret is right: the line for it would only ask for what was given.
            self.ask.say("")
            self._asking.hide()
            self.offer.tell(error)
            return
        self.ask.tell(error)

    def _recover(self) -> None:
        secret = self.secret.text()
        self._ask_again()
        self.recovery_wished.emit(secret)

    def _decline(self) -> None:
        self._ask_again()
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_again(self) -> None:
        self.secret.clear()
        self.offer.close_offer()
        self._asking.show()

    def _set_busy(self, text: str) -> None:
        busy = text or ("正在收好资料…" if self._leaving else "")
        enable(self.go, on=not busy, why_not="请稍候。")
        self.go.setText(busy or "打开")
