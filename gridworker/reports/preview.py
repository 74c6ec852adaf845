"""Pages of a PDF as pictures, drawn from memory, so that a preview shows the very file that prints."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2

from gridworker.errors import KnownError

_POINTS_PER_INCH = 72
_WHITE = (255, 255, 255, 255)
_FOUR_BYTES: int = pypdfium2.raw.FPDFBitmap_BGRA  # with the byte order reversed it is RGBA
# pdfium keeps global state: one call at a time in a process.
_ONE_CALL = threading.Lock()


def page_count(source: Path | bytes) -> int:
    """How many pages the document has."""
    with _opened(source) as document:
        return len(document)


def page_size(source: Path | bytes, index: int) -> tuple[float, float]:
    """Width and height of a page in points."""
    with _opened(source) as document:
        width, height = document.get_page_size(index)
        return float(width), float(height)


def render_page(source: Path | bytes, index: int, dpi: float) -> tuple[int, int, bytes]:
    """A page on white as (width, height, RGBA bytes), rows without padding."""
    with _opened(source) as document:
        bitmap = document[index].render(
            scale=dpi / _POINTS_PER_INCH,
            rev_byteorder=True,
            fill_color=_WHITE,
            force_bitmap_format=_FOUR_BYTES,
        )
        width, height, stride = bitmap.width, bitmap.height, bitmap.stride
        data = bytes(bitmap.buffer)
    row = width * 4
    if stride != row:
        data = b"".join(data[y * stride : y * stride + row] for y in range(height))
    return width, height, data


@contextmanager
def _opened(source: Path | bytes) -> Iterator[Any]:
    with _ONE_CALL:
        try:
            document = pypdfium2.PdfDocument(source)
        except (pypdfium2.PdfiumError, OSError) as error:
            raise KnownError(
                "预览打不开这个文件。",
                safe="文件没有改动。",
                action="请重新生成一次再预览。",
            ) from error
        try:
            yield document
        finally:
            document.close()
