"""Who may do what: one table and one pure function over it, asked by the window and by the server alike.

A right comes from a post that is held today, covers the record's grid, and has a word for the verb in the table.
Posts add up and take nothing away from one another. What the table does not name is denied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import IntEnum
from typing import Literal, get_args

from gridworker.area.asked import Asked
from gridworker.area.belonging import Actor, Post
from gridworker.errors import KnownError
from gridworker.ledger.moves import ROLE_LABELS

Verb = Literal[
    "see", "save", "delete", "restore", "reveal", "export", "print", "move", "report", "configure", "audit", "approve"
]  # fmt: skip
VERBS: tuple[Verb, ...] = get_args(Verb)
VERB_LABELS: Mapping[Verb, str] = {
    "see": "查看", "save": "登记或修改", "delete": "删除", "restore": "恢复", "reveal": "查看敏感内容",
    "export": "导出", "print": "打印", "move": "办理", "report": "出报表", "configure": "修改基础数据",
    "audit": "查看操作记录", "approve": "审批",
}  # fmt: skip

Reach = Callable[[Post, Actor, Asked], bool]
"""How far inside its area a post's right goes."""


def _all(_post: Post, _actor: Actor, _record: Asked) -> bool:
    return True


def _own(post: Post, actor: Actor, record: Asked) -> bool:
    """Her own report in a ledger that is open to her role."""
    return post.role in record.open_to and bool(actor.id) and record.recorded_by == actor.id


def _own_here(post: Post, actor: Actor, record: Asked) -> bool:
    """The same within her building; what is about no building is anybody's to report."""
    return _own(post, actor, record) and bool(post.building) and record.building in ("", post.building)


def _homes(post: Post, _actor: Actor, record: Asked) -> bool:
    """The households of her building."""
    return record.is_home and bool(post.building) and record.building == post.building


def _dispatched(post: Post, _actor: Actor, record: Asked) -> bool:
    """What was dispatched to her unit."""
    return bool(post.unit) and post.unit in (record.unit, *record.co_units)


_STAFF: Mapping[Verb, tuple[Reach, ...]] = dict.fromkeys(
    ("see", "save", "delete", "restore", "reveal", "export", "print", "move", "report"), (_all,)
)
_HANDLER: Mapping[Verb, tuple[Reach, ...]] = {
    "see": (_dispatched, _own), "save": (_own,), "move": (_dispatched, _own), "print": (_dispatched,),
}  # fmt: skip
_OFFICE: Mapping[Verb, tuple[Reach, ...]] = {
    "see": (_all,), "save": (_own,), "move": (_all,), "print": (_all,), "report": (_all,),
}  # fmt: skip

# A move needs this and, beside it, a role that the move itself names.
_RIGHTS: Mapping[str, Mapping[Verb, tuple[Reach, ...]]] = {
    "grid_worker": _STAFF,
    "grid_lead": {**_STAFF, "approve": (_all,)},
    "specialist": _HANDLER,
    "part_time": {"see": (_own,), "save": (_own,), "move": (_own,)},
    "building_lead": {"see": (_own_here, _homes), "save": (_own_here,), "move": (_own_here,)},
    "community": {**_STAFF, "approve": (_all,), "configure": (_all,), "audit": (_all,)},
    "street": _OFFICE,
    "district": _OFFICE,
    "department": _HANDLER,
    # Whoever is to test a ledger reads it; what is sensitive stays masked, and nothing leaves in a file.
    "auditor": {"see": (_all,), "report": (_all,), "audit": (_all,)},
}


class Sight(IntEnum):
    """How much of a record somebody sees, each with all before it."""

    NOTHING = 0
    MASKED = 1
    """That it is there, and what is not personal; of personal values what lists leave of them."""
    WORK = 2
    """Personal values in full while the record is open, since she changes it or takes a step; nothing sensitive."""
    FULL = 3
    """Any value, when she asks for it; the asking leaves a trace."""


class NotAllowed(KnownError):
    """Somebody may not do this; says why and who could."""

    code = "NOT_ALLOWED"


def known_roles() -> tuple[str, ...]:
    """Every role there is."""
    return tuple(_RIGHTS)


def may(actor: Actor, verb: Verb, record: Asked, *, today: date) -> bool:
    """Whether any of the actor's posts allows the verb on the record today."""
    return any(_allows(post, actor, verb, record) for post in actor.posts_on(today, record.grid_code))


def sight(actor: Actor, record: Asked, *, today: date) -> Sight:
    """How much of the record she sees today."""
    if not may(actor, "see", record, today=today):
        return Sight.NOTHING
    if may(actor, "reveal", record, today=today):
        return Sight.FULL
    moves = set(record.moved_by) & set(roles_for(actor, "move", record, today=today))
    return Sight.WORK if moves or may(actor, "save", record, today=today) else Sight.MASKED


def roles_for(actor: Actor, verb: Verb, record: Asked, *, today: date) -> tuple[str, ...]:
    """The roles of those posts that allow it: in these, and no others, she makes a move of the record."""
    posts = actor.posts_on(today, record.grid_code)
    return tuple(dict.fromkeys(post.role for post in posts if _allows(post, actor, verb, record)))


def sees_everything(actor: Actor, grid_code: str, *, today: date) -> bool:
    """Whether no record of a grid is kept from her, and nothing in it."""
    posts = actor.posts_on(today, grid_code)
    return all(any(_all in _reaches(post.role, verb) for post in posts) for verb in ("see", "reveal"))


def whole_areas(actor: Actor, verb: Verb, *, today: date) -> tuple[str, ...]:
    """The areas in which the verb is allowed with every record, whatever it is about."""
    posts = actor.posts_on(today)
    return tuple(dict.fromkeys(post.area_code for post in posts if _all in _reaches(post.role, verb)))


def refusal(actor: Actor, verb: Verb, record: Asked, *, today: date) -> NotAllowed | None:
    """Why she may not, and who could; None where she may."""
    if may(actor, verb, record, today=today):
        return None
    could = "、".join(ROLE_LABELS.get(role, role) for role in who_could(verb, record))
    action = f"可以{VERB_LABELS[verb]}的是：{could}。" if could else ""
    return NotAllowed(_reason(actor, verb, record, today), safe="什么都没有改动。", action=action)


def raise_if_may_not(actor: Actor, verb: Verb, record: Asked, *, today: date) -> None:
    """Refuses in words what the table does not allow."""
    refused = refusal(actor, verb, record, today=today)
    if refused is not None:
        raise refused


def who_could(verb: Verb, record: Asked) -> tuple[str, ...]:
    """The roles that could do it in the record's grid, those named whose right has a condition too."""
    return tuple(role for role in _RIGHTS if any(_is_open(role, reach, record) for reach in _reaches(role, verb)))


def _is_open(role: str, reach: Reach, record: Asked) -> bool:
    if reach in (_own, _own_here):
        return role in record.open_to
    if reach is _dispatched:
        return bool(record.unit or record.co_units)
    return record.is_home if reach is _homes else True


def _reaches(role: str, verb: Verb) -> tuple[Reach, ...]:
    return _RIGHTS.get(role, {}).get(verb, ())


def _allows(post: Post, actor: Actor, verb: Verb, record: Asked) -> bool:
    return any(reach(post, actor, record) for reach in _reaches(post.role, verb))


def _reason(actor: Actor, verb: Verb, record: Asked, today: date) -> str:
    here = [post for post in actor.posts if post.covers(record.grid_code)]
    held = [post for post in here if post.holds_on(today)]
    if not here:
        return "这里不在您负责的范围内。"
    if not held:
        return _when(here[-1], today)
    able = [post for post in held if _reaches(post.role, verb)]
    named = "、".join(dict.fromkeys(ROLE_LABELS.get(post.role, post.role) for post in able or held))
    if not able:
        return f"您的岗位（{named}）不能{VERB_LABELS[verb]}。"
    return f"您的岗位（{named}）不能{VERB_LABELS[verb]}这一条：它不是您登记的，也没有派给您的单位或楼栋。"


def _when(post: Post, today: date) -> str:
    label = ROLE_LABELS.get(post.role, post.role)
    if post.since > today.isoformat():
        return f"您的岗位（{label}）从 {post.since} 起才有效。"
    return f"您的岗位（{label}）已于 {post.until} 到期。"
