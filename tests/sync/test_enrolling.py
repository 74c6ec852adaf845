"""Joining a server: what was written alone comes along, and a failure leaves nothing half done."""

from __future__ import annotations

import json

import pytest

from gridworker.errors import KnownError
from gridworker.identity import LOCAL_GRID_CODE, new_id
from gridworker.sync.enrolling import enroll, open_transport
from tests.sync.test_engine import VISIT
from tests.sync.world import Laptop

_FACTS = "SELECT key, value FROM meta WHERE key <> 'device_key' ORDER BY key"


@pytest.fixture
def alone(tmp_path):
    """A home that was started without a server."""
    laptop = Laptop(tmp_path / "alone")
    facts = {"actor_id": new_id(), "actor_name": "甲", "grid_code": LOCAL_GRID_CODE, "roles": '["grid_worker"]'}
    for key, value in facts.items():
        laptop.store.write(lambda tx, key=key, value=value: tx.set_meta(key, value))
    yield laptop
    laptop.close()


def test_joining_brings_along_what_was_written_alone(server, grid, alone, laptop):
    """Records and operations move to the granted grid and the person the server knows; numbers and words stay."""
    actor = alone.meta("actor_id")
    record = alone.create(**VISIT, recorded_by=actor, visitor_ids=[actor, "other"], record_no="ZF-1")
    alone.edit(record, remark="单独写的", visitor_ids=[actor])
    enrolled = enroll(alone.store, server.url, server.invite(grid, "grid_worker", "张三"))
    assert (enrolled.place.grid_code, enrolled.place.name) == (grid, "第一网格")
    assert (enrolled.actor.name, enrolled.actor.roles) == ("张三", ("grid_worker",))
    values = alone.get(record).values
    assert (values["recorded_by"], values["visitor_ids"]) == (enrolled.actor.id, [enrolled.actor.id])
    assert (values["record_no"], values["remark"], alone.get(record).grid_code) == ("ZF-1", "单独写的", grid)
    assert [(op.n, op.scope, op.actor, op.device) for op in alone.ops(record)] == [
        (1, grid, enrolled.actor.id, alone.meta("device_id")),
        (2, grid, enrolled.actor.id, alone.meta("device_id")),
    ]
    alone.create(**VISIT)
    report = alone.sync()
    assert (report.pushed, report.rejected, alone.waiting()) == (3, 0, 0)
    second = laptop("乙")
    second.sync()
    assert second.flat() == alone.flat()


def test_meta_holds_identity_and_place(alone, server, grid):
    """Who and where this home is stands in its meta, for every later start."""
    enroll(alone.store, server.url + "/", server.invite(grid, "community", "李四"))
    assert alone.meta("server_url") == server.url
    assert (alone.meta("grid_code"), alone.meta("grid_name"), alone.meta("actor_name")) == (grid, "第一网格", "李四")
    assert json.loads(alone.meta("roles")) == ["community"]
    assert alone.meta("incarnation") == "1"


def test_joining_twice_is_refused(server, grid, laptop):
    """A home that has joined stays where it is."""
    joined = laptop()
    before = joined.sql(_FACTS)
    with pytest.raises(KnownError, match="已经加入"):
        enroll(joined.store, server.url, server.invite(grid))
    assert joined.sql(_FACTS) == before


def test_wrong_or_used_code_changes_nothing(server, grid, alone, tmp_path):
    """A code that is wrong, or that another home has used, is refused in words."""
    record = alone.create(**VISIT)
    before = alone.sql(_FACTS), alone.flat()
    used = server.invite(grid)
    other = Laptop(tmp_path / "other", server.url, used)
    other.close()
    for code in (used, "WRNG-CODE-XXXX", ""):
        with pytest.raises(KnownError, match="加入码"):
            enroll(alone.store, server.url, code)
    assert (alone.sql(_FACTS), alone.flat()) == before
    assert alone.get(record).grid_code == LOCAL_GRID_CODE


def test_lost_answer_to_a_code_is_asked_for_again(server, grid, alone, monkeypatch):
    """The same home may use its code again when the first answer never came: the key was kept before it was sent."""
    code = server.invite(grid)

    def stopped(work):
        raise KeyboardInterrupt

    with alone.store.read() as tx:
        assert tx.meta("device_key") is None
    write = alone.store.write
    monkeypatch.setattr(alone.store, "write", lambda work: write(work) if work.__name__ == "keep" else stopped(work))
    with pytest.raises(KeyboardInterrupt):
        enroll(alone.store, server.url, code)
    monkeypatch.undo()
    assert alone.meta("server_url") == ""
    assert enroll(alone.store, server.url, code).place.grid_code == grid


def test_nobody_at_the_address(grid, alone):
    """An address without a server, and what is no address, are told apart; nothing changes."""
    with pytest.raises(KnownError, match="没有应答"):
        enroll(alone.store, "http://127.0.0.1:9", "CODE")
    with pytest.raises(KnownError, match="不是服务器地址"):
        enroll(alone.store, "sync.example.cn", "CODE")
    assert alone.meta("server_url") == ""


def test_syncing_before_joining_says_so(alone):
    """A home that joined no server is told how to join one."""
    with pytest.raises(KnownError, match="还没有加入服务器"):
        open_transport(alone.store)
