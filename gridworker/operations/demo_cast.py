"""Who works beside the person of a demo home: her lead, the community, the street and the units cases are sent to."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gridworker.area.belonging import Post, building_key
from gridworker.operations.session import Session
from gridworker.sample import names
from gridworker.sample.community import sample_id
from gridworker.sample.story import COMMUNITY, LEAD, STREET, UNITS, WORKER
from gridworker.store.people import put_people, replace_posts
from gridworker.store.store import WriteTx

_COMMUNITY_DIGITS, _STREET_DIGITS = 12, 9
_DUTIES = {"part_time": ("02", "06"), "specialist": ("10", "12")}


@dataclass(frozen=True)
class Player:
    """One of the cast: under which id and roles her moves are judged and kept."""

    actor_id: str
    roles: tuple[str, ...]
    units: tuple[str, ...] = ()


def cast_of(session: Session, rng: random.Random, on: date) -> Mapping[str, Player]:
    """The parts of the sample's stories, and the people for them; made known to a home that stands alone.

    Under a server nobody acts for others: the home's own person plays every part her roles allow.
    """
    own = Player(session.actor.id, session.actor.roles_on(session.today()), session.actor.units_on(session.today()))
    parts = {WORKER: own, LEAD: own, COMMUNITY: own, STREET: own} | dict.fromkeys(UNITS, own)
    if session.place.joined:
        return parts
    grid = session.place.grid_code
    since = on.replace(month=1, day=1).isoformat()
    posts = {
        LEAD: Post("grid_lead", grid, since),
        COMMUNITY: Post("community", grid[:_COMMUNITY_DIGITS], since),
        STREET: Post("street", grid[:_STREET_DIGITS], since),
        **{unit: Post("department", grid[:_STREET_DIGITS], since, unit=unit) for unit in UNITS},
        "part_time": Post("part_time", grid, since, duties=_DUTIES["part_time"]),
        "specialist": Post("specialist", grid, since, duties=_DUTIES["specialist"], unit="社区警务室"),
        "building_lead": Post("building_lead", grid, since, building=building_key("海棠苑", "1")),
    }
    people = {part: (sample_id(rng), names.full_name(rng, names.surname(rng), rng.choice("12"))) for part in posts}

    def work(tx: WriteTx) -> None:
        put_people(tx, [(*people[part], posts[part].role, grid) for part in posts])
        replace_posts(tx, [(people[part][0], post) for part, post in posts.items()])

    session.store.write(work)
    units = {part: (post.unit,) if post.unit else () for part, post in posts.items()}
    return parts | {part: Player(people[part][0], (posts[part].role,), units[part]) for part in posts}
