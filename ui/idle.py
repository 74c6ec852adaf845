"""When nobody is there: no key and no mouse for a while, the machine going to sleep, or waking from one unnoticed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import SLOT, QAbstractNativeEventFilter, QByteArray, QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QWindow

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection

_TICK_MS = 5_000
_GAP_S = 30.0
"""More than this between two ticks, by either clock, and the machine slept or stood still."""
_INPUTS = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel,
    QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TabletPress, QEvent.Type.TabletMove,
})  # fmt: skip
_BUS_SOCKET = Path("/run/dbus/system_bus_socket")
_LOGIN = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
_POWER_BROADCAST, _SUSPEND = 0x0218, 0x0004


class IdleWatch(QObject):
    """Tells once when nobody was there for so many minutes; any input begins the count anew."""

    idle = Signal()

    def __init__(
        self, minutes: Callable[[], int], parent: QObject | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._minutes, self._clock = minutes, clock
        self._last = clock()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Begin to count."""
        self._last = self._clock()
        self._timer.start()

    def stop(self) -> None:
        """Count no more."""
        self._timer.stop()

    def watch(self, app: QGuiApplication) -> None:
        """Hear every window of the program that is worked in.

        Input arrives at the windows below the widgets; a filter on the application would see every event there is.
        An input method speaks to the widget directly, so writing with one is heard by the cursor it moves.
        """
        app.focusWindowChanged.connect(self._hear)
        app.inputMethod().cursorRectangleChanged.connect(self.touch)
        self._hear(app.focusWindow())

    def touch(self) -> None:
        """Somebody is there."""
        self._last = self._clock()

    def look(self) -> None:
        """Whether the time is up."""
        if self._clock() - self._last >= self._minutes() * 60:
            self._timer.stop()
            self.idle.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUTS:
            self.touch()
        return False

    def _hear(self, window: QWindow | None) -> None:
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)


class SleepWatch(QObject):
    """Tells when the machine goes to sleep, where the system says so, and at the latest when it has woken up.

    What is not promised: Linux does not wait for us, so a machine that falls asleep at once may do so with the keys
    still in memory and lose them in its first moments awake, before anything is shown.
    """

    asleep = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clocks = (time.time(), time.monotonic())
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self._native: _PowerFilter | None = None
        if sys.platform == "win32":
            self._native = _PowerFilter(self.asleep.emit)
            QGuiApplication.instance().installNativeEventFilter(self._native)  # type: ignore[union-attr]
        elif sys.platform.startswith("linux"):
            listen_to_login(self)

    def look(self) -> None:
        """Whether time has passed in which the machine stood still; a clock set forward looks the same, and may."""
        now = (time.time(), time.monotonic())
        gap = max(now[0] - self._clocks[0], now[1] - self._clocks[1]) - _TICK_MS / 1000
        self._clocks = now
        if gap > _GAP_S:
            self.asleep.emit()

    @Slot(bool)
    def prepare(self, begins: bool) -> None:  # noqa: FBT001 - the signature of the system's signal
        """The login service announces a sleep, or its end."""
        if begins:
            self.asleep.emit()


def listen_to_login(watch: SleepWatch) -> bool:
    """Hear the announcements of systemd-logind; False where there is none."""
    # Without a bus libdbus is not even loaded: it ends the program on machines that have no id.
    if not _BUS_SOCKET.exists() and "DBUS_SYSTEM_BUS_ADDRESS" not in os.environ:
        return False
    try:
        from PySide6.QtDBus import QDBusConnection

        return hear(QDBusConnection.systemBus(), watch)
    except (ImportError, TypeError, ValueError):
        # Waking up is noticed by the clocks all the same; a missing or different binding must not end the program.
        return False


def hear(bus: QDBusConnection, watch: SleepWatch) -> bool:
    """Connect to the announcement on a bus; False where the bus is not there."""
    # The binding takes the text of SLOT; its stub asks for bytes, which it refuses.
    return bus.connect(*_LOGIN, "PrepareForSleep", watch, SLOT("prepare(bool)"))  # type: ignore[arg-type, call-overload]


class _PowerFilter(QAbstractNativeEventFilter):
    """Windows tells every program's windows of a sleep."""

    def __init__(self, told: Callable[[], object]) -> None:
        super().__init__()
        self._told = told

    def nativeEventFilter(self, kind: QByteArray | bytes | bytearray | memoryview, message: int) -> tuple[bool, int]:
        if sys.platform == "win32" and bytes(kind) == b"windows_generic_MSG":
            import ctypes.wintypes

            told = ctypes.wintypes.MSG.from_address(int(message))
            if is_suspend(told.message, told.wParam):
                self._told()
        return False, 0


def is_suspend(message: int, word: int) -> bool:
    """Whether a Windows message says that the machine goes to sleep."""
    return message == _POWER_BROADCAST and word == _SUSPEND
