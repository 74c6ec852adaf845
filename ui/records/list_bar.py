"""The bar above a list: words and a state to choose by, how many rows there are, and whether they are shown in full."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from gridworker.ledger.case_code import code_in
from gridworker.ledger.ledger import Ledger
from gridworker.operations import flags
from ui import icons
from ui.widgets.buttons import button
from ui.widgets.inputs import Choice, Line
from ui.widgets.texts import label

_TYPING_MS = 150
_MASK_KEY = "Ctrl+M"
BIN = "\0bin"
"""The choice among the states that shows what was deleted."""
CARDS = "\0card:"
"""Before the choices among the states that show what is late or due soon."""


class ListBar(QWidget):
    """Tells what a person chooses; the list asks for the rows."""

    worded = Signal(str)
    """The words to choose by, after a pause in typing."""
    state_chosen = Signal(str)
    """A state, BIN, or CARDS and what is late or due soon."""
    unmasked = Signal(bool)
    """Whether values are to be shown in full."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.filter, self.state = _filter(ledger), _states(ledger)
        self.count = label("", "second")
        self.masks = button("显示完整信息", icon="eye-off", kind="plain")
        self.masks.setCheckable(True)
        self.name_masks()
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 10, 16, 10)
        line.setSpacing(12)
        line.addWidget(self.filter, 1)
        line.addWidget(self.state)
        line.addStretch(1)
        line.addWidget(self.count)
        line.addWidget(self.masks)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._typed)
        self.filter.textChanged.connect(self._pause)
        self.state.currentIndexChanged.connect(self._choose_state)
        self.masks.toggled.connect(self.unmasked)

    def filter_by(self, text: str) -> None:
        """Filter as if it had been typed."""
        self.filter.setText(text)
        self._typing.stop()
        self._typed()

    def name_masks(self) -> None:
        """Say what a press on the masks does now."""
        shown = self.masks.isChecked()
        icons.wear(self.masks, "eye" if shown else "eye-off", "text2", 18)
        text = "隐去个人信息" if shown else "显示完整信息"
        self.masks.setText(f" {text}")
        self.masks.setAccessibleName(text)
        now = "现在完整显示" if shown else "在列表里只显示一部分"
        self.masks.setToolTip(f"姓名、电话等{now}，离开本页会重新隐去（{_MASK_KEY}）")

    def listen_in(self, whole: QWidget) -> None:
        """Let the keys of the bar work anywhere in a part of the window."""
        QShortcut(QKeySequence(_MASK_KEY), whole, self.masks.toggle)

    def _pause(self, _text: str) -> None:
        self._typing.start()

    def _typed(self) -> None:
        self.worded.emit(self.filter.text())

    def _choose_state(self, _index: int) -> None:
        self.state_chosen.emit(str(self.state.currentData()))


def _filter(ledger: Ledger) -> Line:
    made = Line()
    made.setObjectName("search")
    made.setPlaceholderText(_hint(ledger))
    made.setAccessibleName(f"筛选{ledger.label}")
    made.setClearButtonEnabled(True)
    made.setMinimumWidth(220)
    made.setMaximumWidth(300)
    icons.wear(made.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition), "search", "hint", 16)
    return made


def _hint(ledger: Ledger) -> str:
    if code_in(ledger.fields):
        return "按标题、地址、编号筛选"
    people = ledger.search.names or "household_id" in ledger or ledger.key == "household"
    return "按姓名、房号、电话筛选" if people else "按内容筛选"


def _states(ledger: Ledger) -> Choice:
    made = Choice()
    made.setAccessibleName("按状态筛选")
    made.setMinimumContentsLength(8)
    made.addItem("全部状态" if ledger.workflow else "现有记录", "")
    for state in ledger.workflow.states if ledger.workflow else ():
        made.addItem(state.label, state.key)
    if ledger.dues:
        for number, (kind, text) in enumerate(flags.LABELS.items(), 1):
            made.insertItem(number, text, CARDS + kind)
    made.addItem("回收站", BIN)
    return made
