"""The columns of a sheet: how wide each is, and the heading of one or two levels that every page repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from gridworker.reports.text import Align, Block, Typesetter

_PADDING = 3.0
_LEAST_HEIGHT = 24.0
_LEAST_GROUP_HEIGHT = 19.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet; neighbours that name the same group stand under one heading."""

    key: str
    label: str
    width_weight: float
    align: Align = "left"
    group: str | None = None


def column_edges(columns: Sequence[Column], left: float, width: float, least: float) -> tuple[float, ...]:
    """The x of every column border; no column is narrower than `least` while the sheet can afford it."""
    least = min(least, width / len(columns))
    total = sum(max(column.width_weight, 0.0) for column in columns) or 1.0
    shares = [max(column.width_weight, 0.0) / total * width for column in columns]
    lacking = sum(max(least - share, 0.0) for share in shares)
    spare = sum(max(share - least, 0.0) for share in shares)
    # What narrow columns lack is taken from the others in proportion to what they can spare.
    kept = 1.0 - lacking / spare if spare else 1.0
    edges = [left]
    edges.extend(0.0 for _ in columns)
    for index, share in enumerate(shares):
        own = least if share <= least else least + (share - least) * kept
        edges[index + 1] = edges[index] + own
    return tuple(edges)


@dataclass(frozen=True, slots=True)
class _Cell:
    left: float
    right: float
    top: float
    height: float
    block: Block


@dataclass(frozen=True, slots=True)
class Heading:
    """The measured heading: its height and its cells, tops counted down from the heading's own."""

    height: float
    cells: tuple[_Cell, ...]
    setter: Typesetter

    def draw(self, top: float) -> list[str]:
        """The operators that draw the heading with its upper border at `top`."""
        boxes = [
            f"{c.left:.2f} {top - c.top - c.height:.2f} {c.right - c.left:.2f} {c.height:.2f} re" for c in self.cells
        ]
        out = ["q 0.93 g 0 G 0.6 w", " ".join(boxes), "B Q", self.setter.begin()]
        for cell in self.cells:
            x = (cell.left + cell.right - cell.block.first_width) / 2
            y = self.setter.baseline(top - cell.top, cell.height, cell.block.line_count)
            out.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm {cell.block.show}")
        out.append("ET")
        return out


def measure_heading(columns: Sequence[Column], edges: Sequence[float], setter: Typesetter) -> Heading:
    """A heading of two levels where columns name groups, of one level where none does."""

    def block(text: str, left: float, right: float) -> Block:
        return setter.block(setter.lines(text, right - left - 2 * _PADDING, balanced=True), "center")

    def height(of: Block) -> float:
        return of.line_count * setter.leading + 2 * _PADDING

    labels = [block(c.label, *edges[i : i + 2]) for i, c in enumerate(columns)]
    groups = []
    start = 0
    for name, members in groupby(columns, key=lambda column: column.group):
        stop = start + len(list(members))
        if name:
            groups.append((start, stop, block(name, edges[start], edges[stop])))
        start = stop
    alone = [height(b) for c, b in zip(columns, labels, strict=True) if not c.group]
    below = [height(b) for c, b in zip(columns, labels, strict=True) if c.group]
    upper = max([height(b) for *_, b in groups] + [_LEAST_GROUP_HEIGHT]) if groups else 0.0
    lower = max([*below, _LEAST_GROUP_HEIGHT]) if groups else 0.0
    whole = max([upper + lower, _LEAST_HEIGHT, *alone])
    upper = whole - lower if groups else 0.0
    cells = [_Cell(edges[start], edges[stop], 0.0, upper, b) for start, stop, b in groups]
    for index, (column, label) in enumerate(zip(columns, labels, strict=True)):
        top = upper if column.group else 0.0
        cells.append(_Cell(edges[index], edges[index + 1], top, whole - top, label))
    return Heading(whole, tuple(cells), setter)
