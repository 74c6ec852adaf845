"""The Qt application: ready for Chinese input, in Chinese, dressed in its font and its look."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from gridworker.settings import Settings
from ui import fonts
from ui.collecting import UiCollector
from ui.icons import pixmap
from ui.theme import theme


def make_application(argv: Sequence[str]) -> QApplication:
    """The Qt application, ready for Chinese input."""
    if sys.platform.startswith("linux"):
        # The wheels carry no fcitx plugin; fcitx5 answers on the ibus front end, even where the desktop says fcitx.
        os.environ["QT_IM_MODULES"] = "fcitx;ibus"
    QCoreApplication.setApplicationName("gridworker")
    QCoreApplication.setOrganizationName("gridworker")
    QLocale.setDefault(QLocale(QLocale.Language.Chinese, QLocale.Script.SimplifiedChineseScript, QLocale.Country.China))
    app = QApplication([argv[0] if argv else "gridworker"])
    app.setStyle("Fusion")
    app.setApplicationDisplayName("网格台账")
    app.setDesktopFileName("gridworker")
    UiCollector(app)
    translator = QTranslator(app)
    if translator.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(translator)
    return app


def dress(app: QApplication, settings: Settings) -> fonts.FontChoice:
    """Give the program its font and its look; says which font."""
    font = fonts.choose_font()
    theme.wear(app, mode=settings.theme, large=settings.large_text, family=font.family)
    theme.follow_system(app)
    app.setWindowIcon(QIcon(pixmap("clipboard-check", "primary", 64)))
    return font
