"""Cases between devices: one code one case, moments as their makers had them, two people at one step, foreign units."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from gridworker.area.belonging import Post
from gridworker.ledger.case_code import mint
from gridworker.server import admin
from gridworker.sync import wire
from tests.server.clients import Device
from tests.server.running import Running

AT = "2026-03-05T09:40+08:00"
PHOTO = ["a" * 64]
DONE = {"dispose_result": "已修复", "photos_after": PHOTO}


def code(sequence: int = 42) -> str:
    """A code of the grid's community."""
    return mint("QS", "370211003041", date(2026, 3, 5), "A7", sequence)


def case(device: Device, number: str, **more: wire.WireValue) -> wire.Op:
    """A draft as a laptop sends it."""
    values: dict[str, wire.WireValue] = {
        "case_code": number, "record_no": number, "description": "路面塌陷", "address": "3号楼东侧",
        "title": "道路破损", "main_type": "城市管理", "sub_type": "道路破损", "urgency": "一般",
        "source_channel": "走访", "escalation_level": 0, "rework_count": 0, "recorded_by": device.actor,
    }  # fmt: skip
    return device.op(ledger="case", set=values | more)


def outcome(device: Device, *ops: wire.Op) -> list[str]:
    """The codes of a push; empty for what took effect."""
    return [one.code for one in device.push(*ops)]


@pytest.fixture
def office(server: Running, grid: str) -> Iterator[Device]:
    """The community."""
    with Device.enroll(server, grid, name="社区甲", role="community") as device:
        yield device


def held(device: Device, record: str) -> dict[str, wire.WireValue]:
    """The fields of a record as the server gives them."""
    return device.pull()[0][record].fields


def test_one_code_names_one_case(anna: Device, bert: Device):
    """The first arrival keeps it; the other is told which code, and nothing is renumbered."""
    mine, theirs = case(anna, code()), case(bert, code(), description="井盖丢失")
    assert outcome(anna, mine) == [""]
    told = bert.push(theirs)[0]
    assert (told.outcome, told.code, told.details) == ("rejected", "NUMBER_TAKEN", {"case_code": code()})
    assert set(bert.pull()[0]) == {mine.record}
    assert held(bert, mine.record)["case_code"] == code()
    # A retry of the first is the same case and no second one.
    assert outcome(anna, mine) == [""]


def test_another_record_number_does_not_hide_a_second_code(anna: Device, bert: Device):
    """The code itself is looked at, within one batch as well, and a deleted case keeps its own."""
    first = case(anna, code())
    assert outcome(anna, first) == [""]
    assert outcome(bert, case(bert, code(), record_no="别的")) == ["NUMBER_TAKEN"]
    twice = case(bert, code(43)), case(bert, code(43), record_no="又一个")
    assert outcome(bert, *twice) == ["", "NUMBER_TAKEN"]
    gone = anna.op(first.record, "case", command=wire.Command(name="delete", args={}), base_rev=anna.rev(first.record))
    assert outcome(anna, gone) == [""]
    assert outcome(bert, case(bert, code(), record_no="再一个")) == ["NUMBER_TAKEN"]


@pytest.mark.parametrize("other", [code(44), None])
def test_a_code_is_never_changed(anna: Device, other: str | None):
    """Not by its own author, not into nothing; the rest of that op is refused with it."""
    made = case(anna, code())
    anna.push(made)
    told = anna.push(
        anna.op(made.record, "case", set={"case_code": other, "remark": "x"}, base_rev=anna.rev(made.record))
    )
    assert (told[0].outcome, told[0].code) == ("rejected", "CODE_FIXED")
    assert held(anna, made.record)["case_code"] == code()
    assert "remark" not in held(anna, made.record)


@pytest.mark.parametrize("change", [{"due_at": "2099-01-01T23:59+08:00"}, {"closed_at": AT}, {"rework_count": 3}])
def test_what_steps_write_is_not_edited(anna: Device, change: dict[str, wire.WireValue]):
    """A deadline is the clock's and a closing the verifier's, whatever a client sends."""
    made = case(anna, code())
    anna.push(made)
    assert outcome(anna, anna.op(made.record, "case", set=change, base_rev=anna.rev(made.record))) == ["BY_STEPS"]
    assert outcome(anna, anna.op(made.record, "case", set={"remark": "已看"}, base_rev=anna.rev(made.record))) == [""]


@pytest.mark.parametrize("spelt", [code().lower(), code().replace("-", ""), code()[:-1] + "?"])
def test_a_code_has_one_spelling_on_the_wire(anna: Device, spelt: str):
    """A client that does not read codes right cannot bring a second one past the first."""
    assert outcome(anna, case(anna, spelt)) == ["INVALID"]


def test_a_clock_starts_when_the_step_was_made_and_not_when_it_arrived(anna: Device, office: Device):
    """Accepted offline on Thursday 5 March: due on Tuesday the 10th, whenever the laptop found a network."""
    made = case(anna, code())
    anna.push(made, anna.move(made.record, "case", "report"))
    seen = office.rev(made.record)
    assert outcome(office, office.move(made.record, "case", "accept", base_rev=seen)) == [""]
    now = held(office, made.record)
    assert str(now["accepted_at"])[:16] == AT[:16]
    assert now["due_at"] == "2026-03-10T23:59+08:00"
    assert now["accepted_by"] == office.actor


def test_a_moment_that_lies_ahead_is_the_servers(anna: Device, office: Device):
    """A laptop whose clock runs ahead gives nobody a later deadline."""
    made = case(anna, code())
    anna.push(made, anna.move(made.record, "case", "report"))
    command = wire.Command(name="accept", args={}, expect={"status": "reported"})
    ahead = office.op(made.record, "case", command=command, base_rev=office.rev(made.record),
        occurred_at="2099-01-01T00:00:00+08:00")  # fmt: skip
    assert outcome(office, ahead) == [""]
    assert str(held(office, made.record)["accepted_at"]) < "2099"


def _disposed(anna: Device, office: Device) -> str:
    """A case Anna handled herself."""
    made = case(anna, code())
    anna.push(made, anna.move(made.record, "case", "report"))
    office.push(office.move(made.record, "case", "accept", base_rev=office.rev(made.record)))
    seen = anna.rev(made.record)
    steps = [anna.move(made.record, "case", "self_handle", base_rev=seen),
        anna.move(made.record, "case", "finish", base_rev=seen, **DONE)]  # fmt: skip
    assert outcome(anna, *steps) == ["", ""]
    return made.record


def test_of_two_verifiers_the_first_counts(anna: Device, bert: Device, office: Device):
    """Both looked at the same handling; the second hears who was first, and the case is closed once."""
    record = _disposed(anna, office)
    seen = bert.rev(record)
    passed = bert.move(record, "case", "verify_pass", base_rev=seen, expect={"status": "disposed"})
    failed = office.move(record, "case", "verify_fail", base_rev=seen, expect={"status": "disposed"}, reason="不平")
    assert outcome(bert, passed) == [""]
    told = office.push(failed)[0]
    assert (told.outcome, told.code) == ("rejected", "WRONG_STATE")
    assert (told.details["status"], told.details["who"]) == ("closed", bert.actor)
    same = office.push(office.move(record, "case", "verify_pass", base_rev=seen, expect={"status": "disposed"}))[0]
    assert (same.outcome, same.code) == ("rejected", "ALREADY_DONE")
    assert held(anna, record)["verified_by"] == bert.actor
    assert held(anna, record)["rework_count"] == 0


def test_the_handler_cannot_verify_whatever_her_client_says(anna: Device, office: Device):
    """The server asks whose step it is, too."""
    record = _disposed(anna, office)
    told = anna.push(anna.move(record, "case", "verify_pass", base_rev=anna.rev(record)))[0]
    assert (told.outcome, told.code) == ("rejected", "NOT_YOURS")
    assert "不能核查自己" in told.reason


def _unit(server: Running, grid: str, name: str, unit: str) -> Device:
    device = Device.enroll(server, grid, name=name, role="department")
    admin.give_post(server.database_url, device.actor, Post("department", grid, unit=unit))
    return device


def test_only_the_unit_a_case_was_dispatched_to_handles_it(server: Running, grid: str, anna: Device, office: Device):
    """A department sees and moves what is its own; the community writes for it, with a reason."""
    made = case(anna, code())
    anna.push(made, anna.move(made.record, "case", "report"))
    office.push(office.move(made.record, "case", "accept", base_rev=office.rev(made.record)))
    office.push(office.move(made.record, "case", "dispatch", base_rev=office.rev(made.record), lead_unit_id="城市管理"))
    with _unit(server, grid, "城管甲", "城市管理") as city, _unit(server, grid, "供水甲", "供水") as water:
        seen = office.rev(made.record)
        assert outcome(water, water.move(made.record, "case", "start", base_rev=seen)) == ["NOT_ALLOWED"]
        assert outcome(office, office.move(made.record, "case", "start", base_rev=seen)) == ["GUARD"]
        assert outcome(city, city.move(made.record, "case", "start", base_rev=seen)) == [""]
        assert outcome(city, city.move(made.record, "case", "finish", base_rev=seen, **DONE)) == [""]
    assert held(anna, made.record)["disposed_by"] not in (anna.actor, office.actor)
    assert outcome(anna, anna.move(made.record, "case", "verify_pass", base_rev=anna.rev(made.record))) == [""]


def test_a_second_acceptance_moves_no_deadline(anna: Device, office: Device, server: Running, grid: str):
    """Two desks accept the same report: the clock of the first counts."""
    with Device.enroll(server, grid, name="网格长甲", role="grid_lead") as lead:
        made = case(anna, code())
        anna.push(made, anna.move(made.record, "case", "report"))
        seen = office.rev(made.record)
        assert outcome(office, office.move(made.record, "case", "accept", base_rev=seen)) == [""]
        before = held(office, made.record)["due_at"]
        late = lead.op(made.record, "case", command=wire.Command(name="accept", args={}), base_rev=seen,
            occurred_at="2026-03-06T09:00:00+08:00")  # fmt: skip
        assert outcome(lead, late) == ["ALREADY_DONE"]
        assert held(office, made.record)["due_at"] == before
