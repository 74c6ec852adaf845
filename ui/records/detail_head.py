"""The head of a record's card: its title, its number, its state, and the ways out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.operations.session import Session
from gridworker.operations.shown import own_title
from ui.widgets.buttons import ICON, button
from ui.widgets.texts import Elided, label, restyle

_AT_HOME = "在住"


class DetailHead(QWidget):
    """Names the record that is shown."""

    def __init__(self, title: QLabel, close: Callable[[], object]) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 10, 10, 10)
        line.setSpacing(6)
        self.back_button = button("回到列表", close, kind=ICON, icon="arrow-left", key="Esc")
        line.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignTop)
        names = QVBoxLayout()
        names.setSpacing(2)
        title.setWordWrap(True)
        self._title = title
        names.addWidget(title)
        self._second = Elided("", "second")
        names.addWidget(self._second)
        line.addLayout(names, 1)
        self.state = label("", "tag")
        line.addWidget(self.state, 0, Qt.AlignmentFlag.AlignTop)
        self.close_button = button("关闭", close, kind=ICON, icon="x", key="Esc")
        line.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)

    def take_focus(self) -> None:
        """Put the focus on the way out; Tab goes on into the record."""
        way_out = self.close_button if self.back_button.isHidden() else self.back_button
        way_out.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_record(self, session: Session, ledger: Ledger, record: Record) -> None:
        """Name a record, as far as she may see it."""
        self._title.setText(own_title(session, record))
        self._second.say(str(record.values.get("record_no") or ""))
        gone = str(record.values.get("living_state") or _AT_HOME)
        self.state.setVisible(ledger.workflow is not None or gone != _AT_HOME)
        if gone != _AT_HOME:
            self.state.setText(gone)
        if ledger.workflow:
            self.state.setText(ledger.workflow.label_of(record.status))
            final = next((one.final for one in ledger.workflow.states if one.key == record.status), False)
            restyle(self.state, tone="ok" if final else "")

    def show_new(self, ledger: Ledger) -> None:
        """Say that a new record is begun."""
        self._title.setText(f"新建{ledger.label}")
        self._second.say("填好以后按“保存”，保存前随时可以离开。")
        self.state.hide()
