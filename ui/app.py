"""From the command line to a window: the Qt application, its look, and which window comes first."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow

from gridworker import settings as settings_file
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from gridworker.paths import default_home
from gridworker.settings import Settings
from ui import fonts
from ui.application import dress, make_application
from ui.desk import Desk
from ui.jobs import Jobs

_USUAL = (1280, 760)
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

    def begin(self) -> None:
        """Show the first start where there is no home, the lock where there is one."""
        from ui.start import StartWindow

        start = StartWindow(self.home, self.jobs, has_home=sessions.exists(self.home), font=self.font)
        start.opened.connect(self.open_desk)
        self._show(start)

    def open_desk(self, session: Session) -> None:
        """Show the main window on an unlocked home."""
        from ui.window import Window

        self._settings_of(session)
        desk = Desk(session, self.jobs, self.settings)
        window = Window(desk, font=self.font)
        window.closed.connect(session.close)
        window.show_place(self.settings.last_page)
        self._show(window)

    def _settings_of(self, session: Session) -> None:
        if session.home != self.home:
            self.home, self.settings = session.home, settings_file.load(session.home)

    def _show(self, window: QMainWindow) -> None:
        before, self.window = self.window, window
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
