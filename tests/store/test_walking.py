"""Lists follow the walk through the houses: the key sorts as the rule does, and follows every change of address."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers
from gridworker.planning.rooms import natural_key, walking_order
from gridworker.planning.visit_plan import due_date
from gridworker.store import due_days, kept_keys, walking
from gridworker.store.due_days import dwelling_of
from gridworker.store.query import Query
from gridworker.store.store import Store
from tests.store.samples import household, person, visit

_PARTS = st.text(alphabet="0123456789甲乙AB号-²٣ ", max_size=6)
_PLACES = st.lists(st.tuples(_PARTS, _PARTS, _PARTS, _PARTS), max_size=12)
DAY = date(2026, 3, 5)


@given(_PLACES)
def test_the_key_sorts_as_the_walking_order(places):
    """Plain text order of the keys is the natural order of the places, whatever is written on the doors."""

    def key(place: tuple[str, str, str, str]) -> str:
        return walking.place_key(Record("", "household", "", dict(zip(walking.PLACE, place, strict=True))))

    def natural(place: tuple[str, str, str, str]) -> object:
        return tuple(natural_key(part) for part in place)

    by_key = sorted(places, key=key)
    assert [natural(place) for place in by_key] == [natural(place) for place in walking_order(places)]


def _names(tx, query: Query) -> list[str]:
    return [str(record.values.get("name")) for record in tx.records(query.ledger, tx.select(query))]


def test_people_are_listed_as_one_walks(store):
    """People follow their households, not the random ids of these, and within one the head comes first."""
    rooms = ["1001", "902", "101", "201"]
    homes = {number: household(building_no="2", room_no=number) for number in rooms}
    far = household(building_no="10", room_no="101")
    people = [person(f"住{number}", home) for number, home in homes.items()]
    people += [person("十号楼", far), person("无户"), person("孩子", homes["201"], relation_code="22")]
    store.write(lambda tx: tx.put_many([*homes.values(), far, *people]))
    with store.read() as tx:
        expected = ["无户", "住101", "住201", "孩子", "住902", "住1001", "十号楼"]
        assert _names(tx, Query("person")) == expected
        assert _names(tx, Query("person", order=("household_id",))) == expected
        backwards = _names(tx, Query("person", order=("-household_id",)))
        assert [name for name in backwards if name != "孩子"] == [name for name in reversed(expected) if name != "孩子"]


def test_people_move_in_the_list_with_their_household(store):
    """A household that gets another room takes its people and visits along; one that comes late finds its people."""
    home, other = household(room_no="101"), household(room_no="301")
    early, later = person("早来", home), person("在三楼", other)
    seen = visit(home), visit(other)
    store.write(lambda tx: tx.put_many([early, later, *seen]))
    store.write(lambda tx: tx.put_many([home, other]))
    with store.read() as tx:
        assert _names(tx, Query("person")) == ["早来", "在三楼"]
    store.write(lambda tx: tx.put(home.with_values({"room_no": "501"})))
    with store.read() as tx:
        assert _names(tx, Query("person")) == ["在三楼", "早来"]
        listed = tx.records("visit", tx.select(Query("visit", order=("household_id",))))
        assert [record.id for record in listed] == [seen[1].id, seen[0].id]


def _assert_kept_is_right(store: Store) -> None:
    with store.read() as tx:
        homes = {record.id: record for record in tx.records("household", tx.select(Query("household")))}
        for ledger in all_ledgers():
            table = tx.tables[ledger]
            if not table.own:
                continue
            for row_id, walk in tx.sql(f"SELECT row_id, walk FROM {table.name} WHERE deleted=0"):
                record = tx.records(ledger, [row_id])[0]
                home = record if ledger == "household" else homes.get(str(record.values.get("household_id")))
                assert walk == (walking.place_key(home) if home else None), (ledger, record)
        people = tx.records("person", tx.select(Query("person")))
        for home in homes.values():
            levels = [str(one.values.get("care_level")) for one in people if one.values.get("household_id") == home.id]
            facts = (home.values.get(key) for key in ("tenure_code", "recorded_at", "last_visited_at"))
            due = due_date(dwelling_of(home.id, *facts, levels), DAY + timedelta(days=999))
            assert home.values.get("visit_due_on") == (due.isoformat() if due else None)


def test_what_is_kept_is_right_after_any_changes(store):
    """After hundreds of saves, moves, deletions and drops every key and due day is what the rules make of the rows."""
    dice = random.Random(5)
    made: dict[str, Record] = {}
    stamp = f"{DAY}T09:00+08:00"
    for _ in range(400):
        homes = [one for one in made.values() if one.ledger == "household"]
        kind = dice.randrange(8)
        if kind == 0 or not homes:
            one = household(room_no=str(dice.randrange(99, 1200)), recorded_at=stamp, tenure_code="自住")
        elif kind == 1:
            one = person("某某", dice.choice(homes), care_level=dice.choice(["high", "key", "general", None]))
        elif kind == 2:
            day = DAY + timedelta(days=dice.randrange(300))
            one = visit(dice.choice(homes), f"{day}T10:00+08:00", met=dice.random() < 0.7)
        elif kind == 3:
            one = dice.choice(homes).with_values({"room_no": str(dice.randrange(99, 1200))})
        elif kind == 4:
            one = dice.choice(homes).with_values({"tenure_code": dice.choice(["空置", "自住"])})
        else:
            one = dice.choice(list(made.values()))
            if one.ledger == "person" and kind == 5:
                one = one.with_values(
                    {"household_id": dice.choice(homes).id, "care_level": dice.choice(["high", None])}
                )
            elif one.ledger != "household":
                one = replace(one, deleted=dice.random() < 0.5)
        made[one.id] = one
        store.write(lambda tx, one=one: tx.put(one))
        if kind == 7 and one.ledger != "household":
            store.write(lambda tx, one=one: tx.drop(one.ledger, [one.id]))
            del made[one.id]
    _assert_kept_is_right(store)


def test_keys_made_by_other_rules_are_made_anew_at_the_next_start(store, home, data_key):
    """A home from before these columns, or with other intervals of the plan, is put right when it is opened."""
    flat = household(recorded_at=f"{DAY}T09:00+08:00")
    store.write(lambda tx: tx.put_many([flat, person("某某", flat, care_level="high"), visit(flat)]))

    def spoil(tx) -> None:
        tx.execute("UPDATE household SET walk=NULL, visit_due_on='1999-01-01'")
        tx.execute("UPDATE person SET walk='x'")
        tx.set_meta(kept_keys.META, "0:older")

    store.write(spoil)
    store.close()
    again = Store.open(home, data_key)
    _assert_kept_is_right(again)
    with again.read() as tx:
        assert kept_keys.are_current(tx)
    again.close()


def test_a_text_that_is_no_day_stops_nothing(store):
    """A date no program of ours writes leaves the household without a due day, and its neighbours are written."""
    odd, good = household(recorded_at="neulich"), household(recorded_at=f"{DAY}T09:00+08:00")
    store.write(lambda tx: tx.put_many([odd, good]))
    with store.read() as tx:
        assert due_days.FIELD not in tx.get("household", odd.id).values
        assert tx.get("household", good.id).values[due_days.FIELD] == "2027-03-05"
