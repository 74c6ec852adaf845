"""The full picture, over the page it belongs to: arrows turn, Esc closes, and it can be saved elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QImage, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.imaging.made import DOCUMENT
from gridworker.operations.photos import READY, WAITING, Photo
from ui import dialogs
from ui.photos.service import PhotoService
from ui.theme import theme
from ui.widgets.buttons import ICON, button, enable
from ui.widgets.states import Banner
from ui.widgets.texts import Elided, label

_KILO, _MEGA = 1_000, 1_000_000


@dataclass(frozen=True)
class Sight:
    """One photo to look at, and the small picture that stands in for it until it is read."""

    photo: Photo
    small: QImage


class Viewer(QFrame):
    """Covers its page; the focus stays inside until it is closed."""

    closed = Signal()

    def __init__(self, service: PhotoService, name: str, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("card")
        self._service, self._name = service, name
        self._sights: Sequence[Sight] = ()
        self._at = 0
        self._left = False
        self._over = over
        self.banner = Banner()
        self.picture = _Picture()
        self._build()
        # Buttons would take the arrows for themselves.
        inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for key, by in (("Left", -1), ("PgUp", -1), ("Right", 1), ("PgDown", 1)):
            QShortcut(QKeySequence(key), self, partial(self.step, by), context=inside)
        over.installEventFilter(self)

    def show_sights(self, sights: Sequence[Sight], at: int) -> None:
        """Open at one of the photos."""
        self._sights = sights
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._go(at)

    def step(self, by: int) -> None:
        """Turn to a neighbour."""
        if 0 <= self._at + by < len(self._sights):
            self._go(self._at + by)

    def leave(self) -> None:
        """Close; whoever opened it takes the focus back."""
        if self._left:
            return
        self._left = True
        self._over.removeEventFilter(self)
        self.hide()
        self.closed.emit()
        self.deleteLater()

    # -- events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        # The window knows these keys as well; over a picture they belong to the picture.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.picture.show_image(QImage())
        # Its page was left; coming back one finds the record.
        QTimer.singleShot(0, self, self.leave)

    def focusNextPrevChild(self, following: bool) -> bool:  # noqa: FBT001 - Qt's signature
        reachable = [one for one in (self.save_button, self.before, self.after, self.close_button) if one.isEnabled()]
        at = next((place for place, one in enumerate(reachable) if one.hasFocus()), -1)
        target = reachable[(at + (1 if following else -1)) % len(reachable)]
        target.setFocus(Qt.FocusReason.TabFocusReason if following else Qt.FocusReason.BacktabFocusReason)
        return True

    # -- inside

    def _go(self, at: int) -> None:
        self._at = at
        sight = self._sights[at]
        self.banner.hide()
        total = len(self._sights)
        self._title.say(f"{self._name}　{at + 1} / {total}")
        photo = sight.photo
        kind = "PDF 文件" if photo.kind == DOCUMENT else photo.text
        self._about.setText(f"{kind}　{_size(photo.size)}" if photo.state == READY else "")
        self.picture.setAccessibleName(f"{self._name}第 {at + 1} 个，共 {total} 个")
        enable(self.before, on=at > 0, why_not="这是第一个。")
        enable(self.after, on=at + 1 < total, why_not="这是最后一个。")
        enable(self.save_button, on=photo.state == READY, why_not="处理好以后才能另存。")
        self.picture.show_image(sight.small)
        if photo.state != READY:
            self.banner.say(photo.text, tone="" if photo.state == WAITING else "warn")
            return
        # Nothing here draws a PDF: its first page in small is shown, and the whole can be saved.
        read = self._service.read_small if photo.kind == DOCUMENT else self._service.read
        if photo.kind == DOCUMENT:
            self.banner.say("这里只能看 PDF 第一页的缩略图，要看全文请另存后打开。")
        read(photo.blob, lambda image: self._arrived(at, image), self._failed, owner=self)

    def _arrived(self, at: int, image: QImage) -> None:
        if at == self._at and self.isVisible():
            self.picture.show_image(image)

    def _failed(self, error: AppError) -> None:
        self.banner.tell(error)

    def _save(self) -> None:
        photo = self._sights[self._at].photo
        ending, kinds = ("pdf", "PDF (*.pdf)") if photo.kind == DOCUMENT else ("jpg", "照片 (*.jpg)")
        name = dialogs.save_file(self, "另存为（存出后不再加密）", f"{self._name}{self._at + 1}.{ending}", kinds)
        if name:
            self._service.save_file(photo.blob, Path(name), self._saved, self._failed, owner=self)

    def _saved(self) -> None:
        self.banner.say("已另存。这份文件不再加密，用完请删除。", tone="ok")

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 10, 16)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setSpacing(10)
        self._title = Elided("", "card-title")
        self._about = label("", "second")
        self.save_button = button("另存为…", self._save, icon="download", tip="存成普通文件，会留下记录")
        self.before = _turner("上一个", "chevron-left", "Left", lambda: self.step(-1))
        self.after = _turner("下一个", "chevron-right", "Right", lambda: self.step(1))
        self.close_button = button("关闭", self.leave, kind=ICON, icon="x", key="Esc")
        head.addWidget(self._title, 1)
        for widget in (self._about, self.save_button, self.before, self.after, self.close_button):
            head.addWidget(widget)
        column.addLayout(head)
        column.addWidget(self.banner)
        column.addWidget(self.picture, 1)


class _Picture(QWidget):
    """A picture as large as its place allows, never larger than it is."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()

    def show_image(self, image: QImage) -> None:
        self.image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.tokens.color("sunken"))
        if not self.image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            size = self.image.size()
            if size.width() > self.width() or size.height() > self.height():
                size = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            painter.drawImage(_centred(size, self.rect()), self.image)
        painter.end()


def _centred(size: QSize, place: QRect) -> QRect:
    corner = QPoint((place.width() - size.width()) // 2, (place.height() - size.height()) // 2)
    return QRect(corner, size)


def _turner(text: str, icon: str, key: str, pressed: Callable[[], object]) -> QPushButton:
    return button(text, pressed, kind=ICON, icon=icon, key=key)


def _is_own(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Escape and not event.modifiers()


def _size(count: int) -> str:
    return f"{count / _MEGA:.1f} MB" if count >= _MEGA else f"{max(1, round(count / _KILO))} KB"
