"""What a server says of posts, kept in the home: one's own, which decide what may be done, and everybody's."""

from __future__ import annotations

from collections.abc import Sequence

from gridworker.area.belonging import Post
from gridworker.store import people
from gridworker.store.transactions import WriteTx
from gridworker.sync import wire_meeting


def take_posts(
    tx: WriteTx,
    actor_id: str,
    posts: Sequence[wire_meeting.Post],
    grants: Sequence[wire_meeting.Grant],
    known: Sequence[wire_meeting.Person],
) -> None:
    """Keeps names and posts as told now; an older server names no posts, so the roles of its grants are taken."""
    own = [_post(one, one.area) for one in posts] or [
        Post(role, grant.scope) for grant in grants for role in grant.roles
    ]
    people.put_own_posts(tx, own)
    people.put_people(tx, [(person.id, person.name, person.role, person.scope) for person in known])
    others = [(person.id, _post(person, person.scope)) for person in known if person.id != actor_id]
    people.replace_posts(tx, [*others, *((actor_id, post) for post in own)])


def _post(told: wire_meeting.Post | wire_meeting.Person, area: str) -> Post:
    return Post(told.role, area, told.since, told.until, tuple(told.duties), told.unit, told.building)
