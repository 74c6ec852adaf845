"""Synchronising in plain words: what waits here, what the server has, what needs a person, and joining a server."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gridworker.area.belonging import Place
from gridworker.errors import AppError
from gridworker.operations import enrol, sync_, waiting
from gridworker.operations.changes import Changes
from gridworker.operations.sync_ import SyncState
from gridworker.operations.waiting import Line as WaitingLine
from ui import icons
from ui.desk import Desk
from ui.jobs import LONG
from ui.widgets.buttons import LINK, PRIMARY, button, enable
from ui.widgets.card import rule
from ui.widgets.inputs import Line
from ui.widgets.labelled import Labelled
from ui.widgets.stacking import column_in, line_in
from ui.widgets.states import Banner
from ui.widgets.texts import Elided, label

_SHOWN = 50
_SIGNS = {
    waiting.WAITING: ("clock", "text2", "等待上传"),
    waiting.CONFLICT: ("users", "warn", "两个人都改过"),
    waiting.REJECTED: ("circle-alert", "bad", "没有被接受"),
    waiting.HELD: ("clock", "warn", "服务器暂存"),
}


class SyncSection(QWidget):
    """The synchronising part of the settings."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        column = column_in(self, 16)
        self.banner = Banner()
        column.addWidget(self.banner)
        self._figures = self._make_figures()
        column.addWidget(self._figures)
        self._join = self._make_join()
        alone = "本机单独使用，登记的内容都加密存在这台电脑上。加入社区的服务器以后，别的电脑也能看到。"
        self._alone = label(alone, wrap=True)
        column.addWidget(self._alone)
        column.addWidget(self._join)
        self._trouble = _Lines("需要看一看")
        self._waiting = _Lines("等待上传")
        self._trouble.opened = self._waiting.opened = desk.open_record
        column.addWidget(self._trouble)
        column.addWidget(self._waiting)
        column.addStretch(1)
        desk.sync_state_changed.connect(self.read)

    def read(self) -> None:
        """Ask how things stand."""
        self._desk.call(waiting.trouble_lines, done=self._trouble.show_lines, owner=self)
        self._desk.call(waiting.waiting_lines, done=self._waiting.show_lines, owner=self)
        self._desk.call(sync_.state, done=self._show_state, owner=self)

    def _make_figures(self) -> QWidget:
        holder = QWidget()
        column = column_in(holder, 12)
        figures = QGridLayout()
        figures.setHorizontalSpacing(32)
        figures.setVerticalSpacing(2)
        self._numbers = {}
        names = (("waiting", "在本机等待上传"), ("safe", "服务器已收到"), ("trouble", "需要看一看"))
        for place, (key, name) in enumerate(names):
            number = label("—", "page-title")
            number.setAccessibleName(name)
            self._numbers[key] = number
            figures.addWidget(number, 0, place)
            figures.addWidget(label(name, "second"), 1, place)
        figures.setColumnStretch(len(names), 1)
        column.addLayout(figures)
        line = QHBoxLayout()
        line.setSpacing(12)
        self._sentence = label("", "second", wrap=True)
        line.addWidget(self._sentence, 1)
        self.now = button("立即同步", self._desk.sync_requested.emit, kind=PRIMARY, icon="refresh-cw", key="F5")
        line.addWidget(self.now)
        column.addLayout(line)
        return holder

    def _make_join(self) -> QWidget:
        holder = QWidget()
        column = column_in(holder, 12)
        column.addWidget(label("加入服务器", "card-title"))
        words = "社区给您一个网址和一次性的加入码。加入以后，本机已有的记录会一起上传，一条也不会丢。"
        column.addWidget(label(words, "second", wrap=True))
        self.url, self.code = Line(), Line()
        self.url.setPlaceholderText("如 https://server.example.cn")
        self.code.setPlaceholderText("社区发的一次性加入码")
        self._url_field, self._code_field = Labelled("服务器网址", self.url), Labelled("加入码", self.code)
        for field, line in ((self._url_field, self.url), (self._code_field, self.code)):
            line.setAccessibleName(field.name.text())
            line.setMaximumWidth(420)
            line.returnPressed.connect(self._enroll)
            column.addWidget(field)
        self.join = button("加入", self._enroll, icon="log-in")
        column.addWidget(self.join, 0, Qt.AlignmentFlag.AlignLeft)
        return holder

    def _show_state(self, state: SyncState) -> None:
        trouble = state.conflicts + state.refused
        for key, number in (("waiting", state.waiting), ("safe", state.safe), ("trouble", trouble)):
            self._numbers[key].setText(f"{number:,}")
        where = f"服务器：{state.server_url}。" if state.server_url else ""
        self._sentence.setText(f"{where}{state.text}")
        joined = state.server_url is not None
        self._figures.setVisible(joined)
        self._alone.setVisible(not joined)
        self._join.setVisible(not joined)
        # Alone nothing waits for anybody: every record is where it belongs.
        self._waiting.setVisible(joined and self._waiting.is_filled())

    def _enroll(self) -> None:
        url, code = self.url.text().strip(), self.code.text().strip()
        self._url_field.show_problem("" if url else "请填写服务器网址。")
        self._code_field.show_problem("" if code else "请填写加入码。")
        if not url or not code:
            (self.code if url else self.url).setFocus()
            return
        enable(self.join, on=False, why_not="正在加入…")
        self.banner.say("正在连接服务器…")
        self._desk.call(enrol.enroll, url, code, done=self._joined, owner=self, failed=self._refused, lane=LONG)

    def _joined(self, place: Place) -> None:
        enable(self.join, on=True)
        self.code.clear()
        self.banner.say(f"已加入，负责 {place.community_name} {place.name}。", tone="ok")
        self._desk.publish(Changes(bulk=True))
        self._desk.sync_state_changed.emit()
        # Asked last, answered last: by then the sync bar knows that there is a server.
        self._desk.call(sync_.state, done=lambda _state: self._desk.sync_requested.emit(), owner=self)

    def _refused(self, error: AppError) -> None:
        enable(self.join, on=True)
        self.banner.tell(error)
        self.code.setFocus()


class _Lines(QWidget):
    """A heading and the operations under it; nothing at all where there are none."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._heading = heading
        self.opened = lambda _ledger, _record_id: None
        self._column = column_in(self, 10)
        self._filled = False
        self.hide()

    def show_lines(self, lines: Sequence[WaitingLine]) -> None:
        """Replace the lines."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.setVisible(bool(lines))
        self._filled = bool(lines)
        if not lines:
            return
        self._column.addWidget(rule())
        self._column.addWidget(label(self._heading, "card-title"))
        for line in lines[:_SHOWN]:
            self._column.addWidget(self._row(line))
        if len(lines) > _SHOWN:
            self._column.addWidget(label(f"先列最近 {_SHOWN} 条，其余同样在队列里。", "hint"))

    def is_filled(self) -> bool:
        """Whether there is anything to show."""
        return self._filled

    def _row(self, line: WaitingLine) -> QWidget:
        holder = QWidget()
        across = line_in(holder, 10)
        icon, token, state = _SIGNS[line.state]
        sign = QLabel()
        icons.wear(sign, icon, token, 18)
        sign.setToolTip(state)
        across.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(Elided(line.title))
        column.addWidget(label(f"{line.what} · {line.at_text} · {state}", "second", wrap=True))
        if line.why:
            column.addWidget(label(line.why, "second", wrap=True))
        for name, mine, theirs in line.details:
            column.addWidget(label(f"{name}：您写的“{mine or '空'}”，现在是“{theirs or '空'}”。", "second", wrap=True))
        across.addLayout(column, 1)
        opener = button("查看", lambda: self.opened(line.ledger, line.record_id), kind=LINK)
        opener.setAccessibleName(f"查看 {line.title}")
        across.addWidget(opener, 0, Qt.AlignmentFlag.AlignTop)
        return holder
