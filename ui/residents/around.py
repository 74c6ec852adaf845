"""What belongs around the form of a resident or a household: who lives there, who came and went, what can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from gridworker.ledger.record import Record
from ui.desk import Desk
from ui.residents.act_panel import ActPanel
from ui.widgets.stacking import column_in
from ui.widgets.tab_order import first_stop, holds_focus, keep_tab_order


class Around(QWidget):
    """Shows one record's surroundings; at most one panel of an act is open."""

    acted = Signal(object, str)
    """(Saved, what was done in words)."""
    compare_wanted = Signal(str, str)
    """Two persons who are probably one."""
    unfolded = Signal(bool)
    """Whether an act is being filled in: its button is the primary one then."""
    scrolled_to = Signal(int)
    """Where an act that was opened begins."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.record: Record | None = None
        self.panel: ActPanel | None = None
        self.column = column_in(self, 10)

    def show_record(self, record: Record) -> None:
        """Show the surroundings of a record; another one closes an open panel."""
        if self.record is None or self.record.id != record.id:
            self.close_panel()
        self.record = record
        self.read(record)

    def read(self, record: Record) -> None:
        """Read what is shown."""
        raise NotImplementedError

    def open_panel(self, panel: ActPanel) -> None:
        """Ask what an act needs."""
        self.close_panel()
        self.panel = panel
        panel.acted.connect(self.acted)
        panel.acted.connect(lambda _saved, _text: self.close_panel())
        panel.closed.connect(self.close_panel)
        panel.changed.connect(self.settle)
        self.column.addWidget(panel)
        self.settle()
        self.unfolded.emit(True)
        panel.begin()
        # Its place is known once it was laid out.
        QTimer.singleShot(0, panel, lambda: self.scrolled_to.emit(self.y() + panel.y()))

    def close_panel(self) -> None:
        """Leave an act that is being filled in; nothing was done."""
        panel, self.panel = self.panel, None
        if panel is not None:
            if holds_focus(panel):
                # Qt would give it to whatever comes next, at the other end of the window.
                (first_stop(self) or self).setFocus(Qt.FocusReason.OtherFocusReason)
            self.column.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
            self.unfolded.emit(False)

    def settle(self) -> None:
        """Something was shown anew: Tab goes through it where it lies."""
        keep_tab_order(self)

    def is_of(self, record_id: str) -> bool:
        """Whether an answer is still wanted."""
        return self.record is not None and self.record.id == record_id
