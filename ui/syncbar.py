"""The bar at the foot of the window: what waits, what goes, what is safe on the server. Offline is normal."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar

from gridworker.errors import AppError
from gridworker.ledger.dates import CHINA
from gridworker.operations import sync_
from gridworker.operations.changes import Changes
from gridworker.operations.sync_ import SyncReport, SyncState
from ui import icons
from ui.desk import Desk
from ui.jobs import LONG, Job
from ui.widgets.buttons import LINK, button
from ui.widgets.texts import label

_REFRESH_AFTER_MS = 300
_SYNC_EVERY_MS = 5 * 60_000
_TOLD = 4


class SyncBar(QFrame):
    """Says what waits and syncs when it is asked to; shows its errors here and never in a dialog."""

    told = Signal(str)
    """What came that changes how everybody works here: tables, holidays, time limits."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("syncbar")
        self.setFixedHeight(40)
        self._desk = desk
        self._job: Job[SyncReport] | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 0, 13, 0)
        line.setSpacing(10)
        self._sign = QLabel()
        self._text = label("", "second")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(180)
        self._bar.setAccessibleName("同步进度")
        self.action = button("立即同步", self._press, kind=LINK, key="F5")
        self._state: SyncState | None = None
        self._offline = ""
        self._detail = ""
        self._backup = ""
        line.addWidget(self._sign)
        line.addWidget(self._text)
        line.addWidget(self._bar)
        line.addWidget(self.action)
        line.addStretch(1)
        self._right = label("", "second")
        line.addWidget(self._right)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_AFTER_MS)
        self._timer.timeout.connect(self.read)
        desk.records_changed.connect(self._soon)
        desk.sync_requested.connect(self.start)
        desk.sync_state_changed.connect(self.read)
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._start_quietly)
        self._clock.start(_SYNC_EVERY_MS)
        self._bar.hide()
        self.read()

    def read(self) -> None:
        """Ask how things stand."""
        self._desk.call(sync_.state, done=self._show, owner=self)

    def say_backup(self, text: str) -> None:
        """Note when the last backup was made."""
        self._backup = text
        self.read()

    def start(self) -> None:
        """Sync now, unless it is under way."""
        if self._job is not None or self._state is None:
            return
        if self._state.server_url is None:
            self._desk.open_page("settings", section="sync")
            return
        session = self._desk.session
        self._bar.setRange(0, 0)
        self._bar.show()
        self._say("cloud-upload", "primary", "正在连接服务器…", "停止")
        self._job = self._desk.jobs.run(
            lambda progress, cancelled: sync_.sync(session, progress=progress, cancelled=cancelled),
            self._done, owner=self, failed=self._fail, progress=self._progress, cancelled=self._stopped, lane=LONG,
        )  # fmt: skip

    def _soon(self, _changes: object) -> None:
        self._timer.start()

    def _start_quietly(self) -> None:
        if self._state is not None and self._state.server_url is not None and not self._desk.jobs.is_busy(LONG):
            self.start()

    def _press(self) -> None:
        if self._job is None:
            self.start()
        else:
            self._job.stop()
            self._say("cloud-upload", "primary", "正在停止…", "")

    def _progress(self, done: int, total: int, text: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._say(
            "cloud-upload", "primary", text or (f"正在同步 {done} / {total} 条" if total else "正在同步…"), "停止"
        )

    def _done(self, report: SyncReport) -> None:
        self._end()
        self._offline = ""
        self._desk.publish(Changes(bulk=True))
        if report.reference:
            more = len(report.reference) - _TOLD
            self.told.emit("".join(report.reference[:_TOLD]) + (f"另有 {more} 项。" if more > 0 else ""))
        self.read()

    def _fail(self, error: AppError) -> None:
        self._end()
        self._offline = error.title
        self._detail = error.sentence()
        self.read()

    def _stopped(self) -> None:
        self._end()
        self.read()

    def _end(self) -> None:
        self._job = None
        self._bar.hide()

    def _show(self, state: SyncState) -> None:
        first, self._state = self._state is None, state
        if first:
            QTimer.singleShot(0, self, self._start_quietly)
        if self._job is not None:
            return
        waiting = f"{state.waiting} 条已存在本机，联网后自动上传。" if state.waiting else ""
        if state.server_url is None:
            self._say("shield-check", "ok", state.text, "加入服务器")
        elif self._offline:
            self._say("cloud-off", "warn", f"{self._offline.rstrip('。')}，可以照常登记。{waiting}", "重试")
            self._text.setToolTip(self._detail)
        elif state.waiting:
            self._say("cloud-upload", "primary", f"{state.waiting} 条等待上传，已存在本机。", "立即同步")
        else:
            self._say("cloud-check", "ok", state.text, "立即同步")
        last = (
            f" · 上次同步 {when_text(state.last_synced_at, self._desk.session.today())}" if state.last_synced_at else ""
        )
        backup = f" · {self._backup}" if self._backup else ""
        self._right.setText(f"本机数据已加密保存{backup}{last}")

    def _say(self, icon: str, token: str, text: str, action: str) -> None:
        icons.wear(self._sign, icon, token, 18)
        self._text.setText(text)
        self._text.setToolTip("")
        self.setAccessibleName(text)
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self.action.setAccessibleName(action or "同步")


def when_text(stamp: str, today: date) -> str:
    """`今天 09:20`, `昨天 17:05` or `4月18日 11:00`."""
    moment = datetime.fromisoformat(stamp).astimezone(CHINA)
    days = (today - moment.date()).days
    day = {0: "今天", 1: "昨天"}.get(days, f"{moment.month}月{moment.day}日")
    return f"{day} {moment:%H:%M}"
