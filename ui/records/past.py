"""改动记录: the history of a record, or of all matters it hangs together with, unfolded on demand."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import timeline, undo
from gridworker.operations.save import Saved
from ui.desk import Desk
from ui.records.timeline import Timeline
from ui.widgets.buttons import LINK, button
from ui.widgets.card import rule
from ui.widgets.segmented import Segmented
from ui.widgets.stacking import column_in

OWN, LINKED = "own", "linked"


class PastSection(QWidget):
    """Reads only while it is unfolded."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._record: Record | None = None
        column = column_in(self, 8)
        column.addWidget(rule())
        self.title = button("改动记录", kind=LINK, icon="history", tip="谁在什么时候改了什么")
        self.title.setCheckable(True)
        self.title.toggled.connect(self._unfold)
        self.scope = Segmented(((OWN, "本条"), (LINKED, "有关联的")), name="改动记录")
        self.scope.set_value(OWN)
        self.scope.changed.connect(lambda _value: self.read())
        head = QHBoxLayout()
        head.addWidget(self.title, 0, Qt.AlignmentFlag.AlignLeft)
        head.addStretch(1)
        head.addWidget(self.scope)
        column.addLayout(head)
        self.timeline = Timeline()
        self.timeline.undo_requested.connect(self._undo)
        self.timeline.record_wanted.connect(desk.open_record)
        column.addWidget(self.timeline)
        self.timeline.hide()
        self.scope.hide()

    def show_record(self, record: Record, *, fresh: bool) -> None:
        """Tell of a record; another one begins folded."""
        self._record = record
        if fresh:
            self.title.setChecked(False)
            self.scope.set_value(OWN)
        elif self.title.isChecked():
            self.read()

    def read(self) -> None:
        """Read what happened."""
        record = self._record
        if record is None:
            return
        if self.scope.value() == LINKED:
            self._desk.call(timeline.linked_timeline, record.id, owner=self, done=self.timeline.show_linked)
        else:
            can_undo = not record.deleted
            self._desk.call(
                timeline.timeline, record.id, owner=self,
                done=lambda steps: self.timeline.show_steps(steps, can_undo=can_undo),
            )  # fmt: skip

    def _unfold(self, unfolded: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self.timeline.setVisible(unfolded)
        # Only what happens hangs together; through people and households everything would.
        self.scope.setVisible(
            unfolded and self._record is not None and bool(find_ledger(self._record.ledger).month_field)
        )
        if unfolded:
            self.read()

    def _undo(self, step: timeline.Step) -> None:
        if self._record is None:
            return

        def undone(saved: Saved) -> None:
            self._desk.saved(saved, f"已撤销 {step.at_text} 的“{step.what}”")

        self._desk.call(undo.undo, step.op_id, done=undone, owner=self, failed=self.timeline.tell)
