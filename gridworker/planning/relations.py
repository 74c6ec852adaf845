"""How each member of a household is related to a new head, where it follows from how she was to the old one.

Codes of GB/T 4761. Where it does not follow there is no answer: a guess would stand in the ledger as a fact.
"""

from __future__ import annotations

from dataclasses import dataclass

HEAD = "02"
MALE, FEMALE = "1", "2"
_SPOUSE = frozenset({"10", "11", "12"})
_SONS = frozenset({"20", "21", "22", "23", "24", "27", "29"})
_DAUGHTERS = frozenset({"30", "31", "32", "33", "34", "37", "39"})
_CHILDREN = _SONS | _DAUGHTERS
_CHILDREN_IN_LAW = frozenset({"28", "38"})
_GRANDCHILDREN = frozenset({"40", "41", "42", "43", "44"})
_PARENTS = frozenset({"50", "51", "52"})
_SIBLINGS = frozenset({"70", "71", "73", "75", "77"})


@dataclass(frozen=True)
class Member:
    """A member of a household: sex (GB/T 2261.1) and relation to the present head, either empty where unknown."""

    id: str
    sex: str = ""
    relation: str = ""


def relations_to(new_head: str, members: list[Member]) -> dict[str, str | None]:
    """Each member's relation to the new head, by id; None where people must say it."""
    known = {member.id: member for member in members}
    head = known[new_head]
    old = next((member for member in members if member.relation in (HEAD, "01") and member.id != new_head), None)
    return {member.id: HEAD if member.id == new_head else _relation(head, member, old, members) for member in members}


def _relation(head: Member, member: Member, old: Member | None, members: list[Member]) -> str | None:
    is_old = old is not None and member.id == old.id
    if head.relation in _SPOUSE:
        return _spouse(member) if is_old else _as_of_spouse(head, member)
    if head.relation in _CHILDREN:
        return _parent(member) if is_old else _as_of_child(member, old, members)
    if head.relation in _PARENTS:
        return _child(member) if is_old else _as_of_parent(member, old)
    if head.relation in _SIBLINGS and (is_old or member.relation in _SIBLINGS):
        return "70"
    return None


def _as_of_spouse(head: Member, member: Member) -> str | None:
    if member.relation in _CHILDREN | _CHILDREN_IN_LAW | _GRANDCHILDREN:
        return member.relation
    if member.relation in _PARENTS and head.sex == FEMALE:
        return {MALE: "53", FEMALE: "54"}.get(member.sex)
    if member.relation in _PARENTS and head.sex == MALE:
        return {MALE: "55", FEMALE: "56"}.get(member.sex)
    return None


def _as_of_child(member: Member, old: Member | None, members: list[Member]) -> str | None:
    if member.relation in _SPOUSE:
        return _parent(member)
    if member.relation in _CHILDREN:
        return "70"
    only_child = sum(one.relation in _CHILDREN for one in members) == 1
    if only_child and member.relation in _CHILDREN_IN_LAW:
        return _spouse(member)
    if only_child and member.relation in _GRANDCHILDREN:
        return _child(member)
    if member.relation in _PARENTS and old is not None and old.sex in (MALE, FEMALE):
        father = {MALE: "61", FEMALE: "62"} if old.sex == MALE else {MALE: "63", FEMALE: "64"}
        return father.get(member.sex)
    return None


def _as_of_parent(member: Member, old: Member | None) -> str | None:
    if member.relation in _SPOUSE:
        return {MALE: "28", FEMALE: "38"}.get(member.sex)
    if member.relation in _PARENTS:
        return _spouse(member)
    if member.relation in _CHILDREN and old is not None and old.sex in (MALE, FEMALE):
        side = {MALE: "41", FEMALE: "42"} if old.sex == MALE else {MALE: "43", FEMALE: "44"}
        return side.get(member.sex, "40")
    # A brother or sister of the old head is a child of the new one.
    return _child(member) if member.relation in _SIBLINGS else None


def _spouse(member: Member) -> str:
    return {MALE: "11", FEMALE: "12"}.get(member.sex, "10")


def _parent(member: Member) -> str:
    return {MALE: "51", FEMALE: "52"}.get(member.sex, "50")


def _child(member: Member) -> str | None:
    return {MALE: "20", FEMALE: "30"}.get(member.sex)
