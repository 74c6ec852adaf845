"""How a due thing is said and painted: what, where, how late, the card it has drawn, and what else must be told."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gridworker.operations.plan import DueItem, DueKey
from gridworker.planning import urgency
from gridworker.planning.visit_plan import GROUP_LABELS
from ui import icons
from ui.pages.registry import icon_of_ledger
from ui.theme import theme

Index = QModelIndex | QPersistentModelIndex
# A thing to do has another sign than the place of all of them.
_ICONS = {"visit": "door-open", "wish": "heart"}
_ROW, _MORE, _SECTION = 62, 22, 36
_TONES: dict[str, str] = {urgency.YELLOW: "warn", urgency.RED: "bad", urgency.OVERDUE: "bad"}


class TaskRows(Protocol):
    """What the delegate asks of the model: a row is a due thing or the title of a section."""

    today: date

    def thing(self, index: Index) -> DueItem | DueKey | None:
        """The due thing at an index as it is known; nothing is read for it."""

    def item(self, index: Index) -> DueItem | None:
        """The due thing at an index with what is said of it."""

    def section(self, index: Index) -> tuple[str, int] | None:
        """The group and its size where a row is a title."""


def when_words(item: DueItem, today: date) -> str:
    """How late, or on which day."""
    if item.days_late:
        return f"逾期 {item.days_late} 天"
    if item.due_on == today:
        return "今天"
    if item.group == "week":
        return f"周{'一二三四五六日'[item.due_on.weekday()]}"
    return f"{item.due_on.month}月{item.due_on.day}日"


def flag_words(item: DueItem) -> str:
    """黄牌, 红牌 or 超期."""
    return next((word for flag, word in urgency.LABELS.items() if flag == item.flag), "")


def told_words(item: DueItem | DueKey) -> str:
    """How often nobody was met, and what must be said beside the date."""
    tried = f"上门 {item.attempts} 次未见" if item.attempts else ""
    return " · ".join(part for part in (tried, item.note.rstrip("。")) if part)


class TaskDelegate(QStyledItemDelegate):
    """Paints a due thing: icon, title, place, and how late it is in words."""

    def __init__(self, parent: QObject, rows: TaskRows) -> None:
        super().__init__(parent)
        self._rows = rows

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        thing = self._rows.thing(index)
        high = _SECTION if thing is None else _ROW + (_MORE if thing.attempts or thing.note else 0)
        return QSize(100, theme.px(high))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        section = self._rows.section(index)
        item = self._rows.item(index) if section is None else None
        if section is not None:
            _paint_section(painter, option, *section)
        elif item is not None:
            _paint_item(painter, option, item, self._rows.today)
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
    told = told_words(item)
    room = rect.adjusted(tile.right() - rect.left() + 11, 8, -10, -8)
    text = QRect(room.left(), room.top(), room.width(), room.height() // (3 if told else 2))
    _draw_title(painter, option, text, item, chosen=chosen)
    below = text.translated(0, text.height())
    painter.setFont(_font(option, 13))
    words = when_words(item, today)
    wide = painter.fontMetrics().horizontalAdvance(words)
    painter.setPen(tokens.color("bad" if late else "text2"))
    painter.drawText(below, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words)
    painter.setPen(tokens.color("text2"))
    # A visit's place is an address, whose end tells the door.
    mode = Qt.TextElideMode.ElideLeft if item.kind == "visit" else Qt.TextElideMode.ElideRight
    _draw(painter, below.adjusted(0, 0, -wide - 8, 0), item.place, mode)
    if told:
        painter.setPen(tokens.color("warn"))
        _draw(painter, below.translated(0, text.height()), told)


def _draw_title(painter: QPainter, option: QStyleOptionViewItem, room: QRect, item: DueItem, *, chosen: bool) -> None:
    """The title, and at its right the card that a dated matter has drawn."""
    word = flag_words(item)
    if word:
        painter.setFont(_font(option, 13))
        wide = painter.fontMetrics().horizontalAdvance(word) + 12
        tag = QRect(room.right() - wide + 1, room.center().y() - theme.px(10), wide, theme.px(20))
        painter.setPen(Qt.PenStyle.NoPen)
        tone = _TONES[item.flag]
        painter.setBrush(theme.tokens.color(f"{tone}_bg"))
        painter.drawRoundedRect(QRectF(tag), 4, 4)
        painter.setPen(theme.tokens.color(tone))
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), word)
        room = room.adjusted(0, 0, -wide - 6, 0)
    painter.setFont(_font(option, 14, QFont.Weight.Medium))
    painter.setPen(theme.tokens.color("on_tint" if chosen else "text"))
    _draw(painter, room, item.title)


def _draw(painter: QPainter, rect: QRect, text: str, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
    shown = painter.fontMetrics().elidedText(text, mode, rect.width())
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter), shown)
