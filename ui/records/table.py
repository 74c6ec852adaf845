"""The table of a list: whole rows, keyboard first, as many columns as the room allows, sorted by its headings."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ui.records.cells import CellDelegate
from ui.records.model import RecordTableModel
from ui.theme import theme
from ui.widgets.arrows import edge_row

_CELL_PAD = 18
_LEAST_COLUMNS = 3
# A column that lacks so little is narrower rather than gone: its place would stand empty.
_LACKS = 16


class RecordTable(QTableView):
    """Tells which row is looked at (`looked_at`), opened by Enter or a double click (`opened`), or to be deleted."""

    looked_at = Signal(int)
    opened = Signal(int)
    delete_requested = Signal(int)
    sort_requested = Signal(str, bool)
    menu_requested = Signal(int, QPoint)

    def __init__(self, model: RecordTableModel, delegate: CellDelegate, name: str) -> None:
        super().__init__()
        self.setObjectName("ledger")
        self.setAccessibleName(name)
        self._records = model
        self._quiet = False
        self.setModel(model)
        self.setItemDelegate(delegate)
        self._delegate = delegate
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self._set_row_height()
        self._set_up_header()
        self.activated.connect(lambda index: self.opened.emit(self._records.row_id(index.row())))
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        model.modelReset.connect(self.fit_columns)
        theme.changed.connect(self._dress)

    def show_sorted(self, key: str, *, descending: bool) -> None:
        """Draw the arrow of the present order."""
        header = self.horizontalHeader()
        columns = enumerate(self._records.columns)
        section = next((place for place, one in columns if one.key == key and one.sortable), -1)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header.blockSignals(True)
        header.setSortIndicator(section, order)
        header.blockSignals(False)
        header.setSortIndicatorShown(section >= 0)

    def select_row_id(self, row_id: int, *, tell: bool = False) -> bool:
        """Put the mark on a row by its id, and see that it is in sight."""
        row = self._records.row_of(row_id)
        if row < 0:
            return False
        self._quiet = not tell
        self.setCurrentIndex(self._records.index(row, 0))
        self._quiet = False
        self.scrollTo(self._records.index(row, 0))
        return True

    def current_row_id(self) -> int | None:
        """The row that is marked."""
        index = self.currentIndex()
        return self._records.row_id(index.row()) if index.isValid() else None

    def fit_columns(self) -> None:
        """Show the columns that fit from the left, and give the last one the rest."""
        header = self.horizontalHeader()
        room = self.viewport().width()
        columns = self._records.columns
        shown = 0
        for place, column in enumerate(columns):
            width = theme.px(column.width * 8) + _CELL_PAD
            fits = place < _LEAST_COLUMNS or room >= width - theme.px(_LACKS)
            if fits and place >= _LEAST_COLUMNS:
                width = min(width, room)
            room -= width
            if not fits:
                room = -1
            self.setColumnHidden(place, not fits)
            header.resizeSection(place, width)
            shown += fits

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row_id = self.current_row_id()
        if event.key() == Qt.Key.Key_Delete and row_id is not None:
            self.delete_requested.emit(row_id)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() and row_id is not None:
            self.opened.emit(row_id)
        elif (edge := edge_row(event, self._records.rowCount())) is not None:
            self.setCurrentIndex(self._records.index(edge, 0))
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        marked = self.currentIndex().isValid()
        # Qt marks the first row; what is marked is opened, and only who goes there by Tab asks for that.
        self._quiet = True
        super().focusInEvent(event)
        self._quiet = False
        if marked:
            return
        self.selectionModel().clearCurrentIndex()
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.setCurrentIndex(self._records.index(max(0, self.rowAt(0)), 0))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid():
            self.menu_requested.emit(self._records.row_id(index.row()), event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setStretchLastSection(True)
        # Headings stand exactly over the texts of their column, which the style moves in by three pixels.
        header.setStyleSheet("QHeaderView::section { padding-left: 11px; }")
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setAccessibleName("列标题，点一下按该列排序")
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.sectionClicked.connect(self._header_clicked)

    def _header_clicked(self, section: int) -> None:
        header = self.horizontalHeader()
        column = self._records.columns[section]
        if not column.sortable:
            return
        again = header.sortIndicatorSection() == section and header.isSortIndicatorShown()
        descending = again and header.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        self.sort_requested.emit(column.key, descending)

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and not self._quiet:
            self.looked_at.emit(self._records.row_id(current.row()))

    def _set_row_height(self) -> None:
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(theme.px(40))

    def _dress(self) -> None:
        self._set_row_height()
        self.fit_columns()
        self.viewport().update()
