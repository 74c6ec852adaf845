"""Qt's bindings must not lose references: a lost one per call aborts the interpreter after minutes of ordinary work."""

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QStyledItemDelegate, QTableWidget, QWidget

CALLS = 400
# What the interpreter itself keeps or drops meanwhile is a handful; a leak is one reference or more with every call.
TOLERATED = CALLS // 10


class _Painted(QWidget):
    """A widget whose paint event is Python's, as those of the room plan are."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint nothing and return None through Qt."""


class _Sender(QObject):
    happened = Signal(int)


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: object, index: object) -> QSize:
        """Answer a virtual that Qt calls."""
        return QSize(10, 10)


def _drift(call: Callable[[], object]) -> dict[object, int]:
    constants = (None, True, False)
    call()
    before = [sys.getrefcount(constant) for constant in constants]
    for _ in range(CALLS):
        call()
    after = [sys.getrefcount(constant) for constant in constants]
    return {constant: now - then for constant, then, now in zip(constants, before, after, strict=True)}


def _painting() -> Callable[[], object]:
    widget = _Painted()
    widget.resize(20, 20)
    return widget.grab


def _signalling() -> Callable[[], object]:
    sender = _Sender()
    sender.happened.connect(lambda _number: None)
    return lambda: sender.happened.emit(1)


def _connecting() -> Callable[[], object]:
    sender, label = _Sender(), QLabel()
    return lambda: (sender.happened.connect(label.setNum), sender.happened.disconnect(label.setNum))


def _setting() -> Callable[[], object]:
    label = QLabel()
    return lambda: (label.setText("走访"), label.setEnabled(True), label.setProperty("tone", None), label.isEnabled())


def _timing() -> Callable[[], object]:
    timer = QTimer()
    return lambda: (timer.start(1000), timer.stop(), timer.isActive())


def _delegating() -> Callable[[], object]:
    table = QTableWidget(2, 2)
    table.setItemDelegate(_Delegate(table))
    return lambda: (table.resizeColumnsToContents(), table.item(0, 0))


@pytest.mark.parametrize("scene", [_painting, _signalling, _connecting, _setting, _timing, _delegating])
def test_qt_calls_keep_the_references_of_none_and_bools(
    qapp: QApplication, scene: Callable[[], Callable[[], object]]
) -> None:
    """However often Qt is called, None and the bools keep their references; PySide6 6.12.0 on Python 3.11 lost them."""
    drift = _drift(scene())
    assert all(abs(change) <= TOLERATED for change in drift.values()), drift
