"""The plan of a day by its keys: the same things, in the same order, as when every record is looked at one by one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from gridworker.ledger.dates import local_date
from gridworker.ledger.record import Record
from gridworker.operations import demo, plan, snooze
from gridworker.operations import session as sessions
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.planning import visit_rules
from gridworker.planning.visit_plan import due_date, group_of
from gridworker.store import kept_keys
from gridworker.store.due_days import dwelling_of
from gridworker.store.query import Query
from tests.operations.conftest import DAY, PASSPHRASE

TODAY = date(2026, 4, 21)
GROUPS = ("overdue", "today", "week", "month")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A home of 90 households with a year of everything behind it."""
    home: Path = tmp_path_factory.mktemp("plan") / "家"
    opened, _code = sessions.start(home, PASSPHRASE, name="测试网格员", now=lambda: DAY)
    demo.fill(opened, households=90, seed=11, on=TODAY)
    add_tries(opened)
    yield opened
    opened.close()


def add_tries(session: Session) -> None:
    """Tries in vain of the last days, and people who are to be seen before their home is due, some seen since."""
    dice = random.Random(7)
    for home in dice.sample(all_of(session, "household"), 40):
        for day in range(20, 20 - dice.randrange(1, 4), -1):
            said = {"visited_at": f"2026-04-{day} 09:00", "met": False, "unmet_reason": "外出务工"}
            save(session, "visit", {"household_id": home.id, **said})
    people = [one for one in all_of(session, "person") if one.values.get("care_level")]
    for number, person in enumerate(people[:9]):
        seen = {"person_id": person.id, "care_category": "独居老人", "mental_state": "正常", "health_check": "正常",
            "home_safety": "正常"}  # fmt: skip
        for day in (14, 15):
            save(session, "care_visit", {**seen, "visited_at": f"2026-04-{day} 09:00", "next_due_on": "2026-04-18"})
        if number % 3 == 0:
            save(session, "visit", {"household_id": person.values["household_id"], "visited_at": "2026-04-17 09:00"})


def all_of(session: Session, ledger: str) -> list[Record]:
    """Every record of a ledger that is not deleted."""
    with session.store.read() as tx:
        return tx.records(ledger, tx.select(Query(ledger)))


def met_after(home: Record, stamp: object) -> bool:
    """Whether somebody was met in a home since."""
    return str(home.values.get("last_visited_at") or "") > str(stamp)


@pytest.mark.parametrize("on", [TODAY, TODAY + timedelta(days=9), TODAY + timedelta(days=70), date(2026, 10, 12)])
def test_pages_are_the_whole_plan_cut_up(session: Session, on: date) -> None:
    """Whatever part is asked for says the same as the whole list; the counts are the list's; late comes first."""
    whole = plan.due(session, on)
    day = plan.day(session, on)
    assert len(whole) == len(day.keys) > 0
    assert list(day.first) == whole[: plan.PAGE]
    for size in (1, 7, 64):
        parts = [plan.items(session, day.keys[start : start + size], on) for start in range(0, len(day.keys), size)]
        assert [item for part in parts for item in part] == whole
    mixed = list(range(len(whole)))
    random.Random(3).shuffle(mixed)
    assert plan.items(session, [day.keys[place] for place in mixed], on) == [whole[place] for place in mixed]
    assert day.by_kind == Counter(item.kind for item in whole)
    assert day.by_group == Counter(item.group for item in whole)
    ranks = [(GROUPS.index(item.group), item.due_on if item.days_late else date.min) for item in whole]
    assert ranks == sorted(ranks)
    told = ("household_id", "kind", "record_id", "due_on", "group", "note", "attempts")
    for key, item in zip(day.keys, whole, strict=True):
        assert [getattr(key, name) for name in told] == [getattr(item, name) for name in told]


@pytest.mark.parametrize("on", [TODAY, TODAY + timedelta(days=70)])
def test_each_household_is_due_as_the_rule_says(session: Session, on: date) -> None:
    """Every household, asked one by one, with its people's care and the tries in vain since somebody was met."""
    care: dict[str, list[str]] = {}
    for person in all_of(session, "person"):
        care.setdefault(str(person.values.get("household_id")), []).append(str(person.values.get("care_level") or ""))
    tried: dict[str, list[str]] = {}
    for visit in all_of(session, "visit"):
        if visit.values.get("met") is False:
            tried.setdefault(str(visit.values["household_id"]), []).append(str(visit.values["visited_at"]))
    expected = {}
    for home in all_of(session, "household"):
        values = home.values
        facts = (values.get("tenure_code"), values.get("recorded_at"), values.get("last_visited_at"))
        day = due_date(dwelling_of(home.id, *facts, care.get(home.id, []), values.get("grave_event_at")), on)
        if day is not None and group_of(day, on):
            last = str(values.get("last_visited_at") or "")
            expected[f"visit:{home.id}"] = (day, sum(stamp > last for stamp in tried.get(home.id, [])))
    found = {key.key: (key.due_on, key.attempts) for key in plan.day(session, on).keys if key.source == "planned"}
    assert found == expected
    assert len({attempts for _day, attempts in found.values()}) > 1


@pytest.mark.parametrize("on", [TODAY, TODAY + timedelta(days=70)])
def test_of_care_visits_only_the_newest_owes(session: Session, on: date) -> None:
    """By hand: the newest of each person, where nobody was met since and no visit of the home is due before it."""
    planned = {key.household_id: key.due_on for key in plan.day(session, on).keys if key.source == "planned"}
    homes = {home.id: home for home in all_of(session, "household")}
    newest: dict[str, Record] = {}
    for one in sorted(all_of(session, "care_visit"), key=lambda one: (str(one.values["visited_at"]), one.id)):
        newest[str(one.values["person_id"])] = one
    assert len(newest) < len(all_of(session, "care_visit"))
    expected = set()
    for one in newest.values():
        due_on, home = one.values.get("next_due_on"), homes[str(one.values["household_id"])]
        if due_on is None or group_of(local_date(str(due_on)), on) is None:
            continue
        goes = planned.get(home.id, date.max) <= local_date(str(due_on))
        if not goes and not met_after(home, one.values["visited_at"]):
            expected.add(one.id)
    assert {key.record_id for key in plan.day(session, on).keys if key.kind == "care_visit"} == expected
    assert expected


def test_what_is_put_off_leaves_keys_and_counts(session: Session) -> None:
    """A thing that waits is in neither; it comes with what is said of it."""
    before = plan.day(session)
    key = before.keys[3]
    snooze.put_off(session, key.key, TODAY + timedelta(days=5), "外出探亲")
    try:
        after = plan.day(session)
        assert list(after.keys) == [one for one in before.keys if one != key]
        assert [waiting.item for waiting in after.put_off] == plan.items(session, [key])
        assert sum(after.by_group.values()) == sum(before.by_group.values()) - 1
    finally:
        snooze.bring_back(session, key.key)


def test_other_hours_for_grave_events_move_the_kept_days(session: Session) -> None:
    """The plan is ordered by the days that are kept: rules that would set another one have them made anew."""
    with session.store.read() as tx:
        assert kept_keys.are_current(tx)
        with visit_rules.visit_rules_in_force(visit_rules.parse('{"grave_event": {"every": "hours", "count": 72}}')):
            assert not kept_keys.are_current(tx)
            facts = ("自住", "2026-01-01T00:00:00+08:00", None, [], "2026-04-20T08:00:00+08:00")
            assert dwelling_of("x", *facts).grave_due == date(2026, 4, 23)
        assert dwelling_of("x", *facts).grave_due == date(2026, 4, 21)


def test_a_campaign_asks_every_home_of_its_levels_that_was_not_met_since(session: Session) -> None:
    """By hand, on a day of 重阳走访, which is for all three levels of care."""
    on, start = date(2026, 10, 12), date(2026, 10, 11)
    care: dict[str, list[str]] = {}
    for person in all_of(session, "person"):
        if person.values.get("care_level"):
            care.setdefault(str(person.values.get("household_id")), []).append(str(person.values["care_level"]))
    assert {level for levels in care.values() for level in levels} == {"high", "key", "general"}
    expected = {
        home.id
        for home in all_of(session, "household")
        if home.id in care and home.values.get("tenure_code") != "空置" and not met_after(home, start.isoformat())
    }
    asked = [key for key in plan.day(session, on).keys if isinstance(key.source, visit_rules.Campaign)]
    assert sorted(key.household_id for key in asked) == sorted(expected)
