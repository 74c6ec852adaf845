"""The rooms of a building as a table: floors down, units across; every state has a sign and words beside its colour."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gridworker.operations.room_plan import RoomCell, RoomPlan
from ui import icons
from ui.room_model import Index, RoomModel, unit_text
from ui.theme import theme

_GAP = 16
_SIGN = 15
_CELL_WIDE = (56, 96)
_CELL_HIGH = (62, 84)
SIGNS = {"done": ("check", "ok"), "late": ("clock", "warn")}


class RoomDelegate(QStyledItemDelegate):
    """Paints a room: number, family, signs; the edge tells chosen and focused."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        cell = model.cell(index) if isinstance(model, RoomModel) else None
        if cell is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = chosen and isinstance(option.widget, QWidget) and option.widget.hasFocus()
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        rect = option.rect.adjusted(3, 3, -3, -3)
        _paint_paper(painter, rect, cell.state, chosen=chosen, hovered=hovered)
        if focused:
            painter.setPen(QPen(theme.tokens.color("primary"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(-2.5, -2.5, 2.5, 2.5), 8, 8)
        star_on_top = _paint_words(painter, rect, cell, option.font)
        _paint_signs(painter, rect, cell, star_on_top=star_on_top)
        painter.restore()


def _paint_paper(painter: QPainter, rect: QRect, state: str, *, chosen: bool, hovered: bool) -> None:
    tokens = theme.tokens
    fill = {"done": "ok_bg", "late": "warn_bg", "vacant": "sunken", "todo": "surface"}[state]
    edge = {"late": "warn", "todo": "control"}.get(state, fill)
    pen = QPen(tokens.color("primary"), 2) if chosen else QPen(tokens.color("text2" if hovered else edge), 1)
    inset = 1.0 if chosen else 0.5
    painter.setPen(pen)
    painter.setBrush(tokens.color(fill))
    painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), 6, 6)


def _paint_words(painter: QPainter, rect: QRect, cell: RoomCell, base: QFont) -> bool:
    """Paint number and family; answer whether the star is to stand beside the number."""
    tokens = theme.tokens
    bold = QFont(base)
    bold.setPixelSize(theme.px(14))
    vacant = cell.state == "vacant"
    bold.setWeight(QFont.Weight.Normal if vacant else QFont.Weight.DemiBold)
    painter.setFont(bold)
    painter.setPen(tokens.color("hint" if vacant else "text"))
    line = painter.fontMetrics().height()
    left, width = rect.left() + 8, rect.width() - 11
    beside = width - painter.fontMetrics().horizontalAdvance(cell.room_no) >= _SIGN + 6
    painter.drawText(QRect(left, rect.top() + 6, width, line), int(Qt.AlignmentFlag.AlignVCenter), cell.room_no)
    small = QFont(base)
    small.setPixelSize(theme.px(13))
    painter.setFont(small)
    painter.setPen(tokens.color("hint" if vacant else "text2"))
    low = rect.top() + 6 + 2 * line > rect.bottom() - 20
    star_on_top = low and beside and cell.star
    if low:
        # In low cells the signs stand on this line; two of them would leave no room for the name.
        width -= (_SIGN + 4) * ((cell.star and not star_on_top) + (cell.state in SIGNS))
    words = painter.fontMetrics().elidedText(cell.family, Qt.TextElideMode.ElideRight, width)
    painter.drawText(QRect(left, rect.top() + 6 + line, width, line), int(Qt.AlignmentFlag.AlignVCenter), words)
    return star_on_top


def _paint_signs(painter: QPainter, rect: QRect, cell: RoomCell, *, star_on_top: bool) -> None:
    signs = [SIGNS[cell.state]] if cell.state in SIGNS else []
    size = _SIGN
    x = rect.right() - 6 - size
    if star_on_top:
        painter.drawPixmap(QRect(x, rect.top() + 8, size, size), icons.pixmap("star", "star", size))
    elif cell.star:
        signs.append(("star", "star"))
    for name, token in signs:
        painter.drawPixmap(QRect(x, rect.bottom() - 5 - size, size, size), icons.pixmap(name, token, size))
        x -= size + 4


class _UnitHeader(QHeaderView):
    """Names each unit once, above all its columns."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFixedHeight(30)

    def paintEvent(self, _event: QPaintEvent) -> None:
        model = self.model()
        if not isinstance(model, RoomModel):
            return
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.tokens.color("surface"))
        painter.setPen(theme.tokens.color("text2"))
        font = self.font()
        font.setPixelSize(theme.px(13))
        painter.setFont(font)
        for unit in dict.fromkeys(column.unit for column in model.columns):
            spots = [at for at, column in enumerate(model.columns) if column.unit == unit and not column.gap]
            left = self.sectionViewportPosition(spots[0])
            right = self.sectionViewportPosition(spots[-1]) + self.sectionSize(spots[-1])
            painter.drawText(
                QRect(left, 0, right - left, self.height()), int(Qt.AlignmentFlag.AlignCenter), unit_text(unit)
            )
        painter.end()


class RoomTable(QTableView):
    """The room plan itself: arrows walk from room to room over gaps, Enter goes to the form."""

    chosen = Signal(str)
    """The household a person moved to."""
    entered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.rooms = RoomModel()
        self.setModel(self.rooms)
        self.setItemDelegate(RoomDelegate(self))
        self.setHorizontalHeader(_UnitHeader(self))
        self.setObjectName("rooms")
        self.setAccessibleName("楼栋房间图")
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setSectionsClickable(False)
            header.setHighlightSections(False)
            header.setMinimumSectionSize(8)
        self.verticalHeader().setFixedWidth(42)
        self.verticalHeader().setObjectName("floors")
        self._quiet = False
        self.selectionModel().currentChanged.connect(self._moved)
        self.activated.connect(self._activated)

    def show_plan(self, plan: RoomPlan, household_id: str = "") -> None:
        """Show a plan; what is chosen stays chosen where it is in the plan."""
        kept = household_id or self.household()
        self._quiet = True
        self.rooms.show(plan)
        self._fit()
        self._quiet = False
        self.choose(kept)

    def household(self) -> str:
        """The chosen household, or nothing."""
        cell = self.rooms.cell(self.currentIndex()) if self.currentIndex().isValid() else None
        return cell.household_id if cell else ""

    def choose(self, household_id: str) -> None:
        """Choose a household without telling."""
        self._quiet = True
        index = self.rooms.index_of(household_id)
        self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)
        else:
            self.clearSelection()
        self._quiet = False

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        here = self.currentIndex()
        if not here.isValid():
            return self._first()
        step = {
            QAbstractItemView.CursorAction.MoveLeft: (0, -1), QAbstractItemView.CursorAction.MoveRight: (0, 1),
            QAbstractItemView.CursorAction.MoveUp: (-1, 0), QAbstractItemView.CursorAction.MoveDown: (1, 0),
        }.get(action)  # fmt: skip
        if step is None:
            return super().moveCursor(action, modifiers)
        row, column = here.row() + step[0], here.column() + step[1]
        while 0 <= row < self.rooms.rowCount() and 0 <= column < self.rooms.columnCount():
            index = self.rooms.index(row, column)
            if self.rooms.cell(index):
                return index
            row, column = row + step[0], column + step[1]
        return here

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            if self.household():
                self.entered.emit(self.household())
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self._quiet = True
            self.setCurrentIndex(self._first())
            self._quiet = False
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _first(self) -> QModelIndex:
        for row in range(self.rooms.rowCount()):
            for column in range(self.rooms.columnCount()):
                if self.rooms.cell(self.rooms.index(row, column)):
                    return self.rooms.index(row, column)
        return QModelIndex()

    def _moved(self, current: QModelIndex, _previous: QModelIndex) -> None:
        cell = self.rooms.cell(current)
        if cell and not self._quiet:
            self.chosen.emit(cell.household_id)

    def _activated(self, index: QModelIndex) -> None:
        cell = self.rooms.cell(index)
        if cell:
            self.entered.emit(cell.household_id)

    def _fit(self) -> None:
        gaps = sum(column.gap for column in self.rooms.columns)
        rooms = len(self.rooms.columns) - gaps
        if not rooms:
            return
        room = self.viewport().width() - gaps * _GAP
        wide = max(theme.px(_CELL_WIDE[0]), min(theme.px(_CELL_WIDE[1]), room // rooms))
        for at, column in enumerate(self.rooms.columns):
            self.setColumnWidth(at, _GAP if column.gap else wide)
        floors = max(1, self.rooms.rowCount())
        high = max(theme.px(_CELL_HIGH[0]), min(theme.px(_CELL_HIGH[1]), self.viewport().height() // floors))
        for row in range(self.rooms.rowCount()):
            self.setRowHeight(row, high)
