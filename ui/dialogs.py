"""The only dialogs there are: the system's for a file, a folder or a printer. Tests put their answers here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter


def open_file(parent: QWidget, title: str, kinds: str) -> str:
    """A file that exists, or nothing."""
    name, _kind = QFileDialog.getOpenFileName(parent, title, _documents(), kinds)
    return name


def open_files(parent: QWidget, title: str, kinds: str) -> list[str]:
    """Files that exist, or none."""
    names, _kind = QFileDialog.getOpenFileNames(parent, title, _documents(), kinds)
    return names


def save_file(parent: QWidget, title: str, name: str, kinds: str) -> str:
    """Where to write a file, or nothing; the dialog itself asks before it replaces one."""
    chosen, _kind = QFileDialog.getSaveFileName(parent, title, str(Path(_documents()) / name), kinds)
    return chosen


def open_folder(parent: QWidget, title: str) -> str:
    """A folder that exists, or nothing."""
    return QFileDialog.getExistingDirectory(parent, title, _documents())


def choose_printer(parent: QWidget, printer: QPrinter) -> bool:
    """Let the person choose a printer and its settings."""
    # Every form knows this module for its files, and few are ever printed.
    from PySide6.QtPrintSupport import QPrintDialog

    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle("打印")
    try:
        return dialog.exec() == QDialog.DialogCode.Accepted
    finally:
        dialog.deleteLater()


def _documents() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
