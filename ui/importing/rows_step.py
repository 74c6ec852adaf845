"""Third step of an import: what becomes of every row; wrong cells are retyped in place, rows left out."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gridworker.operations.import_ import CHANGED, NEW, REFUSED, SAME, SKIPPED, VERDICT_LABELS, ImportPlan
from ui.importing.rows_model import WHY, ImportRowsModel, ProblemRole, RetypedRole
from ui.importing.states_strip import StatesStrip
from ui.records.cells import CellDelegate
from ui.records.model import FieldRole
from ui.theme import theme
from ui.widgets.buttons import LINK, button, enable
from ui.widgets.card import rule
from ui.widgets.segmented import Segmented
from ui.widgets.stacking import column_in
from ui.widgets.texts import label

Index = QModelIndex | QPersistentModelIndex
_TONES = {NEW: "ok", CHANGED: "primary", SAME: "text2", REFUSED: "bad", SKIPPED: "text2"}
_WIDTHS = {"number": 56, "verdict": 84, WHY: 300}
_USUAL_WIDTH = 120


class RowsStep(QWidget):
    """Tells of retyped cells and of rows left out or taken in again."""

    retyped = Signal(int, str, str)
    skip_changed = Signal(int, bool)
    states_decided = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.model = ImportRowsModel(self)
        self.model.retyped.connect(self.retyped)
        self._plan: ImportPlan | None = None
        column = column_in(self, 0)
        self._bar = QHBoxLayout()
        self._bar.setContentsMargins(16, 10, 16, 10)
        self._bar.setSpacing(12)
        self.filter: Segmented | None = None
        self._sentence = label("", "second")
        self.skip = button("跳过这一行", self._skip, kind=LINK, tip="这一行不导入；再按一次恢复", key="Delete")
        self.fix = button("改这一格", self._fix, kind=LINK, tip="改正标红的单元格", key="F2")
        self._bar.addStretch(1)
        for one in (self._sentence, self.fix, self.skip):
            self._bar.addWidget(one)
        column.addLayout(self._bar)
        self.states = StatesStrip()
        self.states.decided.connect(self.states_decided)
        column.addWidget(self.states)
        self.table = _RowsTable(self.model)
        self.table.skip_requested.connect(self._skip)
        self.table.selectionModel().currentChanged.connect(lambda _now, _before: self._suit())
        column.addWidget(self.table, 1)
        self._why = label("", "second", wrap=True, selectable=True)
        self._why.setContentsMargins(16, 8, 16, 8)
        column.addWidget(rule())
        column.addWidget(self._why)
        self.model.modelReset.connect(self._suit)

    def show_plan(self, plan: ImportPlan, verdict: str | None = None) -> None:
        """Show the rows; what is marked and filtered stays so."""
        wanted = verdict if verdict is not None else self.filter.value() if self.filter else ""
        number, column, top = self._mark()
        self._plan = plan
        counts = plan.counts
        if wanted and not counts.get(wanted):
            wanted = ""
        self._make_filter(plan, wanted)
        self.states.show_plan(plan)
        self.model.show(plan, wanted)
        self.table.fit_columns()
        self._sentence.setText(plan.sentence)
        line = self.model.line_of(number) if number else -1
        if line >= 0:
            self.table.setCurrentIndex(self.model.index(line, max(column, 0)))
        self.table.verticalScrollBar().setValue(top)

    def begin(self) -> None:
        """Mark the first row, and take the keys."""
        if self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(0, max(self.model.first_problem(0), 0)))
        self.table.setFocus()

    def say(self, text: str) -> None:
        """Say what is under way, beside the counts."""
        self._sentence.setText(text)

    def _make_filter(self, plan: ImportPlan, wanted: str) -> None:
        counts = plan.counts
        options = [("", f"全部 {len(plan.rows):,}")]
        options += [(key, f"{text} {counts[key]:,}") for key, text in VERDICT_LABELS.items() if counts[key]]
        fresh = Segmented(options, name="只看")
        fresh.set_value(wanted)
        fresh.setMinimumWidth(theme.px(96) * len(options))
        fresh.changed.connect(self._filter)
        if self.filter is not None:
            self._bar.replaceWidget(self.filter, fresh)
            self.filter.deleteLater()
        else:
            self._bar.insertWidget(0, fresh)
        self.filter = fresh

    def _filter(self, verdict: str) -> None:
        if self._plan is not None:
            self.show_plan(self._plan, verdict)

    def _mark(self) -> tuple[int, int, int]:
        index = self.table.currentIndex()
        number = self.model.planned(index.row()).number if index.isValid() else 0
        return number, index.column(), self.table.verticalScrollBar().value()

    def _suit(self) -> None:
        index = self.table.currentIndex()
        chosen = index.isValid() and index.row() < self.model.rowCount()
        skipped = chosen and self.model.planned(index.row()).verdict == SKIPPED
        hint = "选一行看说明；双击或按回车改一格，按 Delete 跳过一行。"
        self._why.setText(self.model.why(index.row()) if chosen else hint)
        self.skip.setText("恢复这一行" if skipped else "跳过这一行")
        enable(self.skip, on=chosen, why_not="先在表里选一行")
        fixable = chosen and self.model.first_problem(index.row()) >= 0
        enable(self.fix, on=fixable, why_not="这一行没有标红的单元格")

    def _skip(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            row = self.model.planned(index.row())
            self.skip_changed.emit(row.number, row.verdict != SKIPPED)

    def _fix(self) -> None:
        index = self.table.currentIndex()
        if not index.isValid():
            return
        here = index.data(ProblemRole) and index.flags() & Qt.ItemFlag.ItemIsEditable
        place = index if here else self.model.index(index.row(), self.model.first_problem(index.row()))
        if place.isValid():
            self.table.setCurrentIndex(place)
            self.table.edit(place)


class _RowsTable(QTableView):
    """Cell by cell with the arrow keys; Enter retypes, Delete leaves the row out."""

    skip_requested = Signal()

    def __init__(self, model: ImportRowsModel) -> None:
        super().__init__()
        self.setObjectName("ledger")
        self.setAccessibleName("要导入的行")
        self.setModel(model)
        self.setItemDelegate(_RowsDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.px(36))
        self.horizontalHeader().setStyleSheet("QHeaderView::section { padding-left: 11px; }")
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setStretchLastSection(True)

    def fit_columns(self) -> None:
        """Give every column its usual width."""
        for place in range(self.model().columnCount()):
            key = self.model().index(0, place).data(FieldRole) or ""
            self.setColumnWidth(place, theme.px(_WIDTHS.get(str(key), _USUAL_WIDTH)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        editing = self.state() == QAbstractItemView.State.EditingState
        if event.key() == Qt.Key.Key_Delete and not editing:
            self.skip_requested.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editing and self.currentIndex().isValid():
            self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class _RowsDelegate(CellDelegate):
    """Verdicts as tags; a wrong cell is red with a sign, a retyped one has a pencil line."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(parent, {VERDICT_LABELS[key]: tone for key, tone in _TONES.items()})

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        wrong = bool(index.data(ProblemRole))
        if wrong:
            painter.fillRect(option.rect.adjusted(1, 1, -1, -1), theme.tokens.color("bad_bg"))
        super().paint(painter, option, index)
        if wrong or index.data(RetypedRole):
            painter.save()
            painter.setPen(QPen(theme.tokens.color("bad" if wrong else "primary"), 2))
            edge = option.rect.adjusted(2, 0, -2, -2)
            painter.drawLine(edge.bottomLeft(), edge.bottomRight())
            painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        line = QLineEdit(parent)
        line.setAccessibleName(str(index.data(Qt.ItemDataRole.AccessibleTextRole) or "改这一格"))
        return line

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        room = QRect(option.rect)
        room.setWidth(max(room.width(), theme.px(160)))
        editor.setGeometry(room)
