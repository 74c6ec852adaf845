"""Posts in the home: alone, from a server of today, from an older one; and the team they make."""

from __future__ import annotations

from gridworker.area.belonging import Post
from gridworker.operations import team as teams
from gridworker.operations.session import Session
from gridworker.store import people
from gridworker.sync import wire_meeting
from gridworker.sync.belonging import take_posts


def test_alone_she_holds_both_offices_and_the_lead_is_vacant(session: Session):
    """Without a server nothing is missing but people."""
    grid = session.place.grid_code
    assert session.actor.posts == (Post("grid_worker", grid), Post("community", grid))
    team = teams.team(session)
    assert (team.formula, team.vacancies) == ("0+1+0+0", 1)
    said = teams.described(team)
    assert said[1] == "网格长：空缺"
    assert session.actor.name in said[2]


def test_what_the_server_says_of_posts_stands_in_the_home(session: Session):
    """Own posts with their days, and everybody's in the team."""
    grid = session.place.grid_code
    own = wire_meeting.Post(role="grid_worker", area=grid, since="2026-01-01", until="2099-12-31", duties=["02"])
    lead = wire_meeting.Person(
        id="w2", name="乙某", role="grid_lead", scope=grid, until="2099-06-30", duties=["03", "11"]
    )
    gone = wire_meeting.Person(id="w3", name="丙某", role="part_time", scope=grid, until="2020-01-01")
    known = wire_meeting.Person(id=session.actor.id, name=session.actor.name, role="grid_worker", scope=grid)
    session.store.write(lambda tx: take_posts(tx, session.actor.id, [own], [], [lead, gone, known]))
    session.refresh()
    assert session.actor.posts == (Post("grid_worker", grid, "2026-01-01", "2099-12-31", ("02",)),)
    team = teams.team(session)
    assert (team.formula, team.vacancies) == ("1+1+0+0", 0)
    assert "乙某（网格长，隐患排查、消防安全，到 2099-06-30）" in teams.described(team)[1]
    facts = teams.facts_of(team)["groups"]
    assert facts["lead"]["members"][0]["duty_labels"] == ["隐患排查", "消防安全"]
    with session.store.read() as tx:
        assert people.name_of(tx, "w3") == "丙某"


def test_an_older_server_names_roles_by_grid(session: Session):
    """They become posts without dates; where it grants nothing any more, nothing is left."""
    grant = wire_meeting.Grant(
        scope="370211003041001", grid_name="一", community_code="370211003041", community_name="", roles=["grid_lead"]
    )
    session.store.write(lambda tx: take_posts(tx, session.actor.id, [], [grant], []))
    session.refresh()
    assert session.actor.posts == (Post("grid_lead", "370211003041001"),)
    session.store.write(lambda tx: take_posts(tx, session.actor.id, [], [], []))
    session.refresh()
    assert session.actor.posts == ()
