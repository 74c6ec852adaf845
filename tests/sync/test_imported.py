"""Settled matters of an old sheet on their way to the server and to other laptops."""

from __future__ import annotations

from collections.abc import Callable

from gridworker.identity import new_id
from gridworker.ledger.imported import IMPORTED, SCHEMA, Mark
from gridworker.ledger.record import Record
from gridworker.store import saving
from gridworker.store.replay import replay
from tests.sync.world import Laptop

MARK = Mark("archived", "0123456789abcdef0123456789abcdef", "2024-05-06")
VALUES = {"title": "漏水", "occurred_on": "2024-03-05"}


def _import(laptop: Laptop, mark: Mark = MARK) -> str:
    made = Record(new_id(), "dispute", laptop.grid, dict(VALUES), mark.state)

    def work(tx) -> None:
        actor = laptop.meta_in(tx, "actor_id")
        saving.save_many(tx, [(None, made)], actor_id=actor, batch="b", marks={made.id: mark})

    laptop.store.write(work)
    return made.id


def _links(laptop: Laptop, record: str) -> list[tuple[str, str, str, str]]:
    with laptop.store.read() as tx:
        return [(one.verb, one.event, one.to_status, one.reason) for one in tx.history(record)]


def test_every_laptop_sees_the_state_and_one_link_that_says_where_it_is_from(laptop: Callable[..., Laptop]) -> None:
    """The one that imported it, one that heard of it, and one that came when others had worked on it."""
    anna, bert = laptop("甲"), laptop("乙")
    running = Mark("performed", MARK.source)
    settled, open_one = _import(anna), _import(anna, running)
    assert {op.schema for op in anna.ops(settled)} == {SCHEMA}
    assert anna.sync().rejected == 0
    bert.sync()
    anna.sync()
    for one in (anna, bert):
        assert one.get(settled).status == "archived"
        assert _links(one, settled) == [("import", IMPORTED, "archived", MARK.told)]
    bert.move(open_one, "follow_up", follow_up_note="很好")
    bert.sync()
    anna.sync()
    assert [event for _, event, _, _ in _links(anna, open_one) if event] == [IMPORTED, "follow_up"]
    late = laptop("丙")
    late.sync()
    assert (late.get(open_one).status, late.get(settled).status) == ("followed_up", "archived")
    assert _links(late, open_one) == [("import", IMPORTED, "performed", running.told)]


def test_an_import_undone_before_or_after_the_server_heard_of_it_is_gone_everywhere(
    laptop: Callable[..., Laptop],
) -> None:
    """A settled matter is no less undone for being settled."""
    anna, bert = laptop("甲"), laptop("乙")
    early, later = _import(anna), _import(anna)
    anna.delete(early)
    anna.sync()
    bert.sync()
    anna.delete(later)
    anna.sync()
    bert.sync()
    for one in (anna, bert):
        assert [one.get(record).deleted for record in (early, later)] == [True, True]


def test_what_the_server_refuses_is_taken_back_from_the_view(laptop: Callable[..., Laptop]) -> None:
    """A laptop that brings in what its person may not is told so, and shows the server's word."""
    worker = laptop("丁", role="grid_worker")
    made = Record(new_id(), "wish", worker.grid, {"content": "轮椅"}, "returned")
    mark = Mark("returned", MARK.source)

    def work(tx) -> None:
        saving.save_many(tx, [(None, made)], actor_id=worker.meta_in(tx, "actor_id"), batch="b", marks={made.id: mark})

    worker.store.write(work)
    assert worker.get(made.id).status == "returned"
    assert worker.sync().rejected == 1
    assert worker.get(made.id) is None
    (op,) = worker.ops(made.id)
    assert (op.outcome, op.code) == ("rejected", "NOT_IMPORTED")


def test_a_record_made_anew_from_its_ops_is_in_the_state_of_its_mark(laptop: Callable[..., Laptop]) -> None:
    """While no server has judged them, the ops are all there is; also behind an edit."""
    anna = laptop("甲")
    record = _import(anna)
    anna.edit(record, remark="补记")
    made = replay(None, anna.ops(record))
    assert (made.status, made.values["remark"]) == ("archived", "补记")
