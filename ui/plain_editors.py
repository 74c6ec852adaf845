"""Editors of texts, numbers, yes and no, and codes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QListView, QWidget

from gridworker.ledger.code_fields import Code, Codes
from gridworker.ledger.facts import FieldError, Value
from gridworker.ledger.field import Field
from ui.editor import Choices, Editor
from ui.widgets.chips import Chips
from ui.widgets.inputs import Choice, Line, Lines, Tick
from ui.widgets.segmented import Segmented

_LONG_LIST = 12
_LINES_HIGH = 84


def code_shown(field: Field, raw: str) -> str:
    """The code that typed or stored text stands for; text no table knows stands for itself."""
    if not raw or not isinstance(field, Code | Codes):
        return ""
    return field.table.code_of(raw) or field.table.retired_code_of(raw) or raw


def options_with(field: Field, codes: Sequence[str]) -> list[tuple[str, str]]:
    """What the table offers now, and behind it what a record holds beyond that, said to be retired where it is."""
    if not isinstance(field, Code | Codes):
        return []
    table, entries = field.table, list(field.table.entries)
    offered = {code for code, _ in entries}
    return entries + [(code, table.choice_label(code)) for code in codes if code and code not in offered]


class LineEditor(Editor):
    """One line of text."""

    def __init__(self, field: Field, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self.line = Line()
        if field.help:
            self.line.setPlaceholderText(field.help.rstrip("。"))
        self.line.textEdited.connect(lambda _text: self.edited.emit())
        self._adopt(self.line)

    def raw(self) -> str:
        return self.line.text()

    def set_raw(self, raw: str) -> None:
        self.line.setText(raw)
        self.line.setCursorPosition(0)

    def focus_target(self) -> QWidget:
        return self.line

    def tidy(self) -> None:
        try:
            tidy = self.field.format(self.field.parse(self.raw()))
        except FieldError:
            return
        if tidy and tidy != self.raw():
            self.line.setText(tidy)


class LinesEditor(Editor):
    """Several lines of text."""

    wide = True

    def __init__(self, field: Field, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self.box = Lines()
        self.box.setFixedHeight(_LINES_HIGH)
        self.box.setPlaceholderText(field.help.rstrip("。"))
        self.box.textChanged.connect(self._told)
        self._quiet = False
        self._adopt(self.box)

    def raw(self) -> str:
        return self.box.toPlainText()

    def set_raw(self, raw: str) -> None:
        self._quiet = True
        self.box.setPlainText(raw)
        self._quiet = False

    def focus_target(self) -> QWidget:
        return self.box

    def _told(self) -> None:
        if not self._quiet:
            self.edited.emit()


class YesNoEditor(Editor):
    """是 or 否; a question that is usually 否 is a box to tick."""

    def __init__(self, field: Field, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self.segments = Segmented((("是", "是"), ("否", "否")), name=field.label, optional=field.required is None)
        self.segments.changed.connect(lambda _value: self.edited.emit())
        for segment in self.segments.buttons():
            self._adopt(segment, show=False)
            segment.setAccessibleName(f"{field.label}：{segment.text()}")
        self._column.addWidget(self.segments)

    def raw(self) -> str:
        return self.segments.value()

    def set_raw(self, raw: str) -> None:
        self.segments.set_value(raw)

    def focus_target(self) -> QWidget:
        return self.segments.focus_target()

    def mark(self, *, wrong: bool, description: str) -> None:
        self.segments.set_wrong(wrong=wrong)
        self.segments.describe(description)


class TickEditor(Editor):
    """A box to tick, for what is usually 否."""

    names_itself = True
    wide = True

    def __init__(self, field: Field, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self.box = Tick(field.label)
        self.box.clicked.connect(lambda _on: self.edited.emit())
        self._adopt(self.box)

    def raw(self) -> str:
        return "是" if self.box.isChecked() else "否"

    def set_raw(self, raw: str) -> None:
        self.box.setChecked(raw == "是")

    def focus_target(self) -> QWidget:
        return self.box


class SegmentEditor(Editor):
    """One of a few codes, side by side."""

    wide = True

    def __init__(self, field: Code, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self.segments = Segmented(field.table.entries, name=field.label, optional=field.required is None)
        self.segments.changed.connect(lambda _value: self.edited.emit())
        for segment in self.segments.buttons():
            segment.installEventFilter(self)
        self._column.addWidget(self.segments)
        self._options = list(field.table.entries)

    def raw(self) -> str:
        return self.segments.value()

    def set_raw(self, raw: str) -> None:
        code = code_shown(self.field, raw)
        options = options_with(self.field, [code])
        if options != self._options:
            self.segments.set_options(options)
            self._options = options
            for segment in self.segments.buttons():
                segment.installEventFilter(self)
        self.segments.set_value(code)

    def set_value(self, value: Value, shown: str = "") -> None:
        self.set_raw("" if value is None else str(value))

    def focus_target(self) -> QWidget:
        return self.segments.focus_target()

    def mark(self, *, wrong: bool, description: str) -> None:
        self.segments.set_wrong(wrong=wrong)
        self.segments.describe(description)


class ChoiceEditor(Editor):
    """One code of a longer table; a very long one can be typed into."""

    def __init__(self, field: Code, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self.box = Choice()
        self._options: list[tuple[str, str]] = []
        self._offer(list(field.table.entries))
        self._adopt(self.box)
        self.box.activated.connect(lambda _row: self.edited.emit())
        if len(field.table.entries) > _LONG_LIST:
            self._let_type()

    def raw(self) -> str:
        if self.box.isEditable():
            row = self.box.findText(self.box.currentText())
            return str(self.box.itemData(row)) if row >= 0 else self.box.currentText()
        return str(self.box.currentData() or "")

    def set_raw(self, raw: str) -> None:
        code = code_shown(self.field, raw)
        self._offer(options_with(self.field, [code]))
        self.box.setCurrentIndex(self.box.findData(code))
        self._leave_room(self.box.currentIndex())

    def _leave_room(self, row: int) -> None:
        line = self.box.lineEdit()
        if line is not None and row == 0:
            line.clear()

    def _offer(self, options: list[tuple[str, str]]) -> None:
        if options == self._options:
            return
        self._options = options
        self.box.clear()
        self.box.addItem(self._nothing_text(), "")
        for code, text in options:
            self.box.addItem(text, code)

    def set_value(self, value: Value, shown: str = "") -> None:
        self.set_raw("" if value is None else str(value))

    def focus_target(self) -> QWidget:
        return self.box

    def _nothing_text(self) -> str:
        return "请选择" if self.field.required is not None else "未填"

    def _let_type(self) -> None:
        self.box.setEditable(True)
        self.box.setInsertPolicy(Choice.InsertPolicy.NoInsert)
        line = Line()
        line.setAccessibleName(self.field.label)
        line.setPlaceholderText(self._nothing_text())
        self.box.setLineEdit(line)
        # 请选择 as a text would stand before what is typed.
        self.box.currentIndexChanged.connect(self._leave_room)
        self.box.activated.connect(self._leave_room)
        self._leave_room(self.box.currentIndex())
        line.textEdited.connect(lambda _text: self.edited.emit())
        line.installEventFilter(self)
        completer = QCompleter(self.box.model(), self.box)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        popup = QListView()
        popup.setObjectName("popup")
        popup.setAccessibleName(f"{self.field.label}的可选项")
        completer.setPopup(popup)
        self.box.setCompleter(completer)


class ChipsEditor(Editor):
    """Several codes of a table."""

    wide = True

    def __init__(self, field: Codes, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self.chips = Chips(field.table.entries, name=field.label)
        self.chips.changed.connect(self.edited.emit)
        self._column.addWidget(self.chips)
        self._options = list(field.table.entries)

    def raw(self) -> str:
        return "、".join(self.chips.values())

    def set_raw(self, raw: str) -> None:
        try:
            value = self.field.parse(raw)
        except FieldError:
            value = [code_shown(self.field, part) for part in raw.split("、")]
        self.set_value(value)

    def set_value(self, value: Value, shown: str = "") -> None:
        codes = value if isinstance(value, list) else []
        options = options_with(self.field, codes)
        if options != self._options:
            self.chips.set_options(options)
            self._options = options
        self.chips.set_values(codes)

    def focus_target(self) -> QWidget:
        return self.chips.focus_target()

    def mark(self, *, wrong: bool, description: str) -> None:
        self.chips.describe(description)
