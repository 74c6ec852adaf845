"""Reference data on the server: set by its administrator, named in HELLO, given by name; unknown codes stay."""

from __future__ import annotations

import json

import pytest

from gridworker.errors import KnownError
from gridworker.identity import new_id
from gridworker.ledger.codes import CodeList
from gridworker.planning import reference
from gridworker.planning.reference import Item
from gridworker.server import reference_admin
from gridworker.sync import wire, wire_bytes, wire_meeting
from tests.server.clients import Device, RefusedError
from tests.server.running import Running

FLOOR = (("楼栋", "楼栋"), ("轨道", "轨道交通"))
OWN = reference.code_table_item("PLACE_TYPE", CodeList(FLOOR, source="街道文件", version=1))
CLOCKS = Item("clocks", "clocks", 2, '{"version":2,"clocks":{"standard":{"working_days":5}}}', "社区")


@pytest.fixture(autouse=True)
def emptied(server: Running) -> None:
    """Each test begins with nothing set."""
    for one in reference_admin.listed(server.database_url):
        if not reference.is_reset(one.item):
            reference_admin.reset(server.database_url, one.item.kind, one.item.key, by="管理员")


def ask(device: Device, *wanted: tuple[str, str]) -> list[wire_meeting.ReferenceItem]:
    """The items of these names."""
    keys = [wire_meeting.ReferenceKey(kind=kind, key=key) for kind, key in wanted]
    return device.call("reference", wire_meeting.AskReference(wanted=keys), wire_meeting.ReferenceData).items


def test_what_is_set_is_named_and_given(server: Running, anna: Device) -> None:
    """With version, source and the digest of the very text; what is not there is left out."""
    before = anna.hello().reference
    assert before is not None
    reference_admin.put(server.database_url, OWN, by="管理员")
    reference_admin.put(server.database_url, CLOCKS, by="管理员")
    marks = {(mark.kind, mark.key): mark for mark in anna.hello().reference or []}
    assert marks["clocks", "clocks"] == wire_meeting.ReferenceMark(
        kind="clocks", key="clocks", version=2, digest=CLOCKS.digest
    )
    items = {
        (one.kind, one.key): one for one in ask(anna, ("clocks", "clocks"), ("code_table", "PLACE_TYPE"), ("a", "b"))
    }
    assert set(items) == {("clocks", "clocks"), ("code_table", "PLACE_TYPE")}
    table = items["code_table", "PLACE_TYPE"]
    given = Item(table.kind, table.key, table.version, table.body, table.source)
    assert (given.digest, given.source) == (marks["code_table", "PLACE_TYPE"].digest, "街道文件")
    assert [tuple(pair) for pair in json.loads(table.body)["entries"]] == list(FLOOR)


def test_a_table_that_follows_goes_up_and_remembers(server: Running, anna: Device) -> None:
    """A device that joins later still learns the label of a code the first table had."""
    reference_admin.put(server.database_url, OWN, by="管理员")
    first = next(one for one in ask(anna, ("code_table", "PLACE_TYPE")))
    follows = reference.code_table_item("PLACE_TYPE", CodeList((("楼栋", "楼栋"),), version=1))
    reference_admin.put(server.database_url, follows, by="管理员")
    (now,) = ask(anna, ("code_table", "PLACE_TYPE"))
    assert now.version > first.version
    assert ["轨道", "轨道交通"] in json.loads(now.body)["retired"]
    reference_admin.reset(server.database_url, "code_table", "PLACE_TYPE", by="管理员")
    (back,) = ask(anna, ("code_table", "PLACE_TYPE"))
    assert json.loads(back.body)["built_in"] is True
    assert ["轨道", "轨道交通"] in json.loads(back.body)["retired"]
    assert back.version > now.version
    with pytest.raises(KnownError, match="没有另外设置"):
        reference_admin.reset(server.database_url, "code_table", "PLACE_TYPE", by="管理员")


def test_a_code_the_server_never_heard_of_is_taken_and_handed_on(server: Running, anna: Device, bert: Device) -> None:
    """A grown table needs no newer ledger: single, in a list, in an edit; both devices hold what was sent."""
    hazard = anna.op(
        ledger="hazard", set={"place": "站台", "place_type": "轨道", "hazard_type": "用电", "description": "x"}
    )
    care = {"care_categories": wire.Elements(add=["独居老人", "新类"])}
    person = anna.op(ledger="person", set={"name": "测试", "household_id": new_id()}, elements=care)
    edit = anna.op(hazard.record, "hazard", set={"hazard_type": "量子"})
    assert [one.outcome for one in anna.push(hazard, person, edit)] == ["applied", "applied", "applied"]
    found, _ = bert.pull()
    assert found[hazard.record].fields["place_type"] == "轨道"
    assert found[hazard.record].fields["hazard_type"] == "量子"
    assert found[person.record].fields["care_categories"] == ["独居老人", "新类"]


def test_the_uses_of_what_would_be_retired_are_counted(server: Running, anna: Device) -> None:
    """Each record once, deleted ones not; the preview writes nothing."""
    ops = [
        anna.op(ledger="hazard", set={"place": "站台", "place_type": "沿街", "hazard_type": "用电", "description": "x"})
        for _ in range(3)
    ]
    anna.push(*ops, anna.op(ops[0].record, "hazard", command=wire.Command(name="delete"), base_rev=99))
    change, uses = reference_admin.preview(server.database_url, OWN)
    assert "沿街" in {code for code, _ in change.retired}
    assert uses["沿街"] >= 2
    assert all(
        one.item.key != "PLACE_TYPE" or reference.is_reset(one.item)
        for one in reference_admin.listed(server.database_url)
    )
    again = reference_admin.preview(server.database_url, OWN)[1]
    anna.push(
        anna.op(ledger="hazard", set={"place": "站", "place_type": "沿街", "hazard_type": "用电", "description": "x"})
    )
    assert reference_admin.preview(server.database_url, OWN)[1]["沿街"] == again["沿街"] + 1


def test_more_than_an_answer_holds_is_refused(anna: Device) -> None:
    """With the limit named, so that a client asks in parts; without a token nothing is given."""
    with pytest.raises(RefusedError) as refused:
        ask(anna, *((("code_table", str(number))) for number in range(wire_bytes.REFERENCE_ITEMS + 1)))
    assert (refused.value.code, refused.value.details["limit"]) == ("TOO_LARGE", wire_bytes.REFERENCE_ITEMS)
    anna.http.headers.pop("Authorization")
    with pytest.raises(RefusedError, match="TOKEN_INVALID"):
        ask(anna, ("clocks", "clocks"))
