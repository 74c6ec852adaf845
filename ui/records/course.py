"""What the steps of a record have written so far: who handles it, by when, with what result; only to be read."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from gridworker.ledger.case_code import CaseCode
from gridworker.ledger.field import Field, Files
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.operations import browse
from ui.desk import Desk
from ui.widgets.texts import label

# In the head of the card, and in its history.
_SHOWN_ELSEWHERE = frozenset({"record_no", "recorded_by", "recorded_at"})


class Course(QWidget):
    """One line a field that no form asks for and a step has filled; hidden where there is none."""

    def __init__(self, desk: Desk, ledger: Ledger) -> None:
        super().__init__()
        self._desk = desk
        self._fields = _written_by_steps(ledger)
        self._record_id = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label("办理情况", "group"))
        self._lines = QWidget()
        column.addWidget(self._lines)
        self.hide()

    def show_record(self, record: Record) -> None:
        """Read what a record's steps have written."""
        self._record_id = record.id
        if record.deleted or not any(record.values.get(one.key) not in (None, "", []) for one in self._fields):
            self.hide()
            return
        self._desk.call(
            browse.shown, record, owner=self,
            done=lambda shown: self._show(shown) if record.id == self._record_id else None,
        )  # fmt: skip

    def _show(self, shown: Mapping[str, str]) -> None:
        fresh = QWidget()
        grid = QGridLayout(fresh)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        # What never happened is counted by 0, and says nothing.
        told = [one for one in self._fields if shown.get(one.key, "") not in ("", "0")]
        for row, (name, text) in enumerate((one.label, shown[one.key]) for one in told):
            named = label(name, "second")
            named.setToolTip(told[row].help)
            grid.addWidget(named, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(text, wrap=True, selectable=True), row, 1)
        layout = self.layout()
        if layout is not None:
            layout.replaceWidget(self._lines, fresh)
        self._lines.hide()
        self._lines.deleteLater()
        self._lines = fresh
        self.setAccessibleName("办理情况：" + "；".join(f"{one.label} {shown[one.key]}" for one in told))
        self.setVisible(bool(told))


def _written_by_steps(ledger: Ledger) -> list[Field]:
    """What stands in no form, in the order of the declaration; photos are shown where photos are."""
    if ledger.workflow is None:
        return []
    elsewhere = _SHOWN_ELSEWHERE | {key for _title, keys in ledger.form_groups for key in keys}
    return [one for one in ledger.fields if one.key not in elsewhere and not isinstance(one, Files | CaseCode)]
