"""A due thing that is not a visit: what, where, by when, which card it has drawn, and the way to its record."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gridworker.ledgers.registry import find_ledger
from gridworker.operations.plan import DueItem
from gridworker.planning import urgency
from ui.day.task_rows import flag_words, told_words
from ui.desk import Desk
from ui.widgets.buttons import PRIMARY, button
from ui.widgets.texts import label, restyle


class TaskNote(QWidget):
    """Stands where the visit form stands for a visit."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._item: DueItem | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 20, 16, 16)
        column.setSpacing(10)
        head = QHBoxLayout()
        self._title = label("", "card-title", wrap=True)
        self._flag = label("", "tag", tone="bad")
        head.addWidget(self._title, 1)
        head.addWidget(self._flag, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        self._ledger = label("", "second")
        self._place = label("", "", wrap=True)
        self._when = label("", "second", wrap=True)
        self._told = label("", "warning", wrap=True)
        self.open = button("打开办理", self.open_record, kind=PRIMARY, key="Return")
        for widget in (self._ledger, self._place, self._when, self._told):
            column.addWidget(widget)
        column.addWidget(self.open, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def show_item(self, item: DueItem) -> None:
        """Show a due thing."""
        self._item = item
        self._title.setText(item.title)
        self._ledger.setText(find_ledger(item.kind).label)
        self._place.setText(item.place)
        self._place.setVisible(bool(item.place))
        late = f"，已逾期 {item.days_late} 天" if item.days_late else ""
        self._when.setText(f"{item.reason} {item.due_on.isoformat()}{late}")
        self._flag.setText(flag_words(item))
        self._flag.setVisible(bool(flag_words(item)))
        restyle(self._flag, tone="warn" if item.flag == urgency.YELLOW else "bad")
        self._told.setText(told_words(item))
        self._told.setVisible(bool(told_words(item)))

    def open_record(self) -> None:
        """Go to the record in the place of its ledger."""
        if self._item:
            self._desk.open_record(self._item.kind, self._item.record_id)
