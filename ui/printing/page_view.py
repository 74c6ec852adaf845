"""Pages of a document under one another, drawn only where they are looked at. Paper is white in every theme."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

_POINTS_PER_INCH = 72
_GAP = 16
_KEPT = 12
_STEPS = (0.5, 0.67, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0)
FIT_WIDTH = 0.0


class PageView(QAbstractScrollArea):
    """A scrolled column of pages; asks by `page_wanted(index, dpi)` and is answered by `set_page`."""

    page_wanted = Signal(int, float)
    page_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageView")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._count = 0
        self._size = (842.0, 595.0)
        self._zoom = FIT_WIDTH
        self._images: OrderedDict[int, tuple[float, QImage]] = OrderedDict()
        self._asked: set[tuple[int, float]] = set()
        self._page = 0
        self._asking = QTimer(self)
        self._asking.setSingleShot(True)
        self._asking.setInterval(30)
        self._asking.timeout.connect(self._ask)
        self.verticalScrollBar().valueChanged.connect(self._moved)
        self._name()

    def show_document(self, count: int, size: tuple[float, float]) -> None:
        """Forget what was shown and lay out `count` pages of `size` points; 0 shows nothing."""
        self._count, self._size = count, size
        self._images.clear()
        self._asked.clear()
        self._page = 0
        self.verticalScrollBar().setValue(0)
        self._lay_out()
        self._name()

    def set_page(self, index: int, dpi: float, image: QImage) -> None:
        """Take the picture of a page that was asked for."""
        self._asked.discard((index, dpi))
        image.setDevicePixelRatio(self.devicePixelRatioF())
        self._images[index] = (dpi, image)
        self._images.move_to_end(index)
        while len(self._images) > _KEPT:
            self._images.popitem(last=False)
        self.viewport().update()

    @property
    def page(self) -> int:
        """The page one looks at, counted from 0."""
        return self._page

    def go_to(self, index: int) -> None:
        """Scroll to the top of a page."""
        index = max(0, min(self._count - 1, index))
        self.verticalScrollBar().setValue(round(index * self._pitch()))

    def zoom_by(self, steps: int) -> None:
        """One step larger or smaller than now."""
        now = self._scale()
        rest = [step for step in _STEPS if (step > now * 1.01 if steps > 0 else step < now * 0.99)]
        if rest:
            self._set_zoom(rest[0] if steps > 0 else rest[-1])

    def fit_width(self) -> None:
        """As wide as the view, and so it stays when the window is resized."""
        self._set_zoom(FIT_WIDTH)

    def _set_zoom(self, zoom: float) -> None:
        page = self._page
        self._zoom = zoom
        self._asked.clear()
        self._lay_out()
        self.go_to(page)

    def _scale(self) -> float:
        """Logical pixels per 1/96 inch."""
        if self._zoom != FIT_WIDTH:
            return self._zoom
        return max(0.2, (self.viewport().width() - 2 * _GAP) / (self._size[0] / _POINTS_PER_INCH * 96))

    def _page_px(self) -> tuple[float, float]:
        factor = self._scale() * 96 / _POINTS_PER_INCH
        return self._size[0] * factor, self._size[1] * factor

    def _pitch(self) -> float:
        return self._page_px()[1] + _GAP

    def _dpi(self) -> float:
        return round(96 * self._scale() * self.devicePixelRatioF(), 1)

    def _lay_out(self) -> None:
        width, _height = self._page_px()
        down, across = self.verticalScrollBar(), self.horizontalScrollBar()
        down.setPageStep(self.viewport().height())
        down.setSingleStep(48)
        down.setRange(0, max(0, round(self._count * self._pitch() + _GAP - self.viewport().height())))
        across.setPageStep(self.viewport().width())
        across.setRange(0, max(0, round(width + 2 * _GAP - self.viewport().width())))
        self._asking.start()
        self.viewport().update()

    def _visible(self) -> range:
        if not self._count:
            return range(0)
        top, pitch = self.verticalScrollBar().value(), self._pitch()
        first = max(0, int((top - _GAP) // pitch))
        last = min(self._count - 1, int((top + self.viewport().height()) // pitch))
        return range(first, last + 1)

    def _ask(self) -> None:
        dpi = self._dpi()
        for index in self._visible():
            known = self._images.get(index)
            if (known is None or known[0] != dpi) and (index, dpi) not in self._asked:
                self._asked.add((index, dpi))
                self.page_wanted.emit(index, dpi)

    def _moved(self) -> None:
        reach = min(self.viewport().height(), self._page_px()[1]) / 2
        looked_at = self.verticalScrollBar().value() + reach
        page = max(0, min(self._count - 1, int(looked_at // self._pitch())))
        if page != self._page:
            self._page = page
            self._name()
            self.page_changed.emit(page)
        self._asking.start()
        self.viewport().update()

    def _name(self) -> None:
        said = f"打印预览，第 {self._page + 1} 页，共 {self._count} 页" if self._count else "打印预览，还没有内容"
        self.setAccessibleName(said)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pages in sight; a page not yet rendered is blank paper."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        width, height = self._page_px()
        left = max(_GAP, (self.viewport().width() - width) / 2) - self.horizontalScrollBar().value()
        for index in self._visible():
            top = _GAP + index * self._pitch() - self.verticalScrollBar().value()
            place = QRectF(round(left), round(top), round(width), round(height))
            painter.fillRect(place, Qt.GlobalColor.white)
            known = self._images.get(index)
            if known and known[0] == self._dpi():
                # Pixel on pixel: stretching by even one would blur the letters.
                painter.drawImage(place.topLeft(), known[1])
            elif known:
                painter.drawImage(place, known[1])
            painter.setPen(self.palette().mid().color())
            painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the page at which one looked."""
        page = self._page
        self._lay_out()
        if self._zoom == FIT_WIDTH:
            self.go_to(page)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page by page, to the ends, larger and smaller."""
        moves = {
            Qt.Key.Key_PageDown: lambda: self.go_to(self._page + 1),
            Qt.Key.Key_PageUp: lambda: self.go_to(self._page - 1),
            Qt.Key.Key_Home: lambda: self.go_to(0),
            Qt.Key.Key_End: lambda: self.go_to(self._count - 1),
            Qt.Key.Key_Plus: lambda: self.zoom_by(1),
            Qt.Key.Key_Equal: lambda: self.zoom_by(1),
            Qt.Key.Key_Minus: lambda: self.zoom_by(-1),
            Qt.Key.Key_0: self.fit_width,
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            move()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl held, zoom."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
        else:
            super().wheelEvent(event)
