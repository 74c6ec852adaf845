"""What posts allow: the table line by line, and what holds of it for any posts and any record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gridworker.area.asked import Asked, asked_of
from gridworker.area.belonging import Actor, Post, building_key
from gridworker.area.codes import area_of
from gridworker.area.rights import (
    VERB_LABELS,
    VERBS,
    NotAllowed,
    Sight,
    known_roles,
    may,
    raise_if_may_not,
    refusal,
    roles_for,
    sees_everything,
    sight,
    who_could,
)
from gridworker.errors import KnownError
from gridworker.ledger.moves import ROLE_LABELS
from gridworker.ledgers.registry import all_ledgers

TODAY = date(2026, 3, 5)
GRID = "370211003041001"
NEIGHBOUR = "370211003041002"
COMMUNITY, STREET, DISTRICT = GRID[:12], GRID[:9], GRID[:6]
REPORT = Asked("hazard", GRID, recorded_by="me", open_to=("part_time", "building_lead"))
HOME = Asked("household", GRID, recorded_by="other", building="金沙花园/3", is_home=True)
CASE = Asked("case", GRID, recorded_by="other", unit="城管中队", co_units=("物业",))


def _actor(*posts: Post) -> Actor:
    return Actor("me", "测试员甲", posts)


def _verbs(post: Post, record: Asked) -> set[str]:
    return {verb for verb in VERBS if may(_actor(post), verb, record, today=TODAY)}


def test_every_role_has_a_label_and_the_other_way_round():
    """A role that can be given can be named; a verb that can be refused too."""
    assert set(known_roles()) == set(ROLE_LABELS)
    assert set(VERB_LABELS) == set(VERBS)


STAFF = {"see", "save", "delete", "restore", "reveal", "export", "print", "move", "report"}


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("grid_worker", STAFF),
        ("grid_lead", STAFF | {"approve"}),
        ("community", STAFF | {"approve", "configure", "audit"}),
        ("street", {"see", "move", "print", "report"}),
        ("district", {"see", "move", "print", "report"}),
        ("auditor", {"see", "report", "audit"}),
        ("department", set()),
        ("specialist", set()),
        ("part_time", set()),
        ("building_lead", set()),
    ],
)
def test_what_a_role_may_with_any_record_of_its_area(role: str, allowed: set[str]):
    """A household somebody else registered: staff all, offices look and move, an auditor reads, others nothing."""
    for area in (GRID, COMMUNITY, STREET, DISTRICT, GRID[:4], GRID[:2]):
        assert _verbs(Post(role, area), HOME) == allowed
    for area in (NEIGHBOUR, "370211003042", "370211004", "370202", "38", "", "37021100304100", GRID + "0"):
        assert _verbs(Post(role, area), HOME) == set()


def test_a_part_time_worker_reports_and_sees_her_own_reports():
    """In ledgers open to her role, and none but her own."""
    post = Post("part_time", GRID)
    assert _verbs(post, REPORT) == {"see", "save", "move"}
    assert _verbs(post, replace(REPORT, recorded_by="other")) == set()
    assert _verbs(post, replace(REPORT, open_to=("building_lead",))) == set()
    assert not may(Actor("", "", (post,)), "save", replace(REPORT, recorded_by=""), today=TODAY)


def test_a_building_lead_reports_of_her_building_and_sees_its_households():
    """Without what is sensitive in them, and without the neighbours'."""
    post = Post("building_lead", GRID, building="金沙花园/3")
    assert _verbs(post, HOME) == {"see"}
    assert _verbs(post, replace(HOME, building="金沙花园/4")) == set()
    assert _verbs(post, REPORT) == _verbs(post, REPORT.at("金沙花园/3")) == {"see", "save", "move"}
    assert _verbs(post, REPORT.at("金沙花园/4")) == set()
    assert _verbs(post, Asked("visit", GRID, recorded_by="other", building="金沙花园/3")) == set()
    assert _verbs(Post("building_lead", GRID), HOME) == _verbs(Post("building_lead", GRID), REPORT) == set()
    assert _verbs(Post("building_lead", GRID), replace(HOME, building="")) == set()


@pytest.mark.parametrize("role", ["department", "specialist"])
def test_a_handler_sees_what_was_dispatched_to_her_unit(role: str):
    """As the leading or an assisting unit, inside the area; the empty unit is nobody's."""
    for unit in ("城管中队", "物业"):
        assert _verbs(Post(role, STREET, unit=unit), CASE) == {"see", "move", "print"}
        assert _verbs(Post(role, "370211004", unit=unit), CASE) == set()
    assert _verbs(Post(role, STREET, unit="供热公司"), CASE) == set()
    assert _verbs(Post(role, STREET), replace(CASE, unit="", co_units=("",))) == set()
    hers = Asked("case", GRID, recorded_by="me", open_to=(role,))
    assert _verbs(Post(role, STREET, unit="物业"), hers) == {"see", "save", "move"}


def test_a_ledger_may_open_itself_to_an_office():
    """A case that comes from above is added by the street, and changed by nobody of it but the author."""
    above = Asked("case", GRID, recorded_by="me", open_to=("street",))
    assert "save" in _verbs(Post("street", STREET), above)
    assert "save" not in _verbs(Post("street", STREET), replace(above, recorded_by="other"))
    assert "save" not in _verbs(Post("auditor", STREET), replace(above, open_to=("auditor",)))


def test_dates_of_a_post_include_both_days():
    """The last day is still worked; what cannot be read gives nothing."""
    for since, until, holds in (
        ("", "", True), ("2026-03-05", "", True), ("2026-03-06", "", False), ("", "2026-03-05", True),
        ("", "2026-03-04", False), ("2026-03-05", "2026-03-05", True), ("einst", "", False), ("", "2026-3-9", False),
    ):  # fmt: skip
        assert (_verbs(Post("grid_worker", GRID, since, until), HOME) == STAFF) is holds, (since, until)


def test_posts_add_up_and_an_unknown_role_adds_nothing():
    """A newer program's role gives no right here; each of two posts gives its own in its own grid."""
    both = _actor(Post("auditor", GRID), Post("grid_worker", NEIGHBOUR), Post("emperor", "37"))
    assert not may(both, "delete", HOME, today=TODAY)
    assert may(both, "delete", replace(HOME, grid_code=NEIGHBOUR), today=TODAY)
    assert not may(_actor(Post("emperor", "37")), "see", HOME, today=TODAY)
    assert not may(_actor(), "see", HOME, today=TODAY)


def test_a_move_is_made_in_the_role_whose_post_reaches_the_record():
    """A handler of one unit who is grid worker elsewhere does not verify her own unit's case here."""
    both = _actor(Post("department", STREET, unit="城管中队"), Post("grid_worker", NEIGHBOUR))
    assert roles_for(both, "move", CASE, today=TODAY) == ("department",)
    assert roles_for(both, "move", replace(CASE, grid_code=NEIGHBOUR, unit=""), today=TODAY) == ("grid_worker",)
    assert roles_for(both, "move", replace(CASE, unit=""), today=TODAY) == ()


def test_a_denial_says_why_and_who_could():
    """Outside, expired, not yet begun, wrong role, not hers: five sentences, and the roles that could."""
    said = {
        _told(Post("grid_worker", NEIGHBOUR)),
        _told(Post("grid_worker", GRID, until="2026-02-28")),
        _told(Post("grid_worker", GRID, since="2026-04-01")),
        _told(Post("auditor", GRID)),
        _told(Post("part_time", GRID), "save", replace(REPORT, recorded_by="other")),
    }
    assert said == {
        "这里不在您负责的范围内。什么都没有改动。可以删除的是：网格员、网格长、社区。",
        "您的岗位（网格员）已于 2026-02-28 到期。什么都没有改动。可以删除的是：网格员、网格长、社区。",
        "您的岗位（网格员）从 2026-04-01 起才有效。什么都没有改动。可以删除的是：网格员、网格长、社区。",
        "您的岗位（审计员）不能删除。什么都没有改动。可以删除的是：网格员、网格长、社区。",
        (
            "您的岗位（兼职网格员）不能登记或修改这一条：它不是您登记的，也没有派给您的单位或楼栋。"
            "什么都没有改动。可以登记或修改的是：网格员、网格长、兼职网格员、楼长、社区。"
        ),
    }
    assert "部门" in who_could_words("see", CASE)
    assert "部门" not in who_could_words("see", HOME)


def who_could_words(verb: str, record: Asked) -> str:
    """The labels of those who could."""
    return "、".join(ROLE_LABELS[role] for role in who_could(verb, record))


def _told(post: Post, verb: str = "delete", record: Asked = HOME) -> str:
    with pytest.raises(NotAllowed) as refused:
        raise_if_may_not(_actor(post), verb, record, today=TODAY)
    return refused.value.sentence()


def test_a_record_says_what_rights_look_at():
    """From the declaration and the values: author, building of a household, units, who may add."""
    ledgers = all_ledgers()
    values = {"compound_name": "金沙花园", "building_no": "3", "recorded_by": "w1"}
    home = asked_of(ledgers["household"], GRID, values)
    assert home == Asked("household", GRID, "w1", ledgers["household"].open_to, "金沙花园/3", is_home=True)
    case = asked_of(ledgers["hazard"], GRID, {"lead_unit_id": "u1", "co_unit_ids": ["u2"]})
    assert (case.unit, case.co_units, case.is_home, case.building) == ("u1", ("u2",), False, "")
    assert "part_time" in case.open_to
    assert building_key("金沙花园", "") == ""


@pytest.mark.parametrize(
    ("code", "area"),
    [
        ("370211003041001", "370211003041001"), ("370211003041", "370211003041"), ("370211003000", "370211003"),
        ("370211000000", "370211"), ("370200000000", "3702"), ("370000000000", "37"), ("370211003", "370211003"),
    ],
)  # fmt: skip
def test_an_area_is_written_as_a_division_or_a_grid(code: str, area: str):
    """The zeros that only fill a code up are left away."""
    assert area_of(code) == area


@pytest.mark.parametrize("code", ["", "0", "3702110030410", "370211003041000", "街道", "000000000000"])
def test_what_is_no_area_is_refused(code: str):
    """In words that show both ways of writing it."""
    with pytest.raises(KnownError, match="不是网格编码"):
        area_of(code)


# ---- for any posts and any record

days = st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=3)).map(date.isoformat) | st.just("")
grids = st.sampled_from([GRID, NEIGHBOUR, "370211003042001", "370211004001001", "370202001001001"])
areas = st.builds(lambda grid, length: grid[:length], grids, st.sampled_from([2, 4, 6, 9, 12, 15]))
units = st.sampled_from(["", "甲", "乙"])
buildings = st.sampled_from(["", "金沙花园/3", "金沙花园/4"])
roles = st.sampled_from([*known_roles(), "emperor"])
post_of_any_kind = st.builds(Post, roles, areas, days, days, st.just(()), units, buildings)
post_lists = st.lists(post_of_any_kind, max_size=4).map(tuple)
records = st.builds(
    Asked, st.just("hazard"), grids, st.sampled_from(["", "me", "other"]),
    st.lists(roles, max_size=3).map(tuple), buildings, units, st.lists(units, max_size=2).map(tuple), st.booleans(),
)  # fmt: skip
verbs = st.sampled_from(VERBS)


@given(post_lists, verbs, records, st.integers(0, 3))
def test_rights_never_grow_when_a_post_is_removed(posts: tuple[Post, ...], verb: str, record: Asked, gone: int):
    """Posts only add."""
    fewer = _actor(*posts[:gone], *posts[gone + 1 :])
    if may(fewer, verb, record, today=TODAY):
        assert may(_actor(*posts), verb, record, today=TODAY)


@given(post_lists, verbs, records, st.integers(0, 400))
@example((Post("grid_worker", GRID, until="2026-03-04"),), "see", HOME, 0)
def test_rights_never_come_back_after_the_last_day(posts: tuple[Post, ...], verb: str, record: Asked, later: int):
    """Where every post has ended, nothing is left, on that day and on any later one."""
    assume(all(post.until for post in posts))
    after = date.fromisoformat(max((post.until for post in posts), default="2026-03-01")) + timedelta(days=1 + later)
    assert not may(_actor(*posts), verb, record, today=after)


@given(post_lists, verbs, records)
def test_a_post_out_of_its_dates_is_as_if_it_were_not_there(posts: tuple[Post, ...], verb: str, record: Asked):
    """Expired and future posts give nothing and take nothing."""
    held = [post for post in posts if (not post.since or post.since <= "2026-03-05") and
            (not post.until or post.until >= "2026-03-05")]  # fmt: skip
    everybody = may(_actor(*posts), verb, record, today=TODAY)
    assert everybody == may(_actor(*held), verb, record, today=TODAY)
    assert everybody == any(may(_actor(post), verb, record, today=TODAY) for post in held)


@given(post_lists, verbs, records)
def test_nothing_is_allowed_outside_every_area(posts: tuple[Post, ...], verb: str, record: Asked):
    """Not even to look, whatever the record says of author, unit or building; and who may do anything may look."""
    allowed = may(_actor(*posts), verb, record, today=TODAY)
    if not any(record.grid_code.startswith(post.area_code) for post in posts):
        assert not allowed
    if allowed and verb in {"save", "delete", "restore", "reveal", "export", "print", "move"}:
        assert may(_actor(*posts), "see", record, today=TODAY)
    assert (refusal(_actor(*posts), verb, record, today=TODAY) is None) == allowed
    assert bool(roles_for(_actor(*posts), verb, record, today=TODAY)) == allowed


@given(post_lists, records)
def test_who_sees_everything_sees_each_record_whole(posts: tuple[Post, ...], record: Asked):
    """The short cut of a whole grid says no more than the table does."""
    if sees_everything(_actor(*posts), record.grid_code, today=TODAY):
        assert may(_actor(*posts), "see", record, today=TODAY)
        assert may(_actor(*posts), "reveal", record, today=TODAY)


def test_how_much_is_seen_follows_from_what_may_be_done():
    """Staff all, who changes it or takes a step its personal values, who reads it masks, others nothing."""
    staffed = Asked("dispute", GRID, recorded_by="other", moved_by=("community", "street", "department"))
    posts = {
        "grid_worker": Sight.FULL, "grid_lead": Sight.FULL, "community": Sight.FULL, "auditor": Sight.MASKED,
        "street": Sight.WORK, "district": Sight.MASKED, "department": Sight.NOTHING, "part_time": Sight.NOTHING,
    }  # fmt: skip
    assert {role: sight(_actor(Post(role, GRID)), staffed, today=TODAY) for role in posts} == posts
    assert sight(_actor(Post("street", GRID)), HOME, today=TODAY) is Sight.MASKED
    assert sight(_actor(Post("building_lead", GRID, building=HOME.building)), HOME, today=TODAY) is Sight.MASKED
    assert sight(_actor(Post("part_time", GRID)), REPORT, today=TODAY) is Sight.WORK
    hers = replace(CASE, moved_by=("department",))
    assert sight(_actor(Post("department", GRID, unit=CASE.unit)), hers, today=TODAY) is Sight.WORK
    both = _actor(Post("auditor", GRID), Post("grid_worker", GRID, until="2020-01-01"))
    assert sight(both, HOME, today=TODAY) is Sight.MASKED
