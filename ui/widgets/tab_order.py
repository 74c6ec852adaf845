"""Where Tab goes: Qt sends what was made later to the end of the window, wherever it lies on the screen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


def keep_tab_order(root: QWidget) -> None:
    """Let Tab go through a widget's parts as they lie, from the stop before it on."""
    before = stop_before(root)
    for part in root.findChildren(QWidget):
        # What drops down from a field is a window of its own.
        if _is_stop(part) and part.window() is root.window():
            if before is not None:
                QWidget.setTabOrder(before, part)
            before = part


def put_before(widget: QWidget, following: QWidget) -> None:
    """Let Tab reach a widget just before another one."""
    before = stop_before(following)
    if before is not None and before is not widget:
        QWidget.setTabOrder(before, widget)


def holds_focus(root: QWidget) -> bool:
    """Whether the focus is on a widget or on a part of it."""
    focused = QApplication.focusWidget()
    return focused is not None and (focused is root or root.isAncestorOf(focused))


def first_stop(root: QWidget) -> QWidget | None:
    """The first part of a widget that Tab reaches, as its parts lie."""
    return next((part for part in root.findChildren(QWidget) if _is_stop(part) and part.isVisible()), None)


def stop_before(root: QWidget) -> QWidget | None:
    """The last stop before a widget that is no part of it; None where it stands first."""
    one = root.previousInFocusChain()
    while one is not None and one is not root:
        if _is_stop(one) and not root.isAncestorOf(one) and one.window() is root.window():
            return one
        one = one.previousInFocusChain()
    return None


def _is_stop(widget: QWidget) -> bool:
    policy = widget.focusPolicy()
    return bool(policy & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
