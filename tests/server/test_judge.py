"""The judge by itself: a fault of ours in one op holds that op and no other."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date

import pytest

from gridworker.area.belonging import Actor, Post
from gridworker.identity import new_id
from gridworker.ledgers.registry import all_ledgers
from gridworker.server.judge import Judge
from gridworker.server.state import from_row, to_row
from gridworker.sync import wire

VISIT = {"visited_at": "2026-03-05T09:40+08:00"}


GRID = "370211003041001"


def _actor(role: str, **more: str) -> Actor:
    return Actor("a", "测试员甲", (Post(role, GRID, **more),))


def _judge(**more: object) -> Judge:
    members = {
        "scope": GRID, "author": "d.1", "actor": _actor("grid_worker"), "now_ms": 1,
        "today": date(2026, 3, 5), "seq": 0, "ledgers": all_ledgers(), "states": {}, "numbers": {}, "blocked": {},
        "actor_of": lambda _author: "a",
    }  # fmt: skip
    return Judge(**(members | more))


def _op(**more: object) -> wire.Op:
    members = {
        "op_id": new_id(), "n": 1, "actor": "a", "scope": "370211003041001", "type": "visit", "record": new_id(),
        "schema": 1, "base_rev": 0, "occurred_at": "", "set": VISIT,
    }  # fmt: skip
    return wire.Op(**(members | more))


def test_a_fault_in_a_rule_holds_the_op_and_says_nothing_personal(caplog: pytest.LogCaptureFixture):
    """The log names the kind of fault, its place and the op's id; the next op is judged."""

    def broken(_values: object, _context: object) -> object:
        raise KeyError("张秘密")

    visit = all_ledgers()["visit"]
    judge = _judge(ledgers=all_ledgers() | {"visit": replace(visit, check=broken)})
    poison = _op()
    with caplog.at_level(logging.ERROR):
        told = judge.judge(poison)
    assert (told.outcome, told.code) == ("held", "SERVER_FAULT")
    assert poison.op_id in caplog.text
    assert "KeyError" in caplog.text
    assert "张秘密" not in caplog.text
    assert judge.judge(_op(type="household", set={"building_no": "3"})).outcome == "applied"
    assert judge.judge(_op(record=poison.record)).code == "AFTER_HELD"


def test_a_state_is_the_same_after_it_was_stored():
    """Values, marks, status and the last step survive the row."""
    judge = _judge()
    wish = _op(type="wish", set={"content": "一台血压计"})
    judge.judge(wish)
    judge.actor = _actor("community")
    args = {"review_note": "转街道"}
    assert judge.judge(_op(type="wish", record=wish.record, set={}, command=wire.Command(name="transfer", args=args)))
    (state,) = judge.dirty_states()
    assert state.last_move is not None
    assert from_row(to_row(judge.scope, state)) == state


def test_revisions_are_given_only_to_what_changed():
    """An op that changes nothing takes no revision, so that a pull has nothing to bring."""
    judge = _judge()
    op = _op()
    assert [judge.judge(op).rev, judge.judge(_op(record=op.record)).rev, judge.seq] == [1, 1, 1]
    assert judge.judge(_op(record=op.record, set={"remark": "改"})).rev == 2
    assert judge.seq == 2
