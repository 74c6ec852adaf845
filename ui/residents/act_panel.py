"""A small panel in a card for an act that asks a few things: its fields, its refusals, 先不办 and its own name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledger.facts import Values
from gridworker.ledger.workflow import Move
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import Saved
from ui.desk import Desk
from ui.editor import Choices
from ui.records.asked import AskedFields
from ui.widgets.buttons import PRIMARY, button
from ui.widgets.states import Banner
from ui.widgets.texts import label


class ActPanel(QWidget):
    """Subclasses fill `body` and say in `send` what is done."""

    acted = Signal(object, str)
    """(Saved, what was done in words)."""
    closed = Signal()
    changed = Signal()
    """Something more is asked now."""

    def __init__(self, desk: Desk, title: str, confirm: str) -> None:
        super().__init__()
        self.desk = desk
        self._sending = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(12)
        column.addWidget(label(title, "group"))
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        column.addLayout(self.body)
        self.banner = Banner()
        column.addWidget(self.banner)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(button("先不办", self.closed.emit, tip="不办理，记录不变（Esc）"))
        self.confirm = button(confirm, self.send, kind=PRIMARY, key="Ctrl+S")
        foot.addWidget(self.confirm)
        column.addLayout(foot)
        self.asked: AskedFields | None = None

    def ask(
        self, ledger: str, asks: Sequence[str], requires: Sequence[str], values: Values, choices: Choices
    ) -> AskedFields:
        """The fields of a ledger that are asked for, some of which must be filled."""
        # A panel asks as a move does; it leads to no state.
        move = Move("", "", (), "", (), asks=tuple(asks), requires=tuple(requires))
        self.asked = AskedFields(find_ledger(ledger), move, values, choices)
        self.body.addWidget(self.asked)
        return self.asked

    def send(self) -> None:
        """Do it, or say what is missing."""
        raise NotImplementedError

    def begin(self) -> None:
        """Put the cursor where answering begins."""
        if self.asked is not None:
            self.asked.focus_first()

    def typed(self) -> dict[str, str]:
        """What was filled in."""
        return {key: text for key, text in self.asked.raw().items() if text} if self.asked else {}

    def is_filled(self) -> bool:
        """Whether nothing is missing; where something is, it is said beneath its field."""
        problems = self.asked.problems() if self.asked else []
        if self.asked:
            self.asked.show_problems(problems)
        return not problems

    def done(self, saved: Saved, text: str) -> None:
        """Tell that it is done."""
        self._sending = False
        self.acted.emit(saved, text)

    def refuse(self, error: AppError) -> None:
        """Say why not: beneath the fields it is about, else above the buttons."""
        self._sending = False
        self.banner.hide()
        problems = list(error.problems) if isinstance(error, SaveRefused) else []
        own = set(self.asked.raw()) if self.asked else set()
        if self.asked:
            self.asked.show_problems([one for one in problems if one.field in own])
        rest = "".join(one.message for one in problems if one.field not in own)
        if rest or not problems:
            self.banner.say(rest or error.sentence(), tone="warn")
