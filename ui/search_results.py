"""Search results as rows for the popup: groups by ledger, each with a heading, best matches first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gridworker.ledgers.registry import find_ledger
from gridworker.operations.find import Found
from ui.icons import pixmap
from ui.pages.registry import icon_of_ledger
from ui.theme import theme

FoundRole = Qt.ItemDataRole.UserRole + 1
# A thing in a list has another sign than the place of all of them.
_ICONS = {"household": "house", "person": "user"}
_IN_GROUP = 8
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True)
class Heading:
    """The heading of a group."""

    text: str


class ResultsModel(QAbstractListModel):
    """Headings and results in one list; headings cannot be chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Heading | Found] = []

    def show(self, found: Sequence[Found]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        groups: dict[str, list[Found]] = {}
        for one in found:
            groups.setdefault(one.ledger, []).append(one)
        self._rows = []
        most = _IN_GROUP if len(groups) > 1 else len(found)
        for key, members in groups.items():
            more = f"，先列 {most} 条" if len(members) > most else ""
            self._rows.append(Heading(f"{find_ledger(key).label} {len(members)}{more}"))
            self._rows.extend(members[:most])
        self.endResetModel()

    def next_result(self, row: int, step: int) -> int:
        """The nearest result from a row in a direction, round the ends; -1 where there is none."""
        count = len(self._rows)
        for distance in range(1, count + 1):
            place = (row + step * distance) % count
            if isinstance(self._rows[place], Found):
                return place
        return -1

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and isinstance(self._rows[index.row()], Heading):
            return Qt.ItemFlag.ItemIsEnabled
        return super().flags(index)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        row = self._rows[index.row()]
        if role == FoundRole:
            return row if isinstance(row, Found) else None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text if isinstance(row, Heading) else row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.text if isinstance(row, Heading) else spoken(row)
        return None


def spoken(found: Found) -> str:
    """A result as a screen reader says it."""
    return "，".join(part for part in (find_ledger(found.ledger).label, found.title, found.subtitle) if part)


class ResultDelegate(QStyledItemDelegate):
    """Draws a heading, or a result with its sign, its name and what tells it from its like."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        found = index.data(FoundRole)
        painter.save()
        if found is None:
            self._draw_heading(painter, option, str(index.data()))
        else:
            self._draw_result(painter, option, found)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, theme.px(52 if index.data(FoundRole) is not None else 32))

    def _draw_heading(self, painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
        font = option.font
        font.setPixelSize(theme.px(13))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(theme.tokens.color("text2"))
        painter.drawText(option.rect.adjusted(12, 4, -12, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_result(self, painter: QPainter, option: QStyleOptionViewItem, found: Found) -> None:
        tokens = theme.tokens
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        under_mouse = bool(option.state & QStyle.StateFlag.State_MouseOver)
        room = option.rect.adjusted(4, 1, -4, -1)
        if chosen or under_mouse:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("tint" if chosen else "sunken"))
            painter.drawRoundedRect(room, 6, 6)
        sign = pixmap(_ICONS.get(found.ledger) or icon_of_ledger(found.ledger), "text2", 18)
        painter.drawPixmap(room.left() + 10, room.center().y() - 8, sign)
        text = room.adjusted(40, 4, -10, -4)
        half = QRect(text.left(), text.top(), text.width(), text.height() // 2)
        font = option.font
        font.setBold(False)
        painter.setPen(tokens.color("on_tint" if chosen else "text"))
        font.setPixelSize(theme.px(14))
        painter.setFont(font)
        _draw_line(painter, half, found.title)
        painter.setPen(tokens.color("text2"))
        font.setPixelSize(theme.px(13))
        painter.setFont(font)
        _draw_line(painter, half.translated(0, half.height()), found.subtitle)


def _draw_line(painter: QPainter, room: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
