"""Rows on pages: each line of each row exactly once, inside the page, in order."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gridworker.reports.pagination import Measured, Piece, Room, paginate

ROOM = Room(first=300, other=400, tail=40, line=12, padding=3)


def row_of(lines: int, spans: tuple[int, ...] = (), needs: tuple[float, ...] = ()) -> Measured:
    """A row of so many lines."""
    return Measured(lines * ROOM.line + 2 * ROOM.padding, lines, spans, needs)


@st.composite
def merged_rows(draw: st.DrawFn) -> list[Measured]:
    """Rows in runs at two levels, as two merged columns give them."""
    rows: list[Measured] = []
    for outer_length in draw(st.lists(st.integers(1, 9), max_size=8)):
        outer, inner = len(rows), len(rows)
        needs = draw(st.tuples(st.integers(20, 190), st.integers(20, 190)))
        for _ in range(outer_length):
            inner = draw(st.sampled_from([inner, len(rows)]))
            rows.append(row_of(draw(st.integers(1, 80)), (outer, inner), needs))
    return rows


def covered(pieces: list[Piece], rows: list[Measured]) -> list[tuple[int, int]]:
    """(row, line) in the order of the pages."""
    return [
        (piece.row, line)
        for piece in pieces
        for line in range(piece.first, rows[piece.row].lines if piece.last is None else piece.last)
    ]


def raise_if_wrong(rows: list[Measured]) -> None:
    """Check what must hold of any pagination."""
    pages = paginate(rows, ROOM)
    flat = [piece for page in pages for piece in page]
    assert covered(flat, rows) == [(number, line) for number, row in enumerate(rows) for line in range(row.lines)]
    for number, page in enumerate(pages):
        height = ROOM.first if number == 0 else ROOM.other
        height -= ROOM.tail if number == len(pages) - 1 else 0
        assert page or not rows or number == 0
        assert all(abs(a.top + a.height - b.top) < 1e-6 for a, b in pairwise(page))
        assert not page or page[-1].top + page[-1].height <= height + 1e-6


@given(st.lists(st.integers(1, 120).map(row_of), max_size=40))
def test_plain_rows(rows: list[Measured]) -> None:
    """Rows short, tall and taller than a page stand exactly once; the last page leaves room for the signatures."""
    raise_if_wrong(rows)


@given(merged_rows())
def test_merged_rows(rows: list[Measured]) -> None:
    """The same with runs at two levels; every run has, on every page, the height its text needs."""
    raise_if_wrong(rows)
    for page in paginate(rows, ROOM):
        for level in (0, 1):
            runs: dict[int, float] = {}
            needs: dict[int, float] = {}
            for piece in page:
                row = rows[piece.row]
                runs[row.spans[level]] = runs.get(row.spans[level], 0) + piece.height
                needs.setdefault(row.spans[level], row.needs[level])
            assert all(runs[run] >= needs[run] - 1e-6 for run in runs)


def test_short_rows_stay_whole() -> None:
    """A row shorter than half a page is never torn."""
    pages = paginate([row_of(15)] * 9, ROOM)
    assert all(piece.last is None for page in pages for piece in page)


def test_no_rows_are_one_empty_page() -> None:
    """A ledger without rows still has a page to say so on."""
    assert paginate([], ROOM) == [[]]


def test_the_last_row_keeps_the_signatures_company() -> None:
    """Signatures never stand alone on a page: when they do not fit, the last row comes with them."""
    fitting = [row_of(1)] * 16  # 288 of 300: full, but for the tail
    assert [len(page) for page in paginate(fitting, ROOM)] == [15, 1]
