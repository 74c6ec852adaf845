"""PULL on both databases: deltas, pages that lose nothing, and eight writers beside a reader."""

from __future__ import annotations

import threading

import pytest

from gridworker.area.belonging import Post
from gridworker.identity import new_id
from gridworker.ledgers.registry import find_ledger
from gridworker.server import admin
from gridworker.sync import wire
from tests.server.clients import Device, RefusedError
from tests.server.running import Running, make_grid

VISIT = {"visited_at": "2026-03-05T09:40+08:00"}


def _apply(held: dict[str, dict[str, object]], page: wire.ScopeDeltas) -> None:
    """What a client does with a page."""
    for delta in page.records:
        held[delta.id] = delta.fields if delta.whole else held[delta.id] | delta.fields


def test_only_what_changed_comes_again(anna: Device, bert: Device):
    """After a first pull, a change of one field brings that field alone; an empty pull brings nothing."""
    op = anna.op(set=VISIT | {"raised_issue": "路灯不亮"})
    anna.push(op)
    _, cursor = bert.pull()
    assert bert.pull_page(cursor) == wire.ScopeDeltas(upto=cursor)
    anna.push(anna.op(op.record, set={"remark": "已报修"}))
    (delta,) = bert.pull_page(cursor).records
    assert (delta.fields, delta.whole) == ({"remark": "已报修"}, False)


def test_a_cleared_field_comes_as_null(anna: Device):
    """Clearing is a change like any other."""
    op = anna.op(set=VISIT | {"remark": "删我"})
    anna.push(op)
    _, cursor = anna.pull()
    anna.push(anna.op(op.record, set={"remark": None}))
    assert anna.pull_page(cursor).records[0].fields == {"remark": None}


def test_pages_lose_nothing_of_a_record_that_comes_late(anna: Device, bert: Device):
    """A record edited once before a page border and once behind it arrives with both edits, and its steps.

    Compared with the end of the page before instead of with where the pull began, the first edit would never arrive.
    """
    hazard = anna.op(ledger="hazard", set={"place": "3号楼", "description": "堆物"})
    ops = [anna.op(set=VISIT) for _ in range(2000)]
    _push_all(anna, [hazard, *ops])
    held: dict[str, dict[str, object]] = {}
    cursor = ""
    while (page := bert.pull_page(cursor)).records:
        _apply(held, page)
        cursor = page.upto
    anna.push(anna.op(hazard.record, "hazard", set={"notice_no": "早改"}))
    anna.push(anna.move(hazard.record, "hazard", "register", **_hazard_codes()))
    _push_all(anna, [anna.op(op.record, set={"change_note": "改"}) for op in ops])
    anna.push(anna.op(hazard.record, "hazard", set={"remark": "晚改"}))
    pages = []
    while (page := bert.pull_page(cursor)).records:
        pages.append(page)
        _apply(held, page)
        cursor = page.upto
    assert [(len(page.records), page.more) for page in pages] == [(2000, True), (1, False)]
    assert (held[hazard.record]["notice_no"], held[hazard.record]["remark"]) == ("早改", "晚改")
    assert [move.event for move in pages[1].records[0].moves] == ["register"]
    assert {record: delta.fields for record, delta in anna.pull()[0].items()} == held


def _push_all(device: Device, ops: list[wire.Op]) -> None:
    for start in range(0, len(ops), 500):
        assert {one.outcome for one in device.push(*ops[start : start + 500])} == {"applied"}


def test_the_steps_of_a_record_come_once_it_comes(anna: Device):
    """A delta brings the steps made since the cursor, in order; older ones do not come again."""
    op = anna.op(ledger="hazard", set={"place": "3号楼", "description": "堆物"})
    anna.push(op, anna.move(op.record, "hazard", "register", **_hazard_codes()))
    (delta,) = anna.pull_page().records
    assert [(move.event, move.source, move.target, move.actor) for move in delta.moves] == [
        ("register", "found", "registered", anna.actor)
    ]
    _, cursor = anna.pull()
    anna.push(anna.move(op.record, "hazard", "fix_on_site", measure="当场清走", photos_before=["a" * 64]))
    (delta,) = anna.pull_page(cursor).records
    assert ([move.event for move in delta.moves], delta.status) == (["fix_on_site"], "fixed_on_site")
    assert delta.fields["measure"] == "当场清走"


def _hazard_codes() -> dict[str, str]:
    ledger = find_ledger("hazard")
    return {key: ledger[key].table.entries[0][0] for key in ("place_type", "hazard_type", "hazard_level")}


def test_several_scopes_in_one_pull(server: Running, anna: Device):
    """A worker with two grids asks once, and pushes to each on its own; a foreign third refuses the question."""
    second, foreign = make_grid(server.database_url), make_grid(server.database_url)
    admin.give_post(server.database_url, anna.actor, Post("grid_worker", second))
    anna.push(anna.op(set=VISIT))
    anna.push(*(anna.op(set=VISIT, scope=second) for _ in range(2)), scope=second)
    scopes = {anna.scope: "", second: ""}
    message = wire.Pull(protocol=1, epoch=anna.epoch, incarnation=1, scopes=scopes)
    news = anna.call("pull", message, wire.Pulled).scopes
    assert {scope: len(page.records) for scope, page in news.items()} == {anna.scope: 1, second: 2}
    message = wire.Pull(protocol=1, epoch=anna.epoch, incarnation=1, scopes=scopes | {foreign: ""})
    with pytest.raises(RefusedError) as refused:
        anna.call("pull", message, wire.Pulled)
    assert refused.value.code == "SCOPE_FORBIDDEN"


def test_a_scope_that_was_taken_away_says_so(server: Running, anna: Device, bert: Device):
    """Loss is an explicit word, never mere absence, and nothing else is told about the scope."""
    anna.push(anna.op(set=VISIT))
    _, cursor = bert.pull()
    admin.revoke_grant(server.database_url, bert.scope, bert.actor)
    assert bert.pull_page(cursor) == wire.ScopeDeltas(upto=cursor, revoked=True)
    assert bert.hello().grants == []
    assert anna.pull()[0]


def test_a_cursor_that_is_none_is_refused(anna: Device):
    """Only the server writes cursors."""
    for text in ("x", "1.2.3", "-1", "1" * 30):
        with pytest.raises(RefusedError) as refused:
            anna.pull_page(text)
        assert refused.value.code == "MALFORMED"


def test_eight_writers_and_a_reader_lose_nothing(server: Running, grid: str):
    """Whatever a reader's cursor passes, it has seen: no revision becomes visible behind it."""
    devices = [Device.enroll(server, grid, name=f"测试员{i}") for i in range(8)]
    reader = Device.enroll(server, grid, name="测试读者")
    per_writer, done = 8, threading.Event()
    sent: list[str] = []
    seen: dict[str, int] = {}
    revisions: list[int] = []

    def write(device: Device) -> None:
        for _ in range(per_writer):
            ops = [device.op(set=VISIT) for _ in range(5)]
            assert all(one.outcome == "applied" for one in device.push(*ops))
            sent.extend(op.record for op in ops)

    def read() -> None:
        cursor = ""
        while True:
            last = done.is_set()
            page = reader.pull_page(cursor)
            for delta in page.records:
                seen[delta.id] = delta.rev
                revisions.append(delta.rev)
            cursor = page.upto
            if last and not page.more:
                return

    writers = [threading.Thread(target=write, args=(device,)) for device in devices]
    reading = threading.Thread(target=read)
    for thread in (reading, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reading.join()
    for device in (*devices, reader):
        device.http.close()
    assert len(sent) == 8 * per_writer * 5
    assert set(seen) == set(sent)
    assert revisions == sorted(revisions)
    assert sorted(seen.values()) == list(range(1, len(sent) + 1))


def test_people_of_the_grid_are_named(anna: Device, bert: Device):
    """Records carry ids; hello brings the names behind them, and what the device may do."""
    welcome = anna.hello(clock="2020-01-01T00:00:00+08:00")
    assert {(one.id, one.name, one.role) for one in welcome.people if one.scope == anna.scope} == {
        (anna.actor, "测试员甲", "grid_worker"),
        (bert.actor, "测试员乙", "grid_worker"),
    }
    (grant,) = welcome.grants
    assert (grant.scope, grant.roles, grant.last_n) == (anna.scope, ["grid_worker"], 0)
    assert grant.community_name
    assert welcome.clock_offset_ms < 0
    assert welcome.schemas["visit"] == 1
    anna.push(anna.op(set=VISIT))
    assert anna.hello().grants[0].last_n == 1
    assert anna.hello(incarnation=2).grants[0].last_n == 0


def test_a_client_of_another_age_is_told(anna: Device):
    """No common protocol: refused with the range this server speaks."""
    with pytest.raises(RefusedError) as refused:
        anna.hello(oldest_protocol=2, newest_protocol=3)
    assert (refused.value.status, refused.value.code) == (426, "PROTOCOL")
    assert refused.value.details == {"oldest": 1, "newest": 1}
    assert anna.hello(oldest_protocol=1, newest_protocol=9).protocol == 1


def test_a_delta_names_who_changed_a_record_last(anna: Device, bert: Device):
    """Actor and arrival time, both the server's word."""
    record = new_id()
    anna.push(anna.op(record, set=VISIT))
    bert.push(bert.op(record, set={"remark": "乙"}, base_rev=1))
    delta = anna.pull()[0][record]
    assert delta.actor == bert.actor
    assert delta.at.endswith("+08:00")
