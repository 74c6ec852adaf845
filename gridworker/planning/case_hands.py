"""In whose hands a case is: the grid's own, a unit's, or the community's that writes down what the unit said."""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.ledger.facts import Value, Values
from gridworker.ledger.workflow import MoveContext

GRID_STAFF = ("grid_worker", "grid_lead", "community")
OFFICE = ("community", "street")
NOBODYS: Mapping[str, Value] = {
    "lead_unit_id": None, "co_unit_ids": None, "handled_by": None, "started_at": None, "extension_days": None,
}  # fmt: skip
"""What goes when a case is nobody's again."""


def speaks_for_it(values: Values, context: MoveContext) -> bool:
    """Whether nobody leads, or the person at work is of the unit that does."""
    unit = values.get("lead_unit_id")
    return not unit or unit in context.units


def on_behalf(values: Values, context: MoveContext) -> Mapping[str, Value]:
    """That somebody else wrote it down for the unit, where it was so."""
    return {"on_behalf": None if speaks_for_it(values, context) else True}


def unit_yours(values: Values, context: MoveContext) -> str | None:
    """The lead unit itself, or the community that writes down what the unit said."""
    if speaks_for_it(values, context):
        staff = bool({*GRID_STAFF} & {*context.roles})
        return None if values.get("lead_unit_id") or staff else "这件由网格自办，可以办理的是：网格员、网格长、社区。"
    if "community" in context.roles:
        return None
    unit = values["lead_unit_id"]
    return f"这件的主办单位是“{unit}”，您不在这个单位。可以办理的是：{unit}，或由社区代录。"


def told_guard(values: Values, context: MoveContext) -> str | None:
    """An entry on behalf of a unit must say who answered, when and how."""
    if values.get("on_behalf") and not context.reason:
        return "代承办单位录入，要在原因里写明是谁、何时、怎样答复的。"
    return None


def verifier_yours(values: Values, context: MoveContext) -> str | None:
    """Nobody verifies her own handling."""
    if context.actor_id in (values.get("disposed_by"), values.get("handled_by")):
        return "承办人不能核查自己办的事，请由另一位网格员、网格长或社区核查。"
    return None
