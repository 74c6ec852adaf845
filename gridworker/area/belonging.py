"""Whose home a store is, which posts she holds, and which grid it looks after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gridworker.area.codes import is_area_code
from gridworker.ledger.dates import CHINA


@dataclass(frozen=True)
class Post:
    """One office a person holds: as what, where, and from when until when, both days included."""

    role: str
    area_code: str
    """The beginning of the codes of all grids it reaches: of a province, …, a community, or one grid's whole code."""
    since: str = ""
    until: str = ""
    duties: tuple[str, ...] = ()
    """Codes of the table DUTY."""
    unit: str = ""
    """The department or handling unit (承办单位) she speaks for."""
    building: str = ""
    """The building a building lead looks after, as `building_key` writes it."""

    def holds_on(self, day: date) -> bool:
        """Whether it is held on a day; dates that cannot be read give nothing."""
        try:
            begun = not self.since or date.fromisoformat(self.since) <= day
            return begun and (not self.until or day <= date.fromisoformat(self.until))
        except ValueError:
            return False

    def covers(self, grid_code: str) -> bool:
        """Whether a grid, or an area, lies inside."""
        return is_area_code(self.area_code) and grid_code.startswith(self.area_code)


@dataclass(frozen=True)
class Actor:
    """Who works here, and the posts she was given."""

    id: str
    name: str
    posts: tuple[Post, ...] = ()

    def posts_on(self, day: date, grid_code: str | None = None) -> tuple[Post, ...]:
        """The posts held on a day, of those that cover a grid where one is named."""
        return tuple(
            post for post in self.posts if post.holds_on(day) and (grid_code is None or post.covers(grid_code))
        )

    def roles_on(self, day: date, grid_code: str | None = None) -> tuple[str, ...]:
        """The roles of these posts, each once."""
        return tuple(dict.fromkeys(post.role for post in self.posts_on(day, grid_code)))

    def units_on(self, day: date, grid_code: str | None = None) -> tuple[str, ...]:
        """The units these posts speak for, each once."""
        return tuple(dict.fromkeys(post.unit for post in self.posts_on(day, grid_code) if post.unit))

    @property
    def roles(self) -> tuple[str, ...]:
        """All roles held today, wherever."""
        return self.roles_on(datetime.now(CHINA).date())


@dataclass(frozen=True)
class Place:
    """The grid a home looks after; `joined` once a server has granted it."""

    grid_code: str
    name: str
    community_name: str
    joined: bool


def building_key(compound_name: str, building_no: str) -> str:
    """A building inside its grid, as posts and records name it: `金沙花园/3`."""
    return f"{compound_name.strip()}/{building_no.strip()}" if building_no.strip() else ""
