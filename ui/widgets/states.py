"""What a view says when it has no rows: empty, busy, or failed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gridworker.errors import AppError, BugError
from ui import icons
from ui.widgets.buttons import LINK, button
from ui.widgets.texts import label


class EmptyState(QWidget):
    """An icon, one plain title, one sentence, one useful button."""

    def __init__(self, icon: str, title: str, sentence: str = "", action: str = "",
                 pressed: Callable[[], object] | None = None) -> None:  # fmt: skip
        super().__init__()
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        sign = QLabel()
        icons.wear(sign, icon, "text2", 40)
        column.addWidget(sign, 0, Qt.AlignmentFlag.AlignHCenter)
        self.title = label(title, "card-title", wrap=True)
        self.sentence = label(sentence, "second", wrap=True)
        for text in (self.title, self.sentence):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(text)
        self.action: QPushButton | None = None
        if action:
            self.action = button(action, pressed)
            column.addSpacing(4)
            column.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def say(self, title: str, sentence: str) -> None:
        """Say something else."""
        self.title.setText(title)
        self.sentence.setText(sentence)


class Loading(QWidget):
    """Work under way: what is done, how far, and 停止."""

    def __init__(self, text: str = "正在读取…", stop: Callable[[], object] | None = None) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.addStretch(2)
        self.text = label(text, "second")
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.text)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setFixedWidth(240)
        self.bar.setAccessibleName("进度")
        column.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignHCenter)
        if stop:
            self.stop = button("停止", stop, kind=LINK)
            column.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def show_progress(self, done: int, total: int, text: str = "") -> None:
        """How far the work is; a total of 0 means that nobody knows."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        if text:
            self.text.setText(text)

    def show_stopping(self) -> None:
        """Say at once that the wish to stop was heard."""
        self.text.setText("正在停止…")


class Banner(QFrame):
    """A sentence across the page: what happened, what is safe, what to do; technical text behind 详情."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 8, 8, 8)
        line.setSpacing(10)
        self._sign = QLabel()
        # Sign and first line stand at the height of the buttons beside them.
        head = QVBoxLayout()
        head.setContentsMargins(0, 8, 0, 0)
        head.addWidget(self._sign)
        head.addStretch(1)
        line.addLayout(head)
        column = QVBoxLayout()
        column.setContentsMargins(0, 7, 0, 7)
        column.setSpacing(4)
        self._text = label("", wrap=True, selectable=True)
        self._detail = label("", "hint", wrap=True, selectable=True)
        column.addWidget(self._text)
        column.addWidget(self._detail)
        line.addLayout(column, 1)
        self._more = button("详情", self._unfold, kind=LINK)
        self._close = button("关闭提示", self.hide, kind="icon", icon="x")
        self._action = button("办理", self._act, kind=LINK)
        self._pressed: Callable[[], object] | None = None
        for widget in (self._action, self._more, self._close):
            line.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def say(self, text: str, *, tone: str = "", detail: str = "", action: str = "",
            pressed: Callable[[], object] | None = None) -> None:  # fmt: skip
        """Show a sentence; tone is empty, ok, warn or bad."""
        from ui.widgets.texts import restyle

        restyle(self, tone=tone)
        names = {
            "": ("info", "primary"),
            "ok": ("circle-check", "ok"),
            "warn": ("triangle-alert", "warn"),
            "bad": ("circle-alert", "bad"),
        }
        icons.wear(self._sign, *names[tone], 20)
        self._text.setText(text)
        self._detail.setText(detail)
        self._detail.hide()
        self._more.setVisible(bool(detail))
        self._action.setText(action)
        self._action.setAccessibleName(action or "办理")
        self._action.setVisible(bool(action))
        self._pressed = pressed
        self.setAccessibleName(text)
        self.show()

    def tell(self, error: AppError, *, action: str = "", pressed: Callable[[], object] | None = None) -> None:
        """Show a failure calmly."""
        self.say(
            error.sentence(),
            tone="warn",
            detail=error.report if isinstance(error, BugError) else "",
            action=action,
            pressed=pressed,
        )

    def _unfold(self) -> None:
        self._detail.setVisible(not self._detail.isVisible())

    def _act(self) -> None:
        if self._pressed:
            self._pressed()
