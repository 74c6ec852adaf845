"""What a pull shows to whom, on both databases."""

from __future__ import annotations

import pytest

from gridworker.area.belonging import Post
from gridworker.server import admin
from gridworker.sync import wire
from tests.server.clients import Device, RefusedError
from tests.server.running import Running, make_grid

VISIT = {"visited_at": "2026-03-05T09:40+08:00"}
HOME = {"compound_name": "金沙花园", "building_no": "3", "room_no": "501", "household_tags": ["低保"]}


def _posted(server: Running, post: Post, name: str) -> Device:
    device = Device.enroll(server, make_grid(server.database_url), name=name)
    admin.give_post(server.database_url, device.actor, post)
    return device


def test_a_part_time_worker_pulls_her_own_reports_and_nothing_else(server: Running, anna: Device):
    """Neither households nor what others wrote, however it changed."""
    theirs = anna.op(set=VISIT | {"recorded_by": anna.actor})
    anna.push(theirs, anna.op(ledger="household", set=HOME))
    with Device.enroll(server, anna.scope, name="兼职", role="part_time") as device:
        assert device.pull()[0] == {}
        mine = device.op(set=VISIT | {"recorded_by": device.actor})
        told = device.pushed(mine)
        assert (told.before, told.upto) == ("", "")
        anna.push(anna.op(theirs.record, set={"remark": "改"}), anna.op(mine.record, set={"remark": "补"}))
        found, cursor = device.pull()
        assert found.keys() == {mine.record}
        assert found[mine.record].fields["remark"] == "补"
        assert device.pull(cursor) == ({}, cursor)


def test_what_is_sensitive_stays_with_the_staff(server: Running, anna: Device):
    """A building lead gets her building's households, an auditor all, both without S3 fields; the worker gets all."""
    homes = [anna.op(ledger="household", set=HOME | {"building_no": number}) for number in ("3", "4")]
    anna.push(*homes)
    shown = {}
    for name, post in (
        ("楼长", Post("building_lead", anna.scope, building="金沙花园/3")), ("审计", Post("auditor", anna.scope)),
        ("街道", Post("street", anna.scope[:9])), ("社区", Post("community", anna.scope[:12])),
    ):  # fmt: skip
        with _posted(server, post, name) as device:
            shown[name] = device.pull(scope=anna.scope)[0]
    assert shown["楼长"].keys() == {homes[0].record}
    both = {home.record for home in homes}
    assert shown["审计"].keys() == shown["街道"].keys() == shown["社区"].keys() == both
    for name, has in (("楼长", False), ("审计", False), ("街道", False), ("社区", True)):
        assert all(("household_tags" in delta.fields) == has and delta.whole for delta in shown[name].values())
        assert all(delta.fields["room_no"] == "501" for delta in shown[name].values())


def test_a_unit_gets_a_case_when_it_is_dispatched_to_it(server: Running, anna: Device):
    """Whole, though its fields are older than her cursor; another unit's stays unseen."""
    post = Post("department", anna.scope[:9], unit="街道司法所")
    with _posted(server, post, "司法所") as device:
        cases = [anna.op(ledger="opinion", set={"content": f"事项{i}", "recorded_by": anna.actor}) for i in range(2)]
        outcomes = anna.push(*cases)
        assert {one.outcome for one in outcomes} == {"applied"}
        found, cursor = device.pull(scope=anna.scope)
        assert found == {}
        anna.push(anna.op(cases[0].record, ledger="opinion", set={"lead_unit_id": "街道司法所"}))
        anna.push(anna.op(cases[1].record, ledger="opinion", set={"co_unit_ids": ["物业服务企业"]}))
        found, _ = device.pull(cursor, scope=anna.scope)
        assert found.keys() == {cases[0].record}
        assert found[cases[0].record].whole
        assert found[cases[0].record].fields["content"] == "事项0"


def test_a_post_that_lets_her_see_more_starts_her_anew(server: Running, anna: Device):
    """Cursors name the view they were written for; from narrow to whole and back nothing is missed."""
    anna.push(anna.op(ledger="household", set=HOME), anna.op(set=VISIT))
    with Device.enroll(server, anna.scope, name="调岗", role="part_time") as device:
        found, narrow = device.pull()
        assert found == {}
        admin.give_post(server.database_url, device.actor, Post("grid_worker", anna.scope))
        found, whole = device.pull(narrow)
        assert len(found) == 2
        assert all(delta.whole for delta in found.values())
        assert device.pull(whole) == ({}, whole)
        admin.revoke_grant(server.database_url, anna.scope, device.actor, "grid_worker")
        assert device.pull(whole) == ({}, narrow)


def test_pages_are_counted_by_what_is_read(server: Running, anna: Device, monkeypatch: pytest.MonkeyPatch):
    """Somebody who may see one record in thousands still gets there, page by page."""
    for start in range(0, 2100, 300):
        anna.push(*(anna.op(set=VISIT | {"recorded_by": anna.actor}) for _ in range(start, start + 300)))
    with Device.enroll(server, anna.scope, name="兼职", role="part_time") as device:
        mine = device.op(set=VISIT | {"recorded_by": device.actor})
        device.push(mine)
        page = device.pull_page()
        assert (page.records, page.more) == ([], True)
        assert device.pull()[0].keys() == {mine.record}


def test_a_cursor_of_a_view_that_is_none_is_refused(anna: Device):
    """Only the server writes cursors."""
    for text in ("1~", "1~xyz", "~0123456789ab", "1~0123456789AB"):
        with pytest.raises(RefusedError) as refused:
            anna.pull_page(text)
        assert refused.value.code == "MALFORMED"
    assert anna.pull_page("7~0123456789ab") == wire.ScopeDeltas(upto="0")
