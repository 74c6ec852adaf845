"""Finding as a screen shows it: the line that tells why somebody is found, a search cut off, an index made anew."""

from __future__ import annotations

import threading

import pytest

from gridworker.errors import Cancelled
from gridworker.operations import find
from gridworker.operations.find import Stopper
from gridworker.operations.save import save
from gridworker.operations.undo import undo
from gridworker.store.store import ReadTx

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
LONG = ENDLESS.replace("FROM n)", "FROM n WHERE i < 1000000)")


def test_a_former_name_is_told_beside_the_one_of_today(session, living):
    """Who is found by a name she does not bear any more has it in her second line; a slip taken back is forgotten."""
    _home, head = living(name="张丽")
    saved = save(session, "person", {"name": "李丽"}, record_id=head)
    found = find.search(session, "张丽")
    assert [(one.id, one.title) for one in found] == [(head, "李*")]
    assert found[0].subtitle.startswith("曾用名（原登记）张* · ")
    assert "曾用名" not in find.search(session, "李丽")[0].subtitle
    undo(session, saved.op_id)
    assert find.search(session, "李丽") == []
    assert "曾用名" not in find.search(session, "张丽")[0].subtitle


def test_a_reading_that_was_written_down_counts(session, living):
    """What stands in 姓名读音 finds its bearer; one that fits no name is warned of and saved."""
    _home, head = living(name="任盛")
    assert find.search(session, "renshang") == []
    saved = save(session, "person", {"name_reading": "rèn shāng"}, record_id=head)
    assert saved.warnings == []
    assert [one.id for one in find.search(session, "renshang")] == [head]
    odd = save(session, "person", {"name_reading": "ren"}, record_id=head)
    assert [problem.field for problem in odd.warnings] == ["name_reading"]


def test_a_search_can_be_cut_off(session, living, monkeypatch):
    """Told to stop, a search that would never end ends; told before it begins, it does not begin; others go on."""
    living(name="张丽")
    begun = threading.Event()

    def endless(tx: ReadTx, *_: object, **__: object) -> None:
        begun.set()
        tx.sql(ENDLESS)

    stopper, ended = Stopper(), threading.Event()

    def look() -> None:
        with pytest.raises(Cancelled):
            find.search(session, "慢", stopper=stopper)
        ended.set()

    with monkeypatch.context() as patched:
        patched.setattr(ReadTx, "search", endless)
        reader = threading.Thread(target=look)
        reader.start()
        assert begun.wait(60)
        stopper.stop()
        reader.join(60)
        assert ended.is_set()
    with pytest.raises(Cancelled):
        find.search(session, "张丽", stopper=stopper)
    assert len(find.search(session, "张丽")) == 1


def test_a_late_stop_touches_nobody_else(session, living):
    """A stopper whose search is over leaves the connection alone, which by then reads for somebody else."""
    living(name="张丽")
    stopper = Stopper()
    find.search(session, "张丽", stopper=stopper)
    with session.store.read() as tx:
        late = threading.Timer(0.02, stopper.stop)
        late.start()
        assert tx.sql(LONG) == [(1_000_000,)]
        late.join()


def test_an_index_out_of_step_can_be_made_anew(session, living):
    """The check sees an emptied index, and after the rebuild everybody is found again."""
    _home, head = living(name="张丽")
    assert find.is_current(session)
    assert find.is_in_step(session)
    session.store.write(lambda tx: tx.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
    assert not find.is_in_step(session)
    with pytest.raises(Cancelled):
        find.rebuild(session, lambda *_: None, lambda: True)
    assert not find.is_in_step(session)
    find.rebuild(session, lambda *_: None, lambda: False)
    assert find.is_in_step(session)
    assert [one.id for one in find.search(session, "张丽")] == [head]
