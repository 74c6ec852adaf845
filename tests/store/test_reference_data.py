"""Reference data of a home: set, followed, reset, kept through backups, and in force only while the home is open."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gridworker.ledger import code_tables
from gridworker.ledger.code_tables import table
from gridworker.ledger.codes import CodeList
from gridworker.planning import clocks, reference, visit_rules, working_days
from gridworker.planning.reference import Item
from gridworker.store import audit, backup, kept_keys, keys, recovery, reference_data
from gridworker.store.store import Store
from tests.store.samples import household
from tests.store.test_recovery import CHEAP, PASSPHRASE, _leaves_of, _save, _wipe_page

ACTOR = "someone"
HAZARD = reference.code_table_item(
    "HAZARD", CodeList((("用电", "用电安全"), ("飞线", "飞线")), source="街道", version=2)
)
_NOTICE = '{"year": 2030, "holidays": [["2030-01-01", "元旦"]], "workdays": ["2030-01-05"], "source": "通知"}'
YEAR = reference.item_of("calendar_year", _NOTICE)
CLOCKS = Item("clocks", "clocks", 2, '{"version": 2, "clocks": {"standard": {"working_days": 5}}}')
VISITS = Item("visit_intervals", "visit_intervals", 3, '{"version": 3, "high": {"every": "days", "count": 3}}')


@pytest.fixture(autouse=True)
def nothing_in_force_afterwards():
    """No test leaves its own lists behind."""
    yield
    # A home that is open no more would put its lists in force again when another one closes.
    reference_data._opened.clear()
    reference.put_in_force(())


def put(store: Store, *items: Item, digest: str = "") -> None:
    """Sets items as somebody here, or as the server where a digest is given."""
    store.write(lambda tx: [reference_data.put(tx, item, actor_id=ACTOR, server_digest=digest) for item in items])


def test_every_kind_is_in_force_while_its_home_is_open(store):
    """Set once, it holds after opening, and when the home closes the built-in ones are back."""
    put(store, HAZARD, YEAR, CLOCKS, VISITS)
    assert "飞线" not in table("HAZARD")
    assert reference_data.put_in_force(store) == []
    assert "飞线" in table("HAZARD")
    assert working_days.calendar_in_force().knows(2030)
    assert clocks.clock("standard").count == 5
    assert clocks.clock("urgent").count == 2
    assert visit_rules.rules_in_force().intervals["high"].count == 3
    reference_data.take_out_of_force(store)
    assert "飞线" not in table("HAZARD")
    assert not working_days.calendar_in_force().knows(2030)
    assert clocks.clock("standard").count == 3
    assert visit_rules.rules_in_force().intervals["high"].count == 7


def test_a_home_without_any_changes_nothing(store):
    """Nothing is swapped: what was counted out for a year is still there."""
    before = working_days.calendar_in_force()
    held = table("HAZARD").content
    reference_data.put_in_force(store)
    reference_data.take_out_of_force(store)
    assert working_days.calendar_in_force() is before
    assert table("HAZARD").content is held


def test_another_home_that_is_open_keeps_its_own(store, tmp_path, data_key):
    """The one that closes takes only its own along."""
    other = Store.create(tmp_path / "另一家", data_key)
    put(store, HAZARD)
    reference_data.put_in_force(store)
    reference_data.put_in_force(other)
    assert "飞线" not in table("HAZARD")
    reference_data.take_out_of_force(other)
    assert "飞线" in table("HAZARD")
    reference_data.take_out_of_force(store)
    other.close()


def test_a_table_that_follows_another_remembers_it(store):
    """A code that only the list before the last had is still named; the audit says what was set, and by whom."""
    put(store, HAZARD)
    put(store, reference.code_table_item("HAZARD", CodeList((("漏水", "漏水"),), version=3)))
    reference_data.put_in_force(store)
    assert table("HAZARD").label_of("用电") == "用电安全"
    assert table("HAZARD").choice_label("飞线") == "飞线（已停用）"
    assert [code for code, _ in table("HAZARD")] == ["漏水"]
    with store.read() as tx:
        rows = tx.sql("SELECT actor_id, detail FROM audit WHERE verb='reference_set' ORDER BY seq")
        assert audit.verify(tx).ok
    assert [(actor, json.loads(detail)["version"], json.loads(detail)["server"]) for actor, detail in rows] == [
        (ACTOR, 2, False), (ACTOR, 3, False),
    ]  # fmt: skip


def test_back_to_the_built_in_one_still_names_what_records_hold(store):
    """The built-in list is offered again, follows the program, and the customer's own codes stay retired."""
    put(store, HAZARD, CLOCKS)
    with store.read() as tx:
        own, clock = (
            reference_data.find_held(tx, kind, key) for kind, key in (("code_table", "HAZARD"), ("clocks", "clocks"))
        )
    store.write(lambda tx: [reference_data.reset(tx, held, actor_id=ACTOR) for held in (own, clock)])
    reference_data.put_in_force(store)
    assert table("HAZARD").entries == table("HAZARD").built_in.entries
    assert table("HAZARD").choice_label("飞线") == "飞线（已停用）"
    assert clocks.clock("standard").count == 3
    with store.read() as tx:
        (left,) = reference_data.all_held(tx)
        assert tx.sql("SELECT count(*) FROM audit WHERE verb='reference_reset'") == [(2,)]
    assert reference.is_reset(left.item)


@pytest.mark.parametrize(
    "odd",
    [
        Item("code_table", "HAZARD", 9, '{"entries": [{"code": "a"}]}'),
        Item("code_table", "HAZARD", 9, "{"),
        Item("clocks", "clocks", 9, '{"moons": 3}'),
        Item("calendar_year", "2031", 9, "[]"),
        Item("horoscope", "2031", 9, "{}"),
        Item("code_table", "HAZARD", 9, "[]"),
    ],
    ids=lambda item: f"{item.kind}-{item.body[:12]}",
)
def test_an_item_of_a_newer_program_waits(store, odd):
    """It is told and kept, the others are in force."""
    values = (odd.kind, odd.key, odd.version, odd.body, "", "d", "", "")
    store.write(lambda tx: tx.execute("INSERT INTO reference_data VALUES (?,?,?,?,?,?,?,?)", values))
    put(store, YEAR)
    assert reference_data.put_in_force(store) == [odd]
    assert working_days.calendar_in_force().knows(2030)
    assert "用电" in table("HAZARD")
    assert odd.label
    with store.read() as tx:
        assert len(reference_data.all_held(tx)) == 2


def test_a_table_no_program_of_today_knows_is_kept(store):
    """A newer server's table: it waits without disturbing anybody."""
    put(store, replace(HAZARD, key="MOON"), digest="d")
    assert reference_data.put_in_force(store) == []
    with store.read() as tx:
        assert [held.item.key for held in reference_data.all_held(tx)] == ["MOON"]


def test_the_search_index_knows_that_its_words_changed(store):
    """A customer's table of care groups finds residents by other words: the index says that it is old."""
    from gridworker.store import search_check

    with store.read() as tx:
        assert search_check.is_current(tx)
    with code_tables.in_force({"CARE": CodeList((("独居老人", "独居长者"),))}), store.read() as tx:
        assert not search_check.is_current(tx)
    with code_tables.in_force({"HAZARD": CodeList((("用电", "电"),))}), store.read() as tx:
        assert search_check.is_current(tx)


def test_it_comes_back_with_a_recovered_ledger(tmp_path):
    """Set after the backup, lost with the damaged file's place in it: what is readable is laid over the backup."""
    home = tmp_path / "坏了"
    key = keys.create_keys(home, PASSPHRASE, kdf=CHEAP).data_key
    Store.create(home, key).close()
    ids = _save(home, key, 60)
    backup.make(home, key, "start")
    opened = Store.open(home, key)
    put(opened, HAZARD, digest="d")
    opened.close()
    _wipe_page(home / "gridworker.db", _leaves_of(home / "gridworker.db", key, "household")[-2])
    assert recovery.recover(home, PASSPHRASE).kind == recovery.FROM_BACKUP
    opened = Store.open(home, key)
    with opened.read() as tx:
        (held,) = reference_data.all_held(tx)
        assert tx.sql("SELECT count(*) FROM household") == [(len(ids),)]
    opened.close()
    assert (held.item.key, held.server_digest) == ("HAZARD", "d")


def test_other_intervals_reach_every_household(tmp_path, monkeypatch):
    """The day each is due is counted anew when the rules come and when they go, and not at every start between."""
    home = tmp_path / "家"
    key = keys.create_keys(home, PASSPHRASE, kdf=CHEAP).data_key
    opened = Store.create(home, key)
    opened.write(lambda tx: tx.put(household(recorded_at="2026-03-01T09:00+08:00")))

    def due() -> str:
        with opened.read() as tx:
            return tx.sql("SELECT visit_due_on FROM household")[0][0]

    reference_data.put_in_force(opened)
    assert due() == "2027-03-01"
    put(
        opened,
        Item("visit_intervals", "visit_intervals", 3, '{"version": 3, "ordinary": {"every": "days", "count": 10}}'),
    )
    reference_data.put_in_force(opened)
    assert due() == "2026-03-11"
    reference_data.take_out_of_force(opened)
    opened.close()

    anew = []
    rebuild = kept_keys.rebuild
    monkeypatch.setattr(kept_keys, "rebuild", lambda tx: (anew.append(1), rebuild(tx)))
    opened = Store.open(home, key)
    reference_data.put_in_force(opened)
    assert (due(), anew) == ("2026-03-11", [])
    with opened.read() as tx:
        (held,) = reference_data.all_held(tx)
    opened.write(lambda tx: reference_data.reset(tx, held, actor_id=ACTOR))
    reference_data.put_in_force(opened)
    assert (due(), anew) == ("2027-03-01", [1])
    reference_data.take_out_of_force(opened)
    opened.close()
