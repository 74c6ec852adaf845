"""The rooms of a building as a model: floors down, units across, and what is said of each."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from gridworker.operations.room_plan import RoomCell, RoomPlan

Index = QModelIndex | QPersistentModelIndex
STATE_WORDS = {"done": "已走访", "todo": "待走访", "late": "已逾期", "vacant": "空置"}


@dataclass(frozen=True)
class Column:
    """One column of rooms of a unit, or the gap between two units."""

    unit: str
    tail: str
    gap: bool = False


def unit_text(unit: str) -> str:
    """`2单元`; a building without units has one nameless."""
    return "" if not unit else unit if unit.endswith("单元") else f"{unit}单元"


def spoken(cell: RoomCell) -> str:
    """What a screen reader says of a room."""
    parts = [f"{unit_text(cell.unit_no)} {cell.room_no}".strip(), STATE_WORDS[cell.state]]
    if cell.state != "vacant":
        parts.append(cell.family)
    return "，".join(parts + (["重点关注"] if cell.star else []))


class RoomModel(QAbstractTableModel):
    """Places the rooms of a plan so that those above one another stand above one another."""

    def __init__(self) -> None:
        super().__init__()
        self.plan: RoomPlan | None = None
        self.columns: list[Column] = []
        self._floors: tuple[int | None, ...] = ()
        self._cells: dict[tuple[int, int], RoomCell] = {}
        self._place_of: dict[str, tuple[int, int]] = {}

    def show(self, plan: RoomPlan) -> None:
        """Show another plan, or the same one anew."""
        self.beginResetModel()
        self.plan, self._floors = plan, plan.floors
        self.columns = _columns(plan)
        rows = {floor: row for row, floor in enumerate(plan.floors)}
        places = {(column.unit, column.tail): number for number, column in enumerate(self.columns) if not column.gap}
        self._cells = {(rows[cell.floor], places[cell.unit_no, _tail(cell, plan)]): cell for cell in plan.cells}
        self._place_of = {cell.household_id: place for place, cell in self._cells.items()}
        self.endResetModel()

    def cell(self, index: Index) -> RoomCell | None:
        """The room at an index."""
        return self._cells.get((index.row(), index.column()))

    def index_of(self, household_id: str) -> QModelIndex:
        """Where a household lives, or an invalid index."""
        place = self._place_of.get(household_id)
        return self.index(*place) if place else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._floors)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.cell(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        cell = self.cell(index)
        if cell is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{cell.room_no} {cell.family}"
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return spoken(cell)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        if orientation == Qt.Orientation.Vertical:
            floor = self._floors[section] if section < len(self._floors) else None
            return "其他" if floor is None else f"{floor}层"
        return unit_text(self.columns[section].unit) if section < len(self.columns) else None


def _tail(cell: RoomCell, plan: RoomPlan) -> str:
    """What the rooms above and below share: `02` of 502."""
    floor = "" if cell.floor is None else str(cell.floor)
    if floor and cell.room_no.startswith(floor) and len(cell.room_no) > len(floor):
        return cell.room_no[len(floor) :]
    same = [one.room_no for one in plan.cells if one.unit_no == cell.unit_no and one.floor == cell.floor]
    return f"{same.index(cell.room_no) + 1:02d}"


def _columns(plan: RoomPlan) -> list[Column]:
    columns: list[Column] = []
    for unit in plan.units:
        tails = sorted(
            {_tail(cell, plan) for cell in plan.cells if cell.unit_no == unit}, key=lambda tail: (len(tail), tail)
        )
        if columns:
            columns.append(Column(unit, "", gap=True))
        columns += [Column(unit, tail) for tail in tails]
    return columns
