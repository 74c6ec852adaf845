"""The list of what is due: sections by urgency, two lines each, with words for how late it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gridworker.operations.plan import DueItem
from gridworker.planning.visit_plan import GROUP_LABELS
from ui import icons
from ui.pages.registry import icon_of_ledger
from ui.theme import theme

Index = QModelIndex | QPersistentModelIndex
# A thing to do has another sign than the place of all of them.
_ICONS = {"visit": "door-open", "wish": "heart"}
_ROW, _SECTION = 62, 36


def when_words(item: DueItem, today: date) -> str:
    """How late, or on which day."""
    if item.days_late:
        return f"逾期 {item.days_late} 天"
    if item.due_on == today:
        return "今天"
    if item.group == "week":
        return f"周{'一二三四五六日'[item.due_on.weekday()]}"
    return f"{item.due_on.month}月{item.due_on.day}日"


class TaskModel(QAbstractListModel):
    """Due things in their groups; a row is an item or the title of a section."""

    def __init__(self) -> None:
        super().__init__()
        self.today = date.min
        self._rows: list[DueItem | tuple[str, int]] = []

    def show(self, items: Sequence[DueItem], today: date) -> None:
        """Show what is due on a day."""
        self.beginResetModel()
        self.today = today
        self._rows = []
        for group in GROUP_LABELS:
            mine = [item for item in items if item.group == group]
            if mine:
                self._rows.append((group, len(mine)))
                self._rows += mine
        self.endResetModel()

    def item(self, index: Index) -> DueItem | None:
        """The due thing at an index."""
        row = self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None
        return row if isinstance(row, DueItem) else None

    def section(self, index: Index) -> tuple[str, int] | None:
        """The group and its size where a row is a title."""
        row = self._rows[index.row()]
        return row if isinstance(row, tuple) else None

    def find(self, key: str) -> QModelIndex:
        """The row of a record or household."""
        for number, row in enumerate(self._rows):
            if isinstance(row, DueItem) and key in (row.record_id, row.household_id):
                return self.index(number)
        return QModelIndex()

    def after(self, household_id: str) -> DueItem | None:
        """The next visit after a household's, or the first."""
        visits = [row for row in self._rows if isinstance(row, DueItem) and row.kind == "visit"]
        here = next((place for place, row in enumerate(visits) if row.household_id == household_id), -1)
        rest = [row for row in visits[here + 1 :] + visits[: max(here, 0)] if row.household_id != household_id]
        return rest[0] if rest else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.item(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        item = self.item(index)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if item is None:
            group, count = self._rows[index.row()]  # type: ignore[misc]
            return None if role == Qt.ItemDataRole.ToolTipRole else f"{GROUP_LABELS[group]} {count}"
        return "，".join(part for part in (item.title, item.place, when_words(item, self.today), item.reason) if part)


class TaskDelegate(QStyledItemDelegate):
    """Paints a due thing: icon, title, place, and how late it is in words."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        model = index.model()
        high = _ROW if isinstance(model, TaskModel) and model.item(index) else _SECTION
        return QSize(100, theme.px(high))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, TaskModel):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        item = model.item(index)
        if item is None:
            _paint_section(painter, option, *model.section(index) or ("today", 0))
        else:
            _paint_item(painter, option, item, model.today)
        painter.restore()


def _font(option: QStyleOptionViewItem, size: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QFont(option.font)
    font.setPixelSize(theme.px(size))
    font.setWeight(weight)
    return font


def _paint_section(painter: QPainter, option: QStyleOptionViewItem, group: str, count: int) -> None:
    painter.setFont(_font(option, 13, QFont.Weight.DemiBold))
    painter.setPen(theme.tokens.color("bad" if group == "overdue" else "text2"))
    painter.drawText(
        option.rect.adjusted(16, 10, -8, -2), int(Qt.AlignmentFlag.AlignVCenter), f"{GROUP_LABELS[group]}  {count}"
    )


def _paint_item(painter: QPainter, option: QStyleOptionViewItem, item: DueItem, today: date) -> None:
    tokens, late = theme.tokens, item.days_late > 0
    rect = option.rect.adjusted(8, 1, -8, -1)
    chosen = bool(option.state & QStyle.StateFlag.State_Selected)
    focused = chosen and isinstance(option.widget, QWidget) and option.widget.hasFocus()
    if chosen or option.state & QStyle.StateFlag.State_MouseOver:
        painter.setBrush(tokens.color("tint" if chosen else "sunken"))
        painter.setPen(QPen(tokens.color("primary"), 2) if focused else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), 8, 8)
    tile = QRect(rect.left() + 8, rect.top() + (rect.height() - 34) // 2, 34, 34)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.color("bad_bg" if late else "surface" if chosen else "sunken"))
    painter.drawRoundedRect(QRectF(tile), 8, 8)
    sign = _ICONS.get(item.kind) or icon_of_ledger(item.kind)
    painter.drawPixmap(tile.adjusted(8, 8, -8, -8), icons.pixmap(sign, "bad" if late else "text2", 18))
    text = QRect(tile.right() + 11, rect.top() + 8, rect.right() - tile.right() - 21, (rect.height() - 16) // 2)
    painter.setFont(_font(option, 14, QFont.Weight.Medium))
    painter.setPen(tokens.color("on_tint" if chosen else "text"))
    _draw(painter, text, item.title)
    below = text.translated(0, text.height())
    painter.setFont(_font(option, 13))
    words = when_words(item, today)
    wide = painter.fontMetrics().horizontalAdvance(words)
    painter.setPen(tokens.color("bad" if late else "text2"))
    painter.drawText(below, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words)
    painter.setPen(tokens.color("text2"))
    _draw(painter, below.adjusted(0, 0, -wide - 8, 0), item.place)


def _draw(painter: QPainter, rect: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter), shown)


class TaskList(QListView):
    """The list itself; arrows move, Enter opens."""

    chosen = Signal(object)
    entered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.tasks = TaskModel()
        self.setModel(self.tasks)
        self.setItemDelegate(TaskDelegate(self))
        self.setObjectName("tasks")
        self.setAccessibleName("待办")
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._quiet = False
        self.selectionModel().currentChanged.connect(self._moved)
        self.clicked.connect(lambda index: self._tell(index, self.chosen))
        self.activated.connect(lambda index: self._tell(index, self.entered))

    def show_items(self, items: Sequence[DueItem], today: date) -> None:
        """Show what is due; what was chosen stays chosen."""
        kept = self.tasks.item(self.currentIndex())
        self._quiet = True
        self.tasks.show(items, today)
        self._quiet = False
        if kept:
            self.choose(kept.record_id)

    def choose(self, key: str) -> None:
        """Choose a record or household without telling."""
        self._quiet = True
        index = self.tasks.find(key)
        self.setCurrentIndex(index)
        if not index.isValid():
            self.clearSelection()
        self._quiet = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self._tell(self.currentIndex(), self.entered)
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        if self.tasks.item(self.currentIndex()) is None and self.tasks.rowCount() > 1:
            self._quiet = True
            self.setCurrentIndex(self.tasks.index(1))
            self._quiet = False

    def _moved(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._quiet:
            self._tell(current, self.chosen)

    def _tell(self, index: QModelIndex, signal: object) -> None:
        item = self.tasks.item(index)
        if item:
            signal.emit(item)  # type: ignore[attr-defined]
