"""The machine going to sleep: announced where the system does that, else noticed by its clocks on waking."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import SLOT, QAbstractNativeEventFilter, QByteArray, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection

_TICK_MS = 5_000
_GAP_S = 30.0
"""More than this between two ticks, by either clock, and the machine slept or stood still."""
_PATIENCE_MS = 1_000
_BUS_SOCKET = Path("/run/dbus/system_bus_socket")
_LOGIN = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
_POWER_BROADCAST, _SUSPEND = 0x0218, 0x0004


class SleepWatch(QObject):
    """Tells when the machine goes to sleep, where the system says so, and at the latest when it has woken up.

    On Linux the login service waits a few seconds for whoever asked it to; `let_go` tells that we are ready. Where it
    does not wait, or forces the sleep, the keys leave memory in the first moments awake, before anything is shown.
    """

    asleep = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clocks = (time.time(), time.monotonic())
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self._held: object | None = None
        self._native: _PowerFilter | None = None
        if sys.platform == "win32":
            self._native = _PowerFilter(self.asleep.emit)
            app = QGuiApplication.instance()
            if app is not None:
                app.installNativeEventFilter(self._native)
        elif sys.platform.startswith("linux"):
            if listen_to_login(self):
                self.hold()

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
        else:
            self.hold()

    def hold(self) -> None:
        """Ask the login service to wait for us at the next sleep."""
        self._held = ask_to_wait()

    def let_go(self) -> None:
        """The keys are gone: the machine may sleep."""
        # The wish lasts as long as the file the service gave us is open; its last holder closes it.
        self._held = None


def listen_to_login(watch: SleepWatch) -> bool:
    """Hear the announcements of systemd-logind; False where there is none."""
    if not _has_bus():
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
    return bus.connect(*_LOGIN, "PrepareForSleep", watch, SLOT("prepare(bool)"))  # type: ignore[arg-type, call-overload]  # see above


def ask_to_wait() -> object | None:
    """What systemd-logind gives for waiting with a sleep, to be held until we are ready; None where there is none."""
    if not _has_bus():
        return None
    try:
        from PySide6.QtDBus import QDBus, QDBusConnection, QDBusMessage

        asked = QDBusMessage.createMethodCall(*_LOGIN, "Inhibit")
        asked.setArguments(["sleep", "网格台账", "收起屏幕，忘掉钥匙", "delay"])
        answer = QDBusConnection.systemBus().call(asked, QDBus.CallMode.Block, _PATIENCE_MS)
        given = answer.arguments() if answer.type() == QDBusMessage.MessageType.ReplyMessage else []
    except (ImportError, TypeError, ValueError):
        return None
    return given[0] if given else None


def _has_bus() -> bool:
    # Without a bus libdbus is not even loaded: it ends the program on machines that have no id.
    return _BUS_SOCKET.exists() or "DBUS_SYSTEM_BUS_ADDRESS" in os.environ


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
