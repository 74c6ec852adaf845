"""Reading for lists, forms and cards: links become names, and masks follow the purpose."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from gridworker.errors import KnownError
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.dates import CHINA, local_date, show_date
from gridworker.ledger.facts import Purpose, Value
from gridworker.ledger.field import Field
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.household import household_title
from gridworker.ledgers.person import NAMELESS, age_on, has_left, is_nameless
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import references
from gridworker.operations.find import Stopper
from gridworker.operations.session import Session
from gridworker.planning.rooms import natural_key
from gridworker.planning.visit_plan import strictest
from gridworker.planning.working_days import note_of
from gridworker.store import outbox
from gridworker.store.people import all_people, name_of
from gridworker.store.query import Condition, Query
from gridworker.store.store import ReadTx

__all__ = ["Condition", "Query"]
# What a filter box can mean; beyond it the person types one more character.
_MOST_HITS = 5_000
_ROWS_OF = "SELECT row_id, id FROM record_index WHERE row_id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True)
class Row:
    """One line of a list, as text; `waiting` says that the server does not have it yet."""

    row_id: int
    id: str
    status: str
    cells: Mapping[str, str]
    waiting: bool


@dataclass(frozen=True)
class MemberLine:
    """One member on a household's card."""

    id: str
    name: str
    relation: str
    age: str
    contact: str
    care_level: str


@dataclass(frozen=True)
class HouseholdCard:
    """What a person at the door needs to know of a household."""

    record: Record
    address: str
    members: tuple[MemberLine, ...]
    head_name: str
    last_visit_text: str
    care_level: str


@dataclass(frozen=True)
class BuildingChoice:
    """One building to show as a room plan."""

    compound_name: str
    building_no: str
    label: str


def listing(session: Session, query: Query, *, text: str = "") -> array[int]:
    """The row ids of a list, in its order; `text` narrows it to what the search finds."""
    with session.store.read() as tx:
        if not text.strip():
            return tx.select(query)
        hits = [hit.id for hit in tx.search(text, ledgers=[query.ledger], limit=_MOST_HITS)]
        return tx.select(replace(query, where=(*query.where, Condition("id", "in", hits))))


def rows(
    session: Session,
    ledger_name: str,
    row_ids: Sequence[int],
    *,
    columns: Sequence[str] | None = None,
    purpose: Purpose = Purpose.LIST,
) -> list[Row]:
    """Lines of a list with links as names and values masked for the purpose; rows that went meanwhile are left out."""
    ledger = find_ledger(ledger_name)
    with session.store.read() as tx:
        row_of = {str(one): int(row_id) for row_id, one in tx.sql(_ROWS_OF, (json.dumps(list(row_ids)),))}
        records = tx.records(ledger.key, row_ids)
        shown = show_many(tx, ledger, records, columns or ledger.list_columns, purpose)
        waiting = outbox.waiting_records(tx, [record.id for record in records])
    return [
        Row(row_of[record.id], record.id, _status_label(ledger, record), cells, record.id in waiting)
        for record, cells in zip(records, shown, strict=True)
    ]


def record(session: Session, record_id: str) -> Record:
    """One record by its id or record number."""
    with session.store.read() as tx:
        found = tx.find(record_id)
    if found is None:
        raise KnownError("本机没有这条记录。", action="请核对记录编号，或先同步。")
    return found


def shown(session: Session, one: Record, purpose: Purpose = Purpose.WORK) -> dict[str, str]:
    """All fields of a record as text."""
    ledger = find_ledger(one.ledger)
    with session.store.read() as tx:
        return show_many(tx, ledger, [one], [field.key for field in ledger.fields], purpose)[0]


def show_many(
    tx: ReadTx,
    ledger: Ledger,
    records: Sequence[Record],
    columns: Iterable[str],
    purpose: Purpose,
    *,
    noted: bool = True,
) -> list[dict[str, str]]:
    """Records as text, their links resolved in one read per linked ledger.

    `noted` says beside a counted date that its year's holidays are not known; a workbook, read again, goes without.
    """
    fields = [ledger[key] for key in columns]
    labels = _link_labels(tx, fields, records, purpose)
    shown = [
        {field.key: _show(field, record.values.get(field.key), labels, purpose) for field in fields}
        for record in records
    ]
    if ledger.key == "person":
        for record, cells in zip(records, shown, strict=True):
            if "name" in cells:
                cells["name"] = _name(record, purpose)
    if noted:
        _note_guessed_dates(ledger, records, shown)
    return shown


def _note_guessed_dates(ledger: Ledger, records: Sequence[Record], shown: Sequence[dict[str, str]]) -> None:
    counted = [key for due in ledger.dues if due.counted for key in (due.field, due.extended) if key]
    for record, cells in zip(records, shown, strict=True):
        for key in counted:
            note = note_of(local_date(str(record.values[key]))) if cells.get(key) and record.values.get(key) else ""
            if note:
                cells[key] = f"{cells[key]}（{note}）"


def household_card(session: Session, household_id: str) -> HouseholdCard:
    """The card of one household, names in full: it is read at the door by who looks after it."""
    with session.store.read() as tx:
        home = tx.get("household", household_id)
        if home is None:
            raise KnownError("本机没有这一户。", action="请先同步。")
        there = tx.records("person", tx.select(Query("person", (Condition("household_id", "is", household_id),))))
    people = [one for one in there if not has_left(one.values)]
    today = session.today()
    lines = sorted((_member(one, today) for one in people), key=lambda line: line.relation not in ("户主", "本人"))
    head = home.values.get("head_person_id")
    head_name = next(
        (line.name for line in lines if line.id == head or line.relation == "户主"), lines[0].name if lines else ""
    )
    last = home.values.get("last_visited_at")
    levels = [str(one.values["care_level"]) for one in people if one.values.get("care_level")]
    return HouseholdCard(
        home, household_title(home.values), tuple(lines), head_name,
        f"上次走访 {show_date(str(last))}" if last else "还没有走访过", strictest(levels) or "",
    )  # fmt: skip


def buildings(session: Session) -> list[BuildingChoice]:
    """The buildings of the grid in natural order."""
    with session.store.read() as tx:
        found = tx.sql("SELECT DISTINCT compound_name, building_no FROM household WHERE deleted=0")
    several = len({compound for compound, _ in found}) > 1
    choices = sorted(
        ((str(compound or ""), str(building or "")) for compound, building in found),
        key=lambda pair: (natural_key(pair[0]), natural_key(pair[1])),
    )
    return [
        BuildingChoice(
            compound, building, household_title({"compound_name": compound if several else "", "building_no": building})
        )
        for compound, building in choices
    ]


def ref_choices(
    session: Session, to: str, text: str, *, limit: int = 20, stopper: Stopper | None = None
) -> list[tuple[str, str]]:
    """Records a link may point at, found as one types: (id, label); raises Cancelled where the stopper is told."""
    with session.store.read() as tx, (stopper or Stopper()).over(tx):
        if to == references.ACTOR:
            return [(one.id, one.name) for one in all_people(tx) if text.strip() in one.name][:limit]
        if text.strip():
            hits = tx.search(text, ledgers=[to], limit=limit)
            records = [found for hit in hits if (found := tx.get(to, hit.id))]
        else:
            records = tx.records(to, tx.select(Query(to, limit=limit)))
        homes = tx.find_rows(
            "household", [str(one.values["household_id"]) for one in records if one.values.get("household_id")]
        )
    return [(one.id, _choice_label(to, one, homes)) for one in records]


def reveal(session: Session, ledger_name: str, *, record_id: str | None = None, count: int = 1) -> None:
    """Leaves the trace that masked values were shown."""
    session.store.write(
        lambda tx: tx.audit(
            "reveal", actor_id=session.actor.id, record=record_id, ledger=ledger_name, detail={"count": count}
        )
    )


def _show(field: Field, value: Value, labels: Mapping[tuple[str, str], str], purpose: Purpose) -> str:
    if value is None or value == []:
        return ""
    if isinstance(field, Ref | Refs):
        ids = value if isinstance(value, list) else [str(value)]
        return "、".join(label for one in ids if (label := labels.get((field.to, one), "")))
    return field.show(value, purpose)


def _link_labels(
    tx: ReadTx, fields: Sequence[Field], records: Sequence[Record], purpose: Purpose
) -> dict[tuple[str, str], str]:
    """(ledger, id) → label; masked as the name or address it leads to would be."""
    wanted: dict[str, set[str]] = {}
    for field in fields:
        if isinstance(field, Ref | Refs) and field.to:
            for record in records:
                value = record.values.get(field.key)
                wanted.setdefault(field.to, set()).update(
                    value if isinstance(value, list) else [str(value)] if value else []
                )
    labels: dict[tuple[str, str], str] = {}
    for to, ids in wanted.items():
        if to == references.ACTOR:
            labels |= {(to, one): name_of(tx, one) or "其他人员" for one in ids}
        elif to in all_ledgers():
            labels |= {
                (to, one): _masked_title(to, found, purpose) for one, found in tx.find_rows(to, sorted(ids)).items()
            }
    return labels


def _masked_title(to: str, found: Record, purpose: Purpose) -> str:
    ledger = find_ledger(to)
    if to == "person":
        return _name(found, purpose)
    if to == "household" and purpose is Purpose.NOTICE:
        return household_title({**found.values, "unit_no": None, "room_no": None})
    return ledger.title(found.values)


def _name(person: Record, purpose: Purpose) -> str:
    if purpose is Purpose.NOTICE and is_nameless(person.values, datetime.now(CHINA).date()):
        return NAMELESS
    return find_ledger("person")["name"].show(person.values.get("name"), purpose)


def _member(one: Record, today: date) -> MemberLine:
    ledger = find_ledger("person")
    birth = one.values.get("birth_date")
    relation = ledger["relation_code"].format(one.values.get("relation_code"))
    return MemberLine(
        one.id, str(one.values.get("name") or ""), relation, f"{age_on(str(birth), today)} 岁" if birth else "",
        str(one.values.get("contact") or ""), str(one.values.get("care_level") or ""),
    )  # fmt: skip


def _choice_label(to: str, one: Record, homes: Mapping[str, Record]) -> str:
    label = references.title_of(to, one.values)
    home = homes.get(str(one.values.get("household_id")))
    return f"{label}　{household_title(home.values)}" if home else label


def _status_label(ledger: Ledger, record: Record) -> str:
    return ledger.workflow.label_of(record.status) if ledger.workflow else ""
