"""Reading for lists, forms and cards: what is hers to see, with links as names, masked as `shown.py` says."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from gridworker.area.rights import Sight
from gridworker.errors import KnownError
from gridworker.ledger.dates import show_date
from gridworker.ledger.facts import Purpose
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.household import household_title
from gridworker.ledgers.person import age_on, has_left
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import findable, references
from gridworker.operations.find import Stopper
from gridworker.operations.seen_rows import hidden_rows, seen_homes, select_seen
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes, facts_of, purpose_under, show_many
from gridworker.planning.rooms import natural_key
from gridworker.planning.visit_plan import strictest
from gridworker.store import outbox
from gridworker.store.people import all_people
from gridworker.store.query import Condition, Query

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
        eyes = Eyes(session, tx)
        if text.strip():
            hits = findable.hits(eyes, text, ledgers=[query.ledger], limit=_MOST_HITS)
            query = replace(query, where=(*query.where, Condition("id", "in", [hit.id for hit, _ in hits])))
        return select_seen(eyes, query)


def keeps_back(session: Session, ledger_name: str) -> bool:
    """Whether a ledger here holds records that she may not see, and that its list leaves out."""
    with session.store.read() as tx:
        return bool(hidden_rows(Eyes(session, tx), find_ledger(ledger_name).key))


def rows(
    session: Session,
    ledger_name: str,
    row_ids: Sequence[int],
    *,
    columns: Sequence[str] | None = None,
    purpose: Purpose = Purpose.LIST,
) -> list[Row]:
    """Lines of a list with links as names and values as she may see them; rows that are not hers are left out."""
    ledger = find_ledger(ledger_name)
    with session.store.read() as tx:
        eyes = Eyes(session, tx)
        row_of = {str(one): int(row_id) for row_id, one in tx.sql(_ROWS_OF, (json.dumps(list(row_ids)),))}
        records = [one for one in tx.records(ledger.key, row_ids) if eyes.sees(one)]
        cells_of = show_many(tx, ledger, records, columns or ledger.list_columns, purpose, eyes=eyes)
        waiting = outbox.waiting_records(tx, [record.id for record in records])
    return [
        Row(row_of[record.id], record.id, _status_label(ledger, record), cells, record.id in waiting)
        for record, cells in zip(records, cells_of, strict=True)
    ]


def record(session: Session, record_id: str) -> Record:
    """One record by its id, for whoever may see it."""
    with session.store.read() as tx:
        found = tx.find(record_id)
        if found is None:
            raise KnownError("本机没有这条记录。", action="请核对记录编号，或先同步。")
        Eyes(session, tx).raise_if_unseen(found)
    return found


def shown(session: Session, one: Record, purpose: Purpose = Purpose.WORK) -> dict[str, str]:
    """All fields of a record as text, masked for the purpose and as her rights ask for it."""
    ledger = find_ledger(one.ledger)
    with session.store.read() as tx:
        eyes = Eyes(session, tx)
        return show_many(tx, ledger, [one], [field.key for field in ledger.fields], purpose, eyes=eyes)[0]


def facts(session: Session, ledger_name: str, row_ids: Sequence[int]) -> list[dict[str, object]]:
    """Rows of a list for programs: in full where she may look at all of a record, else masked as the list is."""
    with session.store.read() as tx:
        eyes = Eyes(session, tx)
        records = tx.records(find_ledger(ledger_name).key, row_ids)
        return [facts_of(eyes, one, alone=False) for one in records if eyes.sees(one)]


def record_facts(session: Session, one: Record) -> dict[str, object]:
    """A record for programs, as far as she may see it."""
    with session.store.read() as tx:
        return facts_of(Eyes(session, tx), one, alone=True)


def household_card(session: Session, household_id: str) -> HouseholdCard:
    """The card of one household, names in full for who looks after it: it is read at the door."""
    with session.store.read() as tx:
        eyes = Eyes(session, tx)
        home = tx.get("household", household_id)
        if home is None:
            raise KnownError("本机没有这一户。", action="请先同步。")
        eyes.raise_if_unseen(home)
        there = tx.records("person", tx.select(Query("person", (Condition("household_id", "is", household_id),))))
        people = [one for one in there if not has_left(one.values) and eyes.sees(one)]
    today = session.today()
    lines = sorted(
        (_member(eyes, one, today) for one in people), key=lambda line: line.relation not in ("户主", "本人")
    )
    head = home.values.get("head_person_id")
    head_name = next(
        (line.name for line in lines if line.id == head or line.relation == "户主"), lines[0].name if lines else ""
    )
    last = home.values.get("last_visited_at")
    levels = [line.care_level for line in lines if line.care_level]
    return HouseholdCard(
        home, household_title(home.values), tuple(lines), head_name,
        f"上次走访 {show_date(str(last))}" if last else "还没有走访过", strictest(levels) or "",
    )  # fmt: skip


def buildings(session: Session) -> list[BuildingChoice]:
    """The buildings of the grid in natural order, of the households that are hers to see."""
    with session.store.read() as tx:
        found = tx.sql(*seen_homes(Eyes(session, tx), "SELECT DISTINCT compound_name, building_no"))
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
        eyes = Eyes(session, tx)
        if text.strip():
            records = [found for _, found in findable.hits(eyes, text, ledgers=[to], limit=limit)]
        else:
            records = tx.records(to, select_seen(eyes, Query(to, limit=limit)))
        homes = tx.find_rows(
            "household", [str(one.values["household_id"]) for one in records if one.values.get("household_id")]
        )
        return [(one.id, _choice_label(eyes, one, homes)) for one in records]


def _member(eyes: Eyes, one: Record, today: date) -> MemberLine:
    seen, ledger, birth = eyes.sight(one), find_ledger("person"), one.values.get("birth_date")
    purpose = purpose_under(seen, Purpose.WORK)
    aged = bool(birth) and not ledger["birth_date"].is_masked(purpose)
    name, relation, contact = (
        ledger[key].show(one.values.get(key), purpose) for key in ("name", "relation_code", "contact")
    )
    level = str(one.values.get("care_level") or "") if seen is Sight.FULL else ""
    return MemberLine(one.id, name, relation, f"{age_on(str(birth), today)} 岁" if aged else "", contact, level)


def _choice_label(eyes: Eyes, one: Record, homes: Mapping[str, Record]) -> str:
    label, home = eyes.title(one, Purpose.WORK), homes.get(str(one.values.get("household_id")))
    return f"{label}　{place}" if home and (place := eyes.title(home, Purpose.WORK)) else label


def _status_label(ledger: Ledger, record: Record) -> str:
    return ledger.workflow.label_of(record.status) if ledger.workflow else ""
