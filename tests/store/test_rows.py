"""Rows of the view: every value comes back as it was, and questions are answered as asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gridworker.errors import BugError
from gridworker.identity import is_record_number
from gridworker.ledger.record import Record
from gridworker.store.query import Condition, Query
from tests.store.samples import GRID, household, person, visit, wish


def _put(store, *records: Record) -> None:
    store.write(lambda tx: tx.put_many(records))


def test_every_kind_of_value_comes_back(store):
    """Texts, lists, yes and no, whole numbers and exact decimals return as they went in; empty ones are absent."""
    record = wish(
        est_amount="120.50",
        photo_consent=False,
        next_round_priority=True,
        claimer_name=None,
        content="一副\n老花镜 '\"%_",
    )
    home = household(household_tags=["低保", "军属"])
    _put(store, record, home)
    with store.read() as tx:
        kept = tx.get("wish", record.id)
        assert kept.values == {key: value for key, value in record.values.items() if value is not None}
        assert kept.values["photo_consent"] is False
        assert tx.get("household", home.id) == home
        assert tx.sql("SELECT typeof(est_amount) FROM wish") == [("text",)]


def test_what_no_declaration_knows_is_kept(store):
    """Fields of a newer program, and values of another type than declared, come back unchanged and survive an edit."""
    strange = {
        "new_text": "新字段",
        "new_list": ["a"],
        "new_object": {"x": [1, None]},
        "met": "也许",
        "raised_issue": ["一", "二"],
        "hazard_found": 7,
    }
    record = visit(household(), **strange)
    _put(store, record)
    with store.read() as tx:
        kept = tx.get("visit", record.id)
    assert kept == record
    _put(store, kept.with_values({"outcome": "无"}))
    with store.read() as tx:
        assert tx.get("visit", record.id).values == {**record.values, "outcome": "无"}


def test_numbers_too_big_for_a_column_are_kept(store):
    """A whole number beyond 64 bits goes where it fits."""
    record = household(future=2**63 - 1)
    _put(store, record)
    with store.read() as tx:
        assert tx.get("household", record.id).values["future"] == 2**63 - 1


def test_the_envelope_comes_back(store):
    """Grid, state, revision and grave are kept, and changed by the next put."""
    record = replace(wish(), status="claimed", revision=7, deleted=True)
    _put(store, record)
    with store.read() as tx:
        assert tx.get("wish", record.id) == record
    _put(store, replace(record, deleted=False, revision=8, grid_code=GRID[:-1] + "2"))
    with store.read() as tx:
        again = tx.find(record.id)
        assert (again.deleted, again.revision, again.grid_code) == (False, 8, GRID[:-1] + "2")


def test_records_come_in_the_order_asked(store):
    """Rows are given in the order of their ids, repeated ids too, absent ones left out."""
    flats = [household(room_no=str(number)) for number in (1, 2, 3)]
    _put(store, *flats)
    with store.read() as tx:
        ids = list(tx.select(Query("household")))
        asked = [ids[2], ids[0], 999, ids[2]]
        assert [record.values["room_no"] for record in tx.records("household", asked)] == ["3", "1", "3"]
        assert set(tx.find_rows("household", [flats[0].id, "nobody"])) == {flats[0].id}


def test_one_id_is_one_record(store):
    """The same id in another ledger is a bug that changes nothing; put twice in one go, the later wins."""
    record = household()
    _put(store, record, record.with_values({"room_no": "502"}))
    with pytest.raises(BugError):
        _put(store, replace(person("张三"), id=record.id))
    with store.read() as tx:
        assert tx.get("household", record.id).values["room_no"] == "502"
        assert tx.count(Query("person")) == 0


def test_rooms_are_ordered_by_their_numbers(store):
    """2号楼 comes before 10号楼, 902 before 1001, 3甲 after 3, A2 before A10 and after all numbers."""
    buildings = ["10", "2", "3甲", "3", "A10", "A2", "B1", "1"]
    _put(store, *(household(building_no=number, unit_no=None, room_no="101") for number in buildings))
    _put(
        store, *(household(building_no="1", unit_no="1", room_no=number) for number in ("1001", "902", "101", "1001A"))
    )
    with store.read() as tx:
        in_order = [
            (record.values["building_no"], record.values["room_no"])
            for record in tx.records("household", tx.select(Query("household")))
        ]
    assert in_order == [
        ("1", "101"),
        ("1", "101"),
        ("1", "902"),
        ("1", "1001"),
        ("1", "1001A"),
        ("2", "101"),
        ("3", "101"),
        ("3甲", "101"),
        ("10", "101"),
        ("A2", "101"),
        ("A10", "101"),
        ("B1", "101"),
    ]


def test_order_and_limit(store):
    """Descending and several keys; decimals by value, not by letter."""
    _put(
        store,
        *(
            wish(est_amount=amount, collected_on=day)
            for amount, day in (("9.50", "2026-01-02"), ("100.00", "2026-01-01"), ("20.00", "2026-01-02"))
        ),
    )
    with store.read() as tx:

        def amounts(**query: object) -> list[object]:
            return [record.values["est_amount"] for record in tx.records("wish", tx.select(Query("wish", **query)))]

        assert amounts(order=("est_amount",)) == ["9.50", "20.00", "100.00"]
        assert amounts(order=("-collected_on", "-est_amount")) == ["20.00", "9.50", "100.00"]
        assert amounts(order=("-est_amount",), limit=1) == ["100.00"]
        assert tx.count(Query("wish", limit=1)) == 3


@pytest.mark.parametrize(
    ("condition", "rooms"),
    [
        (Condition("room_no", "is", "101"), {"101"}),
        (Condition("room_no", "in", ["101", "102"]), {"101", "102"}),
        (Condition("room_no", "in", []), set()),
        (Condition("remark", "contains", "50%_\\"), {"102"}),
        (Condition("remark", "filled", None), {"102"}),
        (Condition("remark", "empty", None), {"101", "103"}),
        (Condition("remark", "is", None), {"101", "103"}),
        (Condition("household_tags", "is", "低保"), {"101"}),
        (Condition("household_tags", "in", ["军属", "特困"]), {"101", "103"}),
        (Condition("household_tags", "contains", "军"), {"101"}),
        (Condition("notice_given_on", "from", "2026-02-01"), {"102", "103"}),
        (Condition("notice_given_on", "until", "2026-02-01"), {"101", "102"}),
        (Condition("last_visited_at", "until", "2026-03-05"), {"103"}),
        (Condition("revision", "from", 5), {"102"}),
        (Condition("grid_code", "is", GRID), {"101", "102", "103"}),
    ],
)
def test_conditions(store, condition, rooms):
    """Each test of a condition finds what its words say, signs of patterns included."""
    first = household(room_no="101", household_tags=["低保", "军属"], notice_given_on="2026-01-31")
    second = replace(household(room_no="102", remark="约 50%_\\ 空置", notice_given_on="2026-02-01"), revision=9)
    third = household(room_no="103", household_tags=["特困"], notice_given_on="2026-02-02")
    _put(store, first, second, third, visit(third, "2026-03-05T23:59+08:00"), visit(first, "2026-03-06T00:00+08:00"))
    with store.read() as tx:
        found = tx.records("household", tx.select(Query("household", (condition,))))
        assert {record.values["room_no"] for record in found} == rooms
        assert tx.count(Query("household", (condition,))) == len(rooms)


def test_conditions_on_yes_and_no_and_decimals(store):
    """Yes and no are found by themselves, decimals by value, and the deleted apart from the living."""
    home = household()
    gone = replace(visit(home), deleted=True)
    _put(store, visit(home, met=True), visit(home, met=False), gone, wish(est_amount="9.50"), wish(est_amount="100.00"))
    with store.read() as tx:
        assert tx.count(Query("visit", (Condition("met", "is", value=True),))) == 1
        assert tx.count(Query("visit", (Condition("met", "in", [True, False]),))) == 2
        assert tx.count(Query("visit", deleted=True)) == 1
        assert tx.count(Query("wish", (Condition("est_amount", "from", "10"),))) == 1
        with pytest.raises(BugError):
            tx.count(Query("visit", (Condition("no_such", "is", 1),)))


def test_the_latest_visit_reaches_its_household(store):
    """The newest visit at which somebody was met stands in the household, after adding, moving and deleting."""
    first, second = household(), household()
    early, late, unmet = (
        visit(first, "2026-01-01T09:00+08:00"),
        visit(first, "2026-02-01T09:00+08:00"),
        visit(first, "2026-03-01T09:00+08:00", met=False),
    )

    def last(home: Record) -> object:
        with store.read() as tx:
            return tx.get("household", home.id).values.get("last_visited_at")

    _put(store, early)
    _put(store, first, second)
    assert last(first) == "2026-01-01T09:00+08:00"
    _put(store, late, unmet)
    assert last(first) == "2026-02-01T09:00+08:00"
    _put(store, late.with_values({"household_id": second.id}))
    assert (last(first), last(second)) == ("2026-01-01T09:00+08:00", "2026-02-01T09:00+08:00")
    _put(store, replace(early, deleted=True))
    assert last(first) is None
    _put(store, unmet.with_values({"met": True}))
    assert last(first) == "2026-03-01T09:00+08:00"
    _put(store, first.with_values({"room_no": "502", "last_visited_at": "1999-01-01T00:00+08:00"}))
    assert last(first) == "2026-03-01T09:00+08:00"
    store.write(lambda tx: tx.drop("visit", [unmet.id]))
    assert last(first) is None


def test_derived_fields_stay_where_a_record_does_not_name_them(store):
    """A record from the server has no derived fields; writing it keeps those computed here."""
    home = household(recorded_at="2026-03-05T09:40+08:00")
    _put(store, home, visit(home, "2026-04-01T09:40+08:00"))
    here = {"last_visited_at": "2026-04-01T09:40+08:00", "visit_due_on": "2027-04-01"}
    _put(store, replace(home, values={"room_no": "777", "recorded_at": "2026-03-05T09:40+08:00"}))
    with store.read() as tx:
        kept = tx.get("household", home.id).values
    assert {key: kept.get(key) for key in here} == here
    _put(store, replace(home, values={"room_no": "777", "visit_due_on": "2020-01-01", "last_visited_at": None}))
    with store.read() as tx:
        again = tx.get("household", home.id).values
    assert {key: again.get(key) for key in here} == here, "what is derived is computed here, whoever names it"


def test_dropped_rows_are_gone_from_everywhere(store):
    """A row taken out for good leaves neither index nor search behind, and its id can come again."""
    home = household()
    someone = person("张三", home)
    _put(store, home, someone)
    store.write(lambda tx: tx.drop("person", [someone.id, "nobody"]))
    with store.read() as tx:
        assert tx.find(someone.id) is None
        assert tx.search("张三") == []
        assert tx.sql("SELECT count(*) FROM record_index") == [(1,)]
    _put(store, someone)
    with store.read() as tx:
        assert [hit.id for hit in tx.search("张三")] == [someone.id]


def test_numbers_are_given_once(store):
    """Record numbers count per ledger and day, with a check character; household numbers per device."""

    def work(tx):
        tx.set_meta("grid_code", GRID)
        tx.set_meta("device_tag", "A7")
        for number in ("00077", "A7041", "A8099"):
            tx.put(household(household_no=f"{GRID}{number}"))
        numbers = [tx.next_number("visit", date(2026, 3, 5)) for _ in range(3)]
        numbers += [tx.next_number("visit", date(2026, 3, 6)), tx.next_number("wish", date(2026, 3, 5))]
        return numbers, [tx.next_household_no(GRID) for _ in range(2)]

    numbers, households = store.write(work)
    assert len(set(numbers)) == 5
    assert all(is_record_number(number) for number in numbers)
    assert [number[-4:-1] for number in numbers] == ["001", "002", "003", "001", "001"]
    assert households == [f"{GRID}A7042", f"{GRID}A7043"]
    store.write(lambda tx: tx.put(household(household_no=f"{GRID}A7999")))
    assert [store.write(lambda tx: tx.next_household_no(GRID)) for _ in range(2)] == [f"{GRID}A71000", f"{GRID}A71001"]
