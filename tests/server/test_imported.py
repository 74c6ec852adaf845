"""Records of an office's old sheets: the server takes a later state with its mark, and in no other way."""

from __future__ import annotations

from datetime import date

import pytest

from gridworker.area.belonging import Actor, Post
from gridworker.identity import new_id
from gridworker.ledger.imported import IMPORTED, SCHEMA, mark_of
from gridworker.ledgers.registry import all_ledgers
from gridworker.server.judge import Judge
from gridworker.sync import wire
from tests.server.clients import Device

GRID = "370211003041001"
SOURCE = "0123456789abcdef0123456789abcdef"
DISPUTE = {"title": "漏水纠纷", "occurred_on": "2024-03-05"}
WISH = {"content": "一台收音机", "public_alias": "老人居民"}


def _judge(role: str = "grid_worker", **more: str) -> Judge:
    return Judge(
        scope=GRID, author="d.1", actor=Actor("a", "测试员甲", (Post(role, GRID, **more),)), now_ms=1,
        today=date(2026, 3, 5), seq=0, ledgers=all_ledgers(), states={}, numbers={}, blocked={},
        actor_of=lambda _author: "a",
    )  # fmt: skip


def _op(state: str = "archived", ledger: str = "dispute", /, **more: object) -> wire.Op:
    words = {IMPORTED: state, "source": SOURCE} if state else {}
    members = {
        "op_id": new_id(), "n": 1, "actor": "a", "scope": GRID, "type": ledger, "record": new_id(),
        "schema": SCHEMA if state else 1, "base_rev": 0, "occurred_at": "2026-03-05T09:40+08:00",
        "set": WISH if ledger == "wish" else DISPUTE,
        "command": wire.Command(name=wire.CREATE, args=words),
    }  # fmt: skip
    return wire.Op(**(members | more))


def _marked(**words: object) -> wire.Command:
    return wire.Command(name=wire.CREATE, args={IMPORTED: "archived", "source": SOURCE, **words})


def test_a_settled_matter_comes_in_settled_with_one_link_that_says_so() -> None:
    """The state, the file it came from and the office's own day stand in the history; it is no step of the workflow."""
    judge = _judge()
    op = _op(command=_marked(finished="2024-05-06"))
    assert judge.judge(op).outcome == "applied"
    assert judge.states[op.record].status == "archived"
    (link,) = judge.moves
    assert (link.event, link.source, link.target, link.actor_id) == (IMPORTED, "", "archived", "a")
    assert SOURCE[:12] in link.reason
    assert "2024-05-06" in link.reason


@pytest.mark.parametrize(
    ("op", "code"),
    [
        (_op("", command=wire.Command(name=wire.CREATE, args={"status": "archived"})), "BY_STEPS"),
        (_op("", command=None, set={**DISPUTE, "status": "archived"}), "BY_STEPS"),
        (_op("", command=wire.Command(name="archive")), "UNKNOWN_RECORD"),
        (_op("", command=wire.Command(name=IMPORTED, args={"source": SOURCE})), "UNKNOWN_RECORD"),
        (_op("no_such_state"), "NOT_IMPORTED"),
        (_op(command=_marked(source="三单元张某的台账.xlsx")), "NOT_IMPORTED"),
        (_op(command=_marked(finished="2026-03-06")), "NOT_IMPORTED"),
        (_op(command=_marked(finished="去年")), "NOT_IMPORTED"),
    ],
    ids=["args", "field", "step", "bare-event", "unknown-state", "file-name", "ahead", "no-day"],
)
def test_a_forged_state_is_refused(op: wire.Op, code: str) -> None:
    """Neither words, nor a field, nor a step, nor half a mark leads to a final state."""
    judge = _judge()
    told = judge.judge(op)
    assert (told.outcome, told.code) == ("rejected", code)
    assert told.reason
    assert not judge.states
    assert not judge.moves


def test_a_creation_without_a_mark_begins_at_the_beginning() -> None:
    """As it always did."""
    judge = _judge()
    op = _op("")
    assert judge.judge(op).outcome == "applied"
    assert judge.states[op.record].status == "registered"
    assert not judge.moves


def test_a_mark_cannot_change_a_record_that_is_there() -> None:
    """Not even by the person who made it: from here on its state is reached by steps."""
    judge = _judge()
    first = _op("")
    judge.judge(first)
    for words in (_op(record=first.record), _op(record=first.record, set={}, base_rev=1)):
        assert judge.judge(words).code == "NOT_IMPORTED"
    assert judge.states[first.record].status == "registered"


def test_rights_are_not_widened_by_an_import() -> None:
    """An open state is hers only if her own step leads there; what is over may be brought by whoever looks after it."""
    for role, state, allowed in (
        ("grid_worker", "claimed", True), ("grid_worker", "returned", False), ("grid_lead", "returned", True),
        ("community", "returned", True), ("grid_worker", "transferred", True), ("part_time", "transferred", False),
        ("building_lead", "transferred", False), ("street", "transferred", False), ("auditor", "transferred", False),
    ):  # fmt: skip
        op = _op(state, "wish", set={**WISH, "recorded_by": "a"})
        told = _judge(role, **({"building": "海棠苑/3"} if role == "building_lead" else {})).judge(op)
        assert (told.outcome == "applied") is allowed, (role, state, told)
        assert allowed or told.code in ("NOT_IMPORTED", "NOT_ALLOWED")


@pytest.mark.parametrize("words", [{"content": "收音机，电话 154-0000-0001"}, {"public_alias": "11010519491231002X"}])
def test_what_hangs_in_public_comes_in_without_numbers(words: dict[str, str]) -> None:
    """The state of a notice is not reached by import with somebody's number in what the notice shows."""
    for state, outcome in (("published", "rejected"), ("visited_back", "rejected"), ("fulfilled", "applied")):
        assert _judge("community").judge(_op(state, "wish", set={**WISH, **words})).outcome == outcome
    assert _judge().judge(_op("published", "wish")).outcome == "applied"


def test_only_a_mark_raises_the_schema_an_op_may_have() -> None:
    """What is newer than this server is held as before, with a mark or without one."""
    assert _judge().judge(_op("", schema=SCHEMA)).code == "NEWER_SCHEMA", "a server that knows no marks says the same"
    assert _judge().judge(_op(schema=SCHEMA + 1)).code == "NEWER_SCHEMA"


def test_a_server_that_knows_no_marks_holds_what_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of beginning it anew; what goes on with it waits too, and after the upgrade all is taken."""
    op = _op("performed")
    step = wire.Command(name="follow_up", args={"follow_up_note": "很好"}, expect={"status": "performed"})
    after = _op("", record=op.record, set={}, command=step)
    with monkeypatch.context() as older:
        older.setattr("gridworker.server.imported.newest_schema", lambda _op, ledger: ledger.schema)
        judge = _judge()
        assert [judge.judge(one).code for one in (op, after)] == ["NEWER_SCHEMA", "AFTER_HELD"]
        assert not judge.states
    judge.blocked.clear()
    assert [judge.judge(one).outcome for one in (op, after)] == ["applied", "applied"]
    assert judge.states[op.record].status == "followed_up"


def test_other_devices_are_told_of_the_state_and_of_the_mark(anna: Device, bert: Device) -> None:
    """Over the wire and out of the database: status, and one link beside it, also after a step."""
    op = anna.op(ledger="dispute", set=DISPUTE, schema=SCHEMA, command=_marked(imported="performed"))
    assert anna.push(op)[0].outcome == "applied"
    (record,) = [one for one in bert.pull_page().records if one.id == op.record]
    assert record.status == "performed"
    assert [(one.event, one.source, one.target) for one in record.moves] == [(IMPORTED, "", "performed")]
    step = bert.move(op.record, "dispute", "follow_up", base_rev=record.rev, follow_up_note="很好")
    assert bert.push(step)[0].outcome == "applied"
    (record,) = [one for one in bert.pull_page().records if one.id == op.record]
    assert [one.event for one in record.moves] == [IMPORTED, "follow_up"]
    assert anna.push(op)[0].outcome == "applied", "a replay is answered as before"


def test_a_mark_is_read_from_its_words_alone() -> None:
    """Nothing that has no mark has one by accident."""
    assert mark_of(None) is None
    assert mark_of({}) is None
    assert mark_of({"state": "archived"}) is None
    assert mark_of({IMPORTED: None}) is not None
