"""Second step of an import: what every column was taken for, and how to put it right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from gridworker.operations.import_ import ImportPlan
from gridworker.operations.import_view import ColumnLine, column_lines, odd_things, sheet_names, targets
from ui import icons
from ui.widgets.buttons import LINK, button
from ui.widgets.card import scrolled
from ui.widgets.inputs import Choice
from ui.widgets.stacking import column_in, line_in
from ui.widgets.texts import Elided, label

_UNMAPPED = ""


class ColumnsStep(QWidget):
    """Tells of a column taken for something else by `mapped(index, target)`, of another sheet by `sheet_chosen`."""

    mapped = Signal(int, str)
    sheet_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = column_in(self, 0)
        self._inner = QWidget()
        self.area = scrolled(self._inner)
        column.addWidget(self.area, 1)
        self.choices: dict[int, Choice] = {}
        self._content = QVBoxLayout(self._inner)
        self._content.setContentsMargins(16, 12, 16, 16)
        self._content.setSpacing(12)
        self._part: QWidget | None = None

    def show_plan(self, plan: ImportPlan) -> None:
        """Show what was recognised."""
        place = self.area.verticalScrollBar().value()
        focused = next((index for index, one in self.choices.items() if one.hasFocus()), None)
        part = QWidget()
        column = column_in(part, 12)
        column.addWidget(self._make_head(plan))
        for sentence in odd_things(plan):
            column.addWidget(_note(sentence))
        column.addWidget(self._make_columns(plan))
        column.addStretch(1)
        if self._part is not None:
            self._content.removeWidget(self._part)
            self._part.deleteLater()
        self._part = part
        self._content.addWidget(part)
        self.area.verticalScrollBar().setValue(place)
        if focused is not None and focused in self.choices:
            self.choices[focused].setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_head(self, plan: ImportPlan) -> QWidget:
        holder = QWidget()
        line = line_in(holder, 12)
        known = sum(one.target is not None for one in column_lines(plan))
        unknown = len(column_lines(plan)) - known
        tail = f"有 {unknown} 列没有认出，不会导入。" if unknown else ""
        said = f"认出 {known} 列，{len(plan.rows):,} 行记录。{tail}"
        line.addWidget(label(said, "second"))
        line.addStretch(1)
        names = sheet_names(plan)
        if len(names) > 1:
            sheets = Choice()
            sheets.setAccessibleName("工作表")
            sheets.setMinimumContentsLength(max(map(len, names)) * 2)
            for name in names:
                sheets.addItem(name, name)
            sheets.setCurrentIndex(max(0, sheets.findData(plan.sheet.name)))
            sheets.activated.connect(lambda _row: self.sheet_chosen.emit(str(sheets.currentData())))
            line.addWidget(label("工作表", "second"))
            line.addWidget(sheets)
        return holder

    def _make_columns(self, plan: ImportPlan) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for place, text in enumerate(("列", "表头", "表里的例子", "导入为", "")):
            grid.addWidget(label(text, "group"), 0, place)
        for place, stretch in enumerate((0, 2, 3, 2, 2)):
            grid.setColumnStretch(place, stretch)
        self.choices = {}
        offered = targets(plan)
        # Columns nobody recognised come first: they are what a person has to look at.
        for row, line in enumerate(sorted(column_lines(plan), key=lambda one: one.target is not None), 1):
            self._add_column(grid, row, line, offered)
        return holder

    def _add_column(self, grid: QGridLayout, row: int, line: ColumnLine, offered: list[tuple[str, str]]) -> None:
        grid.addWidget(label(line.letters, "second"), row, 0)
        grid.addWidget(Elided(line.heading or "（没有表头）"), row, 1)
        grid.addWidget(Elided("、".join(line.samples) or "（空）", "second"), row, 2)
        choice = Choice()
        choice.setAccessibleName(f"{line.letters} 列“{line.heading}”导入为")
        if line.target is None:
            choice.addItem("没有认出，不导入", _UNMAPPED)
        for target, text in offered:
            choice.addItem(text, target)
        choice.setCurrentIndex(max(0, choice.findData(line.target or _UNMAPPED)))
        choice.activated.connect(lambda _row: self._tell(line, str(choice.currentData())))
        self.choices[line.index] = choice
        grid.addWidget(choice, row, 3)
        grid.addWidget(self._make_remark(line), row, 4)

    def _make_remark(self, line: ColumnLine) -> QWidget:
        if line.target is None and line.suggestion:
            suggestion = line.suggestion
            asked = f"是“{line.suggestion_label}”吗？用它"
            return button(asked, lambda: self.mapped.emit(line.index, suggestion), kind=LINK)
        return label(line.note, "second", wrap=True)

    def _tell(self, line: ColumnLine, target: str) -> None:
        if target != (line.target or _UNMAPPED):
            self.mapped.emit(line.index, target)


def _note(sentence: str) -> QWidget:
    holder = QWidget()
    line = line_in(holder, 8)
    sign = QLabel()
    icons.wear(sign, "info", "primary", 16)
    line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    line.addWidget(label(sentence, "second", wrap=True), 1)
    return holder
