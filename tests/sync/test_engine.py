"""Two laptops, one server, real sockets: what they must agree on."""

from __future__ import annotations

import json
from contextlib import suppress

from gridworker.sync.enrolling import open_transport
from gridworker.sync.failures import ServerUnreachable
from gridworker.sync.http import HttpTransport
from tests.sync.world import breaking_line, run_sync

VISIT = {"visited_at": "2026-03-05T09:40+08:00", "visit_mode": "上门", "met": True, "raised_issue": "路灯不亮"}
TOO_LONG = "长" * 2001
WISH = {"collected_on": "2026-03-01", "wisher_group": "老人", "wish_type": "物品", "content": "一台收音机"}


def _calm(*laptops):
    """Syncs until nobody has anything left to say."""
    for _ in range(2):
        for one in laptops:
            one.sync()


def _conflicts(laptop):
    columns = "record, field, mine, theirs, their_author"
    return [
        (record, field, json.loads(mine), json.loads(theirs), author)
        for record, field, mine, theirs, author in laptop.sql(f"SELECT {columns} FROM conflict ORDER BY field")
    ]


def test_second_laptop_of_the_grid_gets_everything(laptop):
    """What one laptop pushed, another of the same grid pulls from the beginning, equal in every field."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    first.edit(record, remark="已报修")
    report = first.sync()
    assert (report.pushed, first.waiting()) == (2, 0)
    assert second.sync().pulled == 1
    assert second.flat() == first.flat()
    assert second.get(record).values["remark"] == "已报修"
    assert second.get(record).revision == first.get(record).revision == 2


def test_offline_edits_of_different_fields_merge(laptop):
    """Two people who wrote different fields of one record offline both keep their words."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    _calm(first, second)
    first.edit(record, remark="甲的备注", publicity_topics=["反诈"])
    second.edit(record, change_note="乙的情况", publicity_topics=["消防"])
    _calm(first, second)
    assert first.flat() == second.flat()
    values = first.get(record).values
    assert (values["remark"], values["change_note"]) == ("甲的备注", "乙的情况")
    assert sorted(values["publicity_topics"]) == ["反诈", "消防"]
    assert [op.outcome for op in second.ops(record)] == ["merged"]
    assert _conflicts(first) == _conflicts(second) == []


def test_same_field_is_a_conflict_of_the_later_one_alone(laptop):
    """The value that arrived first stands; the other is put aside where it was written, with its author."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    _calm(first, second)
    first.edit(record, remark="甲写的")
    second.edit(record, remark="乙写的", change_note="乙的情况")
    first.sync()
    report = second.sync()
    assert report.conflicts == 1
    _calm(first, second)
    assert first.flat() == second.flat()
    assert second.get(record).values["remark"] == "甲写的"
    assert second.get(record).values["change_note"] == "乙的情况"
    assert _conflicts(first) == []
    assert _conflicts(second) == [(record, "remark", "乙写的", "甲写的", first.meta("actor_id"))]
    assert second.ops(record)[-1].set["remark"] == "乙写的"


def test_own_offline_chain_never_conflicts(laptop):
    """Many edits of one field made offline, and more between pushes, are one person's and never a conflict (7)."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    for number in range(4):
        first.edit(record, remark=f"第{number}次")
    first.sync()
    for number in range(4):
        first.edit(record, remark=f"又{number}次")
        if number == 1:
            first.sync()
    _calm(first, second)
    assert {op.outcome for op in first.ops(record)} == {"applied"}
    assert second.get(record).values["remark"] == "又3次"
    assert first.flat() == second.flat()
    assert _conflicts(first) == []


def test_view_never_passes_an_edit_off_as_having_seen_what_it_has_not(laptop):
    """An edit made after a merge but before the pull still meets the other's words as a conflict, never overwrites."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    _calm(first, second)
    second.edit(record, remark="乙写的")
    second.sync()
    first.edit(record, change_note="甲的情况")
    with open_transport(first.store) as line:
        _without_pull(first, line)
    assert first.ops(record)[-1].outcome == "merged"
    first.edit(record, remark="甲写的")
    _calm(first, second)
    assert first.ops(record)[-1].outcome == "conflict"
    assert first.get(record).values["remark"] == "乙写的"
    assert first.flat() == second.flat()


class _Cut(Exception):
    """The line broke where the test wanted it."""


class _NoPull:
    def __init__(self, line):
        self.hello, self.push = line.hello, line.push

    def pull(self, message):
        raise _Cut


def _without_pull(laptop, line):
    try:
        run_sync(laptop.store, _NoPull(line))
    except _Cut:
        return
    raise AssertionError("there was no pull")


def test_pull_during_pending_edits_keeps_them_in_view(laptop):
    """News from others arrives under what waits here: the pending value stays, the other fields change (10)."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    _calm(first, second)
    second.edit(record, remark="乙写的", change_note="乙的情况")
    second.sync()
    first.edit(record, remark="甲写的")

    with open_transport(first.store) as line:
        # The queue of this grid cannot go now, so the pull comes first.
        seen = _pull_before_push(first, line)
    assert seen.values["remark"] == "甲写的"
    assert seen.values["change_note"] == "乙的情况"
    _calm(first, second)
    assert first.flat() == second.flat()
    assert first.get(record).values["remark"] == "乙写的"
    assert [conflict[1:4] for conflict in _conflicts(first)] == [("remark", "甲写的", "乙写的")]


def _pull_before_push(laptop, line):
    from gridworker.sync import failures, wire

    class Forbidding:
        hello, pull = staticmethod(line.hello), staticmethod(line.pull)

        @staticmethod
        def push(_message):
            raise failures.Refused(wire.Refusal(number=2004, code="SCOPE_FORBIDDEN", title=""))

    run_sync(laptop.store, Forbidding())
    record = laptop.sql("SELECT record FROM outbox WHERE status <> 'acked'")[0][0]
    return laptop.get(record)


def test_edit_made_while_the_push_is_on_its_way_stays_and_goes_next(laptop):
    """A value typed between a push and its answer does not flicker, and is pushed in the same meeting (10)."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    seen = []

    class Typing:
        def __init__(self, line):
            self.hello, self._line, self._typed = line.hello, line, False

        def push(self, message):
            answer = self._line.push(message)
            if not self._typed:
                self._typed = True
                first.edit(record, remark="边传边写")
            return answer

        def pull(self, message):
            seen.append(first.get(record).values.get("remark"))
            return self._line.pull(message)

    with open_transport(first.store) as line:
        run_sync(first.store, Typing(line))
    assert seen == ["边传边写"]
    assert first.waiting() == 0
    second.sync()
    assert second.flat() == first.flat()


def test_lost_answer_is_asked_for_again_and_counted_once(server, laptop):
    """A push whose answer was cut off is replayed: the same verdict, no second effect (4)."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    first.edit(record, remark="一次")

    class Deaf:
        def __init__(self, line):
            self.hello, self.pull, self._line = line.hello, line.pull, line

        def push(self, message):
            self._line.push(message)
            raise _Cut

    with open_transport(first.store) as line, suppress(_Cut):
        run_sync(first.store, Deaf(line))
    assert first.waiting() == 2
    second.sync()
    second.edit(record, remark="乙后来写的")
    second.sync()
    first.sync()
    assert [op.outcome for op in first.ops(record)] == ["applied", "applied"]
    second.sync()
    assert first.flat() == second.flat()
    assert first.get(record).values["remark"] == "乙后来写的"
    assert first.get(record).revision == 3


def test_rejected_operation_leaves_the_view_but_keeps_its_payload(laptop):
    """A refused value falls back to the server's; what was typed stays in its operation, with the reason (5)."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT, change_note="原来的")
    _calm(first, second)
    first.edit(record, change_note=TOO_LONG)
    report = first.sync()
    assert report.rejected == 1
    assert first.get(record).values["change_note"] == "原来的"
    refused = first.ops(record)[-1]
    assert (refused.outcome, refused.set["change_note"]) == ("rejected", TOO_LONG)
    assert json.loads(refused.detail)["reason"]
    born_wrong = first.create(**VISIT, change_note=TOO_LONG)
    first.edit(born_wrong, remark="跟着的一步")
    first.sync()
    assert first.get(born_wrong) is None
    assert [op.outcome for op in first.ops(born_wrong)] == ["rejected", "rejected"]
    _calm(first, second)
    assert first.flat() == second.flat()


def test_two_claims_have_one_winner(laptop):
    """The claim that arrives first stands; the other falls back, hears who was first, and keeps its words (11)."""
    first, second = laptop(), laptop("乙")
    wish = first.create("wish", **WISH)
    first.move(wish, "approve", review_mode="社区审核", review_note="同意")
    _calm(first, second)
    first.move(wish, "claim", claimer_name="张三", promise_due_on="2026-03-20")
    second.move(wish, "claim", claimer_name="李四", promise_due_on="2026-03-21")
    visit = second.create(**VISIT)
    first.sync()
    assert second.get(wish).values["claimer_name"] == "李四"
    report = second.sync()
    assert report.rejected == 1
    lost = second.ops(wish)[-1]
    assert (lost.outcome, lost.code, lost.command["args"]["claimer_name"]) == ("rejected", "ALREADY_CLAIMED", "李四")
    assert second.get(wish).values["claimer_name"] == "张三"
    assert second.ops(visit)[-1].outcome == "applied"
    _calm(first, second)
    assert first.flat() == second.flat()
    assert first.get(wish).status == "claimed"


def test_move_and_delete_travel(laptop):
    """Steps of a workflow, deletions and restorations end the same on both sides; a deleted record stays deleted."""
    first, second = laptop(), laptop("乙")
    wish, visit, kept = first.create("wish", **WISH), first.create(**VISIT), first.create(**VISIT)
    first.move(wish, "approve", review_mode="社区审核", review_note="同意")
    first.delete(visit)
    first.delete(kept)
    _calm(first, second)
    assert second.flat() == first.flat()
    assert (second.get(wish).status, second.get(visit).deleted) == ("approved", True)
    second.restore(kept)
    _calm(second, first)
    assert second.flat() == first.flat()
    assert first.get(kept).deleted is False


def test_edit_of_a_record_others_deleted_is_put_aside(laptop):
    """An edit that meets a deletion does not revive the record; its words wait for a person (12)."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    _calm(first, second)
    first.delete(record)
    second.edit(record, remark="乙的备注")
    _calm(first, second)
    assert first.flat() == second.flat()
    assert second.get(record).deleted
    assert [conflict[1:3] for conflict in _conflicts(second)] == [("remark", "乙的备注")]


def test_cursor_moves_only_with_its_data(laptop):
    """A page whose writing fails leaves the cursor where it was, and the next pull brings it (2)."""
    first, second = laptop(), laptop("乙")
    first.create(**VISIT)
    first.sync()

    class Spoiled:
        def __init__(self, line):
            self.hello, self.push, self._line = line.hello, line.push, line

        def pull(self, message):
            answer = self._line.pull(message)
            second.store.write(_break_the_view)
            return answer

    def _break_the_view(tx):
        tx.execute("CREATE TRIGGER full BEFORE INSERT ON visit BEGIN SELECT raise(ABORT, 'full'); END")

    with open_transport(second.store) as line:
        try:
            run_sync(second.store, Spoiled(line))
        except Exception as failed:  # noqa: BLE001
            assert "full" not in second.flat()
            del failed
        else:
            raise AssertionError("the page was written")
    assert second.sql("SELECT upto FROM cursor WHERE upto <> ''") == []
    second.store.write(lambda tx: tx.execute("DROP TRIGGER full"))
    second.sync()
    assert second.flat() == first.flat()


def test_every_operation_ends_in_an_outcome_or_waits(laptop):
    """The operations made here are the outcomes plus what waits, whatever happened to each (5)."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    _calm(first, second)
    second.edit(record, remark="乙")
    second.sync()
    first.edit(record, remark="甲")
    first.edit(record, change_note=TOO_LONG)
    first.create(**VISIT)
    first.sync()
    first.create(**VISIT)
    counts = dict(first.sql("SELECT coalesce(outcome, status), count(*) FROM outbox GROUP BY 1"))
    assert counts == {"applied": 2, "conflict": 1, "rejected": 1, "pending": 1}


def test_connection_cut_after_any_number_of_bytes_loses_and_doubles_nothing(server, laptop):
    """Answers cut off at many places, the server's commit before the cut included, end in the same records (4, 6)."""
    first, second = laptop(), laptop("乙")
    made = []
    for after_bytes in (0, 100, 300, 600, 900, 1200, 1700, 2500, 4000, 9000):
        made += first.create_many([VISIT | {"remark": f"{after_bytes}-{number}"} for number in range(5)])
        first.edit(made[-1], change_note="改过")
        with breaking_line(server.port, after_bytes=after_bytes) as port:
            line = open_transport(first.store)
            line.close()
            key = line._key
            url, device_id = f"http://127.0.0.1:{port}", first.meta("device_id")
            with HttpTransport(url, device_id=device_id, key=key) as cut, suppress(ServerUnreachable):
                run_sync(first.store, cut)
    _calm(first, second)
    assert first.waiting() == 0
    assert set(second.flat()) == set(made)
    assert first.flat() == second.flat()
    assert {op.outcome for record in made for op in first.ops(record)} == {"applied"}


def test_ten_thousand_records(laptop):
    """Ten thousand records go up and come down whole."""
    first, second = laptop(), laptop("乙")
    first.create_many([VISIT | {"remark": f"第{number}条"} for number in range(10_000)])
    assert first.sync().pushed == 10_000
    assert second.sync().pulled == 10_000
    assert first.flat() == second.flat()
