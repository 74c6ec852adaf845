"""The body of a ledger table: measure every row, paginate, emit page by page; linear in the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gridworker.errors import Cancelled
from gridworker.reports.heading import Column
from gridworker.reports.pagination import Measured, Piece
from gridworker.reports.text import Block, Typesetter

CONTINUED, CONTINUED_NARROW = "（续）", "\n续"
SIDE_PADDING = 3.0
LINE_PADDING = 3.5
_LEAST_ROW = 20.0
_HEARTBEAT = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A measured row: the block of each cell, and what pagination must know."""

    blocks: tuple[Block, ...]
    measured: Measured


class _Blocks(dict[str, Block]):
    """Text → its block in one column; the same words are wrapped once."""

    def __init__(self, setter: Typesetter, column: Column, available: float) -> None:
        super().__init__()
        self._setter, self._align, self._available = setter, column.align, available

    def __missing__(self, text: str) -> Block:
        lines = self._setter.lines(text, self._available, balanced=self._align == "center")
        block = self[text] = self._setter.block(lines, self._align)
        return block


class Body:
    """The rows of one table between its column borders."""

    def __init__(
        self,
        columns: Sequence[Column],
        edges: Sequence[float],
        setter: Typesetter,
        merge_keys: Sequence[str] = (),
    ) -> None:
        keys = [column.key for column in columns]
        self._columns, self._edges, self._setter = columns, edges, setter
        self._merged = tuple(keys.index(key) for key in merge_keys)
        self._own = tuple(i for i in range(len(columns)) if i not in self._merged)
        self._caches = [
            _Blocks(setter, column, edges[i + 1] - edges[i] - 2 * SIDE_PADDING) for i, column in enumerate(columns)
        ]
        self._measured_rows: list[Row] = []

    def measure(
        self,
        rows: Sequence[Sequence[str]],
        *,
        tallest: float,
        progress: Callable[[int, int, str], None],
        cancelled: Callable[[], bool],
    ) -> list[Measured]:
        """Wrap every cell; a merged cell taller than `tallest` is set row by row instead."""
        runs = [self._runs(rows, level, tallest) for level in range(len(self._merged))]
        lengths = [Counter(run) for run in runs]
        measured = self._measured_rows = []
        for number, texts in enumerate(rows):
            if number % _HEARTBEAT == 0:
                raise_if_cancelled(cancelled)
                progress(number, len(rows), "正在排版")
            blocks = tuple([cache[text] for cache, text in zip(self._caches, texts, strict=True)])
            lines = max([blocks[i].line_count for i in self._own], default=1)
            height = max(lines * self._setter.leading + 2 * LINE_PADDING, _LEAST_ROW)
            ids = tuple([run[number] for run in runs])
            needs = tuple(
                [
                    # A cell that may go on over the page needs room for saying so.
                    self._need(column, texts[column], goes_on=height > tallest or count[run] > 1)
                    for column, run, count in zip(self._merged, ids, lengths, strict=True)
                ]
            )
            measured.append(Row(blocks, Measured(height, lines, ids, needs)))
        return [row.measured for row in measured]

    def draw(self, pieces: Sequence[Piece], top: float) -> list[str]:
        """The operators that draw the pieces of one page below `top`: rules first, then one text object."""
        out = [*self._rules(pieces, top), self._setter.begin()]
        starts = self._merged_cells(pieces)
        for index, piece in enumerate(pieces):
            row = self._measured_rows[piece.row]
            whole = piece.first == 0 and piece.last is None
            for column, block in enumerate(row.blocks):
                if column in self._merged:
                    height = starts.get((column, index))
                    if height is None:
                        continue
                    again = self._is_continued(column, pieces, index)
                    shown = self._continued(column, block) if again else block
                    self._put(out, column, shown, top - piece.top, height)
                elif whole:
                    self._put(out, column, block, top - piece.top, piece.height)
                else:
                    self._put_part(out, column, block, top, piece)
        out.append("ET")
        return out

    def _runs(self, rows: Sequence[Sequence[str]], level: int, tallest: float) -> list[int]:
        """For each row, the first row of the run of equal keys it stands in at this level."""
        keys = self._merged[: level + 1]
        runs: list[int] = []
        before: tuple[str, ...] = ()
        for number, texts in enumerate(rows):
            here = tuple([texts[key] for key in keys])
            # An empty first key groups nothing: rows without a household are not one household.
            joins = here == before and bool(here[0]) and self._need(keys[-1], here[-1], goes_on=True) <= tallest
            runs.append(runs[-1] if joins else number)
            before = here
        return runs

    def _need(self, column: int, text: str, *, goes_on: bool) -> float:
        block = self._caches[column][text + self._mark(column) if text and goes_on else text]
        return block.line_count * self._setter.leading + 2 * LINE_PADDING

    def _merged_cells(self, pieces: Sequence[Piece]) -> dict[tuple[int, int], float]:
        """(column, index of the piece where a merged cell begins on this page) → its height."""
        cells: dict[tuple[int, int], float] = {}
        for level, column in enumerate(self._merged):
            start, run = 0, None
            for index, piece in enumerate(pieces):
                here = self._measured_rows[piece.row].measured.spans[level]
                if here != run:
                    start, run = index, here
                cells[column, start] = piece.top + piece.height - pieces[start].top
        return cells

    def _is_continued(self, column: int, pieces: Sequence[Piece], index: int) -> bool:
        """Whether a merged cell that begins here on the page began on an earlier one."""
        piece = pieces[index]
        if index > 0:
            return False
        level = self._merged.index(column)
        return piece.first > 0 or self._measured_rows[piece.row].measured.spans[level] < piece.row

    def _mark(self, column: int) -> str:
        """（续）, or a line with 续 alone where the column is too narrow for the brackets."""
        narrow = self._edges[column + 1] - self._edges[column] - 2 * SIDE_PADDING < len(CONTINUED) * self._setter.size
        return CONTINUED_NARROW if narrow else CONTINUED

    def _continued(self, column: int, block: Block) -> Block:
        """The block with the mark that it goes on; an empty one stays empty."""
        text = "\n".join(line.text for line in block.lines)
        return self._caches[column][text + self._mark(column)] if text else block

    def _put(self, out: list[str], column: int, block: Block, top: float, height: float) -> None:
        if block.show:
            y = self._setter.baseline(top, height, block.line_count)
            out.append(f"1 0 0 1 {self._x(column, block):.2f} {y:.2f} Tm {block.show}")

    def _put_part(self, out: list[str], column: int, block: Block, top: float, piece: Piece) -> None:
        """A part of a torn row: the lines that belong to it from the top; the first column says that it goes on."""
        lines = block.lines[piece.first : piece.last]
        if column == 0 and piece.first and not lines:
            lines = self._continued(0, block).lines[: (piece.last or 1) - piece.first]
        if lines:
            part = self._setter.block(lines, self._columns[column].align)
            height = part.line_count * self._setter.leading + 2 * LINE_PADDING
            self._put(out, column, part, top - piece.top, height)

    def _x(self, column: int, block: Block) -> float:
        left, right = self._edges[column], self._edges[column + 1]
        align = self._columns[column].align
        if align == "left":
            return left + SIDE_PADDING
        if align == "right":
            return right - SIDE_PADDING - block.first_width
        return (left + right - block.first_width) / 2

    def _rules(self, pieces: Sequence[Piece], top: float) -> list[str]:
        """Borders; a rule under a row leaves out the columns whose merged cell goes on below."""
        bottom = top - (pieces[-1].top + pieces[-1].height) if pieces else top
        left, right = self._edges[0], self._edges[-1]
        out = ["q 0 G 0.6 w"]
        out.extend(f"{x:.2f} {top:.2f} m {x:.2f} {bottom:.2f} l" for x in self._edges)
        for index, piece in enumerate(pieces):
            y = top - piece.top - piece.height
            below = pieces[index + 1] if index + 1 < len(pieces) else None
            for start, stop in self._ruled(piece, below) if self._merged else ((left, right),):
                out.append(f"{start:.2f} {y:.2f} m {stop:.2f} {y:.2f} l")
        out.append("S Q")
        return out

    def _ruled(self, piece: Piece, below: Piece | None) -> list[tuple[float, float]]:
        if below is None:
            return [(self._edges[0], self._edges[-1])]
        mine = self._measured_rows[piece.row].measured.spans
        theirs = self._measured_rows[below.row].measured.spans
        open_columns = {c for c, a, b in zip(self._merged, mine, theirs, strict=True) if a == b}
        segments: list[tuple[float, float]] = []
        for column in range(len(self._columns)):
            if column in open_columns:
                continue
            start, stop = self._edges[column], self._edges[column + 1]
            if segments and segments[-1][1] == start:
                start = segments.pop()[0]
            segments.append((start, stop))
        return segments


def raise_if_cancelled(cancelled: Callable[[], bool]) -> None:
    """Stop the work when the person wished it."""
    if cancelled():
        raise Cancelled
