"""The people of a grid: who is its lead, who works in it full-time, who helps, and which seats are vacant."""

from __future__ import annotations

from gridworker.area.codes import raise_if_no_grid_code
from gridworker.area.team import VACANT, Group, Member, Team, team_of
from gridworker.ledger.code_tables import table
from gridworker.operations.session import Session
from gridworker.store.people import all_posts


def team(session: Session, grid_code: str = "") -> Team:
    """A grid's team today, as far as this home was told; her own grid where none is named."""
    if grid_code:
        raise_if_no_grid_code(grid_code)
    with session.store.read() as tx:
        told = all_posts(tx)
    actor = session.actor
    members = [Member(who, name, post) for who, name, post in told if who != actor.id]
    members += [Member(actor.id, actor.name, post) for post in actor.posts]
    return team_of(members, grid_code or session.place.grid_code, session.today())


def described(team: Team) -> list[str]:
    """A team as lines to read: each part with its people, what they do and until when, and its vacant seats."""
    return [f"队伍 {team.formula}，空缺 {team.vacancies} 人", *(_line(group) for group in team.groups)]


def facts_of(team: Team) -> dict[str, object]:
    """The same for programs."""
    parts = {
        group.key: {
            "label": group.label, "seats": group.seats, "vacancies": group.vacancies,
            "members": [_member_facts(member) for member in group.members],
        }
        for group in team.groups
    }  # fmt: skip
    return {"grid_code": team.grid_code, "formula": team.formula, "vacancies": team.vacancies, "groups": parts}


def duty_labels(codes: tuple[str, ...]) -> list[str]:
    """Duties as people say them."""
    return [table("DUTY").label_of(code) for code in codes]


def _line(group: Group) -> str:
    said = [_said(member) for member in group.members] + [VACANT] * group.vacancies
    return f"{group.label}：{'；'.join(said) or '无'}"


def _said(member: Member) -> str:
    post = member.post
    more = [member.role_label, post.unit, post.building, "、".join(duty_labels(post.duties))]
    more += [f"到 {post.until}"] if post.until else []
    return f"{member.name}（{'，'.join(filter(None, more))}）"


def _member_facts(member: Member) -> dict[str, object]:
    post = member.post
    return {
        "id": member.actor_id, "name": member.name, "role": post.role, "role_label": member.role_label,
        "area": post.area_code, "since": post.since, "until": post.until, "duties": list(post.duties),
        "duty_labels": duty_labels(post.duties), "unit": post.unit, "building": post.building,
    }  # fmt: skip
