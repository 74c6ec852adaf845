"""The line for a passphrase or a code at a lock: what is wrong is said under it, and a wait is counted down."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from gridworker.errors import AppError
from gridworker.operations import session as sessions
from ui.jobs import Jobs
from ui.widgets.labelled import Labelled
from ui.widgets.secret import Secret
from ui.widgets.stacking import column_in
from ui.widgets.texts import label, restyle

FORGOTTEN = "忘了口令，可以在这里输入恢复码，或社区放行的一次性恢复码。"
_TICK_MS = 250


class SecretAsk(QWidget):
    """Asks for a secret; the wait after wrong ones is that of a home."""

    entered = Signal()

    def __init__(self, home: Path, jobs: Jobs) -> None:
        super().__init__()
        self._home, self._jobs = home, jobs
        self._until = 0.0
        self._told: AppError | None = None
        column = column_in(self, 14)
        self.secret = Secret("口令或恢复码")
        self.field = Labelled("口令", self.secret)
        column.addWidget(self.field)
        self.wait = label("", "second", wrap=True)
        self.wait.hide()
        column.addWidget(self.wait)
        self.secret.returnPressed.connect(self.entered)
        self.secret.textEdited.connect(lambda _text: self.say(""))
        self.setFocusProxy(self.secret)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._count_down)

    def ask_wait(self) -> None:
        """Ask how long a passphrase is not heard yet, and count it down."""
        self._jobs.run(
            lambda _progress, _cancelled: sessions.wait_seconds(self._home), self._wait, owner=self,
            failed=lambda _error: None,
        )  # fmt: skip

    def tell(self, error: AppError) -> None:
        """Say what is wrong with the secret, which stays selected to be typed over."""
        # A wait is no fault: it is counted down beneath the line instead of being told in red.
        self._told = None if isinstance(error, sessions.TooManyTries) else error
        self.say(self._told.sentence() if self._told else "")
        self.ask_wait()
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)
        self.secret.selectAll()

    def note(self, text: str) -> None:
        """Say something beneath the line that is no fault."""
        self.wait.setText(text)
        self.wait.show()

    def say(self, message: str) -> None:
        """Say what is wrong; an empty message takes it away."""
        self.field.show_problem(message)
        restyle(self.secret, wrong="true" if message else "false")
        self.secret.setAccessibleDescription(message or self.wait.text())

    def _wait(self, seconds: int) -> None:
        self._until = time.monotonic() + seconds
        if seconds:
            self._timer.start()
            if self._told and self.field.problem.text():
                # How long it takes and what else can be done is said, and counted, beneath.
                self.say(self._told.title)
        self._count_down()

    def _count_down(self) -> None:
        left = round(self._until - time.monotonic() + 0.5)
        if left > 0:
            self.wait.setText(f"口令连续输错多次，请等 {sessions.waiting_words(left)}再试口令。恢复码不用等。")
        elif self._timer.isActive():
            self._timer.stop()
            self.wait.setText("可以再试口令了。")
        self.wait.setVisible(left > 0 or (bool(self.wait.text()) and not self.wait.isHidden()))
