"""Line icons (Lucide), coloured from tokens when they are drawn; widgets that wear one change it with the theme."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from gridworker.paths import resource
from ui.theme import theme


@lru_cache(maxsize=256)
def _drawing(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _painted(name: str, color: str, size: int, ratio: float) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", color).encode()))
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def pixmap(name: str, tone: str = "text2", size: int = 20) -> QPixmap:
    """The icon in the present colour of a token."""
    app = QApplication.instance()
    ratio = app.devicePixelRatio() if isinstance(app, QApplication) else 1.0
    return _painted(name, str(getattr(theme.tokens, tone)), size, ratio)


def icon(name: str, tone: str = "text2", size: int = 20, *, checked: str = "") -> QIcon:
    """The icon for a button or a menu; `checked` is its token while the button is down."""
    made = QIcon(pixmap(name, tone, size))
    made.addPixmap(pixmap(name, "hint", size), QIcon.Mode.Disabled)
    if checked:
        made.addPixmap(pixmap(name, checked, size), QIcon.Mode.Normal, QIcon.State.On)
    return made


def wear(
    widget: QAbstractButton | QLabel | QAction, name: str, tone: str = "text2", size: int = 20, *, checked: str = ""
) -> None:
    """Put an icon on a button, a label or an action and keep its colour in step with the theme."""
    widget.setProperty("worn", [name, tone, str(size), checked])
    _dress(widget)
    if not widget.property("wears"):
        widget.setProperty("wears", True)
        _Watcher(widget)


class _Watcher(QObject):
    """Lives as long as the widget it is a child of, and no longer hears the theme after that."""

    def __init__(self, widget: QAbstractButton | QLabel | QAction) -> None:
        super().__init__(widget)
        self._widget = widget
        theme.changed.connect(self._dress)

    @Slot()
    def _dress(self) -> None:
        _dress(self._widget)


def _dress(widget: QAbstractButton | QLabel | QAction) -> None:
    name, tone, size_text, checked = widget.property("worn")
    size = int(size_text)
    if isinstance(widget, QLabel):
        widget.setPixmap(pixmap(name, tone, size))
        widget.setFixedSize(size, size)
    elif isinstance(widget, QAction):
        widget.setIcon(icon(name, tone, size))
    else:
        widget.setIcon(icon(name, tone, size, checked=checked))
        widget.setIconSize(QSize(size, size))
