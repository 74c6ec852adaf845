"""A sample community: a real place of Qingdao, with invented buildings, households and families."""

from __future__ import annotations

import csv
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from gridworker.ledger.facts import Value
from gridworker.paths import resource
from gridworker.sample import names

_FLOORS, _UNITS, _ROOMS = 6, 2, 3
# 市南, 市北 and 崂山: districts of old residential compounds.
_URBAN = ("370202", "370203", "370212")
_COMPOUNDS = ("海棠苑", "浮山后小区", "银杏里")
# Shares of a usual old compound; the rest are families who own their home.
_VACANT, _RENTED = 0.07, 0.13
_ELDER_ALONE_AGE = 70
_HIGH_AGE = 85


@dataclass(frozen=True)
class Place:
    """A community of the divisions table."""

    code: str
    name: str


@dataclass
class Family:
    """One household and its people as field values, in the order in which they register."""

    household_id: str
    household: dict[str, Value]
    people: list[tuple[str, dict[str, Value]]] = field(default_factory=list)

    @property
    def care_level(self) -> str | None:
        """The strictest care level in the family."""
        levels = [values.get("care_level") for _, values in self.people]
        return next((level for level in ("high", "key", "general") if level in levels), None)


def sample_id(rng: random.Random) -> str:
    """An id that only the seed decides."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


@cache
def communities() -> tuple[Place, ...]:
    """The urban communities of Qingdao (resources/divisions), in the order of their codes."""
    with resource("divisions", "qingdao.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [
            Place(row["code"], row["name"])
            for row in csv.DictReader(file)
            if row["name"].endswith("社区") and row["code"].startswith(_URBAN)
        ]
    return tuple(sorted(rows, key=lambda place: place.code))


def families(rng: random.Random, count: int, on: date) -> Iterator[Family]:
    """`count` households in walking order, each with the people who live there."""
    for number in range(count):
        building, place = divmod(number, _FLOORS * _UNITS * _ROOMS)
        unit, place = divmod(place, _FLOORS * _ROOMS)
        floor, room = divmod(place, _ROOMS)
        yield _family(rng, on, building, f"{unit + 1}", f"{floor + 1}0{room + 1}")


def _family(rng: random.Random, on: date, building: int, unit: str, room: str) -> Family:
    share = rng.random()
    tenure = "空置" if share < _VACANT else "出租" if share < _VACANT + _RENTED else "自住"
    home = Family(sample_id(rng), {
        "compound_name": _COMPOUNDS[building // 6 % len(_COMPOUNDS)], "building_no": str(building + 1),
        "unit_no": unit, "room_no": room, "tenure_code": tenure, "source_channel": "走访",
        "notice_given_on": (on - timedelta(days=rng.randrange(380, 700))).isoformat(),
    })  # fmt: skip
    if tenure == "空置":
        return home
    if tenure == "自住" and rng.random() < 0.03:  # noqa: PLR2004 - share of poor families
        home.household["household_tags"] = ["低保"]
    _settle(rng, on, home, rented=tenure == "出租")
    home.household["head_person_id"] = home.people[0][0]
    return home


def _settle(rng: random.Random, on: date, home: Family, *, rented: bool) -> None:
    kind = rng.random()
    family = names.surname(rng)
    if kind < 0.14 and not rented:  # noqa: PLR2004 - shares of household kinds
        _add(rng, on, home, family, rng.choice("12"), rng.randrange(68, 94), "02")
    elif kind < 0.32:  # noqa: PLR2004 - shares of household kinds
        age = rng.randrange(26, 86)
        _add(rng, on, home, family, "1", age, "02", rented=rented)
        _add(rng, on, home, names.surname(rng), "2", max(22, age - rng.randrange(6)), "12", rented=rented)
    else:
        _household_with_child(rng, on, home, family, rented=rented)
    for _, person in home.people:
        _care_for(rng, person, on, alone=len(home.people) == 1)


def _household_with_child(rng: random.Random, on: date, home: Family, family: str, *, rented: bool) -> None:
    age = rng.randrange(27, 55)
    _add(rng, on, home, family, "1", age, "02", rented=rented)
    _add(rng, on, home, names.surname(rng), "2", age - rng.randrange(5), "12", rented=rented)
    father_id = home.people[0][0]
    for order in range(rng.choice((1, 1, 2))):
        sex = rng.choice("12")
        relation = (("22", "23") if sex == "1" else ("32", "33"))[order]
        child = _add(rng, on, home, family, sex, max(0, age - 25 - order * 3), relation, rented=rented)
        child["guardian_person_id"] = father_id
        child["contact"] = None
    if rng.random() < 0.15:  # noqa: PLR2004 - share of three generations under one roof
        _add(rng, on, home, names.surname(rng), "2", age + rng.randrange(23, 32), "52")


def _add(
    rng: random.Random, on: date, home: Family, family: str, sex: str, age: int, relation: str, *, rented: bool = False
) -> dict[str, Value]:
    born = on - timedelta(days=age * 365 + rng.randrange(1, 365))
    values: dict[str, Value] = {
        "household_id": home.household_id, "name": names.full_name(rng, family, sex), "sex_code": sex,
        "birth_date": born.isoformat(), "relation_code": relation, "population_type": "流动" if rented else "户籍",
        "contact": names.phone(rng), "nationality_code": "01", "source_channel": "走访",
    }  # fmt: skip
    if rng.random() < 0.85:  # noqa: PLR2004 - the number is optional and not everybody gives it
        values |= {"id_type": "111", "id_no": names.id_number(rng, born, sex)}
    if rng.random() < 0.12:  # noqa: PLR2004 - share of party members
        values["political_code"] = "01"
    home.people.append((sample_id(rng), values))
    return values


def _care_for(rng: random.Random, person: dict[str, Value], on: date, *, alone: bool) -> None:
    age = on.year - int(str(person["birth_date"])[:4])
    categories: list[str] = []
    level = None
    if alone and age >= _ELDER_ALONE_AGE:
        categories, level = ["独居老人"], "high" if age >= _HIGH_AGE else "key"
    elif age >= _HIGH_AGE:
        categories, level = ["高龄(80+)"], "key"
    elif rng.random() < 0.015:  # noqa: PLR2004 - share of disabled persons in care
        categories, level = ["残疾人"], "general"
        person |= {"disability_type": "4", "disability_level": rng.choice("234")}
    if level:
        person |= {
            "care_categories": categories, "care_level": level,
            "emergency_contact": names.full_name(rng, names.surname(rng), "1"), "emergency_phone": names.phone(rng),
        }  # fmt: skip
