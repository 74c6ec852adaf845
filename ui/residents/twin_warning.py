"""Beside the warning that somebody is registered already: the way to look at that registration."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gridworker.ledger.facts import Problem, Severity
from gridworker.operations import twins
from gridworker.operations.twins import Twin
from ui.desk import Desk
from ui.field_grid import FieldGrid


def offer_twin(
    desk: Desk, grid: FieldGrid, problem: Problem, asked: tuple[str, Mapping[str, object], str],
    wanted: Callable[[str], object],
) -> None:  # fmt: skip
    """Give a field's warning a button; `asked` is the ledger, what was typed, and the id of the record, if any."""
    if problem.severity is not Severity.WARNING or problem.field not in twins.TELLING:
        return
    ledger, typed, record_id = asked

    def heard(found: list[Twin]) -> None:
        twin = next((one for one in found if one.field == problem.field), None)
        if twin and grid.fields[problem.field].problem.text() == problem.message:
            grid.show_problem(
                problem.field, problem.message, warning=True, action="看那一条", pressed=lambda: wanted(twin.id)
            )

    desk.call(twins.twins_like, ledger, dict(typed), record_id, done=heard, owner=grid)
