"""The plan of an import as the person changes it: every change is checked anew, and the newest one wins."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from gridworker.errors import AppError
from gridworker.operations import import_
from gridworker.operations.import_ import Choices, ImportPlan
from gridworker.operations.import_states import StateChoice
from ui.desk import Desk

# A lane of its own: reading a workbook neither waits for a sync nor holds up a save.
LANE = "import"


class PlanInHand(QObject):
    """Holds the plan between two steps; nothing is written here."""

    checking = Signal()
    checked = Signal()
    """The plan says what the rows are after the last change."""
    refused = Signal(object)
    """AppError: the change could not be made, and the plan stands as before."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.plan: ImportPlan | None = None
        self._turn = 0

    def map(self, index: int, target: str) -> None:
        """Let a column be read as a field, or as nothing."""
        if self.plan:
            choices = self.plan.choices
            self._check(replace(choices, mapping={**(choices.mapping or {}), index: target or None}))

    def retype(self, number: int, target: str, text: str) -> None:
        """Put one cell right."""
        if self.plan:
            choices = self.plan.choices
            self._check(replace(choices, corrections={**(choices.corrections or {}), (number, target): text}))

    def skip(self, number: int, skip: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        """Leave a row out, or take it in again."""
        if self.plan:
            skipped = self.plan.choices.skipped
            choices = replace(self.plan.choices, skipped=skipped | {number} if skip else skipped - {number})
            self._check(choices)

    def decide_states(self, states: StateChoice) -> None:
        """Say what is to become of the states that rows come in."""
        if self.plan:
            self._check(replace(self.plan.choices, states=states))

    def choose_sheet(self, name: str) -> None:
        """Read another sheet of the workbook."""
        # It has other columns and rows, so what was decided about this one does not hold there.
        self._check(Choices(), sheet=name)

    def _check(self, choices: Choices, *, sheet: str | None = None) -> None:
        plan = self.plan
        if plan is None:
            return
        self.plan = replace(plan, choices=choices)
        self._turn += 1
        turn = self._turn
        self.checking.emit()

        def planned(fresh: ImportPlan) -> None:
            if turn == self._turn and self.plan is not None:
                self.plan = fresh
                self.checked.emit()

        def failed(error: AppError) -> None:
            if turn == self._turn:
                self.plan = plan
                self.refused.emit(error)

        self._desk.call(
            import_.with_choices, plan, mapping=choices.mapping, skip=choices.skipped, corrections=choices.corrections,
            sheet=sheet, states=choices.states, done=planned, failed=failed, owner=self, lane=LANE,
        )  # fmt: skip
