"""After the keys: join a server with a code, or look at the demo grid; who wished to start alone does not come here."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from gridworker.errors import AppError
from gridworker.operations import demo, enrol
from gridworker.operations.session import Session
from ui.jobs import LONG, Job, Jobs
from ui.start_choices import ALONE, DEMO, JOIN, choice_button
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.inputs import Line
from ui.widgets.labelled import Labelled
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner, Loading
from ui.widgets.texts import label

DEMO_HOUSEHOLDS = 320
_DEMO_SEED = 1
_CHOICES, _JOIN = 0, 1


class BeginPage(QWidget):
    """How to begin."""

    ready = Signal(object)
    """Session."""

    def __init__(self, session: Session, jobs: Jobs, *, way: str = "") -> None:
        """Goes the way that was chosen before the keys were made; the others stay open where it leads nowhere."""
        super().__init__()
        self._session, self._jobs = session, jobs
        self._job: Job[object] | None = None
        column = column_in(self, 14)
        self.banner = Banner()
        column.addWidget(self.banner)
        self._stack = QStackedWidget()
        self._stack.setObjectName("paper")
        column.addWidget(self._stack)
        self._stack.addWidget(self._make_choices())
        self._stack.addWidget(self._make_join())
        self._loading = Loading("正在生成演示数据…", self._stop)
        self._stack.addWidget(self._loading)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self._step_back)
        if way == JOIN:
            self._turn(_JOIN)
            self.setFocusProxy(self.url)
        elif way == DEMO:
            QTimer.singleShot(0, self, self._open_demo)

    def _step_back(self) -> None:
        """From joining to the choices; from the demo being made, the wish to stop."""
        if self._stack.currentWidget() is self._loading:
            self._stop()
        elif self._stack.currentIndex() == _JOIN and self.back.isEnabled():
            self._turn(_CHOICES)

    def _make_choices(self) -> QWidget:
        page = QWidget()
        column = column_in(page, 10)
        column.addWidget(label("怎样开始", "card-title"))
        self.join, self.alone, self.demo = choice_button(JOIN), choice_button(ALONE), choice_button(DEMO)
        self.join.clicked.connect(lambda: self._turn(_JOIN))
        self.alone.clicked.connect(lambda: self.ready.emit(self._session))
        self.demo.clicked.connect(self._open_demo)
        for one in (self.join, self.alone, self.demo):
            column.addWidget(one)
        page.setFocusProxy(self.join)
        self.setFocusProxy(self.join)
        return page

    def _make_join(self) -> QWidget:
        page = QWidget()
        column = column_in(page, 14)
        column.addWidget(label("加入服务器", "card-title"))
        self.url, self.code = Line(), Line()
        self.url.setPlaceholderText("如 https://wangge.example.cn")
        self.url.setAccessibleName("服务器地址")
        self.code.setPlaceholderText("社区给的一次性加入码")
        self.code.setAccessibleName("加入码")
        column.addWidget(Labelled("服务器地址", self.url, note="必填"))
        column.addWidget(Labelled("加入码", self.code, note="必填"))
        line = QHBoxLayout()
        self.back = button("返回", self._step_back, key="Esc")
        line.addWidget(self.back)
        line.addStretch(1)
        self.enroll = button("加入", self._enroll, kind=PRIMARY)
        line.addWidget(self.enroll)
        column.addLayout(line)
        column.addStretch(1)
        self.code.returnPressed.connect(self._enroll)
        self.url.returnPressed.connect(self.code.setFocus)
        return page

    def _turn(self, page: int) -> None:
        self.banner.hide()
        self._stack.setCurrentIndex(page)
        (self.url if page == _JOIN else self.join).setFocus(Qt.FocusReason.OtherFocusReason)

    def _enroll(self) -> None:
        url, code = self.url.text().strip(), self.code.text().strip()
        if not url or not code:
            self.banner.say("请填写服务器地址和加入码。", tone="warn")
            return
        for one in (self.enroll, self.back):
            enable(one, on=False, why_not="正在加入，请稍候。")
        self.enroll.setText("正在加入…")
        self._jobs.run(
            lambda _progress, _cancelled: enrol.enroll(self._session, url, code),
            lambda _place: self.ready.emit(self._session), owner=self, failed=self._refused, lane=LONG,
        )  # fmt: skip

    def _refused(self, error: AppError) -> None:
        for one in (self.enroll, self.back):
            enable(one, on=True)
        self.enroll.setText("加入")
        self.banner.tell(error)

    def _open_demo(self) -> None:
        self.banner.hide()
        self._stack.setCurrentWidget(self._loading)
        session = self._session
        self._job = self._jobs.run(
            lambda progress, cancelled: demo.fill(
                session, households=DEMO_HOUSEHOLDS, seed=_DEMO_SEED, progress=progress, cancelled=cancelled
            ),
            lambda _changes: self.ready.emit(session), owner=self, failed=self._demo_failed,
            progress=self._loading.show_progress, cancelled=lambda: self._turn(_CHOICES), lane=LONG,
        )  # fmt: skip

    def _demo_failed(self, error: AppError) -> None:
        self._turn(_CHOICES)
        self.banner.tell(error)

    def _stop(self) -> None:
        if self._job is not None:
            self._loading.show_stopping()
            self._job.stop()
