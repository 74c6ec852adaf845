"""Pictures of pages for the preview, drawn from memory."""

from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.reports.preview import page_count, page_size, render_page
from gridworker.reports.sheet import render_sheet_bytes


def test_pages_from_memory_and_from_a_file(sheet_of, tmp_path: Path) -> None:
    """Bytes and file give the same white, opaque picture of the asked size."""
    data = render_sheet_bytes(sheet_of([(str(i), "甲", "", "", "") for i in range(60)]))
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    assert page_count(data) == page_count(path) > 1
    assert [round(side) for side in page_size(data, 0)] == [842, 595]
    width, height, pixels = render_page(data, 1, 96)
    assert abs(width - 1122) <= 1
    assert abs(height - 793) <= 1
    assert len(pixels) == width * height * 4
    assert pixels[:4] == b"\xff\xff\xff\xff"
    assert set(pixels[3::4]) == {255}
    assert min(pixels) < 64
    assert render_page(path, 1, 96) == (width, height, pixels)


def test_rows_carry_no_padding(sheet_of) -> None:
    """Whatever the width, a row is exactly four bytes a pixel."""
    data = render_sheet_bytes(sheet_of([]))
    for dpi in (31, 50, 73):
        width, height, pixels = render_page(data, 0, dpi)
        assert len(pixels) == width * height * 4


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    """What is no PDF is a known error."""
    with pytest.raises(KnownError, match="预览打不开"):
        page_count(b"no pdf")
    with pytest.raises(KnownError, match="预览打不开"):
        page_count(tmp_path / "none.pdf")
