"""From the command line to a window: the Qt application, its look, and which window comes first."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from gridworker import settings as settings_file
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from gridworker.paths import default_home
from gridworker.settings import Settings
from ui import fonts
from ui.application import dress, make_application
from ui.idle import IdleWatch
from ui.jobs import Jobs
from ui.sleep import SleepWatch
from ui.warming import Warming

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.locking import Leaving

_USUAL = (1280, 760)
# How long the first frame may wait for the plan of the day: a grid's takes a tenth of it, a city's does not hold it up.
_FIRST_FRAME = 0.15
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def run(argv: Sequence[str]) -> int:
    """Run the program until its last window is closed."""
    arguments = _arguments(argv[1:])
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in _DISPLAYS):
        # Qt would abort the process with a page about plugins.
        sys.stderr.write("没有找到图形界面，窗口打不开。请在桌面环境里启动。\n")
        return 1
    if arguments.smoke:
        from ui.smoke import smoke

        return smoke()
    home = arguments.home or default_home()
    app = make_application(argv)
    settings = settings_file.load(home)
    font = dress(app, settings)
    program = Program(home, settings, font)
    program.begin()
    return app.exec()


class Program:
    """Which window is shown: the first start, the lock, or the desk."""

    def __init__(self, home: Path, settings: Settings, font: fonts.FontChoice) -> None:
        self.home = home
        self.settings = settings
        self.font = font
        self.jobs = Jobs()
        self.window: QMainWindow | None = None
        self._desk: Desk | None = None
        self._leaving: Leaving | None = None
        self._spot: tuple[str, dict[str, object]] | None = None
        self._sleep: SleepWatch | None = None
        self._idle = IdleWatch(self._minutes)
        self._idle.idle.connect(self.lock)

    def begin(self) -> None:
        """Show the first start where there is no home, the lock where there is one."""
        from ui.start import StartWindow

        start = StartWindow(self.home, self.jobs, has_home=sessions.exists(self.home), font=self.font)
        start.opened.connect(self.open_desk)
        self._show(start)
        Warming(start)

    def open_desk(self, session: Session) -> None:
        """Show the main window on an unlocked home, where it was locked if it was."""
        from ui.desk import Desk
        from ui.window import Window

        self._settings_of(session)
        self._desk = Desk(session, self.jobs, self.settings)
        window = Window(self._desk, font=self.font)
        window.closed.connect(session.close)
        window.lock_requested.connect(self.lock)
        key, given = self._spot or (self.settings.last_page, {})
        self._spot = None
        window.show_place(key, **given)
        if session.notices:
            window.say("".join(session.notices))
        self.jobs.let_finish(_FIRST_FRAME)
        self._show(window)
        self._watch()

    def lock(self, *, in_haste: bool = False) -> None:
        """Take everything personal off the screen now, and the keys out of memory as soon as nothing needs them."""
        from ui.locking import Leaving, clear_screen
        from ui.start import StartWindow
        from ui.window import Window

        window, desk = self.window, self._desk
        if not isinstance(window, Window) or desk is None:
            if in_haste:
                self._hurry()
            return
        self._idle.stop()
        self._spot, self.settings, self._desk = window.spot(), desk.settings, None
        start = StartWindow(self.home, self.jobs, has_home=True, font=self.font, locked=True)
        start.lock.hold()
        start.opened.connect(self.open_desk)
        start.setGeometry(window.geometry())
        start.setWindowState(window.windowState())
        self.window = start
        start.show()
        clear_screen(window)
        start.activateWindow()
        self._leaving = Leaving(window, in_haste=in_haste)
        self._leaving.left.connect(start.lock.release)
        self._leaving.left.connect(self._left)

    def _hurry(self) -> None:
        """A sleep comes while nothing is open: what is being finished hurries, and nothing else holds the machine."""
        if self._leaving is not None:
            self._leaving.hurry()
        elif self._sleep is not None:
            self._sleep.let_go()

    def _left(self) -> None:
        self._leaving = None
        if self._sleep is not None:
            self._sleep.let_go()

    def _watch(self) -> None:
        if self._sleep is None:
            self._sleep = SleepWatch()
            self._sleep.asleep.connect(lambda: self.lock(in_haste=True))
            app = QApplication.instance()
            if isinstance(app, QApplication):
                self._idle.watch(app)
        else:
            self._sleep.hold()
        if self.window is not None:
            self._idle.attend(self.window.windowHandle())
        self._idle.start()

    def _minutes(self) -> int:
        return self._desk.settings.lock_minutes if self._desk is not None else self.settings.lock_minutes

    def _settings_of(self, session: Session) -> None:
        if session.home != self.home:
            self.home, self.settings = session.home, settings_file.load(session.home)

    def _show(self, window: QMainWindow) -> None:
        before, self.window = self.window, window
        fits = before is not None and before.size().expandedTo(window.minimumSize()) == before.size()
        if before is not None and before.isVisible() and fits:
            window.setGeometry(before.geometry())
            window.setWindowState(before.windowState())
        else:
            fit_to_screen(window)
        window.show()
        if before is not None:
            QTimer.singleShot(0, before, before.close)


def fit_to_screen(window: QMainWindow) -> None:
    """The usual size, or the whole screen where it is small."""
    area = window.screen().availableGeometry()
    if area.width() < _USUAL[0] + 40 or area.height() < _USUAL[1] + 40:
        window.resize(min(_USUAL[0], area.width()), min(_USUAL[1], area.height()))
    else:
        window.resize(*_USUAL)
        window.move(area.center() - window.rect().center())


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gridworker-desktop", description="网格台账")
    parser.add_argument("--home", type=Path, help="数据所在的文件夹")
    parser.add_argument("--smoke", action="store_true", help="在演示网格上打开窗口，画一遍，退出")
    return parser.parse_args(list(arguments))
