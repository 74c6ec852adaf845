"""Ops of a newer program wait on the server until it understands them; many devices at once are served."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from gridworker.identity import new_id
from gridworker.ledgers.registry import all_ledgers
from gridworker.server.held import settle_scope
from gridworker.server.storage import open_storage
from gridworker.sync import wire
from tests.server.clients import Device
from tests.server.running import Running

VISIT = {"visited_at": "2026-03-05T09:40+08:00"}


def test_held_ops_are_settled_once_the_server_understands_them(
    server: Running, anna: Device, monkeypatch: pytest.MonkeyPatch
):
    """After an upgrade, what was held is judged in order, and its device hears the outcomes with a pull."""
    before = anna.op(set=VISIT)
    birth = anna.op(set=VISIT | {"remark": "新版登记"}, schema=2)
    edit = anna.op(birth.record, set={"remark": "新版改过"}, schema=2)
    wrong = anna.op(set={"visited_at": "前天"}, schema=2)
    assert [one.outcome for one in anna.push(before, birth, edit, wrong)] == ["applied", "held", "held", "held"]
    _, cursor = anna.pull()
    newer = {key: replace(ledger, schema=2) for key, ledger in all_ledgers().items()}
    monkeypatch.setattr("gridworker.server.docket.all_ledgers", lambda: newer)

    async def upgrade() -> list[int]:
        storage = await open_storage(server.database_url)
        settled = [await settle_scope(storage, anna.scope), await settle_scope(storage, anna.scope)]
        await storage.close()
        return settled

    assert asyncio.run(upgrade()) == [3, 0]
    page = anna.pull_page(cursor)
    assert [(one.op_id, one.outcome) for one in page.outcomes] == [
        (birth.op_id, "applied"), (edit.op_id, "applied"), (wrong.op_id, "rejected"),
    ]  # fmt: skip
    assert [(delta.id, delta.fields["remark"]) for delta in page.records] == [(birth.record, "新版改过")]
    assert anna.pull_page(page.upto) == wire.ScopeDeltas(upto=page.upto)
    assert anna.push(before, birth, edit, wrong)[1:] == page.outcomes
    # A settling that changes no record passes a cursor as well.
    late = anna.op(set={"visited_at": "前天"}, schema=2)
    anna.push(late)
    _, cursor = anna.pull()
    assert asyncio.run(upgrade()) == [1, 0]
    assert [(one.op_id, one.outcome) for one in anna.pull_page(cursor).outcomes] == [(late.op_id, "rejected")]
    anna.incarnation = 2
    assert anna.pull_page(cursor).outcomes == []


def test_a_held_act_is_settled_whole(server: Running, anna: Device, monkeypatch: pytest.MonkeyPatch):
    """What waited with the op at fault is judged with it: one act stands, of the other nothing does."""
    good, bad = new_id(), new_id()
    first = [anna.op(set=VISIT, act=good), anna.op(set=VISIT, schema=2, act=good)]
    between = anna.op(set=VISIT)
    second = [anna.op(set=VISIT, act=bad), anna.op(set={"visited_at": "前天"}, schema=2, act=bad)]
    assert [one.code for one in anna.push(*first, between, *second)] == [
        "ACT_HELD", "NEWER_SCHEMA", "", "ACT_HELD", "NEWER_SCHEMA",
    ]  # fmt: skip
    _, cursor = anna.pull()
    newer = {key: replace(ledger, schema=2) for key, ledger in all_ledgers().items()}
    monkeypatch.setattr("gridworker.server.docket.all_ledgers", lambda: newer)

    async def upgrade() -> int:
        storage = await open_storage(server.database_url)
        settled = await settle_scope(storage, anna.scope)
        await storage.close()
        return settled

    assert asyncio.run(upgrade()) == 4
    page = anna.pull_page(cursor)
    assert [(one.outcome, one.code) for one in page.outcomes] == [
        ("applied", ""), ("applied", ""), ("rejected", "ACT_REFUSED"), ("rejected", "INVALID"),
    ]  # fmt: skip
    assert {delta.id for delta in page.records} == {op.record for op in first}


def test_many_writers_wait_for_each_other_and_none_is_turned_away(server: Running, grid: str):
    """Eight devices push at once to one grid: all answered, none with BUSY."""
    devices = [Device.enroll(server, grid, name=f"测试员{i}") for i in range(8)]
    outcomes: list[wire.Outcome] = []
    threads = [
        threading.Thread(target=lambda d=device: outcomes.extend(d.push(*(d.op(set=VISIT) for _ in range(100)))))
        for device in devices
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for device in devices:
        device.http.close()
    assert len(outcomes) == 800
    assert sorted(one.rev for one in outcomes) == list(range(1, 801))
