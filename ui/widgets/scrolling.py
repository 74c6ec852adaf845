"""A place that scrolls up and down and keeps what has the focus in sight, with the sentence that stands under it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from ui.widgets.labelled import Labelled

# The name of a group stands so far above its first field.
_MARGIN = 40


class Scrolled(QScrollArea):
    """Follows the width of its place. Qt scrolls to what Tab reaches, and to nothing that is given the focus."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner.setObjectName("scrolled")
        self.setWidget(inner)
        self._stood: int | None = None
        inner.installEventFilter(self)
        # What was just shown has its place only once it was laid out.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._follow)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A sentence was said, and what stands under it moved: follow again, unless a person has scrolled since."""
        if event.type() == QEvent.Type.Resize and self._stood == self.verticalScrollBar().value():
            self._soon.start()
        return super().eventFilter(watched, event)

    def _focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        # Under a pressed mouse nothing moves: the click would land beside what it was meant for.
        if new is not None and self._holds(new) and QApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self._soon.start()

    def _follow(self) -> None:
        target = QApplication.focusWidget()
        if target is None or not self._holds(target):
            return
        field: QWidget | None = target
        while field is not None and field is not self.widget() and not isinstance(field, Labelled):
            field = field.parentWidget()
        whole = isinstance(field, Labelled) and field.height() + 2 * _MARGIN <= self.viewport().height()
        self.ensureWidgetVisible(field if whole and field is not None else target, 0, _MARGIN)
        self._stood = self.verticalScrollBar().value()

    def _holds(self, widget: QWidget) -> bool:
        inner = self.widget()
        return inner is not None and inner.isAncestorOf(widget)
