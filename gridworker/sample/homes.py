"""What the sample keeps of homes and people beside the visits: rented homes, who came and went, visits of care."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from gridworker.ledger.dates import local_date
from gridworker.ledger.facts import Value
from gridworker.ledgers.household import household_title
from gridworker.planning.visit_plan import Dwelling, due_date
from gridworker.sample import names
from gridworker.sample.community import Family, sample_id
from gridworker.sample.story import Story

_Values = dict[str, Value]
# One home in so many saw somebody leave for good in the year.
_LEFT_SHARE = 40
_CAME_SHARE = 0.3
_RECENT_DAYS = 75
_REACHED = 0.9
_ALL_WELL = "表达:正常、行动:正常、疾病:正常"
_ALL_SAFE = "燃气:正常、水暖:正常、用电:正常、房屋:正常"
_REASONS = {"迁出": ("到外地工作", "换了学区房", "租期到了"), "死亡": ("因病去世",)}


def rental_houses(rng: random.Random, families: list[Family], on: date) -> Iterator[Story]:
    """Every rented home: who owns it, who lives in it."""
    for family in families:
        if family.household["tenure_code"] != "出租":
            continue
        _, tenant = family.people[0]
        sex = rng.choice("12")
        values: _Values = {
            "household_id": family.household_id, "house_code": family.household.get("household_no"),
            "house_address": household_title(family.household), "building_use": "住宅",
            "floor_area": f"{rng.randrange(45, 110)}.00",
            "owner_name": names.full_name(rng, names.surname(rng), sex), "owner_contact": names.phone(rng),
            "tenant_name": tenant["name"], "tenant_contact": tenant.get("contact"), "source_channel": "走访",
            "hazard_type": rng.choice(("用电", "用气")) if rng.random() < 0.08 else None,  # noqa: PLR2004 - a share
        }  # fmt: skip
        yield Story("rental_house", on - timedelta(days=rng.randrange(10, 360)), values)


def movements(rng: random.Random, families: list[Family], on: date) -> Iterator[tuple[_Values, str, Story]]:
    """Who came and went; whoever left is given as values and id of a person that no household has any more."""
    lived_in = [family for family in families if family.people]
    for family in lived_in:
        for person_id, person in family.people:
            if str(person["birth_date"]) > (on - timedelta(days=360)).isoformat():
                yield {}, person_id, _moved(person_id, "出生", str(person["birth_date"]), to=family.household_id)
        if family.household["tenure_code"] == "出租" and rng.random() < _CAME_SHARE:
            day = on - timedelta(days=rng.randrange(4, 340))
            said = _moved(family.people[0][0], "迁入", day.isoformat(), to=family.household_id, relation="02")
            yield {}, family.people[0][0], said
    for number, family in enumerate(rng.sample(lived_in, len(lived_in) // _LEFT_SHARE)):
        kind = "死亡" if number % 3 == 2 else "迁出"  # noqa: PLR2004 - one in three
        day = on - timedelta(days=rng.randrange(6, 330))
        person_id, person = sample_id(rng), _who_left(rng, kind, day)
        reason = rng.choice(_REASONS[kind])
        yield person, person_id, _moved(person_id, kind, day.isoformat(), out_of=family.household_id, reason=reason)


def _who_left(rng: random.Random, kind: str, day: date) -> _Values:
    sex = rng.choice("12")
    age = rng.randrange(76, 95) if kind == "死亡" else rng.randrange(22, 50)
    born = day - timedelta(days=age * 365 + rng.randrange(1, 365))
    return {
        "name": names.full_name(rng, names.surname(rng), sex), "sex_code": sex, "birth_date": born.isoformat(),
        "relation_code": "52" if kind == "死亡" else "29", "population_type": "户籍",
        "living_state": kind, "left_on": day.isoformat(), "source_channel": "走访",
        "contact": names.phone(rng) if kind == "迁出" else None,
    }  # fmt: skip


def _moved(
    person_id: str, kind: str, day: str, *, to: str = "", out_of: str = "", relation: str = "", reason: str = ""
) -> Story:
    values: _Values = {
        "person_id": person_id, "movement_type": kind, "occurred_on": day, "to_household_id": to or None,
        "from_household_id": out_of or None, "relation_code": relation or None, "reason": reason or None,
        "destination": "外市" if kind == "迁出" else None, "source_channel": "走访",
    }  # fmt: skip
    return Story("movement", date.fromisoformat(day), values, hour=17)


def care_visits(
    rng: random.Random, families: list[Family], visits: Iterable[Mapping[str, Value]], on: date
) -> Iterator[Story]:
    """What was seen at the visits to people in care; one of the last found that not all was well."""
    cared = {
        family.household_id: [(person_id, person) for person_id, person in family.people if person.get("care_level")]
        for family in families
    }
    seen = [
        (visit, person_id, person)
        for visit in visits
        if visit["visit_purpose"] == "关爱探访"
        for person_id, person in cared[str(visit["household_id"])]
        if _is_kept(rng, visit, person, on)
    ]
    met = [number for number, (visit, _, _) in enumerate(seen) if visit["met"]]
    for number, (visit, person_id, person) in enumerate(seen):
        yield _seen(rng, visit, person_id, person, found=number in met[-2:-1])
        again = local_date(str(visit["visited_at"])) + timedelta(days=1)
        # Whoever did not open is called the next day; one in ten is not reached then either.
        if not visit["met"] and again <= on and rng.random() < _REACHED:
            called = {**visit, "visited_at": f"{again.isoformat()}T09:30+08:00", "visit_mode": "电话", "met": True}
            yield _seen(rng, {**called, "unmet_reason": None}, person_id, person, found=False)


def _is_kept(rng: random.Random, visit: Mapping[str, Value], person: Mapping[str, Value], on: date) -> bool:
    """A sheet of its own for every visit of the last weeks, and now and then before."""
    if local_date(str(visit["visited_at"])) > on - timedelta(days=_RECENT_DAYS):
        return True
    return rng.random() < (0.1 if person["care_level"] == "high" else 0.6)


def _seen(rng: random.Random, visit: Mapping[str, Value], person_id: str, person: _Values, *, found: bool) -> Story:
    day = local_date(str(visit["visited_at"]))
    categories = person.get("care_categories")
    following = due_date(Dwelling("", str(person["care_level"]), day, day), day) if visit["met"] else None
    values: _Values = {
        "person_id": person_id, "household_id": visit["household_id"], "visited_at": visit["visited_at"],
        "care_category": categories[0] if isinstance(categories, list) else "其他",
        "visit_mode": visit["visit_mode"], "met": visit["met"], "unmet_reason": visit.get("unmet_reason"),
        "next_due_on": (following or day + timedelta(days=1)).isoformat(), "source_channel": "走访",
    }  # fmt: skip
    if visit["met"]:
        values |= {
            "health_check": _ALL_WELL, "mental_state": "正常", "home_safety": _ALL_SAFE, "hygiene_state": "整洁",
            "living_state": rng.choice(("良好", "良好", "一般")), "welfare_state": rng.choice(("有保障", "一般")),
            "services_given": rng.sample(("敲门问候", "安全检查", "代办", "慰问物资"), 2), "support_state": "履行良好",
        }  # fmt: skip
    if found:
        values |= {
            "health_check": "表达:正常、行动:异常、疾病:正常", "mental_state": "情绪低落",
            "needs": ["助餐", "精神慰藉"], "family_notified": True,
            "abnormal_action": "走路不稳，已联系家属陪同就医，并联系助餐点送餐上门。",
        }  # fmt: skip
    return Story("care_visit", day, values, hour=18)
