"""The view is the server's record with unjudged operations laid over it, at every step of their life."""

from __future__ import annotations

import json

import pytest

from gridworker.identity import new_id
from gridworker.ledger.record import Record
from gridworker.store import acts, numbering, outbox, saving
from gridworker.store.base_layer import Delta, Step, bases_of, cursor_of, receive, unjudged_ops
from gridworker.store.replay import replay
from gridworker.store.store import Store
from gridworker.store.verdicts import PutAside, Verdict, settle

GRID = "370211005001001"
ME = "00000000-0000-7000-8000-000000000001"


@pytest.fixture
def store(tmp_path):
    """An empty ledger."""
    store = Store.create(tmp_path / "home", bytes(range(32)))
    yield store
    store.close()


def _pull(store, *deltas, upto="9"):
    return store.write(lambda tx: receive(tx, GRID, deltas, upto))


def _pulled_visit(store, revision=5, **values):
    record = new_id()
    _pull(store, Delta(record, "visit", revision, values, "", False, whole=True), upto=str(revision))
    return record


def _edit(store, record, **changes):
    def work(tx):
        before = tx.find(record)
        return saving.save(tx, before, before.with_values(changes), actor_id=ME)

    return store.write(work)


def _create(store, ledger="visit", status="", **values):
    fresh = Record(new_id(), ledger, GRID, values, status)
    store.write(lambda tx: saving.save(tx, None, fresh, actor_id=ME))
    return fresh.id


def _settle(store, record, *verdicts, **cursors):
    def work(tx):
        ops = [op for op in outbox.ops_of(tx, record) if op.status != "acked"][: len(verdicts)]
        said = [Verdict(op.op_id, *verdict) for op, verdict in zip(ops, verdicts, strict=True)]
        return settle(tx, GRID, ops, said, **cursors)

    return store.write(work)


def _get(store, record):
    with store.read() as tx:
        return tx.find(record)


def _base(store, record):
    with store.read() as tx:
        return bases_of(tx, [record]).get(record)


def test_first_edit_copies_the_servers_side_and_later_ones_keep_it(store):
    """The base is what the server said last, however often a person writes over it."""
    record = _pulled_visit(store, remark="服务器的")
    _edit(store, record, remark="一")
    _edit(store, record, remark="二")
    assert _base(store, record).values["remark"] == "服务器的"
    assert (_get(store, record).values["remark"], _get(store, record).revision) == ("二", 5)


def test_new_record_needs_no_base(store):
    """What the server has never seen has no server side; editing it makes none."""
    record = _create(store, remark="一")
    _edit(store, record, remark="二")
    assert _base(store, record) is None


def test_derived_values_stay_out_of_the_base(store):
    """A sum this device computes is no word of the server and does not come back old."""
    household = new_id()
    _pull(store, Delta(household, "household", 3, {"room_no": "501"}, "", False, whole=True))
    _create(store, household_id=household, visited_at="2026-03-05T09:40+08:00", met=True)
    _edit(store, household, remark="一")
    assert "last_visited_at" not in _base(store, household).values
    _pull(store, Delta(household, "household", 4, {"remark": "别人的"}))
    assert _get(store, household).values["last_visited_at"] == "2026-03-05T09:40+08:00"


def test_news_go_under_pending_work(store):
    """A field somebody else wrote appears; the field that waits here does not flicker (10)."""
    record = _pulled_visit(store, remark="旧", change_note="旧", publicity_topics=["反诈"])
    _edit(store, record, remark="我的", publicity_topics=["反诈", "消防"])
    _pull(store, Delta(record, "visit", 7, {"remark": "他的", "change_note": "他的", "publicity_topics": ["燃气"]}))
    shown, base = _get(store, record), _base(store, record)
    assert (shown.values["remark"], shown.values["change_note"], shown.revision) == ("我的", "他的", 7)
    assert sorted(shown.values["publicity_topics"]) == ["消防", "燃气"]
    assert (base.values["remark"], base.values["publicity_topics"], base.revision) == ("他的", ["燃气"], 7)


def test_applied_confirms_what_is_shown(store):
    """After "applied" the view stands, the revision rises, the base is needed no more."""
    record = _pulled_visit(store, remark="旧")
    _edit(store, record, remark="我的")
    _settle(store, record, ("applied", 8))
    assert (_get(store, record).values["remark"], _get(store, record).revision) == ("我的", 8)
    assert _base(store, record) is None


def test_merged_does_not_pass_for_having_seen_the_others(store):
    """After "merged" the revision waits for the pull that brings the others' words."""
    record = _pulled_visit(store, remark="旧")
    _edit(store, record, remark="我的")
    _settle(store, record, ("merged", 8))
    assert (_get(store, record).values["remark"], _get(store, record).revision) == ("我的", 5)


def test_verdict_on_the_first_of_two_keeps_the_second_in_view(store):
    """While one more operation waits, the base takes the judged one and the view shows both."""
    record = _pulled_visit(store, remark="旧", change_note="旧")
    _edit(store, record, remark="一")
    _edit(store, record, change_note="二")
    _settle(store, record, ("applied", 8))
    assert (_base(store, record).values["remark"], _base(store, record).revision) == ("一", 8)
    assert _base(store, record).values["change_note"] == "旧"
    assert _get(store, record).values["change_note"] == "二"


def test_conflict_shows_theirs_and_keeps_mine(store):
    """The field falls to the server's value, the others stand, mine lies in the conflict table."""
    record = _pulled_visit(store, remark="旧")
    op = _edit(store, record, remark="我的", change_note="我的情况")
    aside = PutAside("remark", "我的", "他的", "乙")
    _settle(store, record, ("conflict", 8, "FIELD", "", (aside,)))
    assert (_get(store, record).values["remark"], _get(store, record).values["change_note"]) == ("他的", "我的情况")
    with store.read() as tx:
        rows = tx.sql("SELECT op_id, field, record, mine, theirs, their_author, code FROM conflict")
        assert rows == [(op.op_id, "remark", record, '"我的"', '"他的"', "乙", "FIELD")]
        assert outbox.get_op(tx, op.op_id).set["remark"] == "我的"


def test_rejected_falls_back_and_keeps_the_payload(store):
    """A refused edit uncovers the server's value; a refused record leaves the view; both keep their words."""
    record = _pulled_visit(store, remark="旧")
    edit = _edit(store, record, remark="我的")
    born = _create(store, remark="新的")
    _settle(store, record, ("rejected", 5, "INVALID", "为什么"))
    _settle(store, born, ("rejected", 0, "INVALID", "为什么"))
    assert _get(store, record).values["remark"] == "旧"
    assert _get(store, born) is None
    with store.read() as tx:
        kept = outbox.get_op(tx, edit.op_id)
        assert (kept.status, kept.outcome, kept.code, kept.detail) == ("acked", "rejected", "INVALID", "为什么")
        assert outbox.ops_of(tx, born)[0].set["remark"] == "新的"


def test_held_stays_visible_until_its_final_word(store):
    """What the server put aside unjudged goes on showing, also when news come under it."""
    record = _pulled_visit(store, remark="旧")
    _edit(store, record, remark="我的")
    _settle(store, record, ("held", 5, "NEWER_SCHEMA"))
    _pull(store, Delta(record, "visit", 7, {"remark": "他的"}))
    assert _get(store, record).values["remark"] == "我的"
    with store.read() as tx:
        assert [op.outcome for op in unjudged_ops(tx, [record])[record]] == ["held"]


def test_verdict_that_comes_after_its_pull_does_not_overwrite_later_words(store):
    """A pull that already held the operation, and somebody's later word, wins over the replayed verdict."""
    record = _pulled_visit(store, remark="旧")
    _edit(store, record, remark="我的")
    _pull(store, Delta(record, "visit", 9, {"remark": "后来别人的"}))
    _settle(store, record, ("applied", 8))
    assert (_get(store, record).values["remark"], _get(store, record).revision) == ("后来别人的", 9)


def test_a_step_shows_until_it_is_judged(store):
    """A claim that waits stays claimed in view though somebody else's claim arrived; its refusal shows theirs."""
    wish = new_id()
    _pull(store, Delta(wish, "wish", 3, {"content": "一台收音机"}, "approved", False, whole=True))

    def claim(tx):
        before = tx.find(wish)
        after = before.with_values({"claimer_name": "我"}, status="claimed")
        args = {"claimer_name": "我", "promise_due_on": "2026-03-20"}
        saving.move(tx, before, after, event="claim", args=args, reason="", actor_id=ME)

    store.write(claim)
    moves = (Step(4, "claim", "approved", "claimed", "乙", "2026-03-05T10:00+08:00"),)
    _pull(store, Delta(wish, "wish", 4, {"claimer_name": "乙"}, "claimed", False, steps=moves))
    _pull(store, Delta(wish, "wish", 6, {}, "contacted", False))
    assert (_get(store, wish).values["claimer_name"], _get(store, wish).status) == ("我", "claimed")
    _settle(store, wish, ("rejected", 6, "ALREADY_CLAIMED"))
    assert (_get(store, wish).values["claimer_name"], _get(store, wish).status) == ("乙", "contacted")
    with store.read() as tx:
        told = [(entry.actor_id, entry.event, entry.to_status) for entry in tx.history(wish) if entry.actor_id == "乙"]
    assert told == [("乙", "claim", "claimed")]


def test_a_part_without_its_rest_is_a_hole_and_keeps_the_cursor(store):
    """A part of a record that is not here makes no half record, and the cursor does not pass it (2)."""
    whole = _pulled_visit(store, remark="旧")
    missing = new_id()
    received = _pull(store, Delta(missing, "visit", 6, {"remark": "半条"}), Delta(whole, "visit", 7, {"remark": "新"}))
    assert received.holes == [missing]
    assert _get(store, missing) is None
    with store.read() as tx:
        assert cursor_of(tx, GRID) == "5"


def test_records_of_a_newer_program_are_kept(store):
    """A ledger this program does not know lies in the base as it came, and grows with later news."""
    record = new_id()
    _pull(store, Delta(record, "of_the_future", 5, {"a": 1, "b": "x"}, "new", False, whole=True))
    _pull(store, Delta(record, "of_the_future", 6, {"b": None}))
    assert _base(store, record).values == {"a": 1}
    assert _get(store, record) is None


def test_cursor_follows_own_words_only_where_nothing_lies_between(store):
    """The cursor jumps over a batch of own words; not where it stood elsewhere, nor where somebody else had written."""
    for outcome, before, expected in (("applied", "5", "6"), ("applied", "4", "5"), ("merged", "5", "5")):
        record = _pulled_visit(store, remark="旧")
        _edit(store, record, remark="我的")
        _settle(store, record, (outcome, 6), before=before, upto="6")
        with store.read() as tx:
            assert cursor_of(tx, GRID) == expected


def test_numbers_stay_contiguous_around_what_is_held_back(store):
    """An operation held back frees its number for the next; a new name begins at 1 and keeps ids and order."""
    records = [_create(store, remark=str(number)) for number in range(3)]
    _edit(store, records[1], remark="跟着")
    with store.read() as tx:
        culprit = outbox.ops_of(tx, records[1])[0]
    store.write(lambda tx: numbering.hold_back(tx, culprit, code="INTERNAL", detail=""))
    later = _create(store)

    def going():
        with store.read() as tx:
            return [(op.n, op.record) for op in numbering.next_ops(tx, GRID, 10)]

    store.write(lambda tx: numbering.number(tx, GRID))
    assert going() == [(1, records[0]), (2, records[2]), (3, later)]
    store.write(lambda tx: numbering.release(tx, GRID))
    assert [record for _, record in going()] == [records[0], records[1], records[2], records[1], later]
    store.write(lambda tx: numbering.new_incarnation(tx, 2))
    assert [n for n, _ in going()] == [1, 2, 3, 4, 5]
    fresh = _create(store)
    assert going()[-1] == (6, fresh)


def _act(store, *changes):
    """An act that is judged whole: edits of records by id, and new records."""

    def work(tx):
        pairs = [
            (tx.find(record), tx.find(record).with_values(values)) if record
            else (None, Record(new_id(), "visit", GRID, values))
            for record, values in changes
        ]  # fmt: skip
        return saving.save_many(tx, pairs, actor_id=ME, batch=acts.new_whole_act())

    return [op.record for op in store.write(work)]


def test_an_act_goes_out_in_one_batch_and_is_held_back_as_one(store):
    """It is never cut, however small a batch; what concerns a record of it waits with it, an act of that too."""
    alone = _create(store)
    first = _act(store, ("", {"remark": "1"}), ("", {"remark": "2"}), (alone, {"remark": "3"}))
    after = _create(store)

    def going(limit, past=0):
        with store.read() as tx:
            return [op.record for op in numbering.next_ops(tx, GRID, limit, after=past)]

    assert going(1) == [alone]
    assert going(3) == [alone]
    assert going(1, past=1) == first
    assert going(4) == [alone, *first]
    assert going(9) == [alone, *first, after]
    with store.read() as tx:
        ops = numbering.next_ops(tx, GRID, 9)
    assert (numbering.are_one(ops[1:4]), numbering.are_one(ops[:2]), numbering.are_one(ops[4:])) == (True, False, True)
    second = _act(store, ("", {"remark": "4"}), (first[1], {"remark": "5"}))
    third = _act(store, ("", {"remark": "6"}), (after, {"remark": "7"}))
    held = store.write(lambda tx: numbering.hold_back(tx, ops[1], code="INTERNAL", detail=""))
    assert len(held) == len(first) + len(second)
    assert going(9) == [after, *third]
    store.write(lambda tx: numbering.release(tx, GRID))
    assert going(99) == [alone, *first, after, *second, *third]


def test_a_refused_act_leaves_the_view_as_one(store):
    """New records are gone and edited ones as the server has them, in the one transaction of the verdicts."""
    record = _pulled_visit(store, remark="旧")
    made, _ = _act(store, ("", {"remark": "新的"}), (record, {"remark": "我的"}))

    def work(tx):
        ops = numbering.next_ops(tx, GRID, 9)
        codes = ("CHANGED_SINCE", "ACT_REFUSED")
        said = [Verdict(op.op_id, "rejected", 5, code) for op, code in zip(ops, codes, strict=True)]
        return settle(tx, GRID, ops, said)

    assert store.write(work).outcomes == {"rejected": 1, "along": 1}
    assert _get(store, made) is None
    assert _get(store, record).values["remark"] == "旧"


def test_view_is_always_base_and_queue(store):
    """Whatever came in between, each waiting record shows its base with its operations replayed (1)."""
    record = _pulled_visit(store, remark="旧", publicity_topics=["反诈"])
    for number in range(4):
        _edit(store, record, remark=f"第{number}次", publicity_topics=["反诈", f"新{number}"])
        _pull(store, Delta(record, "visit", 10 + number, {"change_note": f"他的{number}"}), upto=str(10 + number))
        if number == 2:
            _settle(store, record, ("merged", 12))
        with store.read() as tx:
            meant = replay(bases_of(tx, [record])[record], unjudged_ops(tx, [record])[record])
            assert json.dumps(tx.find(record).flat(), sort_keys=True) == json.dumps(meant.flat(), sort_keys=True)
