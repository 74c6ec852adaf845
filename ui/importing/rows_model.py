"""The rows of an import as a table: number, verdict, what is wrong, and the cells; a cell can be retyped in place."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from gridworker.operations.import_ import NEW, REFUSED, SKIPPED, VERDICT_LABELS, ImportPlan
from gridworker.operations.import_plan import PlannedRow
from gridworker.operations.import_view import IGNORED, RowTexts, column_lines
from ui.records.model import FieldRole

ProblemRole = Qt.ItemDataRole.UserRole + 11
NumberRole = Qt.ItemDataRole.UserRole + 12
RetypedRole = Qt.ItemDataRole.UserRole + 13
NUMBER, VERDICT, WHY = "number", "verdict", "why"
_FIXED = ((NUMBER, "行"), (VERDICT, "结果"), (WHY, "说明"))
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ImportRowsModel(QAbstractTableModel):
    """Shows the rows with one verdict, or all; tells of a retyped cell by `retyped(number, target, text)`."""

    retyped = Signal(int, str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan: ImportPlan | None = None
        self._verdict = ""
        self._shown: list[PlannedRow] = []
        self._columns: list[tuple[str, str]] = list(_FIXED)
        self._texts: RowTexts | None = None

    def show(self, plan: ImportPlan | None, verdict: str = "") -> None:
        """Replace all rows; an empty verdict shows every row."""
        self.beginResetModel()
        self._plan, self._verdict = plan, verdict
        rows = plan.rows if plan else ()
        self._shown = [row for row in rows if verdict in ("", row.verdict)]
        lines = column_lines(plan) if plan else []
        known = [(line.target, line.heading) for line in lines if line.target and line.target != IGNORED]
        # What is wrong stands first, beside its explanation, however wide the sheet is.
        wrong = {problem.field for row in rows for problem in row.problems}
        known.sort(key=lambda column: column[0] not in wrong)
        self._columns = [*_FIXED, *known]
        self._texts = RowTexts(plan) if plan else None
        self.endResetModel()

    def planned(self, row: int) -> PlannedRow:
        """The planned row behind a line."""
        return self._shown[row]

    def line_of(self, number: int) -> int:
        """Where a row of the sheet stands, or -1."""
        return next((place for place, row in enumerate(self._shown) if row.number == number), -1)

    def column_of(self, target: str) -> int:
        """Where a target's column stands, or -1."""
        return next((place for place, (key, _) in enumerate(self._columns) if key == target), -1)

    def why(self, row: int) -> str:
        """All there is to say of a line."""
        said = self._why(self._shown[row])
        return f"第 {self._shown[row].number} 行　{said}" if said else ""

    def first_problem(self, row: int) -> int:
        """The column of the first wrong cell of a line that can be retyped, or -1."""
        places = [self.column_of(problem.field) for problem in self._shown[row].problems]
        return next((place for place in places if place >= len(_FIXED)), -1)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and index.column() >= len(_FIXED) and self._shown[index.row()].verdict != SKIPPED:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        row, (key, heading) = self._shown[index.row()], self._columns[index.column()]
        text, problem = self._text(row, key), _problem(row, key)
        return {
            FieldRole: key,
            NumberRole: row.number,
            Qt.ItemDataRole.DisplayRole: text,
            Qt.ItemDataRole.EditRole: text,
            ProblemRole: problem,
            RetypedRole: bool(self._texts and self._texts.is_retyped(row.number, key)),
            Qt.ItemDataRole.ToolTipRole: problem or text or None,
            Qt.ItemDataRole.AccessibleTextRole: f"{heading}：{text or '没有填'}" + (f"，{problem}" if problem else ""),
        }.get(Qt.ItemDataRole(role) if role < Qt.ItemDataRole.UserRole else role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        row, key = self._shown[index.row()], self._columns[index.column()][0]
        text = str(value).strip()
        if text == self._text(row, key):
            return False
        self.retyped.emit(row.number, key, text)
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Vertical or not 0 <= section < len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section][1]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, row: PlannedRow, key: str) -> str:
        if key == NUMBER:
            return str(row.number)
        if key == VERDICT:
            return VERDICT_LABELS[row.verdict]
        if key == WHY:
            return self._why(row)
        return self._texts.text(row.number, key).replace("\n", " ") if self._texts else ""

    def _why(self, row: PlannedRow) -> str:
        if row.problems:
            return "；".join(f"{one.heading}：{one.message}" if one.heading else one.message for one in row.problems)
        if row.verdict not in (NEW, REFUSED, SKIPPED) and row.changed and self._plan:
            ledger = self._plan.ledger
            return "改动：" + "、".join(ledger[key].label for key in row.changed if key in ledger)
        flow = self._plan.ledger.workflow if self._plan else None
        if row.verdict == NEW and row.coming is not None and row.coming.mark is not None and flow is not None:
            return f"导入为：{flow.label_of(row.coming.state)}"
        return ""


def _problem(row: PlannedRow, key: str) -> str:
    return "".join(problem.message for problem in row.problems if problem.field == key)
