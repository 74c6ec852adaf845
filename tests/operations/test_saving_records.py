"""Saving, changing, moving, deleting and undoing records as a person does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gridworker.area.belonging import Post
from gridworker.errors import KnownError
from gridworker.ledger.facts import Purpose
from gridworker.ledger.workflow import MoveRefused
from gridworker.operations import browse, drafts, find, plan, print_, remove, room_plan, timeline, transition
from gridworker.operations.fresh import defaults
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import check, save
from gridworker.operations.session import Session
from gridworker.operations.undo import undo
from gridworker.store import outbox

Living = Callable[..., tuple[str, str]]


def test_a_new_visit_is_filled_with_what_the_program_knows(session: Session, living: Living) -> None:
    """Time, visitor, author and number need no typing."""
    home, _ = living()
    visit = save(session, "visit", {"household_id": home, "raised_issue": "楼道灯不亮"}).record
    assert visit.values["visited_at"] == "2026-04-21T09:40+08:00"
    assert visit.values["visitor_ids"] == [session.actor.id]
    assert visit.values["met"] is True
    assert str(visit.values["record_no"]).startswith("ZF")


def test_a_save_writes_row_op_search_history_and_audit_together(session: Session, living: Living) -> None:
    """One transaction holds everything a change needs."""
    _, head = living()
    changed = save(session, "person", {"contact": "15400009999"}, record_id=head)
    with session.store.read() as tx:
        op = outbox.ops_of(tx, head)[-1]
        assert op.set == {"contact": "15400009999"}
        assert tx.history(head)[-1].changes == {"contact": ["15400001234", "15400009999"]}
        assert [hit.id for hit in tx.search("9999")] == [head]
        assert tx.search("1234") == []
    assert changed.op_id == op.op_id


def test_what_is_wrong_is_said_for_each_field_and_nothing_is_written(session: Session) -> None:
    """A refused save leaves no record, no op and no history."""
    with pytest.raises(SaveRefused) as refused:
        save(session, "person", {"name": "王2", "id_no": "370299199001011234"})
    assert {problem.field for problem in refused.value.problems} >= {"name", "id_no", "household_id"}
    with session.store.read() as tx:
        assert tx.sql("SELECT count(*) FROM person") == [(0,)]
        assert outbox.counts(tx).get("pending", 0) == 0


def test_a_household_is_named_by_its_address(session: Session, living: Living) -> None:
    """A link may be typed as people say it."""
    home, _ = living()
    assert save(session, "visit", {"household_id": "3-2-501"}).record.values["household_id"] == home


def test_a_room_is_the_same_however_it_is_written(session: Session) -> None:
    """3号楼 and ３ are building 3."""
    home = save(
        session,
        "household",
        {"compound_name": "海棠苑", "building_no": "３号楼", "unit_no": "2单元", "room_no": "501室"},
    ).record
    assert (home.values["building_no"], home.values["unit_no"], home.values["room_no"]) == ("3", "2", "501")


def test_a_visit_that_found_a_hazard_opens_it(session: Session, living: Living) -> None:
    """The hazard knows place, words and visit; both link to each other."""
    home, _ = living()
    visit = save(session, "visit", {"household_id": home, "hazard_found": True, "raised_issue": "线路裸露"}).record
    linked = visit.values["linked_record_ids"]
    assert isinstance(linked, list)
    hazard = browse.record(session, linked[0])
    assert hazard.status == "found"
    assert hazard.values["description"] == "线路裸露"
    assert hazard.values["visit_id"] == visit.id
    assert "501" in str(hazard.values["place"])


def test_the_last_visit_follows_met_visits_only(session: Session, living: Living) -> None:
    """An attempt at which nobody was met does not count as a visit."""
    home, _ = living()
    save(session, "visit", {"household_id": home, "visited_at": "2026-04-01 10:00"})
    save(
        session,
        "visit",
        {"household_id": home, "visited_at": "2026-04-20 10:00", "met": False, "unmet_reason": "家中无人"},
    )
    assert browse.record(session, home).values["last_visited_at"] == "2026-04-01T10:00+08:00"


def test_a_change_stands_on_the_record_as_the_form_showed_it(session: Session, living: Living) -> None:
    """A field pulled in while she typed is not taken as seen, and what she did not touch is not written."""
    _, head = living()
    shown = browse.record(session, head)
    pulled = shown.with_values({"contact": "15400007777", "workplace": "学校"}, revision=9)
    session.store.write(lambda tx: tx.put(pulled))
    saved = save(session, "person", {"contact": "15400008888"}, record_id=head, loaded=shown)
    with session.store.read() as tx:
        op = outbox.get_op(tx, saved.op_id)
    assert op is not None
    assert (op.base_rev, op.set) == (shown.revision, {"contact": "15400008888"})
    assert saved.record.values["workplace"] == "学校"


def test_an_undone_change_puts_the_old_value_back_as_a_new_op(session: Session, living: Living) -> None:
    """Nothing is erased: the undo is a change of its own."""
    _, head = living()
    changed = save(session, "person", {"contact": "15400009999"}, record_id=head)
    assert undo(session, changed.op_id).record.values["contact"] == "15400001234"
    with session.store.read() as tx:
        assert len(outbox.ops_of(tx, head)) == 3


def test_an_undo_that_would_lose_a_later_change_is_refused(session: Session, living: Living) -> None:
    """What somebody wrote since stands."""
    _, head = living()
    first = save(session, "person", {"contact": "15400000001"}, record_id=head)
    save(session, "person", {"contact": "15400000002"}, record_id=head)
    with pytest.raises(KnownError, match="后来又改过"):
        undo(session, first.op_id)


def test_an_undone_creation_lies_in_the_recycle_bin(session: Session, living: Living) -> None:
    """It can be restored, and is not found meanwhile."""
    home, _ = living()
    visit = save(session, "visit", {"household_id": home, "raised_issue": "电梯异响"})
    assert undo(session, visit.op_id).record.deleted
    assert find.search(session, "电梯异响") == []
    assert not remove.restore(session, visit.record.id).record.deleted
    assert [found.id for found in find.search(session, "电梯异响")] == [visit.record.id]


def test_a_household_with_people_is_not_deleted(session: Session, living: Living) -> None:
    """Nobody is left without a home by one key."""
    home, head = living()
    with pytest.raises(KnownError, match="还有 1 位居民"):
        remove.delete(session, home)
    remove.delete(session, head)
    assert remove.delete(session, home).record.deleted


def test_a_move_is_written_as_a_command_with_its_reason(session: Session, living: Living) -> None:
    """State, changes and reason can be read from the history."""
    _, head = living()
    wish = save(
        session,
        "wish",
        {"wisher_person_id": head, "wisher_group": "老人", "content": "收音机", "collected_on": "2026-04-20"},
    ).record
    transition.move(session, wish.id, "approve", {"review_mode": "电话", "review_note": "属实"})
    moved = transition.move(session, wish.id, "认领", {"claimer_org": "志愿队", "promise_due_on": "2026-05-01"})
    assert moved.record.status == "claimed"
    with pytest.raises(MoveRefused, match="原因"):
        transition.move(session, wish.id, "release", {})
    transition.move(session, wish.id, "release", {"reason": "联系不上"})
    step = timeline.timeline(session, wish.id)[0]
    assert (step.what, step.reason) == ("释放认领，转为“待认领”", "联系不上")
    with pytest.raises(MoveRefused, match="回访"):
        transition.move(session, wish.id, "publish", {"publicity_from": "2026-05-01", "publicity_to": "2026-05-08"})


def test_moves_of_other_offices_are_offered_with_the_reason_why_not(session: Session, living: Living) -> None:
    """A person sees who could."""
    _, head = living()
    wish = save(session, "wish", {"wisher_person_id": head, "wisher_group": "老人", "content": "收音机"}).record
    session.actor = replace(session.actor, posts=(Post("grid_worker", session.place.grid_code),))
    offers = {offer.move.event: offer for offer in transition.offered(session, wish.id)}
    assert not offers["approve"].allowed
    assert "社区" in offers["approve"].why


def test_one_field_is_checked_when_it_is_left(session: Session) -> None:
    """The sentence says what it should be; other fields are not nagged about."""
    problems = check(session, "person", {"contact": "1391234567"}, field="contact")
    assert [problem.message for problem in problems] == ["手机号应为 11 位，现在是 10 位。"]
    assert check(session, "person", {"contact": ""}, field="contact") == []


def test_a_draft_survives_and_is_dropped_on_purpose(session: Session) -> None:
    """What was typed is there after a crash."""
    assert drafts.keep(session, "visit:new", "visit", {"raised_issue": "半句话", "remark": ""}) == "09:40"
    kept = drafts.load(session, "visit:new")
    assert kept is not None
    assert kept.raw == {"raised_issue": "半句话", "remark": ""}
    drafts.drop(session, "visit:new")
    assert drafts.load(session, "visit:new") is None


def test_a_form_begins_with_its_defaults(session: Session) -> None:
    """A visit form opened on the spot is nearly done."""
    values = defaults(session, "visit", household_id="h")
    assert values["household_id"] == "h"
    assert values["visit_mode"] == "上门"


def test_lists_mask_and_reveal(session: Session, living: Living) -> None:
    """Names and phones are masked in lists; the form shows them."""
    _, head = living()
    row = browse.rows(session, "person", browse.listing(session, browse.Query("person")))[0]
    assert row.cells["name"] == "张*"
    assert row.cells["contact"] == "154****1234"
    assert browse.shown(session, browse.record(session, head))["name"] == "张㛃"


def test_due_and_room_plan_agree(session: Session, living: Living) -> None:
    """A neglected elder is due, and her room is late."""
    home, _ = living(
        care_level="high", care_categories=["独居老人"], emergency_contact="甲", emergency_phone="15400000009"
    )
    save(session, "visit", {"household_id": home, "visited_at": "2026-04-10 10:00"})
    items = plan.due(session)
    assert [(item.household_id, item.group, item.days_late, item.title) for item in items] == [
        (home, "overdue", 4, "走访 张㛃")
    ]
    rooms = room_plan.room_plan(session, "海棠苑", "3")
    # Met this month, but not this week: who is late stays late.
    assert [(cell.room_no, cell.floor, cell.state, cell.star) for cell in rooms.cells] == [("501", 5, "late", True)]


def test_what_is_probably_there_already_is_told(session: Session, living: Living) -> None:
    """A second record of one room, and of one name in a household, is saved with a warning."""
    home, _ = living()
    again = save(
        session, "household", {"compound_name": "海棠苑", "building_no": "3", "unit_no": "2", "room_no": "501"}
    )
    assert "room_no" in {problem.field for problem in again.warnings}
    twin = save(session, "person", {"household_id": home, "name": "张㛃", "sex_code": "1", "relation_code": "20"})
    assert "name" in {problem.field for problem in twin.warnings}


def test_a_state_is_not_typed(session: Session, living: Living) -> None:
    """Moves change a state; what `show` printed may be saved back."""
    _, head = living()
    wish = save(session, "wish", {"wisher_person_id": head, "wisher_group": "老人", "content": "收音机"}).record
    with pytest.raises(KnownError, match="状态不能直接填写"):
        save(session, "wish", {"id": wish.id, "status": "published", "content": "收音机一台"})
    assert save(session, "wish", wish.flat() | {"content": "收音机一台"}).record.values["content"] == "收音机一台"


def test_a_notice_holds_no_remark(session: Session, living: Living) -> None:
    """Free text of the office stays in the office."""
    home, _ = living()
    save(session, "visit", {"household_id": home, "remark": "家有病人"})
    public = print_.sheet(session, "visit", month="2026-04", purpose=Purpose.NOTICE)
    inside = print_.sheet(session, "visit", month="2026-04")
    assert "家有病人" not in str(public.rows)
    assert "家有病人" in str(inside.rows)
