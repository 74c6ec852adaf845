"""How a list draws its cells: states as quiet tags, and a small cloud where the server lacks the row."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.icons import pixmap
from ui.records.model import FieldRole, Index, WaitingRole
from ui.theme import theme

_ICON = 16
_PAD = 8
TAG_FIELDS = frozenset({"status", "verdict", "due_card"})


class CellDelegate(QStyledItemDelegate):
    """Draws text as the style does, tags and signs on top; `tones` maps a state's label to a token."""

    def __init__(self, parent: QObject, tones: Mapping[str, str] | None = None) -> None:
        super().__init__(parent)
        self.tones = dict(tones or {})

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        text = index.data(Qt.ItemDataRole.DisplayRole)
        tagged = text and index.data(FieldRole) in TAG_FIELDS
        waiting = bool(index.data(WaitingRole))
        drawn = QStyleOptionViewItem(option)
        self.initStyleOption(drawn, index)
        if tagged:
            drawn.text = ""
        style = drawn.widget.style() if drawn.widget else None
        if style is None:
            return
        if waiting:
            drawn.text = QFontMetrics(drawn.font).elidedText(
                drawn.text, Qt.TextElideMode.ElideRight, drawn.rect.width() - _ICON - 3 * _PAD
            )
        drawn.state &= ~QStyle.StateFlag.State_HasFocus
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, drawn, painter, drawn.widget)
        if tagged:
            self._draw_tag(painter, drawn, str(text))
        if waiting:
            sign = pixmap("cloud-upload", "hint", _ICON)
            painter.drawPixmap(drawn.rect.right() - _ICON - 4, drawn.rect.center().y() - _ICON // 2 + 1, sign)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As tall as a finger needs."""
        size = super().sizeHint(option, index)
        size.setHeight(theme.px(40))
        return size

    def _draw_tag(self, painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
        tone = self.tones.get(text, "text2")
        ground = {"ok": "ok_bg", "warn": "warn_bg", "bad": "bad_bg", "primary": "tint"}.get(tone, "sunken")
        font = option.font
        font.setPixelSize(theme.px(13))
        width = QFontMetrics(font).horizontalAdvance(text) + 2 * _PAD
        height = theme.px(24)
        room = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        tag = QRectF(room.left(), room.center().y() - height / 2 + 0.5, min(width, room.width()), height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.tokens.color(ground))
        painter.drawRoundedRect(tag, height / 2, height / 2)
        painter.setPen(theme.tokens.color(tone))
        painter.setFont(font)
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()
