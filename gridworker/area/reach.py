"""Which grids of an area somebody may report on: her posts and the area asked for, laid over one another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gridworker.area import rights
from gridworker.area.asked import Asked
from gridworker.area.belonging import Actor
from gridworker.area.codes import DIVISION_LENGTH


@dataclass(frozen=True)
class Reach:
    """What of an area a person may count today; the empty area is everywhere."""

    actor: Actor
    area: str
    today: date

    def covers(self, code: str) -> bool:
        """Whether a grid, or the whole of an area, may be reported on."""
        return rights.may(self.actor, "report", Asked("", code), today=self.today)

    def takes(self, grid_code: str) -> bool:
        """Whether to look at records of a grid: of the area's whole community, since one grid refers to another."""
        return grid_code.startswith(self.area[:DIVISION_LENGTH]) and self.covers(grid_code)

    def parts(self, fallback: str) -> list[str]:
        """The parts of the area that lie in her posts; refuses where there is none, asked about `fallback` if bare."""
        posts = self.actor.posts_on(self.today)
        inside = [_narrower(post.area_code, self.area) for post in posts]
        found = [code for code in dict.fromkeys(inside) if code and self.covers(code)]
        if not found:
            place = Asked("", self.area or fallback)
            rights.raise_if_may_not(self.actor, "report", place, today=self.today)
        return found


def _narrower(one: str, other: str) -> str:
    """The smaller of two areas of which one lies in the other; nothing where neither does."""
    if one.startswith(other):
        return one
    return other if other.startswith(one) else ""
