"""Printing through Qt where the system's queue takes no PDF: the pictures of the pages at the printer's sharpness."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMarginsF, QRectF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter

from gridworker.errors import Cancelled, KnownError
from gridworker.reports import preview

Progress = Callable[[int, int, str], None]
LANE = "paper"
"""A lane of its own: a preview does not wait for a sync that waits for the network."""
# Sharper than the eye at arm's length; more would only make the spool file heavy.
_MOST_DPI = 300


def printer_for(page_size: tuple[float, float]) -> QPrinter:
    """A printer set to the sheet's paper, edge to edge: the sheet has margins of its own."""
    width, height = page_size
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setResolution(_MOST_DPI)
    size = QPageSize.PageSizeId.A4
    if max(width, height) > QPageSize.size(QPageSize.PageSizeId.A4, QPageSize.Unit.Point).height() + 1:
        size = QPageSize.PageSizeId.A3
    across = QPageLayout.Orientation.Landscape if width > height else QPageLayout.Orientation.Portrait
    layout = QPageLayout(QPageSize(size), across, QMarginsF(), QPageLayout.Unit.Point)
    layout.setMode(QPageLayout.Mode.FullPageMode)
    printer.setPageLayout(layout)
    return printer


def print_pages(data: bytes, printer: QPrinter, progress: Progress, cancelled: Callable[[], bool]) -> int:
    """Send every page; gives back how many. Stopping ends the job, pages already out stay out."""
    count = preview.page_count(data)
    painter = QPainter()
    if not painter.begin(printer):
        raise KnownError(
            "打印机没有接受这份文件。", safe="台账内容没有变化。", action="请检查打印机是否可用，或先存为 PDF。"
        )
    try:
        for index in range(count):
            if cancelled():
                printer.abort()
                raise Cancelled
            progress(index, count, f"正在打印第 {index + 1} 页")
            if index:
                printer.newPage()
            width, height, pixels = preview.render_page(data, index, printer.resolution())
            picture = QImage(pixels, width, height, width * 4, QImage.Format.Format_RGBA8888)
            painter.drawImage(QRectF(painter.viewport()), picture)
    finally:
        painter.end()
    progress(count, count, "已送到打印机")
    return count
