"""How old matters come in, above the rows of an import: what was read, and what a person decides otherwise."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gridworker.operations.import_ import ImportPlan
from gridworker.operations.import_states import FIRST, StateChoice
from gridworker.operations.import_told import HOWS, WordLine, has_states, sentences, state_choices, word_lines
from ui import icons
from ui.widgets.inputs import Choice
from ui.widgets.texts import label

_WORD_WIDTH, _STATE_WIDTH, _HOW_WIDTH = 18, 10, 14


class StatesStrip(QWidget):
    """Tells of another decision by `decided(StateChoice)`; hidden where a sheet says nothing of states."""

    decided = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._choice = StateChoice()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 10)
        column.setSpacing(8)
        said = QHBoxLayout()
        said.setSpacing(8)
        self._sign = QLabel()
        icons.wear(self._sign, "info", "primary", 16)
        said.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        self.said = label("", "second", wrap=True, selectable=True)
        said.addWidget(self.said, 1)
        column.addLayout(said)
        self._decisions = QWidget()
        line = QHBoxLayout(self._decisions)
        line.setContentsMargins(24, 0, 0, 0)
        line.setSpacing(8)
        self.how = _choice("办过的记录怎样导入", _HOW_WIDTH)
        for key, text in HOWS.items():
            self.how.addItem(text, key)
        self.how.activated.connect(lambda _row: self._decide())
        self.word = _choice("表里的词", _WORD_WIDTH)
        self.word.activated.connect(lambda _row: self._show_state())
        self.state = _choice("这个词导入为", _STATE_WIDTH)
        self.state.activated.connect(lambda _row: self._mean())
        self._words = QWidget()
        words = QHBoxLayout(self._words)
        words.setContentsMargins(16, 0, 0, 0)
        words.setSpacing(8)
        for one in (label("表里写", "second"), self.word, label("导入为", "second"), self.state):
            words.addWidget(one)
        line.addWidget(label("办过的记录", "second"))
        line.addWidget(self.how)
        line.addWidget(self._words)
        line.addStretch(1)
        column.addWidget(self._decisions)
        self.hide()

    def show_plan(self, plan: ImportPlan) -> None:
        """Show what was read, and how it was decided."""
        told = sentences(plan)
        self._choice = plan.choices.states
        self.said.setText("".join(told))
        self._decisions.setVisible(has_states(plan))
        self.how.setCurrentIndex(max(0, self.how.findData(self._choice.how)))
        self._show_words(plan)
        self.setVisible(bool(told))

    def _show_words(self, plan: ImportPlan) -> None:
        shown = self.word.currentText()
        lines = word_lines(plan)
        labels = dict(state_choices(plan))
        self.word.clear()
        for line in lines:
            self.word.addItem(f"{_named(line)} {line.count:,} 条{'' if line.is_known else '（看不出）'}", line)
        self.state.clear()
        for key, text in labels.items():
            self.state.addItem(text, key)
        same = [place for place, line in enumerate(lines) if shown.startswith(f"{_named(line)} ")]
        self.word.setCurrentIndex(same[0] if same else 0)
        self._words.setVisible(bool(lines) and self._choice.how != FIRST)
        self._show_state()

    def _show_state(self) -> None:
        line = self.word.currentData()
        if line is not None:
            self.state.setCurrentIndex(max(0, self.state.findData(line.state)))

    def _mean(self) -> None:
        line, state = self.word.currentData(), str(self.state.currentData())
        if line is not None and (state != line.state or not line.is_known):
            self.decided.emit(StateChoice(self._choice.how, {**self._choice.words, line.word: state}))

    def _decide(self) -> None:
        how = str(self.how.currentData())
        if how != self._choice.how:
            self.decided.emit(StateChoice(how, self._choice.words))


def _named(line: WordLine) -> str:
    return f"“{line.word}”" if line.word else "没有写的"


def _choice(name: str, length: int) -> Choice:
    made = Choice()
    made.setAccessibleName(name)
    made.setMinimumContentsLength(length)
    return made
