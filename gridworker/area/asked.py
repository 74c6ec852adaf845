"""What the rights look at of a record: the same few facts, whether a window or the server asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gridworker.area.belonging import building_key
from gridworker.ledger.facts import Value
from gridworker.ledger.ledger import Ledger

UNIT_FIELD, CO_UNITS_FIELD, AUTHOR_FIELD = "lead_unit_id", "co_unit_ids", "recorded_by"
_BUILDING_FIELDS = ("compound_name", "building_no")


@dataclass(frozen=True)
class Asked:
    """A record, or with an empty ledger a place, about which somebody asks what she may do."""

    ledger: str
    grid_code: str
    recorded_by: str = ""
    open_to: tuple[str, ...] = ()
    """Roles beside the staff that may add records to the ledger."""
    building: str = ""
    """The building it is about, where one is known."""
    unit: str = ""
    co_units: tuple[str, ...] = ()
    is_home: bool = False
    """It is the file of a household itself, and not something about one."""
    moved_by: tuple[str, ...] = ()
    """Roles that some step of the ledger names."""

    def at(self, building: str) -> Asked:
        """The same of a record that hangs on a household in a building."""
        return self if self.building else replace(self, building=building)


def asked_of(ledger: Ledger, grid_code: str, values: Mapping[str, Value]) -> Asked:
    """The facts of one record, from its declaration and its values."""
    units = values.get(CO_UNITS_FIELD)
    return Asked(
        ledger=ledger.key,
        grid_code=grid_code,
        recorded_by=str(values.get(AUTHOR_FIELD) or ""),
        open_to=ledger.open_to,
        building=building_of(values),
        unit=str(values.get(UNIT_FIELD) or ""),
        co_units=tuple(map(str, units)) if isinstance(units, list) else (),
        is_home=all(key in ledger for key in _BUILDING_FIELDS),
        moved_by=ledger.workflow.roles if ledger.workflow else (),
    )


def building_of(values: Mapping[str, Value]) -> str:
    """The building a household's values name."""
    compound, building = (str(values.get(key) or "") for key in _BUILDING_FIELDS)
    return building_key(compound, building)
