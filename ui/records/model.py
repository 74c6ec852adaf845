"""The table model of a list: all row ids of the filter and order in 8 bytes each, their contents in pages by id.

One query gives the ids; 128 rows are fetched when the view first shows one of them, and the last
32 pages are kept. The scroll bar tells the truth and a refresh after a sync costs one id query.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

SAID = "\0said"
"""Behind a column's key: the cell in a whole sentence, where it is short."""
PAGE_ROWS = 128
PAGES_KEPT = 32
RowIdRole = Qt.ItemDataRole.UserRole + 1
StatusRole = Qt.ItemDataRole.UserRole + 2
WaitingRole = Qt.ItemDataRole.UserRole + 3
FieldRole = Qt.ItemDataRole.UserRole + 4

_ALIGN = {
    "left": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    "center": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
}
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `width` is its usual width in half-width characters; `sortable` says whether its order means something to a person.
    """

    key: str
    label: str
    align: str = "left"
    width: int = 10
    sortable: bool = True


class ShownRow(Protocol):
    """What a fetched row must tell."""

    @property
    def row_id(self) -> int: ...
    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def cells(self) -> Mapping[str, str]: ...
    @property
    def waiting(self) -> bool: ...


Fetch = Callable[[Sequence[int]], Sequence[ShownRow]]


class RecordTableModel(QAbstractTableModel):
    """Rows of one ledger; `show` gives it new ids, `forget_pages` makes it read contents anew."""

    def __init__(self, columns: Sequence[Column], fetch: Fetch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._fetch = fetch
        self._ids = array("q")
        self._pages: OrderedDict[int, dict[int, ShownRow]] = OrderedDict()

    def show(self, ids: array[int]) -> None:
        """Replace all rows; the caller keeps selection by id."""
        self.beginResetModel()
        self._ids = ids
        self._pages.clear()
        self.endResetModel()

    def forget_pages(self) -> None:
        """Read the contents anew at the next look: something in these rows changed."""
        self._pages.clear()
        if self._ids:
            last = self.index(len(self._ids) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def row_id(self, row: int) -> int:
        """The id behind a row."""
        return self._ids[row]

    def row_of(self, row_id: int) -> int:
        """Where an id stands, or -1."""
        try:
            return self._ids.index(row_id)
        except ValueError:
            return -1

    def find_loaded(self, record_id: str) -> int | None:
        """The row id of a record among the rows that were looked at."""
        for page in reversed(self._pages.values()):
            for row_id, shown in page.items():
                if shown.id == record_id:
                    return row_id
        return None

    def row(self, row: int) -> ShownRow | None:
        """The contents of a row; None when it went away since the ids were read."""
        page = row // PAGE_ROWS
        kept = self._pages.get(page)
        if kept is None:
            wanted = self._ids[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
            kept = {shown.row_id: shown for shown in self._fetch(wanted)}
            self._pages[page] = kept
            if len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(page)
        return kept.get(self._ids[row])

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """How many rows the filter leaves."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """How many columns are shown."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell shows, and what a screen reader says of it."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN[column.align]
        if role == RowIdRole:
            return self._ids[index.row()]
        if role == FieldRole:
            return column.key
        return self._cell(index, column, role)

    def _cell(self, index: Index, column: Column, role: int) -> object:
        face = _FACES.get(role)
        row = self.row(index.row()) if face else None
        if face is None or row is None:
            return None
        return face(row, column, index.column() == 0)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Headings across, row numbers down."""
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        if not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.label
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN[column.align]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"按{column.label}排序" if column.sortable else f"{column.label}按登记关系显示，不能排序"
        return None


def _tip(row: ShownRow, text: str, *, first: bool) -> str | None:
    if first and row.waiting:
        return f"{text}\n已存在本机，还没有上传。".strip()
    return text if len(text) > 12 or "\n" in text else None  # noqa: PLR2004 - shorter texts fit their cell


def _said(row: ShownRow, column: Column, *, first: bool) -> str:
    whole = row.cells.get(column.key + SAID) or row.cells.get(column.key) or "没有填"
    said = f"{column.label}：{whole}"
    return f"{said}，还没上传" if row.waiting and first else said


# What a cell answers for a role: from the row, the column, and whether it is the row's first cell.
_FACES: dict[int, Callable[[ShownRow, Column, bool], object]] = {
    Qt.ItemDataRole.DisplayRole: lambda row, column, _first: row.cells.get(column.key, "").replace("\n", " "),
    Qt.ItemDataRole.ToolTipRole: lambda row, column, first: _tip(
        row, row.cells.get(column.key + SAID) or row.cells.get(column.key, ""), first=first
    ),
    Qt.ItemDataRole.AccessibleTextRole: lambda row, column, first: _said(row, column, first=first),
    StatusRole: lambda row, _column, _first: row.status,
    WaitingRole: lambda row, _column, first: row.waiting and first,
}
