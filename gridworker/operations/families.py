"""A birth in a household, and a household that becomes two: several records, one act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridworker.errors import KnownError
from gridworker.ledger.facts import Value
from gridworker.ledgers import movement as kinds
from gridworker.operations.residents import members
from gridworker.operations.save import Saved, save_in
from gridworker.operations.session import Session
from gridworker.planning.relations import HEAD, Member, relations_to
from gridworker.store import acts
from gridworker.store.store import ReadTx, WriteTx

_NOTHING_CHANGED = "记录没有改动。"


def birth(session: Session, household_id: str, child: Mapping[str, object]) -> Saved:
    """Registers a child born into a household with the movement that tells of it; the answer is about the child."""

    def work(tx: WriteTx) -> Saved:
        act = acts.new_whole_act()
        born = save_in(session, tx, "person", {"population_type": "户籍", **child, "household_id": household_id}, act)
        movement = {
            "person_id": born.record.id, "movement_type": kinds.BIRTH, "to_household_id": household_id,
            "occurred_on": born.record.values.get("birth_date") or session.today().isoformat(),
        }  # fmt: skip
        told = save_in(session, tx, "movement", movement, act)
        return Saved(born.record, [*born.warnings, *told.warnings], born.changes | told.changes, born.op_id)

    return session.store.write(work)


def split(
    session: Session,
    head_id: str,
    with_ids: Sequence[str],
    home: Mapping[str, object],
    *,
    relations: Mapping[str, str] | None = None,
    occurred_on: str = "",
) -> Saved:
    """Moves a new head and those who go along into a new household; the answer is about that household.

    Their relations to the new head follow from those to the old one; what does not follow is named in `relations`.
    """

    def work(tx: WriteTx) -> Saved:
        act, said = acts.new_whole_act(), dict(relations or {})
        going = _relations(tx, head_id, with_ids) | said
        made = save_in(session, tx, "household", home, act)
        changes, warnings = made.changes, list(made.warnings)
        for person_id in (head_id, *with_ids):
            movement: dict[str, object] = {
                "person_id": person_id, "movement_type": kinds.SPLIT, "to_household_id": made.record.id,
                "relation_code": going.get(person_id), **({"occurred_on": occurred_on} if occurred_on else {}),
            }  # fmt: skip
            moved = save_in(session, tx, "movement", movement, act)
            changes, warnings = changes | moved.changes, [*warnings, *moved.warnings]
        return Saved(tx.get("household", made.record.id) or made.record, warnings, changes, made.op_id)

    return session.store.write(work)


def relations_after(session: Session, head_id: str, with_ids: Sequence[str]) -> dict[str, Value]:
    """How those who go along are related to the new head; None where it does not follow and people must say it."""
    with session.store.read() as tx:
        going = _relations(tx, head_id, with_ids)
    return {one: going[one] for one in with_ids}


def _relations(tx: ReadTx, head_id: str, with_ids: Sequence[str]) -> dict[str, Value]:
    head = tx.get("person", head_id)
    home = str(head.values.get("household_id") or "") if head else ""
    people = members(tx, home) if home else []
    there = {one.id for one in people}
    if head_id not in there or not set(with_ids) <= there:
        raise KnownError("分户的人要都在同一户里。", safe=_NOTHING_CHANGED, action="请从这一户的家庭成员里选。")
    known = [
        Member(one.id, str(one.values.get("sex_code") or ""), str(one.values.get("relation_code") or ""))
        for one in people
    ]
    return {**relations_to(head_id, known), head_id: HEAD}
