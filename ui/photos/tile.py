"""One photo of a record: its small picture, or in words and a sign that it is on its way, failed or elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from gridworker.imaging.made import DOCUMENT
from gridworker.operations.photos import ABSENT, FAILED, READY, WAITING, Photo
from ui import icons
from ui.photos.service import Shown
from ui.theme import theme

SIDE = 72
_RADIUS = 6
_LOOKS = {"": ("clock", "正在处理"), WAITING: ("clock", "正在处理"), FAILED: ("circle-alert", "没有成功"),
          ABSENT: ("cloud-off", "不在本机"), READY: ("image", "")}  # fmt: skip


class Tile(QAbstractButton):
    """Opened by Enter, Space or a click; Delete asks to take it away, arrows go to its neighbours."""

    remove_requested = Signal()
    stepped = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.blob = ""
        self.photo: Photo | None = None
        self.image = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self._dress)

    @property
    def state(self) -> str:
        """Ready, waiting, failed or absent; empty before it was looked at."""
        return self.photo.state if self.photo else ""

    def is_named(self, name: str) -> bool:
        """Whether a record means this photo by a name, by its passing id as by its address."""
        return name in (self.name, self.blob) and bool(name)

    def show_as(self, shown: Shown) -> None:
        """Show how the photo stands."""
        self.photo, self.image = shown.photo, shown.image
        self.blob = shown.photo.blob or self.blob
        self.update()

    def call_it(self, label: str, number: int, total: int) -> None:
        """Say which photo it is, for those who do not see it."""
        said = f"{label}第 {number} 个，共 {total} 个"
        if self.photo is None or self.state == WAITING:
            said += "，正在处理"
        elif self.state == READY:
            said += f"，{self.photo.text}"
        else:
            said += f"。{self.photo.text}"
        self.setAccessibleName(said)
        self.setAccessibleDescription("按 Enter 看大图，按 Delete 去掉。")
        self.setToolTip(f"{said}\nEnter 看大图，Delete 去掉")

    def sizeHint(self) -> QSize:
        return QSize(theme.px(SIDE), theme.px(SIDE))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_requested.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif key in steps:
            self.stepped.emit(steps[key])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        tokens = theme.tokens
        inner = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        shape = QPainterPath()
        shape.addRoundedRect(inner, _RADIUS, _RADIUS)
        painter.fillPath(shape, tokens.color("bad_bg" if self.state == FAILED else "sunken"))
        painter.save()
        painter.setClipPath(shape)
        if not self.image.isNull():
            painter.drawImage(self.rect(), self.image, _middle(self.image))
        painter.restore()
        if self.image.isNull():
            self._paint_words(painter)
        elif self.photo and self.photo.kind == DOCUMENT:
            self._paint_kind(painter)
        edge = "bad" if self.state == FAILED else "control" if self.underMouse() else "line"
        if self.hasFocus():
            inner = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(tokens.color("primary" if self.hasFocus() else edge), 2 if self.hasFocus() else 1))
        painter.drawRoundedRect(inner, _RADIUS, _RADIUS)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        sign, words = _LOOKS[self.state]
        tone = "bad" if self.state == FAILED else "text2"
        size = 20
        painter.drawPixmap((self.width() - size) // 2, theme.px(16), icons.pixmap(sign, tone, size))
        font = self.font()
        font.setPixelSize(theme.px(12))
        painter.setFont(font)
        painter.setPen(theme.tokens.color(tone))
        painter.drawText(QRect(0, theme.px(40), self.width(), theme.px(20)), Qt.AlignmentFlag.AlignCenter, words)

    def _paint_kind(self, painter: QPainter) -> None:
        high = theme.px(20)
        place = QRect(0, self.height() - high, self.width(), high)
        painter.fillRect(place.adjusted(1, 0, -1, -1), theme.tokens.color("surface"))
        font = self.font()
        font.setPixelSize(theme.px(12))
        painter.setFont(font)
        painter.setPen(theme.tokens.color("text"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "PDF")

    def _dress(self) -> None:
        self.updateGeometry()
        self.update()


def _middle(image: QImage) -> QRect:
    """The largest square in the middle of a picture."""
    side = min(image.width(), image.height())
    return QRect((image.width() - side) // 2, (image.height() - side) // 2, side, side)
