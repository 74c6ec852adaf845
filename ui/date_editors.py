"""Editors of days and moments: typed as one likes, or picked from a calendar (Alt+Down)."""

from __future__ import annotations

from PySide6.QtCore import QDate, QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCalendarWidget, QFrame, QToolButton, QVBoxLayout, QWidget

from gridworker.ledger.facts import FieldError
from gridworker.ledger.field import Field
from ui import icons
from ui.editor import Choices
from ui.plain_editors import LineEditor
from ui.theme import theme
from ui.widgets.inputs import Line


class DateEditor(LineEditor):
    """A day."""

    def __init__(self, field: Field, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self.line.setPlaceholderText("如 2026-03-05")
        self._action = self.line.addAction(icons.icon("calendar", "text2", 16), Line.ActionPosition.TrailingPosition)
        self._action.setText("打开日历")
        self._action.setToolTip("打开日历（Alt+↓）")
        self._action.triggered.connect(self.open_calendar)
        theme.changed.connect(self._dress)

    def open_calendar(self) -> None:
        """Show the calendar under the line."""
        calendar = Calendar(self, self._day())
        calendar.move(self.line.mapToGlobal(QPoint(0, self.line.height() + 2)))
        calendar.show()
        calendar.days.setFocus()

    def pick(self, day: QDate) -> None:
        """Take a day from the calendar; a time that was typed stays."""
        text = day.toString("yyyy-MM-dd")
        self.line.setText(self._with_day(text))
        self.edited.emit()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Down
            and event.modifiers() & Qt.KeyboardModifier.AltModifier
        ):
            self.open_calendar()
            return True
        return super().eventFilter(watched, event)

    def _with_day(self, text: str) -> str:
        return text

    def _day(self) -> QDate:
        try:
            value = self.field.parse(self.raw())
        except FieldError:
            value = None
        return QDate.fromString(str(value)[:10], "yyyy-MM-dd") if value else QDate.currentDate()

    def _dress(self) -> None:
        self._action.setIcon(icons.icon("calendar", "text2", 16))


class DateTimeEditor(DateEditor):
    """A day and a time."""

    def __init__(self, field: Field, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self.line.setPlaceholderText("如 2026-03-05 09:40")

    def _with_day(self, text: str) -> str:
        try:
            value = self.field.parse(self.raw())
        except FieldError:
            value = None
        clock = self.field.format(value)[11:] if value else "09:00"
        return f"{text} {clock}"


class Calendar(QFrame):
    """A month to pick a day from; Esc closes it."""

    def __init__(self, editor: DateEditor, day: QDate) -> None:
        super().__init__(editor, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("card")
        self._editor = editor
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        self.days = QCalendarWidget()
        self.days.setAccessibleName("日历")
        self.days.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.days.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        self.days.setSelectedDate(day)
        self.days.clicked.connect(self._pick)
        self.days.activated.connect(self._pick)
        _name_children(self.days)
        column.addWidget(self.days)

    def _pick(self, day: QDate) -> None:
        self.close()
        self._editor.pick(day)


def _name_children(calendar: QCalendarWidget) -> None:
    names = {
        "qt_calendar_prevmonth": "上个月", "qt_calendar_nextmonth": "下个月", "qt_calendar_monthbutton": "选月份",
        "qt_calendar_yearbutton": "选年份", "qt_calendar_yearedit": "年份", "qt_calendar_calendarview": "日期",
    }  # fmt: skip
    for key, name in names.items():
        child = calendar.findChild(QWidget, key)
        if child is not None:
            child.setAccessibleName(name)
    for key, icon in (("qt_calendar_prevmonth", "chevron-left"), ("qt_calendar_nextmonth", "chevron-right")):
        arrow = calendar.findChild(QToolButton, key)
        if arrow is not None:
            arrow.setIcon(icons.icon(icon, "text2", 18))
