"""PUSH on both databases: order, replays, forks, hashes, and that no op stands in another's way."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import msgspec
import pytest

from gridworker.identity import new_id
from gridworker.server import admin, storage_bulk
from gridworker.sync import wire, wire_bytes
from tests.server.clients import Device, RefusedError, raw_outcomes
from tests.server.running import Running, make_grid

VISIT = {"visited_at": "2026-03-05T09:40+08:00", "visit_mode": "上门", "visit_purpose": "日常走访", "met": True}


def test_a_batch_is_applied_in_order_and_comes_back_in_a_pull(anna: Device, bert: Device):
    """What one device sends, another of the same grid gets, whole and in the order of revisions."""
    ops = [anna.op(set=VISIT | {"raised_issue": f"第{i}件"}) for i in range(3)]
    outcomes = anna.push(*ops)
    assert [one.outcome for one in outcomes] == ["applied"] * 3
    assert [one.op_id for one in outcomes] == [one.op_id for one in ops]
    assert [one.rev for one in outcomes] == sorted({one.rev for one in outcomes})
    page = bert.pull_page()
    assert [delta.id for delta in page.records] == [one.record for one in ops]
    assert [delta.fields for delta in page.records] == [one.set for one in ops]
    assert all(delta.whole and delta.actor == anna.actor for delta in page.records)


def test_a_replay_answers_the_stored_bytes_and_changes_nothing(anna: Device, bert: Device):
    """The same batch again: outcomes byte for byte, no new revision, even after others wrote the record."""
    op = anna.op(set=VISIT)
    batch = wire_bytes.pack(anna.batch(op))
    first = anna.http.post("/v1/push", content=batch)
    bert.push(bert.op(op.record, set={"remark": "乙的备注"}, base_rev=bert.rev(op.record)))
    before = bert.pull()
    again = anna.http.post("/v1/push", content=batch)
    assert raw_outcomes(again) == raw_outcomes(first)
    assert bert.pull() == before


def test_half_a_replay_applies_only_the_new_half(anna: Device):
    """A reply was lost, one more op was written: old outcomes verbatim, the new op applied once."""
    old = [anna.op(set=VISIT) for _ in range(3)]
    first = anna.push(*old)
    new = anna.op(set=VISIT)
    answer = anna.pushed(*old[1:], new)
    assert answer.outcomes[:2] == first[1:]
    assert answer.outcomes[2].outcome == "applied"
    assert answer.last_n == 4
    assert len(anna.pull()[0]) == 4


def test_a_gap_is_refused_and_names_what_is_missing(anna: Device):
    """N = 3 after n = 1 changes nothing and says that 2 is expected."""
    anna.push(anna.op(set=VISIT))
    with pytest.raises(RefusedError) as refused:
        anna.push(anna.op(n=3, set=VISIT))
    assert (refused.value.status, refused.value.code, refused.value.details) == (409, "GAP", {"expected": 2})
    assert len(anna.pull()[0]) == 1


def test_numbers_inside_a_batch_must_follow_each_other(anna: Device):
    """A batch that skips or repeats a number is no batch."""
    with pytest.raises(RefusedError) as refused:
        anna.push(anna.op(n=1, set=VISIT), anna.op(n=3, set=VISIT))
    assert refused.value.code == "BROKEN_SEQUENCE"
    same = anna.op(n=1, set=VISIT)
    with pytest.raises(RefusedError) as refused:
        anna.push(same, msgspec.structs.replace(same, n=2))
    assert refused.value.code == "BROKEN_SEQUENCE"


def test_a_number_used_for_something_else_is_a_fork_and_loses_nothing(anna: Device):
    """A copied laptop sends its own op 1: told the next incarnation, it sends the same op renumbered, and both stay."""
    anna.push(anna.op(n=1, set=VISIT))
    twin = anna.op(n=1, set=VISIT)
    with pytest.raises(RefusedError) as refused:
        anna.push(twin)
    assert refused.value.code == "DEVICE_FORKED"
    assert refused.value.details == {"n": 1, "next_incarnation": 2}
    anna.incarnation = refused.value.details["next_incarnation"]
    assert anna.push(twin)[0].outcome == "applied"
    assert len(anna.pull()[0]) == 2


def test_an_op_renumbered_after_a_fork_keeps_its_outcome(anna: Device):
    """The hash does not cover n: an op that had arrived before the fork is recognised by its id."""
    op = anna.op(n=1, set=VISIT)
    first = anna.push(op)
    anna.incarnation = 2
    filler = anna.op(n=1, set=VISIT)
    again = anna.push(filler, msgspec.structs.replace(op, n=2))
    assert again[1] == first[0]
    assert len(anna.pull()[0]) == 2


def test_an_id_with_other_content_is_a_fork(anna: Device):
    """The same op_id under the next n with another payload is never taken for a replay."""
    op = anna.op(set=VISIT)
    anna.push(op)
    other = wire.sealed(msgspec.structs.replace(op, n=2, set=VISIT | {"remark": "别的"}))
    with pytest.raises(RefusedError) as refused:
        anna.push(other)
    assert refused.value.code == "DEVICE_FORKED"


def test_a_damaged_op_is_refused_before_anything_is_stored(anna: Device):
    """A hash that does not fit the content refuses the batch, so that it can be sent again."""
    op = anna.op(set=VISIT)
    with pytest.raises(RefusedError) as refused:
        anna.push(msgspec.structs.replace(op, set=VISIT | {"remark": "路上变了"}))
    assert (refused.value.status, refused.value.code, refused.value.details) == (400, "HASH_MISMATCH", {"n": 1})
    assert anna.push(op)[0].outcome == "applied"


def test_one_bad_op_never_blocks_the_others(anna: Device):
    """Every kind of bad op gets its own outcome; its neighbours are applied and the numbers go on."""
    good = [anna.op(set=VISIT)]
    bad = [
        anna.op(set=VISIT, scope="370211003041999", n=2),
        anna.op(set=VISIT, n=3, actor=new_id()),
        anna.op(set={"visited_at": "前天"}, n=4),
        anna.op("no-uuid", set=VISIT, n=5),
        anna.op(set={"#born": "x"}, n=6),
        anna.op(set=VISIT, ledger="patrol", n=7),
        anna.op(set=VISIT, schema=2, n=8),
        anna.move(new_id(), "hazard", "register"),
        anna.op(command=wire.Command(name="delete"), n=10),
        anna.op(set={"visited_at": ["2026"], "household_id": 7}, n=11),
        anna.op(set={"remark": "字" * 20, "follow_up_on": "2026-01-01", "visited_at": VISIT["visited_at"]}, n=12),
    ]
    bad[7] = wire.sealed(msgspec.structs.replace(bad[7], n=9))
    last = anna.op(set=VISIT, n=13)
    answer = anna.pushed(*good, *bad, last)
    assert answer.last_n == 13
    told = [(one.outcome, one.code) for one in answer.outcomes]
    assert told[0] == told[-1] == ("applied", "")
    assert told[1:-1] == [
        ("rejected", "WRONG_SCOPE"),
        ("rejected", "WRONG_ACTOR"),
        ("rejected", "INVALID"),
        ("rejected", "MALFORMED"),
        ("rejected", "MALFORMED"),
        ("held", "UNKNOWN_LEDGER"),
        ("held", "NEWER_SCHEMA"),
        ("rejected", "UNKNOWN_RECORD"),
        ("rejected", "UNKNOWN_RECORD"),
        ("rejected", "INVALID"),
        ("rejected", "INVALID"),
    ]
    assert all(one.reason for one in answer.outcomes[1:-1])
    assert set(anna.pull()[0]) == {good[0].record, last.record}


def test_an_op_with_a_value_of_no_known_kind_is_one_bad_op(anna: Device):
    """A number with places or a nested object is no wire value: that op is rejected, the batch goes on."""
    members = [msgspec.to_builtins(anna.op(set=VISIT)), msgspec.to_builtins(anna.op(set=VISIT))]
    members[0]["set"]["fund"] = 1.5
    members[0]["hash"] = wire_bytes.hash_of(members[0])
    batch = msgspec.to_builtins(anna.batch()) | {"ops": members}
    outcomes = anna.call("push", batch, wire.Pushed).outcomes
    assert [(one.outcome, one.code) for one in outcomes] == [("rejected", "MALFORMED"), ("applied", "")]


def test_members_of_a_newer_client_are_ignored_and_covered_by_the_hash(anna: Device):
    """An op may carry members this server does not know; they are kept in the log and change nothing."""
    members = msgspec.to_builtins(anna.op(set=VISIT)) | {"weather": {"wind": 3}}
    members["hash"] = wire_bytes.hash_of(members)
    batch = msgspec.to_builtins(anna.batch()) | {"ops": [members], "mood": "good"}
    assert anna.call("push", batch, wire.Pushed).outcomes[0].outcome == "applied"


def test_fields_of_a_newer_client_are_kept(anna: Device, bert: Device):
    """A field no declaration here knows is stored and handed on."""
    op = anna.op(set=VISIT | {"future_field": "新字段"})
    anna.push(op)
    assert bert.pull()[0][op.record].fields["future_field"] == "新字段"


def test_later_ops_on_a_record_whose_birth_was_refused_are_refused_too(anna: Device):
    """An edit must not give birth to half a record; a spelled-out create may."""
    birth = anna.op(set=VISIT | {"visited_at": "前天"})
    edit = anna.op(birth.record, set={"remark": "补一句"})
    again = anna.op(birth.record, set=VISIT, command=wire.Command(name="create"))
    first, second = anna.push(birth, edit)
    assert (first.code, second.code) == ("INVALID", "AFTER_REJECTED")
    third = anna.op(birth.record, set={"remark": "再补"}, n=4)
    told = anna.push(again, third)
    assert [one.outcome for one in told] == ["applied", "applied"]
    assert anna.pull()[0][birth.record].fields == VISIT | {"remark": "再补"}


def test_ops_behind_a_held_one_wait_with_it(anna: Device):
    """An edit of a record whose birth is held is held as well, in the same batch and in a later one."""
    birth = anna.op(set=VISIT, schema=99)
    edit = anna.op(birth.record, set={"remark": "一"})
    assert [one.code for one in anna.push(birth, edit)] == ["NEWER_SCHEMA", "AFTER_HELD"]
    assert anna.push(anna.op(birth.record, set={"remark": "二"}))[0].code == "AFTER_HELD"


def test_a_number_that_is_taken_is_refused_and_never_changed(anna: Device, bert: Device):
    """Two records with one number: the first arrival keeps it."""
    mine = anna.op(set=VISIT | {"record_no": "ZF370211003041-260305-A7001X"})
    theirs = bert.op(set=VISIT | {"record_no": "ZF370211003041-260305-A7001X"})
    assert anna.push(mine)[0].outcome == "applied"
    told = bert.push(theirs)[0]
    assert (told.outcome, told.code) == ("rejected", "NUMBER_TAKEN")
    third = bert.op(set=VISIT | {"record_no": "X1"}), bert.op(set=VISIT | {"record_no": "X1"})
    assert [one.code for one in bert.push(*third)] == ["", "NUMBER_TAKEN"]


def test_a_record_born_twice_with_the_same_content_is_one(anna: Device, bert: Device):
    """Two laptops that hold the same record send it both: equal values are no conflict."""
    record = new_id()
    anna.push(anna.op(record, set=VISIT))
    told = bert.push(bert.op(record, set=VISIT))[0]
    assert told.outcome == "merged"
    assert not told.conflicts


def test_a_foreign_grid_is_forbidden_and_a_lost_one_keeps_the_payload(server: Running, anna: Device):
    """Never granted: nothing is stored. Taken away: each op is rejected by name, and is kept for the supervisor."""
    foreign = make_grid(server.database_url)
    with pytest.raises(RefusedError) as refused:
        anna.push(anna.op(set=VISIT, scope=foreign), scope=foreign)
    assert (refused.value.status, refused.value.code) == (403, "SCOPE_FORBIDDEN")
    with pytest.raises(RefusedError) as refused:
        anna.push(anna.op(set=VISIT, scope="370211003041998"), scope="370211003041998")
    assert refused.value.code == "SCOPE_FORBIDDEN"
    anna.push(anna.op(set=VISIT))
    admin.revoke_grant(server.database_url, anna.scope, anna.actor)
    told = anna.push(anna.op(set=VISIT))[0]
    assert (told.outcome, told.code) == ("rejected", "SCOPE_REVOKED")
    assert anna.hello().revoked == [anna.scope]


def test_a_revoked_device_is_shut_out_at_once(server: Running, anna: Device, bert: Device):
    """Its token dies with it, and no new one is given."""
    admin.revoke_device(server.database_url, anna.enrolled.device_id)
    for act in (lambda: anna.push(anna.op(set=VISIT)), anna.hello, anna.pull, anna.log_in):
        with pytest.raises(RefusedError) as refused:
            act()
        assert (refused.value.status, refused.value.code) == (401, "DEVICE_REVOKED")
    bert.hello()


def test_a_role_that_may_only_look_changes_nothing(server: Running, grid: str):
    """An auditor pulls, and is refused op by op."""
    with Device.enroll(server, grid, name="测试员审", role="auditor") as auditor:
        assert auditor.push(auditor.op(set=VISIT))[0].code == "NOT_ALLOWED"
        assert auditor.pull()[0] == {}


def test_after_a_change_of_epoch_every_client_says_hello_first(server: Running, anna: Device):
    """A client that still believes in the old data pushes and pulls nothing."""
    anna.epoch = "0123456789abcdef"
    for act in (lambda: anna.push(anna.op(set=VISIT)), anna.pull):
        with pytest.raises(RefusedError) as refused:
            act()
        assert refused.value.code == "EPOCH_CHANGED"
    assert anna.hello().epoch == anna.enrolled.epoch


def test_more_ops_than_agreed_are_refused(anna: Device):
    """501 ops are too many; 500 are applied."""
    ops = [anna.op(set=VISIT) for _ in range(501)]
    with pytest.raises(RefusedError) as refused:
        anna.push(*ops)
    assert (refused.value.status, refused.value.code) == (413, "TOO_LARGE")
    assert {one.outcome for one in anna.push(*ops[:500])} == {"applied"}


def test_an_empty_batch_is_harmless(anna: Device):
    """It answers how far the device has got."""
    anna.push(anna.op(set=VISIT))
    assert anna.pushed().last_n == 1


def test_looking_for_refused_ops_does_not_walk_the_log(tmp_path):
    """A push asks for what was held or rejected by the index of these, however many ops the scope has had."""
    admin.add_grid(f"sqlite:///{tmp_path / 'server.db'}", "370211005001001", "第一网格")
    statement = storage_bulk._UNAPPLIED.format(scope="?", within="IN (?)", through=storage_bulk.SqliteBulk._THROUGH)
    with closing(sqlite3.connect(tmp_path / "server.db")) as database:
        plan = database.execute(f"EXPLAIN QUERY PLAN {statement}", ("370211005001001", b"")).fetchall()
    assert "op_unapplied (scope=? AND record=?)" in plan[0][3]
