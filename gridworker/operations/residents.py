"""What a movement (人口变动) changes: the person's household and state, and the heads of the households it touches.

A person keeps one identity and her history wherever she lives; who leaves stays findable and belongs to no household.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gridworker.ledger.facts import Problem, Value
from gridworker.ledger.record import Record
from gridworker.ledgers import movement as kinds
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.handovers import told_at_leaving
from gridworker.operations.refusals import SaveRefused
from gridworker.planning.relations import HEAD, Member, relations_to
from gridworker.store.query import Condition, Query
from gridworker.store.store import ReadTx

LIVES = "在住"
_LEFT = {kinds.OUT: "迁出", kinds.OTHER_GRID: "迁出", kinds.DEATH: "死亡"}


@dataclass(frozen=True)
class Effect:
    """Records as they stand and as the movement leaves them; `told` is what people must look at afterwards."""

    pairs: tuple[tuple[Record | None, Record], ...]
    told: tuple[Problem, ...] = ()


def effect_of(tx: ReadTx, movement: Record) -> Effect:
    """What a new movement changes; raises SaveRefused where it cannot be."""
    values = movement.values
    person, kind = tx.get("person", str(values.get("person_id") or "")), str(values.get("movement_type") or "")
    if person is None:
        return Effect(())
    if kind in kinds.LEAVING:
        effect = _leave(tx, person, kind, values)
        if kind == kinds.OTHER_GRID:
            _raise_if_same_grid(movement)
            effect = replace(effect, told=(*effect.told, *told_at_leaving(tx)))
    elif kind == kinds.NEW_HEAD:
        effect = new_head(tx, str(person.values.get("household_id") or ""), person.id)
    elif kind in kinds.ARRIVING and kind != kinds.BIRTH:
        effect = _arrive(tx, person, values)
    else:
        effect = Effect(())
    return replace(effect, pairs=(*_from_where(movement, person), *effect.pairs))


def seen_by(tx: ReadTx, movement: Record) -> dict[str, Value]:
    """What a new movement rests upon, for the server: where she lived, and that the household she comes to stands."""
    person, home = (tx.find(_text(movement, key)) for key in ("person_id", "to_household_id"))
    seen: dict[str, Value] = {}
    if person is not None:
        seen = {f"person_id.{key}": person.values.get(key) for key in ("household_id", "living_state")}
        seen["person_id.deleted"] = person.deleted
    return seen | ({"to_household_id.deleted": home.deleted} if home is not None else {})


def new_head(tx: ReadTx, home_id: str, person_id: str) -> Effect:
    """Makes a member the head; the relations of the others follow where they can."""
    home, people = tx.get("household", home_id), members(tx, home_id)
    if home is None or person_id not in {one.id for one in people}:
        raise _refused("person_id", "户主要从这一户的家庭成员里选。")
    known = [Member(one.id, _text(one, "sex_code"), _text(one, "relation_code")) for one in people]
    found = relations_to(person_id, known)
    pairs: list[tuple[Record | None, Record]] = [(home, home.with_values({"head_person_id": person_id}))]
    pairs += [(one, one.with_values({"relation_code": found[one.id]})) for one in people]
    unsaid = [one for one in people if found[one.id] is None]
    told = [Problem("relation_code", f"还有 {len(unsaid)} 人与新户主的关系推不出来，请逐个补上。")] if unsaid else []
    return Effect(tuple(pairs), tuple(told))


def members(tx: ReadTx, home_id: str) -> list[Record]:
    """Who lives in a household."""
    return list(tx.records("person", tx.select(Query("person", (Condition("household_id", "is", home_id),)))))


def _leave(tx: ReadTx, person: Record, kind: str, values: Mapping[str, Value]) -> Effect:
    gone = person.with_values({"living_state": _LEFT[kind], "left_on": values.get("occurred_on"), "household_id": None})
    return _with_head_left(tx, person, ((person, gone),))


def _arrive(tx: ReadTx, person: Record, values: Mapping[str, Value]) -> Effect:
    target = str(values.get("to_household_id") or "")
    home, others = tx.get("household", target), [one for one in members(tx, target) if one.id != person.id]
    if home is None:
        raise _refused("to_household_id", "迁入的住户不在本机，请先登记住户。")
    if person.values.get("household_id") == target:
        raise _refused("to_household_id", "迁入的住户和原来的住户是同一户，请另选一户。")
    relation = values.get("relation_code") or (None if others else HEAD)
    if relation is None:
        raise _refused("relation_code", "请填写与新户主关系。")
    if relation == HEAD and _has_head(home, others):
        raise _refused("relation_code", "迁入的这一户已有户主，请填写与户主的关系，或先登记更换户主。")
    settled = person.with_values(
        {"household_id": target, "relation_code": relation, "living_state": LIVES, "left_on": None}
    )
    pairs: list[tuple[Record | None, Record]] = [(person, settled)]
    if relation == HEAD:
        pairs.append((home, home.with_values({"head_person_id": person.id})))
    return _with_head_left(tx, person, tuple(pairs))


def _raise_if_same_grid(movement: Record) -> None:
    if movement.values.get("other_grid") == movement.grid_code:
        raise _refused("other_grid", "填的就是本网格；换了住处请登记网格内迁移。")


def _from_where(movement: Record, person: Record) -> tuple[tuple[Record | None, Record], ...]:
    home = person.values.get("household_id")
    if not home or movement.values.get("from_household_id") or movement.values.get("movement_type") == kinds.BIRTH:
        return ()
    return ((movement, movement.with_values({"from_household_id": home})),)


def _with_head_left(tx: ReadTx, person: Record, pairs: tuple[tuple[Record | None, Record], ...]) -> Effect:
    """A head who goes leaves a household without one, and people must say who follows."""
    old = tx.get("household", str(person.values.get("household_id") or ""))
    if old is None or (old.values.get("head_person_id") != person.id and _text(person, "relation_code") != HEAD):
        return Effect(pairs)
    if old.values.get("head_person_id") == person.id:
        pairs = (*pairs, (old, old.with_values({"head_person_id": None})))
    left = [one for one in members(tx, old.id) if one.id != person.id]
    told = (Problem("head_person_id", "原来的户主不在这一户了，请登记更换户主。"),) if left else ()
    return Effect(pairs, told)


def _has_head(home: Record, others: list[Record]) -> bool:
    return any(one.id == home.values.get("head_person_id") or _text(one, "relation_code") == HEAD for one in others)


def _text(record: Record, key: str) -> str:
    return str(record.values.get(key) or "")


def _refused(field: str, message: str) -> SaveRefused:
    return SaveRefused(find_ledger("movement"), [Problem(field, message)])
