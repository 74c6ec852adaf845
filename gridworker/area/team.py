"""A grid's team as offices count it, 1+1+N+X: a lead, a full-time worker, N specialists and part-time, X helpers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gridworker.area.belonging import Post
from gridworker.ledger.moves import ROLE_LABELS

VACANT = "空缺"


@dataclass(frozen=True)
class Member:
    """Somebody and one of the posts she holds."""

    actor_id: str
    name: str
    post: Post

    @property
    def role_label(self) -> str:
        """Her role as people say it."""
        return ROLE_LABELS.get(self.post.role, self.post.role)


@dataclass(frozen=True)
class Group:
    """One of the four parts of a team: who is in it, and how many there must be."""

    key: str
    label: str
    seats: int
    members: tuple[Member, ...]

    @property
    def vacancies(self) -> int:
        """Seats that nobody holds."""
        return max(0, self.seats - len(self.members))


@dataclass(frozen=True)
class Team:
    """A grid's team on a day."""

    grid_code: str
    groups: tuple[Group, ...]

    @property
    def formula(self) -> str:
        """How many each part has: `1+0+3+2`."""
        return "+".join(str(len(group.members)) for group in self.groups)

    @property
    def vacancies(self) -> int:
        """All seats that nobody holds."""
        return sum(group.vacancies for group in self.groups)


# part → its label, the seats it must have, and the roles that fill it
_PARTS: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
    ("lead", "网格长", 1, ("grid_lead",)),
    ("worker", "专职网格员", 1, ("grid_worker",)),
    ("supporting", "专业、兼职网格员", 0, ("specialist", "part_time")),
    ("helping", "楼长、志愿力量", 0, ("building_lead",)),
)


def team_of(members: Iterable[Member], grid_code: str, day: date) -> Team:
    """The team of those whose posts cover the grid on the day; whoever holds two posts in one part counts once."""
    here = [member for member in members if member.post.holds_on(day) and member.post.covers(grid_code)]
    groups = []
    for key, label, seats, roles in _PARTS:
        inside = [member for member in here if member.post.role in roles]
        inside.sort(key=lambda member: (roles.index(member.post.role), member.post.since, member.name, member.actor_id))
        once = {member.actor_id: member for member in reversed(inside)}
        groups.append(Group(key, label, seats, tuple(member for member in inside if once[member.actor_id] is member)))
    return Team(grid_code, tuple(groups))
