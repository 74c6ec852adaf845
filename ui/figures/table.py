"""The table of figures: each with its formula under its name, its result, its counts, and what stands beside."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from gridworker.operations import figures, figures_report
from gridworker.operations.figures import Figure, Tally
from ui import icons
from ui.theme import theme
from ui.widgets.arrows import edge_row

Index = QModelIndex | QPersistentModelIndex
_NAME, _RESULT, _COUNTS, _BESIDE, _OPEN = range(5)
_HEADINGS = ("指标", "结果", "分子 / 分母", "回访和同期", "")
_WIDTHS = (0, 112, 132, 200, 40)
_ROW = 54
_EDGE = 2
_RIGHT = (_RESULT, _COUNTS)


class FigureModel(QAbstractTableModel):
    """The figures of one area."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[Figure, Tally]] = []

    def show(self, rows: Sequence[tuple[Figure, Tally]]) -> None:
        """Show these figures; where they are the same ones, only what they say changes."""
        if [one.key for one, _ in rows] == [one.key for one, _ in self._rows]:
            self._rows = list(rows)
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, _OPEN))
            return
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row(self, index: Index) -> tuple[Figure, Tally]:
        """The figure at an index."""
        return self._rows[index.row()]

    def row_of(self, key: str) -> int:
        """Where a figure stands, or -1."""
        return next((place for place, (one, _) in enumerate(self._rows) if one.key == key), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        """How many figures there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        """Name, result, counts, what stands beside, and the sign that it opens."""
        return 0 if parent.isValid() else len(_HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The words of a cell, and what a screen reader says of its row."""
        if not index.isValid():
            return None
        figure, tally = self.row(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(figure, tally, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{figure.label}：{figures_report.formula(figure)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return said(figure, tally) if index.column() == _NAME else _cell(figure, tally, index.column())
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Headings across."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADINGS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in _RIGHT else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


def said(figure: Figure, tally: Tally) -> str:
    """A figure in one sentence."""
    counts = f"{tally.denominator} 条里有 {tally.numerator} 条" if figure.unit == figures.RATE else ""
    shown = "没有可以统计的" if tally.value is None else tally.shown
    return "，".join(part for part in (f"{figure.label}：{shown}", counts, _beside(tally)) if part)


def _cell(figure: Figure, tally: Tally, column: int) -> str:
    if column == _NAME:
        return figure.label
    if column == _RESULT:
        return tally.shown
    if column == _COUNTS:
        return f"{tally.numerator:,} / {tally.denominator:,}" if figure.unit == figures.RATE else ""
    return _beside(tally) if column == _BESIDE else ""


def _beside(tally: Tally) -> str:
    return "，".join(f"{label} {count}" for label, count in figures_report.beside(tally).items())


class FigureDelegate(QStyledItemDelegate):
    """Paints a figure: the formula small under the name, the result large."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, theme.px(_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, FigureModel):
            return
        painter.save()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        # The edge of a table with the focus is drawn over its first two pixels.
        room = option.rect.adjusted(_EDGE if index.column() == _NAME else 0, 0, 0, 0)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(room, theme.tokens.color("tint" if chosen else "sunken"))
        painter.setPen(theme.tokens.color("line"))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        _Cell(painter, option, chosen=chosen).draw(*model.row(index), index.column())
        painter.restore()


class _Cell:
    """One cell on the paper."""

    def __init__(self, painter: QPainter, option: QStyleOptionViewItem, *, chosen: bool) -> None:
        self._painter, self._option = painter, option
        self._ink = "on_tint" if chosen else "text"
        self._rect = option.rect.adjusted(12, 0, -12, 0)

    def draw(self, figure: Figure, tally: Tally, column: int) -> None:
        """The part of a figure that belongs into a column."""
        if column == _NAME:
            upper, lower = self._halves()
            self._write(upper, figure.label, 15, self._ink, weight=QFont.Weight.Medium)
            self._write(lower, figures_report.formula(figure), 13, "text2")
        elif column == _OPEN:
            size = 18
            place = self._option.rect.center()
            sign = icons.pixmap("chevron-right", "text2", size)
            self._painter.drawPixmap(place.x() - size // 2, place.y() - size // 2, sign)
        else:
            text = _cell(figure, tally, column)
            large = column == _RESULT
            ink = "text2" if column == _BESIDE or (large and tally.value is None) else self._ink
            weight = QFont.Weight.DemiBold if large else QFont.Weight.Normal
            self._write(self._rect, text, 16 if large else 14, ink, weight=weight, right=column in _RIGHT)

    def _halves(self) -> tuple[QRect, QRect]:
        high = self._rect.height() // 2 - 5
        upper = QRect(self._rect.left(), self._rect.top() + 5, self._rect.width(), high)
        return upper, upper.translated(0, high)

    def _write(
        self, rect: QRect, text: str, size: int, ink: str, *,
        weight: QFont.Weight = QFont.Weight.Normal, right: bool = False,
    ) -> None:  # fmt: skip
        font = QFont(self._option.font)
        font.setPixelSize(theme.px(size))
        font.setWeight(weight)
        self._painter.setFont(font)
        self._painter.setPen(theme.tokens.color(ink))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        shown = self._painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        self._painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter), shown)


class FigureTable(QTableView):
    """Tells which figure a person opens, by Enter or a click."""

    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ledger")
        self.setAccessibleName("指标，按回车查看背后的记录")
        self.figures = FigureModel()
        self.setModel(self.figures)
        self.setItemDelegate(FigureDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setStyleSheet("QHeaderView::section { padding-left: 12px; padding-right: 12px; }")
        header.setAccessibleName("列标题")
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._open)
        theme.changed.connect(self._dress)
        self._dress()

    def show_figures(self, rows: Sequence[tuple[Figure, Tally]]) -> None:
        """Show the figures of an area; the one that is marked stays marked."""
        marked = self.currentIndex()
        key = self.figures.row(marked)[0].key if marked.isValid() else ""
        self.figures.show(rows)
        self.select(key)
        if self.hasFocus():
            self._mark_first()

    def select(self, key: str) -> None:
        """Put the mark on a figure."""
        row = self.figures.row_of(key)
        if row >= 0:
            self.setCurrentIndex(self.figures.index(row, _NAME))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
        elif (edge := edge_row(event, self.figures.rowCount())) is not None:
            self.setCurrentIndex(self.figures.index(edge, _NAME))
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_mouse = event.reason() == Qt.FocusReason.MouseFocusReason
        if not by_mouse:
            self._mark_first()

    def _mark_first(self) -> None:
        # Qt makes the first row the current one without marking it.
        if self.figures.rowCount() and not self.selectionModel().hasSelection():
            self.selectRow(max(0, self.currentIndex().row()))

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self.figures.row(index)[0].key)

    def _dress(self) -> None:
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(theme.px(_ROW))
        for column, width in enumerate(_WIDTHS):
            if width:
                self.horizontalHeader().resizeSection(column, theme.px(width))
        self.viewport().update()
