"""Records that are probably there already: the same room, the same person; told, never refused.

A person is likely the same where the ID number is, or where name and birth date, phone or household are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gridworker.area.rights import Sight
from gridworker.ledger.facts import Problem, Purpose, Severity, Values
from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import references
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.store.store import ReadTx

_ROOM = (
    "SELECT id FROM household WHERE deleted = 0 AND building_no = ? AND room_no = ? "
    "AND coalesce(unit_no, '') = ? AND coalesce(compound_name, '') = ? LIMIT 5"
)
_FACTS = ("id_no", "name", "birth_date", "contact", "household_id")
_PERSON = f"SELECT id, {', '.join(_FACTS)} FROM person WHERE deleted = 0"  # noqa: S608 - constant names
_SAME_NUMBER = f"{_PERSON} AND id_no = ? LIMIT 5"
_SAME_NAME = f"{_PERSON} AND name = ? AND (birth_date = ? OR contact = ? OR household_id = ?) LIMIT 5"
# What makes two persons alike: the fields, the one it is told at, and in which words.
_ALIKE = (
    (("id_no",), "id_no", "公民身份号码相同"),
    (("name", "birth_date"), "name", "姓名和出生日期相同"),
    (("name", "contact"), "name", "姓名和电话相同"),
    (("name", "household_id"), "name", "同一户里同名"),
)
# Two computers that merged the same two, each the other way round, have left neither of them in the lists.
_MERGED_CROSSWISE = (
    "SELECT one.id, other.id FROM person AS one JOIN person AS other ON one.merged_into_id = other.id "
    "WHERE other.merged_into_id = one.id AND one.id < other.id AND one.deleted = 1 AND other.deleted = 1"
)
_EACH_OTHER = "两台电脑把这两条互相合并，都进了回收站，请取消其中一次合并"
_MOST_TOLD = 3
TELLING = (
    "id_no",
    "name",
    "birth_date",
    "contact",
    "household_id",
    "building_no",
    "unit_no",
    "room_no",
    "compound_name",
)
"""The fields by which a record may be like another one."""


@dataclass(frozen=True)
class Twin:
    """A record that is probably the same, and why it is thought so; `field` is where that is told."""

    id: str
    title: str
    why: str
    field: str


@dataclass(frozen=True)
class Pair:
    """Two persons who are probably one."""

    one: Twin
    other: Twin


def twins_of(eyes: Eyes, ledger: Ledger, values: Values, record_id: str = "") -> list[Twin]:
    """The records a new or changed one is probably the same as, the surest first.

    Only those of which nothing is kept from her: else what she types would be confirmed by what she may not see.
    """
    if ledger.key == "household":
        return _same_room(eyes, values, record_id)
    if ledger.key != "person":
        return []
    found: dict[str, Twin] = {}
    for other, held in _near(eyes.tx, values):
        for keys, field, why in _ALIKE:
            if other != record_id and all(values.get(key) and values[key] == held[key] for key in keys):
                found.setdefault(other, Twin(other, "", why, field))
    return _titled(eyes, [twin for twin in found.values() if _is_open(eyes, twin.id)][:_MOST_TOLD])


def twins_like(session: Session, ledger_name: str, raw: Mapping[str, object], record_id: str = "") -> list[Twin]:
    """The records that what is being typed is probably the same as."""
    ledger = find_ledger(ledger_name)
    values, _wrong = ledger.parse({key: text for key, text in raw.items() if key in TELLING and key in ledger})
    with session.store.read() as tx:
        values, _unresolved = references.resolve(tx, ledger, values)
        return twins_of(Eyes(session, tx), ledger, {**values, **ledger.derive(values, session.today())}, record_id)


def twins_of_record(session: Session, record_id: str) -> list[Twin]:
    """The records that a registered one is probably the same as."""
    with session.store.read() as tx:
        record = tx.find(record_id)
        if record is None or record.deleted:
            return []
        return twins_of(Eyes(session, tx), find_ledger(record.ledger), record.values, record.id)


def twin_problems(eyes: Eyes, ledger: Ledger, values: Values, record_id: str = "") -> list[Problem]:
    """A warning for each record that looks like this one."""
    return [
        Problem(twin.field, f"{twin.why}的已有“{twin.title}”，请核对是否重复登记。", Severity.WARNING)
        for twin in twins_of(eyes, ledger, values, record_id)
    ]


def all_pairs(session: Session, *, limit: int = 200) -> list[Pair]:
    """Persons of this home who are probably one, each pair once; reads every person. Only those fully open to her."""
    with session.store.read() as tx:
        eyes = Eyes(session, tx)
        pairs = {(str(one), str(other)): _EACH_OTHER for one, other in tx.sql(_MERGED_CROSSWISE)}
        for keys, _field, why in _ALIKE:
            for first, second in _alike(tx, keys, limit):
                pairs.setdefault((first, second), why)
        open_ones = {pair: why for pair, why in pairs.items() if all(_is_open(eyes, one) for one in pair)}
        named = {
            twin.id: twin.title for twin in _titled(eyes, [Twin(one, "", "", "") for pair in open_ones for one in pair])
        }
    return [
        Pair(Twin(one, named[one], why, ""), Twin(other, named[other], why, ""))
        for (one, other), why in open_ones.items()
    ][:limit]


def _is_open(eyes: Eyes, person_id: str) -> bool:
    person = eyes.tx.get("person", person_id)
    return person is not None and eyes.sight(person) is Sight.FULL


def _same_room(eyes: Eyes, values: Values, record_id: str) -> list[Twin]:
    place = (values.get("building_no"), values.get("room_no"), values.get("unit_no"), values.get("compound_name"))
    rows = eyes.tx.sql(_ROOM, tuple(part or "" for part in place))
    homes = [str(row[0]) for row in rows if str(row[0]) != record_id][:1]
    return [
        Twin(home.id, eyes.title(home, Purpose.WORK), "门牌相同", "room_no")
        for home in eyes.tx.find_rows("household", homes).values()
        if eyes.sees(home)
    ]


def _near(tx: ReadTx, values: Values) -> list[tuple[str, dict[str, object]]]:
    """Those of the same number, then those of the same name that share one more fact."""
    # Two reads and no more: an import asks this for every row.
    rows = tx.sql(_SAME_NUMBER, (values["id_no"],)) if values.get("id_no") else []
    if values.get("name"):
        facts = tuple(values.get(key) or None for key in ("name", "birth_date", "contact", "household_id"))
        rows = [*rows, *tx.sql(_SAME_NAME, facts)]
    return [(str(row[0]), dict(zip(_FACTS, row[1:], strict=True))) for row in rows]


def _alike(tx: ReadTx, keys: Sequence[str], limit: int) -> Iterable[tuple[str, str]]:
    same = " AND ".join(f"one.{key} = other.{key}" for key in keys)
    rows = tx.sql(
        f"SELECT one.id, other.id FROM person AS one JOIN person AS other ON {same}"  # noqa: S608 - the keys of _ALIKE
        " WHERE one.id < other.id AND one.deleted = 0 AND other.deleted = 0 LIMIT ?",
        (limit,),
    )
    return [(str(one), str(other)) for one, other in rows]


def _titled(eyes: Eyes, twins: Sequence[Twin]) -> list[Twin]:
    tx = eyes.tx
    people = tx.find_rows("person", [twin.id for twin in twins])
    homes = tx.find_rows("household", [str(one.values.get("household_id") or "") for one in people.values()])
    titled: list[Twin] = []
    for twin in twins:
        person = people[twin.id]
        home = homes.get(str(person.values.get("household_id")))
        place = eyes.title(home, Purpose.WORK) if home else str(person.values.get("living_state") or "")
        name = eyes.title(person, Purpose.WORK)
        titled.append(Twin(twin.id, f"{name}（{place}）" if place else name, twin.why, twin.field))
    return titled
