"""A grid's team, 1+1+N+X, with its vacant seats."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gridworker.area.belonging import Post
from gridworker.area.rights import known_roles
from gridworker.area.team import Member, team_of
from gridworker.ledger.code_tables import table

TODAY = date(2026, 3, 5)
GRID = "370211003041001"


def _member(name: str, role: str, area: str = GRID, **more: str) -> Member:
    return Member(name, name, Post(role, area, **more))


def test_a_team_has_a_lead_a_worker_and_any_number_of_helpers():
    """Whoever serves the whole community counts in each of its grids; offices and auditors are no part of it."""
    team = team_of(
        [
            _member("甲", "grid_lead"), _member("乙", "grid_worker"), _member("丙", "specialist", GRID[:12]),
            _member("丁", "part_time"), _member("戊", "building_lead"), _member("己", "building_lead"),
            _member("庚", "community", GRID[:12]), _member("辛", "auditor"),
            _member("壬", "grid_worker", GRID[:12] + "002"),
        ],
        GRID, TODAY,
    )  # fmt: skip
    assert (team.formula, team.vacancies) == ("1+1+2+2", 0)
    assert [[member.name for member in group.members] for group in team.groups] == [
        ["甲"], ["乙"], ["丙", "丁"], ["己", "戊"],
    ]  # fmt: skip


def test_seats_nobody_holds_are_vacant():
    """Also where the only holder has left or has not begun; helpers have no fixed number and so no vacancy."""
    gone = _member("甲", "grid_lead", until="2026-03-04")
    coming = _member("乙", "grid_worker", since="2026-03-06")
    team = team_of([gone, coming], GRID, TODAY)
    assert team.formula == "0+0+0+0"
    assert {group.key: group.vacancies for group in team.groups} == {
        "lead": 1, "worker": 1, "supporting": 0, "helping": 0,
    }  # fmt: skip
    assert team_of([gone], GRID, date(2026, 3, 4)).formula == "1+0+0+0"


def test_whoever_holds_two_posts_of_one_part_counts_once():
    """A specialist who is part-time worker too, or lead of two buildings."""
    team = team_of([_member("甲", "part_time"), _member("甲", "specialist"), _member("甲", "grid_lead")], GRID, TODAY)
    assert team.formula == "1+0+1+0"
    assert team.groups[2].members[0].post.role == "specialist"


@given(st.lists(st.builds(_member, st.sampled_from("甲乙丙"), st.sampled_from(known_roles()),
    st.sampled_from([GRID, GRID[:12], GRID[:9], "370202"]), until=st.sampled_from(["", "2026-03-04"]))))  # fmt: skip
def test_a_team_names_each_of_its_people_and_nobody_else(members: list[Member]):
    """For any posts: in the grid, today, of a role that belongs to a team; each once in her part."""
    team = team_of(members, GRID, TODAY)
    for group in team.groups:
        ids = [member.actor_id for member in group.members]
        assert len(ids) == len(set(ids))
        assert all(member.post.until == "" and GRID.startswith(member.post.area_code) for member in group.members)
    inside = {one.actor_id for group in team.groups for one in group.members}
    offices = {"community", "street", "district", "department", "auditor"}
    assert inside == {
        one.actor_id for one in members
        if not one.post.until and GRID.startswith(one.post.area_code) and one.post.role not in offices
    }  # fmt: skip


def test_duties_are_codes_with_a_source():
    """A label and its everyday word find the code."""
    duties = table("DUTY")
    assert (duties.code_of("隐患排查"), duties.code_of("消防"), duties.label_of("02")) == ("03", "11", "入户走访")
