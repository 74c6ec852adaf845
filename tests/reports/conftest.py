"""Sheets made up for the tests, and the text and pictures that come out of them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gridworker.reports.heading import Column
from gridworker.reports.sheet import Sheet

COLUMNS = (
    Column("number", "序号", 4, "center"),
    Column("name", "姓名", 8, "center"),
    Column("address", "住址", 16),
    Column("note", "情况", 24, "left", "走访情况"),
    Column("outcome", "处理结果", 8, "right", "走访情况"),
)


@pytest.fixture
def sheet_of() -> Callable[..., Sheet]:
    """Give a maker of sheets: the frame is fixed, rows and everything else are the test's."""

    def make(rows: list[tuple[str, ...]], **more: object) -> Sheet:
        frame: dict[str, object] = {
            "title": "测试社区走访台账",
            "subtitle": "2026年3月",
            "unit": "测试街道测试社区",
            "reporter": "甲",
            "date_text": "2026年3月31日",
            "columns": COLUMNS,
            "note": "内部资料",
        }
        return Sheet(rows=rows, **{**frame, **more})

    return make


@pytest.fixture
def text_of(tmp_path: Path) -> Callable[[bytes], list[str]]:
    """Give what `pdftotext` reads from a PDF, page by page in the order of drawing."""

    def read(data: bytes) -> list[str]:
        path = tmp_path / "read.pdf"
        path.write_bytes(data)
        done = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True)
        assert done.stderr == b""
        return done.stdout.decode().split("\f")[:-1]

    return read
