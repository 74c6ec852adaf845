"""Two devices and one record: what merges, what becomes a conflict, what a race for a step comes to."""

from __future__ import annotations

import threading

from gridworker.sync import wire
from tests.server.clients import Device
from tests.server.running import Running

WISH = {"collected_on": "2026-03-01", "wisher_group": "老年人", "wish_type": "物品", "content": "一台血压计"}
HOUSE = {"compound_name": "测试小区", "building_no": "3", "room_no": "501", "tenure_code": "自住"}


def _house(device: Device, **more: object) -> tuple[str, int]:
    op = device.op(ledger="household", set=HOUSE | more)
    assert device.push(op)[0].outcome == "applied"
    return op.record, device.rev(op.record)


def test_different_fields_merge(anna: Device, bert: Device):
    """Each changed another field: both stand, and the second hears that it was merged."""
    record, rev = _house(anna)
    anna.push(anna.op(record, "household", set={"remark": "甲写"}, base_rev=rev))
    told = bert.push(bert.op(record, "household", set={"register_no": "123"}, base_rev=rev))[0]
    assert told.outcome == "merged"
    fields = anna.pull()[0][record].fields
    assert (fields["remark"], fields["register_no"]) == ("甲写", "123")


def test_the_same_field_conflicts_and_nothing_is_lost(anna: Device, bert: Device):
    """The first stands; the second is told both values and whose the first is; its other field is written."""
    record, rev = _house(anna)
    anna.push(anna.op(record, "household", set={"remark": "甲写"}, base_rev=rev))
    told = bert.push(bert.op(record, "household", set={"remark": "乙写", "register_no": "9"}, base_rev=rev))[0]
    assert (told.outcome, told.code) == ("conflict", "FIELD")
    (one,) = told.conflicts
    assert (one.field, one.theirs, one.mine, one.author, one.actor) == (
        "remark",
        "甲写",
        "乙写",
        anna.author,
        anna.actor,
    )
    fields = bert.pull()[0][record].fields
    assert (fields["remark"], fields["register_no"]) == ("甲写", "9")


def test_the_same_value_is_no_conflict(anna: Device, bert: Device):
    """Both wrote the same: merged."""
    record, rev = _house(anna)
    anna.push(anna.op(record, "household", set={"remark": "一样"}, base_rev=rev))
    told = bert.push(bert.op(record, "household", set={"remark": "一样"}, base_rev=rev))[0]
    assert (told.outcome, told.conflicts) == ("merged", [])


def test_a_chain_of_own_offline_edits_never_conflicts_with_itself(anna: Device):
    """Ten edits of one field on one base, in several batches, all applied."""
    record, rev = _house(anna)
    edits = [anna.op(record, "household", set={"remark": f"第{i}稿"}, base_rev=rev) for i in range(10)]
    told = [*anna.push(*edits[:4]), *anna.push(*edits[4:5]), *anna.push(*edits[5:])]
    assert [one.outcome for one in told] == ["applied"] * 10
    assert anna.pull()[0][record].fields["remark"] == "第9稿"


def test_an_edit_of_a_fresh_record_needs_no_pull(anna: Device):
    """Born and edited offline: base 0 both times, one batch."""
    birth = anna.op(ledger="household", set=HOUSE)
    edit = anna.op(birth.record, "household", set={"remark": "补"})
    assert [one.outcome for one in anna.push(birth, edit)] == ["applied", "applied"]


def test_one_open_conflict_follows_the_chain(anna: Device, bert: Device):
    """A later edit of the same device on the same old base meets the same foreign value, not its own."""
    record, rev = _house(anna)
    anna.push(anna.op(record, "household", set={"remark": "甲写"}, base_rev=rev))
    chain = [bert.op(record, "household", set={"remark": f"乙{i}"}, base_rev=rev) for i in range(2)]
    assert [(one.outcome, one.conflicts[0].mine) for one in bert.push(*chain)] == [
        ("conflict", "乙0"),
        ("conflict", "乙1"),
    ]
    seen = bert.rev(record)
    assert bert.push(bert.op(record, "household", set={"remark": "看过再写"}, base_rev=seen))[0].outcome == "applied"


def test_elements_of_a_list_merge(anna: Device, bert: Device):
    """One adds a tag, the other another, and removes one: all three changes stand."""
    record, rev = _house(anna, household_tags=["低保"])
    add = {"household_tags": wire.Elements(add=["军属"])}
    both = {"household_tags": wire.Elements(add=["特困"], remove=["低保"])}
    assert anna.push(anna.op(record, "household", elements=add, base_rev=rev))[0].outcome == "applied"
    assert bert.push(bert.op(record, "household", elements=both, base_rev=rev))[0].outcome == "merged"
    assert anna.pull()[0][record].fields["household_tags"] == ["军属", "特困"]


def test_fields_that_are_valid_alone_and_wrong_together_are_a_conflict(anna: Device, bert: Device):
    """The checks run again after every merge; what does not fit together is put aside, not rejected."""
    op = anna.op(ledger="hazard", set={"found_at": "2026-03-05T09:00+08:00", "place": "3号楼"})
    anna.push(op)
    rev = anna.rev(op.record)
    anna.push(anna.op(op.record, "hazard", set={"found_at": "2026-03-20T09:00+08:00"}, base_rev=rev))
    told = bert.push(bert.op(op.record, "hazard", set={"due_on": "2026-03-10"}, base_rev=rev))[0]
    assert (told.outcome, told.code) == ("conflict", "MERGE_INVALID")
    assert told.conflicts[0].mine == "2026-03-10"
    assert "due_on" not in anna.pull()[0][op.record].fields


def test_a_wrong_record_of_old_rules_can_still_be_edited(anna: Device):
    """Only what an op makes wrong is its fault; a clearing edit is."""
    record, rev = _house(anna, register_no="123")
    told = anna.push(
        anna.op(record, "household", set={"register_no": "1234567890"}, base_rev=rev),
        anna.op(record, "household", set={"register_no": None}, base_rev=rev),
    )
    assert [(one.outcome, one.code) for one in told] == [("rejected", "INVALID"), ("applied", "")]
    assert told[0].problems[0].field == "register_no"
    assert anna.pull()[0][record].fields["register_no"] is None


def test_a_deleted_record_stays_deleted_until_it_is_restored(anna: Device, bert: Device):
    """A later edit is a conflict with its payload kept; restore revives; deleting twice is harmless."""
    record, rev = _house(anna)
    delete = wire.Command(name="delete")
    assert anna.push(anna.op(record, "household", command=delete, base_rev=rev))[0].outcome == "applied"
    told = bert.push(
        bert.op(record, "household", set={"remark": "没看到删除"}, base_rev=rev),
        bert.op(record, "household", command=delete, base_rev=rev),
    )
    assert [(one.outcome, one.code) for one in told] == [("conflict", "EDIT_OF_DELETED"), ("applied", "")]
    assert (told[0].conflicts[0].mine, told[0].conflicts[0].actor) == ("没看到删除", anna.actor)
    assert bert.pull()[0][record].deleted
    assert bert.push(bert.op(record, "household", command=wire.Command(name="restore")))[0].outcome == "applied"
    delta = anna.pull()[0][record]
    assert (delta.deleted, delta.fields["building_no"]) == (False, "3")


def test_an_edit_of_ones_own_deletion_is_no_conflict(anna: Device):
    """Nobody else wrote anything, so there is nothing for two people to decide."""
    record, rev = _house(anna)
    told = anna.push(
        anna.op(record, "household", command=wire.Command(name="delete"), base_rev=rev),
        anna.op(record, "household", set={"remark": "晚了"}, base_rev=rev),
    )
    assert [(one.outcome, one.code) for one in told] == [("applied", ""), ("rejected", "RECORD_DELETED")]


def test_a_deletion_that_did_not_see_an_edit_waits_for_a_person(anna: Device, bert: Device):
    """What another person wrote is not deleted unseen."""
    record, rev = _house(anna)
    anna.push(anna.op(record, "household", set={"remark": "刚补的"}, base_rev=rev))
    told = bert.push(bert.op(record, "household", command=wire.Command(name="delete"), base_rev=rev))[0]
    assert (told.outcome, told.code, told.conflicts[0].theirs) == ("conflict", "DELETE_OF_EDITED", "刚补的")
    assert not bert.pull()[0][record].deleted


def _approved_wish(server: Running, worker: Device) -> str:
    wish = worker.op(ledger="wish", set=WISH)
    assert worker.push(wish)[0].outcome == "applied"
    with Device.enroll(server, worker.scope, name="测试社区", role="community") as office:
        approve = office.move(wish.record, "wish", "approve", review_mode="会议", review_note="同意")
        assert office.push(approve)[0].outcome == "applied"
    return wish.record


def _claim(device: Device, record: str, name: str) -> wire.Op:
    return device.move(
        record, "wish", "claim", expect={"status": "approved"}, claimer_name=name, promise_due_on="2099-04-01"
    )


def test_the_first_claim_to_arrive_wins_and_the_loser_hears_who(server: Running, anna: Device, bert: Device):
    """First arrival, not first clock; the loser's later work is not touched."""
    record = _approved_wish(server, anna)
    (won,) = anna.push(_claim(anna, record, "热心人甲"))
    assert (won.outcome, won.reason) == ("applied", "")
    told = bert.push(_claim(bert, record, "热心人乙"), bert.op(set={"visited_at": "2026-03-05T09:40+08:00"}))
    assert (told[0].outcome, told[0].code, told[0].details["who"]) == ("rejected", "ALREADY_CLAIMED", anna.actor)
    assert "已经有人认领" in told[0].reason
    assert told[1].outcome == "applied"
    delta = bert.pull()[0][record]
    assert (delta.status, delta.fields["claimer_name"]) == ("claimed", "热心人甲")
    assert [(move.event, move.source, move.target) for move in delta.moves] == [
        ("approve", "collected", "approved"),
        ("claim", "approved", "claimed"),
    ]


def test_of_many_claims_at_once_exactly_one_wins(server: Running, anna: Device, bert: Device):
    """Eight threads, one wish."""
    record = _approved_wish(server, anna)
    devices = [anna, bert, *(Device.enroll(server, anna.scope, name=f"测试员{i}") for i in range(6))]
    claims = [(device, _claim(device, record, "热心人" + "甲乙丙丁戊己庚辛"[i])) for i, device in enumerate(devices)]
    told: list[wire.Outcome] = []
    threads = [threading.Thread(target=lambda pair=pair: told.extend(pair[0].push(pair[1]))) for pair in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for device in devices[2:]:
        device.http.close()
    assert sorted(one.outcome for one in told) == ["applied"] + ["rejected"] * 7
    assert {one.code for one in told} == {"", "ALREADY_CLAIMED"}


def test_a_step_that_is_not_allowed_changes_nothing_and_says_why(server: Running, anna: Device):
    """Wrong role, missing words, foreign fields, a step out of turn, another situation than was seen."""
    wish = anna.op(ledger="wish", set=WISH)
    anna.push(wish)
    told = anna.push(
        anna.move(wish.record, "wish", "approve", review_mode="会议", review_note="同意"),
        anna.move(wish.record, "wish", "publish"),
        anna.move(wish.record, "wish", "dance"),
        anna.move(wish.record, "household", "claim"),
    )
    assert [one.code for one in told] == ["NOT_YOURS", "WRONG_STATE", "UNKNOWN_EVENT", "WRONG_LEDGER"]
    record = _approved_wish(server, anna)
    told = anna.push(
        anna.move(record, "wish", "claim", claimer_name="某人"),
        anna.move(record, "wish", "claim", claimer_name="某人", promise_due_on="2099-04-01", content="改"),
        anna.move(
            record, "wish", "claim", expect={"status": "collected"}, claimer_name="某", promise_due_on="2099-04-01"
        ),
        anna.move(record, "wish", "claim", expect={"content": "别的"}, claimer_name="某", promise_due_on="2099-04-01"),
        anna.move(record, "wish", "claim", claimer_name="某", promise_due_on="说不清"),
    )
    assert [one.code for one in told] == ["INCOMPLETE", "FOREIGN_FIELD", "WRONG_STATE", "CHANGED_SINCE", "INVALID"]
    assert anna.pull()[0][record].status == "approved"


def test_an_edit_that_meets_a_finished_record_is_a_conflict(server: Running, anna: Device):
    """Others finished the matter meanwhile: the edit is put aside for people."""
    wish = anna.op(ledger="wish", set=WISH)
    anna.push(wish)
    rev = anna.rev(wish.record)
    with Device.enroll(server, anna.scope, name="测试社区", role="community") as office:
        office.push(office.move(wish.record, "wish", "transfer", review_note="转街道"))
    told = anna.push(anna.op(wish.record, "wish", set={"content": "两台血压计"}, base_rev=rev))[0]
    assert (told.outcome, told.code, told.conflicts[0].mine) == ("conflict", "EDIT_OF_FINISHED", "两台血压计")


def test_a_step_never_writes_over_what_its_maker_did_not_see(anna: Device, bert: Device):
    """Words given with a step lose to words another wrote meanwhile: the step is told, not done in silence."""
    hazard = anna.op(ledger="hazard", set={"place": "3号楼", "description": "堆物"})
    anna.push(hazard)
    rev = anna.rev(hazard.record)
    bert.push(bert.op(hazard.record, "hazard", set={"description": "堆放电动车"}, base_rev=rev))
    words = {"place_type": "楼栋", "hazard_type": "消防", "hazard_level": "一般", "description": "堆物"}
    told = anna.push(anna.move(hazard.record, "hazard", "register", base_rev=rev, **words))[0]
    assert (told.outcome, told.code) == ("rejected", "CHANGED_SINCE")
    assert "隐患描述" in told.reason
    seen = anna.rev(hazard.record)
    again = anna.move(hazard.record, "hazard", "register", base_rev=seen, **words | {"description": "堆放电动车"})
    assert anna.push(again)[0].outcome == "applied"
