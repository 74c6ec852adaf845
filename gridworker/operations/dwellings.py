"""Households with their people and their last contact, as a plan of visits needs to know them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gridworker.area.rights import Sight
from gridworker.ledger.facts import Purpose
from gridworker.ledgers.household import household_title
from gridworker.operations.seen_rows import all_open
from gridworker.operations.shown import Eyes
from gridworker.planning.visit_plan import Dwelling
from gridworker.store.due_days import dwelling_of
from gridworker.store.store import ReadTx

# GB/T 4761: 户主.
_HEAD = "02"
_HOME = (
    "SELECT id, building_no, unit_no, room_no, tenure_code, last_visited_at, recorded_at, head_person_id,"
    " coalesce(walk, ''), compound_name, grave_event, grave_event_at FROM household"
)
_NAMED_HOMES = f"{_HOME} WHERE deleted=0 AND id IN (SELECT value FROM json_each(?))"  # noqa: S608 - constant text
_BUILDING = f"{_HOME} WHERE deleted=0 AND compound_name = ? AND building_no = ?"
_NO_COMPOUND = f"{_HOME} WHERE deleted=0 AND coalesce(compound_name, '') = ? AND building_no = ?"
_COMPOUND = "SELECT coalesce(compound_name, '') FROM household WHERE deleted=0 ORDER BY compound_name "
_PEOPLE = (
    "SELECT id, household_id, name, relation_code, care_level FROM person"
    " WHERE household_id IN (SELECT value FROM json_each(?)) AND deleted=0"
)


@dataclass(frozen=True)
class Resident:
    """A person as the plan needs to know her."""

    id: str
    name: str
    relation: str
    care_level: str


@dataclass(frozen=True)
class Home:
    """A household with its people and its last contact, as the plan needs them."""

    dwelling: Dwelling
    walk: str
    """Sorts in the order in which rooms are walked."""
    compound: str
    building: str
    unit: str
    room: str
    head: str
    in_care: Resident | None
    people: int
    grave_event: str = ""
    is_open: bool = True
    """Whether nothing of it is kept from who reads it; else nobody is told to be in care, and names are masked."""

    def place(self, *, named: bool) -> str:
        """The address; the compound is named where the grid has several."""
        parts = {"building_no": self.building, "unit_no": self.unit, "room_no": self.room}
        return household_title(parts | ({"compound_name": self.compound} if named else {}))


def homes_named(eyes: Eyes, ids: list[str]) -> list[Home]:
    """The households of these ids, as far as they are hers to see."""
    return _with_people(eyes, eyes.tx.sql(_NAMED_HOMES, (json.dumps(ids),))) if ids else []


def homes_of_building(eyes: Eyes, compound: str, building: str) -> list[Home]:
    """The households of one building, as far as they are hers to see."""
    return _with_people(eyes, eyes.tx.sql(_BUILDING if compound else _NO_COMPOUND, (compound, building)))


def has_several_compounds(tx: ReadTx) -> bool:
    """Whether an address must name its compound to be understood."""
    ends = [tx.one(_COMPOUND + direction) for direction in ("ASC LIMIT 1", "DESC LIMIT 1")]
    return ends[0] != ends[1]


def _with_people(eyes: Eyes, homes: list[tuple[object, ...]]) -> list[Home]:
    people: dict[str, list[Resident]] = {}
    rows = eyes.tx.sql(_PEOPLE, (json.dumps([str(home[0]) for home in homes]),))
    for person_id, home_id, name, relation, level in rows:
        resident = Resident(str(person_id), str(name or ""), str(relation or ""), str(level or ""))
        people.setdefault(str(home_id), []).append(resident)
    made = [_home(home, people.get(str(home[0]), [])) for home in homes]
    return made if all_open(eyes, "household", "person") else list(_as_seen(eyes, made, people))


def _as_seen(eyes: Eyes, homes: list[Home], people: Mapping[str, Sequence[Resident]]) -> Iterator[Home]:
    """The homes without those that are not hers to see, and with masks over what is not."""
    known = eyes.tx.find_rows("household", [home.dwelling.household_id for home in homes])
    them = eyes.tx.find_rows("person", [one.id for members in people.values() for one in members])
    for home in homes:
        own = known[home.dwelling.household_id]
        members = [them[one.id] for one in people.get(own.id, ())]
        if all(eyes.sight(one) is Sight.FULL for one in (own, *members)):
            yield home
        elif eyes.sees(own):
            seen = [one for one in members if eyes.sees(one)]
            head = next((one for one in seen if one.values.get("name") == home.head), None)
            named = eyes.title(head, Purpose.WORK) if head else ""
            yield replace(home, head=named, in_care=None, people=len(seen), grave_event="", is_open=False)


def _home(home: tuple[object, ...], people: list[Resident]) -> Home:
    home_id, building, unit, room, tenure, last, recorded, head_id, walk, compound, grave, grave_at = home
    dwelling = dwelling_of(str(home_id), tenure, recorded, last, [one.care_level for one in people], grave_at)
    level = dwelling.care_level
    in_care = next((one for one in people if level and one.care_level == level), None)
    head = next((one for one in people if one.id == head_id or one.relation == _HEAD), people[0] if people else None)
    place = (str(compound or ""), str(building or ""), str(unit or ""), str(room or ""))
    return Home(dwelling, str(walk), *place, head.name if head else "", in_care, len(people), str(grave or ""))
