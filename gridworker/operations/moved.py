"""Who came and who went: the movements of a person or household as lines, and the former members of a household."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gridworker.ledger.facts import Purpose
from gridworker.ledger.record import Record
from gridworker.ledgers import movement as kinds
from gridworker.ledgers.person import has_left
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.store.query import Condition, Query

_LEAVES = "已迁走"


@dataclass(frozen=True)
class MovementLine:
    """One movement as read on a card; `can_unmerge` where it made two registrations one and still can be taken back."""

    id: str
    day: str
    text: str
    can_unmerge: bool = False


@dataclass(frozen=True)
class FormerMember:
    """Somebody who lived in a household: how she left, and on which day."""

    id: str
    name: str
    how: str
    day: str


def of_person(session: Session, person_id: str) -> list[MovementLine]:
    """A person's movements, the newest first."""
    with session.store.read() as tx:
        eyes = Eyes(session, tx)
        return [_of_person(eyes, one) for one in _newest_first(_movements(eyes, "person_id", person_id))]


def of_home(session: Session, home_id: str) -> list[MovementLine]:
    """The movements into and out of a household, the newest first, each with whom it was about."""
    with session.store.read() as tx:
        eyes = Eyes(session, tx)
        found = {
            one.id: one for key in ("from_household_id", "to_household_id") for one in _movements(eyes, key, home_id)
        }
        return [_of_home(eyes, one, home_id) for one in _newest_first(found.values())]


def former_members(session: Session, home_id: str) -> list[FormerMember]:
    """Those who lived in a household and no more do, the last to leave first."""
    with session.store.read() as tx:
        eyes = Eyes(session, tx)
        left: dict[str, tuple[str, str]] = {}
        for one in reversed(_newest_first(_movements(eyes, "from_household_id", home_id))):
            left[_text(one, "person_id")] = (_text(one, "movement_type"), _text(one, "occurred_on"))
        people = tx.find_rows("person", sorted(left))
        found = [
            FormerMember(one.id, eyes.title(one, Purpose.WORK), _how(one, left[one.id][0]), left[one.id][1])
            for one in people.values()
            if _text(one, "household_id") != home_id and not one.deleted and eyes.sees(one)
        ]
        # Whoever was only said to have left, without a movement.
        stayed = tx.records("person", tx.select(Query("person", (Condition("household_id", "is", home_id),))))
        found += [
            FormerMember(one.id, eyes.title(one, Purpose.WORK), _how(one, kinds.OUT), _text(one, "left_on"))
            for one in stayed
            if has_left(one.values) and eyes.sees(one)
        ]
    return sorted(found, key=lambda one: one.day, reverse=True)


def _movements(eyes: Eyes, key: str, value: str) -> list[Record]:
    found = eyes.tx.select(Query("movement", (Condition(key, "is", value),)))
    return [one for one in eyes.tx.records("movement", found) if eyes.sees(one)]


def _newest_first(found: Iterable[Record]) -> list[Record]:
    return sorted(found, key=lambda one: (_text(one, "occurred_on"), _text(one, "recorded_at")), reverse=True)


def _of_person(eyes: Eyes, one: Record) -> MovementLine:
    kind = _text(one, "movement_type")
    if kind in (kinds.MERGE, kinds.UNMERGE):
        other = eyes.tx.get("person", _text(one, "merged_person_id"))
        return MovementLine(one.id, _text(one, "occurred_on"), f"{kind}重复登记", _can_unmerge(kind, other))
    old, new = (_home(eyes, one, key) for key in ("from_household_id", "to_household_id"))
    left_for = find_ledger("movement")["destination"].show(
        one.values.get("destination"), eyes.purpose(one, Purpose.WORK)
    )
    target = new or left_for or _text(one, "other_grid")
    where = (
        f"{old} → {target}" if old and target else target or (f"离开 {old}" if kind in kinds.LEAVING and old else "")
    )
    return MovementLine(one.id, _text(one, "occurred_on"), f"{kind}　{where}".strip())


def _of_home(eyes: Eyes, one: Record, home_id: str) -> MovementLine:
    person = eyes.tx.get("person", _text(one, "person_id"))
    name, kind = eyes.title(person, Purpose.WORK) if person else "", _text(one, "movement_type")
    goes = _text(one, "from_household_id") == home_id and kind in (kinds.WITHIN, kinds.SPLIT)
    return MovementLine(one.id, _text(one, "occurred_on"), f"{name}　{kind}{'（迁走）' if goes else ''}".strip())


def _can_unmerge(kind: str, other: Record | None) -> bool:
    return kind == kinds.MERGE and other is not None and other.deleted


def _home(eyes: Eyes, one: Record, key: str) -> str:
    home = eyes.tx.get("household", _text(one, key)) if one.values.get(key) else None
    return eyes.title(home, Purpose.WORK) if home else ""


def _how(person: Record, kind: str) -> str:
    if _text(person, "living_state") == "死亡":
        return "已故"
    return "已迁出" if kind in kinds.LEAVING else _LEAVES


def _text(record: Record, key: str) -> str:
    return str(record.values.get(key) or "")
