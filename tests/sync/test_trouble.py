"""What breaks a meeting: a poisoned operation, a copied disk, another server; the rest goes on and nothing is lost."""

from __future__ import annotations

import shutil

import pytest

from gridworker.errors import KnownError
from gridworker.sync import failures, wire, wire_bytes
from gridworker.sync.enrolling import open_transport
from tests.sync.test_engine import VISIT
from tests.sync.world import Laptop, Server, run_sync


class _Choking:
    """A server that fails on a batch in which a certain record appears, and counts what it was asked."""

    def __init__(self, line, poisoned, failure):
        self.hello, self.pull, self._line = line.hello, line.pull, line
        self._poisoned, self._failure = poisoned, failure
        self.asked = 0

    def push(self, message):
        self.asked += 1
        if any(op.record in self._poisoned for op in message.ops):
            raise self._failure
        return self._line.push(message)


FAULT = failures.ServerFailed(500)
MALFORMED = failures.Refused(wire.Refusal(number=1001, code="MALFORMED", title="读不懂"))


@pytest.mark.parametrize("failure", [FAULT, MALFORMED])
def test_one_bad_operation_delays_only_its_record(laptop, failure):
    """The batch is halved until the culprit is found; it and what follows on its record wait, all others go (8)."""
    first, second = laptop(), laptop("乙")
    records = [first.create(**VISIT, remark=str(number)) for number in range(9)]
    first.edit(records[4], remark="跟着坏的那条")
    first.edit(records[5], remark="好的")
    with open_transport(first.store) as line:
        report = run_sync(first.store, _Choking(line, {records[4]}, failure))
    assert report.held == 1
    assert report.held_ids == [first.ops(records[4])[0].op_id]
    assert [op.status for op in first.ops(records[4])] == ["pending", "pending"]
    assert first.get(records[4]).values["remark"] == "跟着坏的那条"
    second.sync()
    assert set(second.flat()) == set(records) - {records[4]}
    assert second.get(records[5]).values["remark"] == "好的"
    # The next meeting tries it again, behind the others and without a new write (9).
    later = first.create(**VISIT)
    assert first.sync().held == 0
    assert first.waiting() == 0
    second.sync()
    assert second.flat() == first.flat()
    assert later in second.flat()


def test_a_server_that_takes_nothing_is_not_the_operations_fault(laptop):
    """Where every operation fails alike the meeting ends with the server's failure, and none is held back for it."""
    one = laptop()
    records = [one.create(**VISIT) for _ in range(12)]
    with open_transport(one.store) as line, pytest.raises(failures.ServerFailed):
        run_sync(one.store, _Choking(line, set(records), FAULT))
    assert one.sql("SELECT count(*) FROM outbox WHERE outcome IS NOT NULL") == [(0,)]
    assert one.sync().pushed == 12


def test_too_large_a_batch_goes_in_parts(laptop, monkeypatch):
    """A batch over the limit of a body is halved until it fits."""
    one = laptop()
    one.create_many([VISIT | {"remark": f"{number:06d}" * 30} for number in range(40)])
    monkeypatch.setattr(wire_bytes, "MAX_BODY", 3000)
    assert one.sync().pushed == 40


def test_a_failure_that_passes_is_tried_again_in_the_same_meeting(laptop):
    """A server that is busy twice gets the batch at the third try, without a new write (9)."""
    one = laptop()
    one.create(**VISIT)

    class Busy:
        def __init__(self, line):
            self.hello, self.pull, self._line, self.left = line.hello, line.pull, line, 2

        def push(self, message):
            self.left -= 1
            if self.left >= 0:
                raise failures.ServerFailed(503)
            return self._line.push(message)

    with open_transport(one.store) as line:
        assert run_sync(one.store, Busy(line)).pushed == 1


def test_a_copied_home_goes_on_under_a_new_name(laptop, tmp_path, server):
    """Both copies of a disk push what they wrote: the later one is renamed, its operations keep their ids (14)."""
    first, second = laptop(), laptop("乙")
    first.create(**VISIT)
    first.sync()
    first.close()
    shutil.copytree(first.home, tmp_path / "copy")
    original = Laptop(first.home, server.url, fresh=False)
    copy = Laptop(tmp_path / "copy", server.url, fresh=False)
    in_original, in_copy = original.create(**VISIT, remark="原盘"), copy.create(**VISIT, remark="副本")
    op_id = copy.ops(in_copy)[0].op_id
    copy.create(**VISIT)
    original.sync()
    copy.sync()
    assert (copy.waiting(), copy.meta("incarnation")) == (0, "2")
    assert [(op.op_id, op.n, op.incarnation, op.outcome) for op in copy.ops(in_copy)] == [(op_id, 1, 2, "applied")]
    later = copy.create(**VISIT)
    for one in (original, copy, second, original):
        one.sync()
    assert {in_original, in_copy, later} <= set(second.flat())
    assert copy.ops(later)[0].n == 3
    assert original.flat() == copy.flat() == second.flat()
    original.close()
    copy.close()


def test_another_server_at_the_address_changes_nothing(laptop, tmp_path):
    """A server that is not the one joined, or came back from a backup, is told apart; nothing here is touched (17)."""
    one = laptop()
    one.create(**VISIT)
    one.sync()
    one.create(**VISIT)
    before = one.flat(), one.sql("SELECT * FROM outbox"), one.sql("SELECT * FROM cursor")

    class Changed:
        def __init__(self, line, **changes):
            self.push, self.pull, self._line, self._changes = line.push, line.pull, line, changes

        def hello(self, message):
            import msgspec

            return msgspec.structs.replace(self._line.hello(message), **self._changes)

    with open_transport(one.store) as line:
        for changes in ({"server_id": "other"}, {"epoch": "restored"}):
            with pytest.raises(KnownError, match="不是当初加入的那一台"):
                run_sync(one.store, Changed(line, **changes))
    assert (one.flat(), one.sql("SELECT * FROM outbox"), one.sql("SELECT * FROM cursor")) == before
    empty = Server(tmp_path)
    one.store.write(lambda tx: tx.set_meta("server_url", empty.url))
    for _ in range(3):
        with pytest.raises(KnownError):
            one.sync()
    empty.kill()
    assert (one.flat(), one.sql("SELECT * FROM outbox"), one.sql("SELECT * FROM cursor")) == before
