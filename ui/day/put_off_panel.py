"""推迟: until which day, and why; a small panel under the list, its refusals beneath the field they are about."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledger.facts import FieldError
from gridworker.ledger.field import Text
from gridworker.ledger.number_fields import Date
from gridworker.operations import snooze
from gridworker.operations.plan import DueItem
from gridworker.planning.visit_extras import SnoozeRefused
from ui.date_editors import DateEditor
from ui.desk import Desk
from ui.plain_editors import LineEditor
from ui.widgets.buttons import PRIMARY, button
from ui.widgets.card import rule
from ui.widgets.labelled import Labelled
from ui.widgets.states import Banner
from ui.widgets.texts import Elided

_DAY = Date("until", "推迟到")
_REASON = Text("reason", "原因", max_length=200, help="例如：住户出差，下周三回来。")


class PutOffPanel(QWidget):
    """Asks for day and reason and puts one due thing off."""

    put_off = Signal(object, str)
    """(DueItem, the day as text) once it waits."""
    closed = Signal()
    unfolded = Signal(bool)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._item: DueItem | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        column.addWidget(rule())
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 10, 16, 0)
        inner.setSpacing(10)
        column.addLayout(inner)
        self._title = Elided("", "group")
        self.day, self.reason = DateEditor(_DAY), LineEditor(_REASON)
        self.banner = Banner()
        inner.addWidget(self._title)
        self._labelled: dict[str, Labelled] = {}
        for editor in (self.day, self.reason):
            field = editor.field
            self._labelled[field.key] = Labelled(field.label, editor, note="必填", buddy=editor.focus_target())
            inner.addWidget(self._labelled[field.key])
            editor.line.returnPressed.connect(self.send)
        inner.addWidget(self.banner)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(button("不推迟", self.close_panel, key="Esc"))
        self.confirm = button("推迟", self.send, kind=PRIMARY, tip="到那天会自己回来（Enter）")
        foot.addWidget(self.confirm)
        inner.addLayout(foot)
        self.hide()

    def open_for(self, item: DueItem) -> None:
        """Begin to put a thing off: until tomorrow, unless another day is typed."""
        self._item = item
        self._title.say(f"推迟：{item.title}")
        self.day.set_raw((self._desk.session.today() + timedelta(days=1)).isoformat())
        self.reason.set_raw("")
        self._refuse("", "")
        self.banner.hide()
        self.show()
        self.unfolded.emit(True)
        self.day.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.day.line.selectAll()

    def close_panel(self) -> None:
        """Leave everything as it is."""
        self._put_away()
        self.closed.emit()

    def send(self) -> None:
        """Put it off, or say beneath a field why not."""
        item = self._item
        if item is None:
            return
        self._refuse("", "")
        try:
            day = _DAY.parse(self.day.raw())
        except FieldError as wrong:
            self._refuse(_DAY.key, str(wrong))
            return
        if day is None:
            self._refuse(_DAY.key, "请填写推迟到哪一天。")
            return
        until = date.fromisoformat(str(day))

        def kept(_nothing: object) -> None:
            self._put_away()
            self.put_off.emit(item, until.isoformat())

        self._desk.call(snooze.put_off, item.key, until, self.reason.raw(), done=kept, owner=self, failed=self._tell)

    def _put_away(self) -> None:
        self._item = None
        self.hide()
        self.unfolded.emit(False)

    def _tell(self, error: AppError) -> None:
        if not isinstance(error, SnoozeRefused):
            self.banner.tell(error)
            return
        about = _DAY.key if self.reason.raw().strip() else _REASON.key
        self._refuse(about, error.sentence())

    def _refuse(self, key: str, message: str) -> None:
        for editor in (self.day, self.reason):
            mine = message if editor.field.key == key else ""
            self._labelled[editor.field.key].show_problem(mine)
            editor.mark(wrong=bool(mine), description=mine)
            if mine:
                editor.line.setFocus(Qt.FocusReason.OtherFocusReason)
