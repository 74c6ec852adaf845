"""Which rows, or parts of rows, stand on which page: pure arithmetic on measured heights, linear in the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

# A row is torn across pages only when it is at least this share of a page: short rows stay whole, pages stay full.
_TEAR_SHARE = 0.5
# A torn row leaves and takes at least so many lines.
_FEWEST_LINES = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """What pagination must know of a row.

    height  of the row by its own cells
    lines   of its longest own cell
    spans   for each merged column, the number of the run of rows it belongs to
    needs   for each merged column, the height its text needs wherever the run stands
    """

    height: float
    lines: int
    spans: tuple[int, ...] = ()
    needs: tuple[float, ...] = ()


@dataclass(slots=True)
class Piece:
    """A row, or the lines `first` up to `last` of its cells, standing on a page; `top` counts down from the page's."""

    row: int
    top: float
    height: float
    first: int = 0
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """The heights there are: on the first page, on the others, and what the last row must leave for the end matter."""

    first: float
    other: float
    tail: float
    line: float
    padding: float


@dataclass(slots=True)
class _Page:
    height: float
    pieces: list[Piece] = field(default_factory=list)
    y: float = 0.0
    spans: tuple[int, ...] = ()
    ends: tuple[float, ...] = ()

    def start(self, row: Measured) -> float:
        """Where a row would begin: below every run it does not continue."""
        if not self.ends:
            return self.y
        closed = [end for end, mine, theirs in zip(self.ends, self.spans, row.spans, strict=False) if mine != theirs]
        return max([self.y, *closed])

    def bottom(self, row: Measured, height: float) -> float:
        """How far down the page would be filled with a row of this height."""
        return max([self.start(row) + height, *self._ends(row)])

    def place(self, piece: Piece, row: Measured) -> None:
        """Set a piece below what stands; a run that ends is given the height its text needs."""
        piece.top = self.start(row)
        self.ends = self._ends(row)
        self._stretch(piece.top)
        self.spans = row.spans
        self.y = piece.top + piece.height
        self.pieces.append(piece)

    def close(self) -> None:
        """Give the runs still open the height they need."""
        self._stretch(max([self.y, *self.ends]))

    def _ends(self, row: Measured) -> tuple[float, ...]:
        if not self.pieces:
            return row.needs
        start = self.start(row)
        return tuple(
            end if mine == theirs else start + need
            for end, mine, theirs, need in zip(self.ends, self.spans, row.spans, row.needs, strict=True)
        )

    def _stretch(self, bottom: float) -> None:
        if self.pieces and bottom > self.y:
            self.pieces[-1].height += bottom - self.y
            self.y = bottom


def paginate(rows: Sequence[Measured], room: Room) -> list[list[Piece]]:
    """Every line of every row exactly once, in order; at least one page."""
    pages = [_Page(room.first)]
    for index, row in enumerate(rows):
        tail = room.tail if index == len(rows) - 1 else 0.0
        if pages[-1].bottom(row, row.height) <= pages[-1].height - tail:
            pages[-1].place(Piece(index, 0.0, row.height), row)
        elif _may_tear(row, room, tail):
            _place_torn(index, row, pages, room, tail)
        else:
            _turn(pages, room)
            pages[-1].place(Piece(index, 0.0, row.height), row)
    pages[-1].close()
    return [page.pieces for page in pages]


def _may_tear(row: Measured, room: Room, tail: float) -> bool:
    tall = row.height > min(room.other * _TEAR_SHARE, room.other - tail)
    return tall and row.lines > 1


def _place_torn(index: int, row: Measured, pages: list[_Page], room: Room, tail: float) -> None:
    done = 0
    while done < row.lines:
        page = pages[-1]
        rest = row.lines - done
        height = rest * room.line + 2 * room.padding
        if page.bottom(row, height) <= page.height - tail:
            page.place(Piece(index, 0.0, height, done, row.lines), row)
            return
        fit = int((page.height - page.start(row) - 2 * room.padding) // room.line)
        fit = min(fit, max(rest - _FEWEST_LINES, 1))
        if page.pieces and (fit < _FEWEST_LINES or page.bottom(row, 0.0) > page.height):
            _turn(pages, room)
            continue
        # On a page of its own a part is set however little fits, so that the work always ends.
        fit = max(fit, 1)
        page.place(Piece(index, 0.0, fit * room.line + 2 * room.padding, done, done + fit), row)
        done += fit
        if done < row.lines:
            _turn(pages, room)


def _turn(pages: list[_Page], room: Room) -> None:
    if pages[-1].pieces:
        pages[-1].close()
        pages.append(_Page(room.other))
