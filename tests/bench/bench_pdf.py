"""A sheet of 10,000 rows against the floor: the same lines, already wrapped and encoded, thrown at a raw canvas.

Run as a program; every line it prints ends in a ratio, which is what a slower or faster machine leaves alone.
"""

import io
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from gridworker.reports.cidfont import CidFont
from gridworker.reports.fonts import find_fonts
from gridworker.reports.heading import Column
from gridworker.reports.kinsoku import wrap
from gridworker.reports.sheet import Sheet, render_sheet
from gridworker.reports.table import SIDE_PADDING

SEED = 20260301
NOTES = (
    "",
    "",
    "独居老人，每周走访一次。",
    "低保户（2023年起），已申请临时救助；请于年底前复核。",
    "户籍在册，人户分离：现居外省，联系人为其女儿。",
    "租住户，租期至2026-08-31。",
    "子女均在外地务工，需协助办理养老保险资格认证，材料已齐，待社区盖章后报送街道。",
)
COLUMNS = tuple(
    Column(f"c{i}", label, weight)
    for i, (label, weight) in enumerate(
        [
            ("序号", 34),
            ("户编号", 66),
            ("户主", 48),
            ("姓名", 48),
            ("关系", 40),
            ("性别", 28),
            ("身份证号", 112),
            ("现住址", 190),
            ("电话", 72),
            ("备注", 132),
        ]
    )
)
EDGES_WIDTH = 756.0
SIZE = 10.5  # ten columns on A4 are set in 五号


def rows_of(count: int) -> list[tuple[str, ...]]:
    """About a hundred characters a row, most cells unlike any other."""
    chance = random.Random(SEED)
    han = [bytes([high, low]).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFA)]
    rows = []
    for number in range(1, count + 1):
        name = "".join(chance.choice(han) for _ in range(3))
        road, building, room = chance.randint(1, 399), chance.randint(1, 40), chance.randint(101, 3302)
        address = f"某市某区某街道建设路{road}号{building}号楼{room}室"
        rows.append(
            (
                str(number),
                f"XF-{number:05d}",
                name,
                name,
                "户主",
                chance.choice("男女"),
                f"{chance.randint(110000, 659999)}********{chance.randint(0, 9999):04d}",
                address,
                f"1{chance.randint(30, 99)}****{chance.randint(0, 9999):04d}",
                chance.choice(NOTES),
            )
        )
    return rows


def sheet_of(rows: list[tuple[str, ...]]) -> Sheet:
    """The rows in the usual frame."""
    return Sheet("户籍台账", "2026年3月", "某社区", "某人", "2026年3月31日", COLUMNS, rows)


def best(work: Callable[[], Any], times: int = 3) -> float:
    """The fastest of a few runs: noise only ever adds."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took)


def wrapped_lines(rows: list[tuple[str, ...]], font: CidFont) -> list[list[tuple[float, str]]]:
    """For each row the x and text of every line it takes: what the floor is spared."""
    total = sum(column.width_weight for column in COLUMNS)
    widths = [column.width_weight / total * EDGES_WIDTH for column in COLUMNS]
    lefts = [42.5 + sum(widths[:i]) for i in range(len(widths))]
    out = []
    for row in rows:
        cells = zip(lefts, widths, row, strict=True)
        out.append(
            [
                (left, line)
                for left, width, text in cells
                for line in wrap(text, font.widths, (width - 2 * SIDE_PADDING) * 1000 / SIZE)
            ]
        )
    return out


def floor(lines: list[list[tuple[float, str]]], pages: int) -> None:
    """Put the lines on as many pages with nothing but text operators."""
    font = CidFont("floor", find_fonts().roles["song"].path)
    pdfmetrics.registerFont(font)
    canvas: Any = Canvas(io.BytesIO(), pagesize=(842, 595), pageCompression=1, initialFontName="floor")
    for chunk in _shares(lines, pages):
        out = [f"BT {canvas._doc.getInternalFontName('floor')} {SIZE} Tf"]
        y = 550.0
        for row in chunk:
            for x, text in row:
                out.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm <{text.translate(font.hex)}> Tj")
            y -= 20
        out.append("ET")
        canvas._code.append("\n".join(out))
        canvas.showPage()
    canvas.save()


def _shares(lines: list[list[tuple[float, str]]], pages: int) -> Iterator[list[list[tuple[float, str]]]]:
    step = -(-len(lines) // pages)
    for start in range(0, len(lines), step):
        yield lines[start : start + step]


def main() -> None:
    """Print the ratios."""
    small, large = sheet_of(rows_of(1_000)), sheet_of(rows_of(10_000))
    render_sheet(sheet_of(rows_of(10)))  # fonts are parsed once in a process
    thousand = best(lambda: render_sheet(small))
    ten_thousand = best(lambda: render_sheet(large))
    data, report = render_sheet(large)
    lines = wrapped_lines(rows_of(10_000), CidFont("measure", find_fonts().roles["song"].path))
    raw = best(lambda: floor(lines, report.pages))
    print(f"pdf 10k rows vs 1k rows: ×{ten_thousand / thousand:.1f} ({ten_thousand:.2f} s, {thousand:.2f} s)")
    print(
        f"pdf 10k rows vs raw text floor: ×{ten_thousand / raw:.1f} "
        f"(floor {raw:.2f} s, {report.pages} pages, {len(data) / 1e6:.1f} MB)"
    )


if __name__ == "__main__":
    main()
