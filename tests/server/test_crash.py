"""Killing the server at any moment loses nothing that was acknowledged and doubles nothing that is sent again."""

from __future__ import annotations

import random
import threading

import httpx
import sqlalchemy as sa

from gridworker.server import admin, tables
from gridworker.server.storage import open_storage
from gridworker.sync import wire
from tests.server.clients import Device, http_client
from tests.server.running import make_grid, start_server

VISIT = {"visited_at": "2026-03-05T09:40+08:00"}


def test_a_server_killed_in_the_middle_of_pushes_loses_and_doubles_nothing(database_url: str):
    """Twice: push without pause, kill -9, start again, send again what got no answer."""
    grid = make_grid(database_url)
    server = start_server(database_url)
    device = Device.enroll(server, grid, name="测试员甲")
    batches: list[list[wire.Op]] = []
    answered: dict[str, wire.Outcome] = {}
    pause = random.Random(7)
    for _ in range(2):
        killer = threading.Timer(0.05 + pause.random() * 0.2, server.kill)
        answers = 0
        while True:
            if not batches or all(op.op_id in answered for op in batches[-1]):
                batches.append([device.op(set=VISIT) for _ in range(40)])
            try:
                answered |= {one.op_id: one for one in device.push(*batches[-1])}
                answers += 1
                # From its second answer on: on a busy machine the first push alone may take as long as a life.
                if answers == 2:
                    killer.start()
            except httpx.TransportError:
                break
        killer.join()
        device.http.close()
        server = start_server(database_url)
        token = device.http.headers["Authorization"]
        device.http = http_client(server.url)
        device.http.headers["Authorization"] = token
        for batch in batches[-2:]:
            again = {one.op_id: one for one in device.push(*batch)}
            assert all(answered.get(op_id, one) == one for op_id, one in again.items())
            answered |= again
    everything = [op for batch in batches for op in batch]
    pulled = device.pull()[0]
    welcome = device.hello()
    device.http.close()
    assert server.stop() == 0
    assert len(batches) > 2
    assert all(answered[op.op_id].outcome == "applied" for op in everything)
    assert {record: delta.rev for record, delta in pulled.items()} == {
        op.record: place for place, op in enumerate(everything, 1)
    }
    assert welcome.grants[0].last_n == welcome.grants[0].seq == len(everything)


def test_a_database_of_a_newer_program_is_refused_untouched(database_url: str):
    """The server explains and changes nothing."""
    import asyncio

    import pytest

    from gridworker.errors import KnownError

    async def age() -> None:
        storage = await open_storage(database_url)
        async with storage.write() as connection:
            await connection.execute(sa.update(tables.server).values(version=tables.VERSION + 1))
        await storage.close()

    asyncio.run(age())
    with pytest.raises(KnownError) as told:
        admin.add_grid(database_url, "370211003041001", "第一网格")
    assert "更新版本" in told.value.title


def test_a_new_epoch_makes_clients_say_hello_again(database_url: str):
    """After a restored backup the administrator changes the epoch; old clients push nothing before they know."""
    import pytest

    from tests.server.clients import RefusedError

    grid = make_grid(database_url)
    server = start_server(database_url)
    with Device.enroll(server, grid, name="测试员甲") as device:
        token, port = device.http.headers["Authorization"], server.port
        server.stop()
        epoch = admin.new_epoch(database_url)
        server = start_server(database_url, port=port)
        with pytest.raises(RefusedError) as refused:
            device.push(device.op(set=VISIT))
        assert (refused.value.code, refused.value.details) == ("EPOCH_CHANGED", {"epoch": epoch})
        assert device.hello().epoch == epoch
        assert device.http.headers["Authorization"] == token
    server.stop()
