"""A save is whole: row, operation, search entry, sums, history and audit, together or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gridworker import identity
from gridworker.errors import BugError
from gridworker.ledger.merge import ElementChange
from gridworker.ledger.moves import judge_move
from gridworker.ledger.record import Record
from gridworker.ledger.workflow import MoveContext
from gridworker.ledgers.registry import all_ledgers
from gridworker.store import audit, errors, outbox, saving
from gridworker.store.store import Store
from tests.store.samples import GRID, WORKER, household, person, visit, wish


def _save(store: Store, before: Record | None, after: Record, **more: str) -> outbox.Op:
    return store.write(lambda tx: saving.save(tx, before, after, actor_id=WORKER, **more))


def _current(store: Store, record: Record) -> Record:
    with store.read() as tx:
        found = tx.find(record.id)
    assert found is not None
    return found


def test_a_new_record_is_saved_with_everything(store):
    """One save gives the row, an operation that creates, a search entry, history and an audit link."""
    record = person("张三", care_categories=["独居老人"])
    op = _save(store, None, record)
    with store.read() as tx:
        assert tx.get("person", record.id) == record
        assert outbox.get_op(tx, op.op_id) == op
        assert [hit.id for hit in tx.search("张三")] == [record.id]
        entry = tx.history(record.id)[0]
        assert audit.verify(tx).ok
        assert tx.sql("SELECT verb, ledger, record FROM audit") == [("save", "person", record.id)]
    assert (op.n, op.kind, op.base_rev, op.scope, op.status) == (1, "set", 0, GRID, "pending")
    assert op.set == {"name": "张三"}
    assert op.elements == {"care_categories": ElementChange(add=("独居老人",))}
    assert op.command == {"name": "create"}
    assert (entry.verb, entry.actor_id, entry.op_id) == ("create", WORKER, op.op_id)
    assert entry.changes == {"name": [None, "张三"], "care_categories": [None, ["独居老人"]]}


def test_only_what_changed_is_in_the_operation(store):
    """An edit names the fields that differ, an emptied one as nothing, elements as added and removed."""
    home = household(remark="旧", household_tags=["低保", "军属"])
    _save(store, None, home)
    after = home.with_values({"room_no": "502", "remark": None, "household_tags": ["军属", "特困"]})
    op = _save(store, home, after)
    assert op.set == {"room_no": "502", "remark": None}
    assert op.elements == {"household_tags": ElementChange(add=("特困",), remove=("低保",))}
    assert op.command is None
    with store.read() as tx:
        entry = tx.history(home.id)[-1]
    assert entry.changes == {
        "room_no": ["501", "502"],
        "remark": ["旧", None],
        "household_tags": [["低保", "军属"], ["军属", "特困"]],
    }
    assert "remark" not in _current(store, home).values


def test_derived_fields_do_not_travel(store):
    """A derived value is kept in the row and is no part of any operation."""
    home = household(recorded_at="2026-03-05T09:40+08:00")
    first = _save(store, None, home)
    assert "visit_due_on" not in first.set
    op = _save(store, home, home.with_values({"visit_due_on": "2026-04-01", "room_no": "502"}))
    assert op.set == {"room_no": "502"}
    assert _current(store, home).values["visit_due_on"] == "2027-03-05"


def test_what_came_in_between_is_not_overwritten(store):
    """A form opened before a pull saves its own field over the pulled row, on the revision it had seen."""
    home = replace(household(), revision=5)
    store.write(lambda tx: tx.put(home))
    pulled = replace(home.with_values({"tenure_code": "出租"}), revision=8)
    store.write(lambda tx: tx.put(pulled))
    op = _save(store, home, home.with_values({"room_no": "502"}))
    assert op.base_rev == 5
    assert op.set == {"room_no": "502"}
    now = _current(store, home)
    assert (now.values["room_no"], now.values["tenure_code"], now.revision) == ("502", "出租", 8)


def test_nothing_changed_writes_nothing(store):
    """Saving a record as it is leaves no operation, no history and no audit link, and takes no number."""
    home = household()
    _save(store, None, home)
    op = _save(store, home, home)
    assert (op.n, op.op_id) == (0, "")
    with store.read() as tx:
        assert outbox.counts(tx) == {"pending": 1}
        assert len(tx.history(home.id)) == 1
        assert audit.head(tx).links == 1
    assert _save(store, home, home.with_values({"room_no": "502"})).n == 2


def test_a_failed_save_leaves_nothing(store):
    """Work that fails after the save takes all of it back, its number included."""
    home = household()

    def work(tx):
        saving.save(tx, None, home, actor_id=WORKER)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(work)
    with store.read() as tx:
        tables = ("household", "record_index", "outbox", "history", "audit", "counter")
        assert [tx.sql(f"SELECT count(*) FROM {table}")[0][0] for table in tables] == [0] * len(tables)
        assert tx.search("501") == []
    assert _save(store, None, home).n == 1


def test_numbers_are_contiguous_in_each_grid(store):
    """Each grid counts for itself, through single saves and bulk, without a gap or a repeat."""
    other = GRID[:-1] + "2"
    for _ in range(3):
        _save(store, None, household())
        _save(store, None, replace(household(), grid_code=other))
    pairs = [(None, household()) for _ in range(5)] + [(None, replace(household(), grid_code=other)) for _ in range(5)]
    store.write(lambda tx: saving.save_many(tx, pairs, actor_id=WORKER, batch="b"))
    with store.read() as tx:
        for scope in (GRID, other):
            assert [op.n for op in outbox.pending(tx, scope, 100)] == list(range(1, 9))
            assert len({op.device for op in outbox.pending(tx, scope, 100)}) == 1


def test_a_record_that_is_gone_or_taken(store):
    """Editing what is not here any more is said to the person; creating under a taken id is a bug."""
    home = household()
    with pytest.raises(errors.RecordGone):
        _save(store, home, home.with_values({"room_no": "1"}))
    _save(store, None, home)
    with pytest.raises(BugError):
        _save(store, None, home)


def test_a_move_is_kept_as_a_command(store):
    """A step keeps event, words and expected state for the server, and what it changed for the history."""
    record = wish()
    _save(store, None, record)
    context = MoveContext(WORKER, ("community",), date(2026, 3, 5))
    args = {"review_mode": "会议", "review_note": "同意"}
    result = judge_move(all_ledgers()["wish"], record.values, record.status, "approve", args, context)
    after = replace(record.with_values(result.changes), status=result.state)
    op = store.write(lambda tx: saving.move(tx, record, after, event="approve", args=args, reason="", actor_id=WORKER))
    assert (op.kind, op.command) == ("move", {"name": "approve", "args": args, "expect": {"status": "collected"}})
    assert op.set["review_result"] == "通过"
    assert _current(store, record) == after
    with store.read() as tx:
        entry = tx.history(record.id)[-1]
    assert (entry.verb, entry.event, entry.from_status, entry.to_status) == ("move", "approve", "collected", "approved")
    assert entry.changes["review_note"] == [None, "同意"]


def test_a_derived_argument_of_a_move_reaches_the_server(store):
    """A day the step filled in by itself goes along, or the server would take its own; so does the reason."""
    record = replace(wish(claimer_name="某人", promise_due_on="2026-04-01"), status="approved")
    store.write(lambda tx: tx.put(record))
    context = MoveContext(WORKER, ("grid_worker",), date(2026, 3, 5))
    result = judge_move(all_ledgers()["wish"], record.values, "approved", "claim", {}, context)
    after = replace(record.with_values(result.changes), status=result.state)
    op = store.write(lambda tx: saving.move(tx, record, after, event="claim", args={}, reason="说明", actor_id=WORKER))
    assert op.command["args"] == {"claimed_on": "2026-03-05", "reason": "说明"}


def test_deleting_and_restoring(store):
    """A deleted record leaves lists, search and sums and stays readable; restoring brings all of it back."""
    home = household()
    met = visit(home)
    someone = person("张三", home)
    for record in (home, met, someone):
        _save(store, None, record)
    gone = store.write(
        lambda tx: [saving.delete(tx, record, actor_id=WORKER, reason="重复登记") for record in (met, someone)]
    )
    assert [(op.kind, op.command) for op in gone] == [
        ("delete", {"name": "delete", "args": {"reason": "重复登记"}})
    ] * 2
    with store.read() as tx:
        assert tx.search("张三") == []
        assert tx.get("person", someone.id).deleted
        assert tx.get("household", home.id).values.get("last_visited_at") is None
        assert tx.history(someone.id)[-1].reason == "重复登记"
    buried = _current(store, met)
    op = store.write(lambda tx: saving.restore(tx, buried, actor_id=WORKER))
    assert (op.kind, op.command) == ("restore", {"name": "restore", "args": {}})
    store.write(lambda tx: saving.restore(tx, replace(someone, deleted=True), actor_id=WORKER))
    with store.read() as tx:
        assert [hit.id for hit in tx.search("张三")] == [someone.id]
        assert tx.get("household", home.id).values["last_visited_at"] == "2026-03-05T09:40+08:00"


def test_bulk_is_the_same_as_one_by_one(store):
    """An import ends in the same rows, operations and search as single saves, with one audit link for all of it."""
    home = household()
    _save(store, None, home)
    people = [person(name, home) for name in ("张三", "李四", "王五")]
    pairs = [(None, someone) for someone in people] + [(home, home.with_values({"room_no": "601"})), (home, home)]
    ops = store.write(lambda tx: saving.save_many(tx, pairs, actor_id=WORKER, batch="b1"))
    assert [op.n for op in ops] == [2, 3, 4, 5, 0]
    with store.read() as tx:
        assert outbox.by_batch(tx, "b1") == [op for op in ops if op.n]
        assert {hit.id for hit in tx.search("3-2-601")} == {home.id, *(someone.id for someone in people)}
        assert [entry.verb for entry in tx.history(people[0].id)] == ["import"]
        assert tx.sql("SELECT count(*) FROM audit") == [(2,)]
        assert audit.verify(tx).ok
    store.write(lambda tx: saving.delete_many(tx, people, actor_id=WORKER, reason="撤销导入", batch="b2"))
    with store.read() as tx:
        assert tx.search("张三") == []


def test_one_record_twice_in_one_bulk(store):
    """Two edits of one record in one piece of work both count, the second on top of the first."""
    home = household()
    pairs = [
        (None, home),
        (home, home.with_values({"room_no": "1"})),
        (home.with_values({"room_no": "1"}), home.with_values({"room_no": "1", "remark": "二"})),
    ]
    ops = store.write(lambda tx: saving.save_many(tx, pairs, actor_id=WORKER, batch="b"))
    assert [op.set.get("room_no") for op in ops] == ["501", "1", None]
    assert _current(store, home).values["room_no"] == "1"
    assert _current(store, home).values["remark"] == "二"


def test_the_servers_side_is_remembered_before_the_first_edit(store):
    """A record the server knows keeps its server state aside at the first unjudged operation, and only then."""
    home = replace(household(), revision=5)
    store.write(lambda tx: tx.put(home))
    _save(store, home, home.with_values({"room_no": "502"}))
    _save(store, _current(store, home), _current(store, home).with_values({"room_no": "503"}))
    _save(store, None, household())
    with store.read() as tx:
        kept = tx.sql("SELECT record, body, revision FROM base")
    assert [(row[0], row[2]) for row in kept] == [(home.id, 5)]
    assert '"501"' in kept[0][1]


def test_waiting_records_and_counts(store):
    """What no server has judged can be asked for by record and by number."""
    home = household()
    _save(store, None, home)
    with store.read() as tx:
        assert outbox.waiting_records(tx, [home.id, "nobody"]) == {home.id}
    store.write(lambda tx: tx.execute("UPDATE outbox SET status='acked', outcome='applied'"))
    with store.read() as tx:
        assert outbox.waiting_records(tx, [home.id]) == set()
        assert outbox.counts(tx) == {"acked": 1}
        assert outbox.ops_of(tx, home.id)[0].outcome == "applied"


def test_ids_go_on_after_a_clock_was_set_back(home, data_key, monkeypatch):
    """Ten years back on the clock makes no id that sorts before, or repeats, one made earlier."""
    store = Store.create(home, data_key)
    newest = _save(store, None, household()).op_id
    store.close()
    monkeypatch.setattr(identity.new_id, "last", 0)
    monkeypatch.setattr(identity.new_id, "_clock_ms", lambda: 1_400_000_000_000)
    again = Store.open(home, data_key)
    assert _save(again, None, household()).op_id > newest
    again.close()
