"""Who moves to another grid: known there at once, wholly told when she is registered, given back when it is undone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from gridworker.cli import main
from gridworker.ledgers.person import FOLLOWS, GOES_AHEAD
from gridworker.ledgers.registry import all_ledgers
from gridworker.server import tables
from gridworker.server.handover_admin import handovers
from gridworker.server.storage import open_storage
from gridworker.sync import wire
from tests.server.clients import Device, http_client
from tests.server.running import ROOT, Running, make_grid, start_server

PERSON = {
    "name": "李梅", "sex_code": "2", "birth_date": "1950-03-02", "contact": "15400001234", "population_type": "户籍",
    "relation_code": "12", "care_level": "high", "health_code": "3", "emergency_contact": "王强",
    "emergency_phone": "15400001111", "remark": "只给本网格看", "living_state": "在住",
    "residence_address": "海棠苑3号楼",
    "guardian_person_id": "0190a6c2-0000-7000-8000-00000000000a", "from_a_newer_program": "不外传",
}  # fmt: skip
CATEGORIES = {"care_categories": wire.Elements(add=["独居老人"])}


@pytest.fixture
def carl(server: Running) -> Iterator[Device]:
    """The worker of another grid."""
    with Device.enroll(server, make_grid(server.database_url), name="测试员丙") as device:
        yield device


def registered(device: Device, **more: object) -> str:
    """A person in a household, with more than anybody else may see."""
    home = device.op(ledger="household", set={"room_no": "501", "remark": "户情"})
    person = device.op(ledger="person", set={**PERSON, "household_id": home.record, **more}, elements=CATEGORIES)
    visit = device.op(set={"household_id": home.record, "visited_at": "2026-03-05T09:40+08:00", "remark": "走访"})
    assert [one.outcome for one in device.push(home, person, visit)] == ["applied"] * 3
    return person.record


def leave(device: Device, person: str, grid: str, **more: object) -> list[wire.Op]:
    """What a client sends when somebody moves to another grid."""
    values = {"person_id": person, "movement_type": "迁往其他网格", "occurred_on": "2026-03-06", "other_grid": grid}
    gone = {"living_state": "迁出", "left_on": "2026-03-06", "household_id": None}
    return [
        device.op(ledger="movement", set=values | more), device.op(person, "person", set=gone, base_rev=99),
    ]  # fmt: skip


def moved(device: Device, person: str, grid: str) -> str:
    """The movement, pushed."""
    ops = leave(device, person, grid)
    assert [one.outcome for one in device.push(*ops)] == ["applied", "applied"]
    return ops[0].record


def awaited(device: Device) -> tuple[wire.Delta, wire.Delta]:
    """The person and the 迁入 that wait in a grid."""
    found = device.pull()[0].values()
    (person,) = (one for one in found if one.type == "person" and not one.deleted)
    (move,) = (one for one in found if one.type == "movement" and not one.deleted)
    return person, move


def receive(device: Device, person: wire.Delta, move: wire.Delta) -> list[wire.Outcome]:
    """What a client sends when the worker registers her into a household."""
    home = device.op(ledger="household", set={"room_no": "101"})
    lives = {"household_id": home.record, "relation_code": "02", "living_state": "在住"}
    return device.push(
        home,
        device.op(move.id, "movement", set={"to_household_id": home.record, "relation_code": "02"}, base_rev=move.rev),
        device.op(person.id, "person", set=lives, base_rev=person.rev),
    )


def undo(device: Device, person: str, move: str, base_rev: int = 0) -> list[wire.Outcome]:
    """What a client sends when the move is undone at once, before it pulled anything."""
    back = {"living_state": "在住", "left_on": None, "household_id": "0190a6c2-0000-7000-8000-00000000000b"}
    return device.push(
        device.op(person, "person", set=back, base_rev=base_rev),
        device.op(move, "movement", command=wire.Command(name="delete"), base_rev=base_rev),
    )


def state_of(device: Device, move: str) -> object:
    """How far a move has come, as its own grid sees it."""
    return device.pull()[0][move].fields.get("transfer_state")


def test_both_grids_show_the_move_until_she_is_registered(anna: Device, carl: Device):
    """The old grid 迁移中, the new one 待接收; with the household she is 在住 there, and the old grid hears of it."""
    person = registered(anna)
    move = moved(anna, person, carl.scope)
    assert state_of(anna, move) == "迁移中"
    here, coming = awaited(carl)
    assert here.fields["living_state"] == coming.fields["transfer_state"] == "待接收"
    assert (here.fields["identity_id"], here.id != person) == (person, True)
    assert coming.fields["movement_type"] == "迁入"
    assert (coming.fields["person_id"], coming.fields["other_grid"]) == (here.id, anna.scope)
    assert coming.fields["transfer_id"] == move == anna.pull()[0][move].fields["transfer_id"]
    assert coming.fields["occurred_on"] == "2026-03-06"
    assert [one.outcome for one in receive(carl, here, coming)] == ["applied"] * 3
    assert carl.pull()[0][here.id].fields["living_state"] == "在住"
    assert state_of(carl, coming.id) == state_of(anna, move) == "已接收"
    old = anna.pull()[0][person].fields
    assert (old["living_state"], old["remark"], old.get("household_id")) == ("迁出", "只给本网格看", None)


def test_the_other_grid_is_told_of_her_and_of_nothing_else(server: Running, anna: Device, carl: Device):
    """Name and face first; what is sensitive only to the grid that registered her; household, visits, links never."""
    move = moved(anna, registered(anna), carl.scope)
    assert len(carl.pull()[0]) == 2
    here, coming = awaited(carl)
    own = {"record_no", "recorded_at", "living_state", "identity_id"}
    ahead = {key for key in GOES_AHEAD if key in PERSON}
    assert set(here.fields) - own == ahead
    assert {key: here.fields[key] for key in ahead} == {key: PERSON[key] for key in ahead}
    receive(carl, here, coming)
    told = carl.pull()[0][here.id].fields
    follows = {key for key in FOLLOWS if key in PERSON} | {"care_categories"}
    assert set(told) - own - ahead - {"household_id", "relation_code"} == follows
    assert told["care_categories"] == ["独居老人"]
    told_of_anna = str([one.fields for one in carl.pull()[0].values()])
    assert "只给本网格看" not in told_of_anna
    assert anna.actor not in told_of_anna
    # As a whole value: the digits alone may stand in an id.
    assert "'501'" not in told_of_anna
    with pytest.raises(Exception, match="SCOPE_FORBIDDEN"):
        carl.pull(scope=anna.scope)
    (row,) = _rows(server.database_url, tables.arrival, tables.arrival.c.move == move)
    assert (row.state, row.sealed, row.sent_by, row.settled_by) == ("received", "{}", anna.actor, carl.actor)
    assert "care_level" in row.carried
    assert {one.body for one in _rows(server.database_url, tables.letter, tables.letter.c.move == move)} == {""}


def test_the_office_reads_who_handed_over_what_and_no_name(
    server: Running, anna: Device, carl: Device, capsys: pytest.CaptureFixture[str]
):
    """From where to where, by whom, how far, which fields; the list names nobody who moved."""
    move = moved(anna, registered(anna), carl.scope)
    (told,) = [one for one in handovers(server.database_url) if one.move == move]
    assert (told.source, told.target, told.state, told.sent_by) == (anna.scope, carl.scope, "awaited", "测试员甲")
    assert (told.settled_by, "health_code" in told.fields) == ("", True)
    receive(carl, *awaited(carl))
    assert main(["admin", "--database", server.database_url, "handovers"]) == 0
    assert "已接收" in capsys.readouterr().out
    (told,) = [one for one in handovers(server.database_url) if one.move == move]
    assert (told.state, told.settled_by) == ("received", "测试员丙")
    assert "李梅" not in str(told)


def test_every_field_of_a_person_is_told_or_kept_on_purpose():
    """A new field does not travel by chance: it is named here or among those that go along."""
    kept = {
        "record_no", "recorded_by", "recorded_at", "source_channel", "attachments", "remark", "household_id",
        "relation_code", "residence_address", "guardian_person_id", "living_state", "left_on", "merged_into_id",
        "identity_id",
    }  # fmt: skip
    declared = {field.key for field in all_ledgers()["person"].fields}
    assert declared == kept | {*GOES_AHEAD, *FOLLOWS}
    assert not kept & {*GOES_AHEAD, *FOLLOWS}
    secret = {field.key for field in all_ledgers()["person"].fields if field.sensitivity.name == "SENSITIVE"}
    assert not secret & {*GOES_AHEAD}


@pytest.mark.parametrize("case", ["unknown", "same", "deleted"])
def test_who_cannot_be_handed_over_is_said_and_the_move_stands(anna: Device, carl: Device, case: str):
    """No such grid, the same grid, no such person: the movement is applied, and says why nobody was told."""
    person = registered(anna)
    grid = {"unknown": "370211999999999", "same": anna.scope, "deleted": carl.scope}[case]
    if case == "deleted":
        anna.push(anna.op(person, "person", command=wire.Command(name="delete"), base_rev=99))
    ops = leave(anna, person, grid)[:1]
    assert [one.outcome for one in anna.push(*ops)] == ["applied"]
    told = anna.pull()[0][ops[0].record].fields
    assert (told["transfer_state"], "打印居民登记表" in told["transfer_note"]) == ("未移交", True)
    assert carl.pull()[0] == {}


def test_an_undo_takes_her_back_while_nobody_there_touched_her(anna: Device, carl: Device):
    """Sent before anything was pulled: the arrival is gone, and a second move brings the same person again."""
    person = registered(anna)
    move = moved(anna, person, carl.scope)
    first = awaited(carl)[0]
    assert [one.outcome for one in undo(anna, person, move)] == ["applied", "applied"]
    assert state_of(anna, move) == "已收回"
    assert all(one.deleted for one in carl.pull()[0].values())
    moved(anna, person, carl.scope)
    assert awaited(carl)[0].id == first.id


@pytest.mark.parametrize("pulled", [False, True])
def test_an_undo_that_comes_too_late_is_refused_in_words(anna: Device, carl: Device, *, pulled: bool):
    """She lives in one grid: the person stays 迁出, the movement stays, whether or not the undoer had heard of it."""
    person = registered(anna)
    move = moved(anna, person, carl.scope)
    seen = anna.rev(person) if pulled else 5
    receive(carl, *awaited(carl))
    outcomes = undo(anna, person, move, base_rev=seen)
    assert outcomes[0].outcome == "conflict"
    assert (outcomes[1].outcome, outcomes[1].code) == ("rejected", "KEPT")
    assert "对方网格已经接收" in outcomes[1].reason
    found = anna.pull()[0]
    assert found[person].fields["living_state"] == "迁出"
    assert (found[move].deleted, found[move].fields["transfer_state"]) == (False, "已接收")


def test_whoever_is_touched_there_is_not_taken_back(anna: Device, carl: Device):
    """A corrected phone number is work: the old grid hears 接收中, and its undo is refused from then on."""
    person = registered(anna)
    move = moved(anna, person, carl.scope)
    here, _ = awaited(carl)
    carl.push(carl.op(here.id, "person", set={"contact": "15400009999"}, base_rev=here.rev))
    assert state_of(anna, move) == "接收中"
    assert undo(anna, person, move, base_rev=5)[1].code == "KEPT"
    assert awaited(carl)[0].fields["contact"] == "15400009999"


def test_a_grid_that_turns_her_away_is_heard(anna: Device, carl: Device):
    """The worker deletes the 迁入: the person goes with it, and the old grid reads that nobody received her."""
    move = moved(anna, registered(anna), carl.scope)
    _, coming = awaited(carl)
    carl.push(carl.op(coming.id, "movement", command=wire.Command(name="delete"), base_rev=coming.rev))
    assert all(one.deleted for one in carl.pull()[0].values())
    assert state_of(anna, move) == "未移交"


def test_a_corrected_grid_code_leads_her_to_the_right_grid(anna: Device, bert: Device, carl: Device, server: Running):
    """The wrong grid forgets her, the right one awaits her."""
    with Device.enroll(server, make_grid(server.database_url), name="测试员丁") as dora:
        move = moved(anna, registered(anna), carl.scope)
        anna.push(anna.op(move, "movement", set={"other_grid": dora.scope}, base_rev=anna.rev(move)))
        assert all(one.deleted for one in carl.pull()[0].values())
        assert awaited(dora)[0].fields["name"] == "李梅"
        assert state_of(anna, move) == "迁移中"


def test_who_comes_home_finds_her_old_record(anna: Device, carl: Device):
    """One identity over grids: back in the first grid it is the first record again, history and all."""
    person = registered(anna)
    moved(anna, person, carl.scope)
    there, coming = awaited(carl)
    receive(carl, there, coming)
    gone = leave(carl, there.id, anna.scope)
    carl.push(*gone)
    back = anna.pull()[0][person]
    assert (back.fields["living_state"], back.fields.get("left_on")) == ("待接收", None)
    assert back.fields["remark"] == "只给本网格看"
    # Undone before she is registered, she is as she was: away.
    undo(carl, there.id, gone[0].record, base_rev=carl.rev(there.id))
    assert anna.pull()[0][person].fields["living_state"] == "迁出"


def test_the_own_words_of_the_server_come_after_the_cursor_of_a_push(anna: Device, carl: Device):
    """A client that takes `upto` for its cursor still pulls 迁移中."""
    person = registered(anna)
    ops = leave(anna, person, carl.scope)
    pushed = anna.pushed(*ops)
    assert int(pushed.upto) < pushed.seq
    found = anna.pull(pushed.upto)[0]
    assert found[ops[0].record].fields["transfer_state"] == "迁移中"


def test_only_the_server_writes_how_far_a_move_has_come(anna: Device, carl: Device):
    """A device that claims 已接收 is refused."""
    move = moved(anna, registered(anna), carl.scope)
    (outcome,) = anna.push(anna.op(move, "movement", set={"transfer_state": "已接收"}, base_rev=anna.rev(move)))
    assert outcome.code == "BY_STEPS"


# Ends itself at the first letter: before the other grid reads it, or when it has read it and nobody noted that.
_DYING = """
import os, signal, sys
from gridworker.server import delivery, letters
from gridworker.server.serve import serve
async def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "before":
    delivery._read_in = die
else:
    letters.note_delivered = die
serve(sys.argv[1], "127.0.0.1", 0)
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("woken", ["start", "pull"])
def test_a_server_killed_between_the_two_grids_delivers_once(database_url: str, moment: str, woken: str):
    """Killed behind the old grid's transaction: the move is not lost, and she arrives once."""
    old, new = make_grid(database_url), make_grid(database_url)
    server = _dying(database_url, moment)
    anna, carl = (Device.enroll(server, grid, name=name) for grid, name in ((old, "甲"), (new, "丙")))
    person = registered(anna)
    ops = leave(anna, person, new)
    with pytest.raises(httpx.TransportError):
        anna.push(*ops)
    server.kill()
    if woken == "pull":
        # As a server whose start did not come to it.
        server = _start(
            database_url, "from gridworker.server import serve as s\nasync def no(_): pass\ns.deliver = no\n"
        )
    else:
        server = start_server(database_url)
    for device in (anna, carl):
        _go_on(device, server)
    here, coming = awaited(carl)
    assert here.fields["name"] == "李梅"
    assert [one.outcome for one in anna.push(*ops)] == ["applied", "applied"]
    assert len(carl.pull()[0]) == 2
    assert len(_rows(database_url, tables.arrival, tables.arrival.c.scope == new)) == 1
    assert all(one.delivered_at for one in _rows(database_url, tables.letter, tables.letter.c.scope == old))
    receive(carl, here, coming)
    assert state_of(anna, ops[0].record) == "已接收"
    anna.http.close()
    carl.http.close()
    server.stop()


# Takes everything in and carries no letter.
_MUTE = """
from gridworker.server import pull, push, serve as s
async def no(*_): pass
s.deliver = push.deliver = pull.deliver = no
"""


def test_letters_that_cross_end_in_a_word_to_both_grids_people(database_url: str):
    """Undone in the very moment in which she was taken up: nobody's work is lost, and the move says 需核对."""
    old, new = make_grid(database_url), make_grid(database_url)
    server = start_server(database_url)
    anna, carl = (Device.enroll(server, grid, name=name) for grid, name in ((old, "甲"), (new, "丙")))
    person = registered(anna)
    move = moved(anna, person, new)
    here, _ = awaited(carl)
    server.stop()
    server = _start(database_url, _MUTE)
    for device in (anna, carl):
        _go_on(device, server)
    carl.push(carl.op(here.id, "person", set={"contact": "15400009999"}, base_rev=here.rev))
    assert [one.outcome for one in undo(anna, person, move, base_rev=anna.rev(move))] == ["applied", "applied"]
    assert anna.pull()[0][move].deleted
    server.stop()
    server = start_server(database_url)
    for device in (anna, carl):
        _go_on(device, server)
    found = anna.pull()[0][move]
    assert (found.deleted, found.fields["transfer_state"]) == (False, "需核对")
    assert awaited(carl)[0].fields["contact"] == "15400009999"
    anna.http.close()
    carl.http.close()
    server.stop()


def _go_on(device: Device, server: Running) -> None:
    token = device.http.headers["Authorization"]
    device.http.close()
    device.http = http_client(server.url)
    device.http.headers["Authorization"] = token


def _dying(database_url: str, moment: str) -> Running:
    return _listening([sys.executable, "-c", _DYING, database_url, moment], database_url)


def _start(database_url: str, first: str) -> Running:
    program = f"{first}\nfrom gridworker.server.serve import serve; serve({database_url!r}, '127.0.0.1', 0)"
    return _listening([sys.executable, "-c", program], database_url)


def _listening(command: list[str], database_url: str) -> Running:
    from pathlib import Path

    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    return Running(line.split("正在 ")[1].split()[0], database_url, process, Path())


def _rows(database_url: str, table: sa.Table, where: sa.ColumnElement[bool]) -> list[sa.Row]:
    async def work() -> list[sa.Row]:
        storage = await open_storage(database_url)
        async with storage.read() as connection:
            found = (await connection.execute(sa.select(table).where(where))).all()
        await storage.close()
        return list(found)

    return asyncio.run(work())
