"""Printing pictures of pages through Qt: every page, on the right paper, and a stop that is heard."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PySide6.QtGui import QPageLayout
from PySide6.QtPrintSupport import QPrinter
from reportlab.pdfgen.canvas import Canvas

from gridworker.errors import Cancelled
from ui.printing.paper import print_pages, printer_for

A4_ACROSS = (841.89, 595.28)


def _sheet(pages: int) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4_ACROSS)
    for _ in range(pages):
        canvas.rect(100, 100, 300, 200, fill=1)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@pytest.fixture
def printer(qapp, tmp_path) -> QPrinter:
    """A printer that prints into a file."""
    made = printer_for(A4_ACROSS)
    made.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    made.setOutputFileName(str(tmp_path / "out.pdf"))
    made.setResolution(72)
    return made


def test_every_page_reaches_the_paper(printer: QPrinter, tmp_path) -> None:
    """Three pages go out as three pages of the same size, with the ink where it was."""
    told: list[tuple[int, int]] = []
    printed = print_pages(_sheet(3), printer, lambda done, total, _text: told.append((done, total)), lambda: False)
    assert printed == 3
    assert told[-1] == (3, 3)
    out = pypdfium2.PdfDocument(tmp_path / "out.pdf")
    try:
        assert len(out) == 3
        width, height = out.get_page_size(0)
        assert abs(width - A4_ACROSS[0]) < 2
        assert abs(height - A4_ACROSS[1]) < 2
        picture = out[2].render(scale=1).to_pil()
        assert picture.getpixel((250, 400))[:3] == (0, 0, 0)
        assert picture.getpixel((600, 100))[:3] == (255, 255, 255)
    finally:
        out.close()


def test_stopping_is_heard(printer: QPrinter) -> None:
    """A stop ends the job with no further page."""
    told: list[int] = []
    with pytest.raises(Cancelled):
        print_pages(_sheet(5), printer, lambda done, _total, _text: told.append(done), lambda: len(told) >= 2)
    assert told == [0, 1]


def test_paper_lies_as_the_sheet_does(qapp) -> None:
    """A sheet wider than high is printed across, and a larger one on A3."""
    assert printer_for(A4_ACROSS).pageLayout().orientation() == QPageLayout.Orientation.Landscape
    assert printer_for((1190.55, 841.89)).pageLayout().pageSize().key() == "A3"
