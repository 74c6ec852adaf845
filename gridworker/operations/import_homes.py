"""The households an imported sheet speaks of: found by number or address, made where people move into new ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gridworker.ledger.facts import Problem, Value
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.import_matching import new_record
from gridworker.operations.import_people import HEAD
from gridworker.operations.session import Session
from gridworker.store.store import ReadTx

_PLACE = ("compound_name", "building_no", "unit_no", "room_no")


class Homes:
    """Households by address; new ones are kept back until a row that needs them stands."""

    def __init__(self, session: Session, tx: ReadTx) -> None:
        self._session, self._tx = session, tx
        self._ledger = find_ledger("household")
        self._by_number: dict[str, str] = {}
        self._by_place: dict[tuple[str, ...], list[str]] = {}
        statement = f"SELECT id, household_no, {', '.join(_PLACE)} FROM household WHERE deleted = 0"  # noqa: S608 - fixed names
        for record_id, number, *place in tx.sql(statement):
            self._by_number[str(number or "")] = str(record_id)
            for key in _keys(place):
                self._by_place.setdefault(key, []).append(str(record_id))
        self._made: dict[tuple[str, ...], Record] = {}
        self._new_ids: set[str] = set()
        self._before: dict[str, Record | None] = {}
        self._after: dict[str, Record] = {}

    def find(self, told: Mapping[str, Value], *, may_create: bool) -> tuple[Record | None, Problem | None]:
        """The household a row tells of, or why there is none."""
        values: dict[str, Value] = {key: value for key, value in told.items() if key in self._ledger and value}
        values |= dict(self._ledger.derive(values, self._session.today()))
        place = tuple(str(values.get(key) or "") for key in _PLACE)
        known = self._known(values, place)
        if len(known) == 1:
            return self._tx.get("household", known[0]), None
        if known:
            return None, Problem("compound_name", "几个小区都有这个房号，请写明小区。")
        missing = next((key for key in ("building_no", "room_no") if not values.get(key)), None)
        if missing:
            return None, Problem(missing, f"没有{self._ledger[missing].label}，归不到住户。请补上住址。")
        if not may_create:
            return None, Problem("room_no", "本机没有这一户，请先登记或导入住户。")
        if place not in self._made:
            self._made[place] = new_record(self._session, "household", values)
            self._new_ids.add(self._made[place].id)
        return self._made[place], None

    def keep(self, home: Record, told: Mapping[str, Value]) -> None:
        """A row that stands needs this household; blanks the row can fill are filled."""
        if home.id not in self._after:
            self._before[home.id] = None if home.id in self._new_ids else home
            self._after[home.id] = home
        standing = self._after[home.id]
        blanks: dict[str, Value] = {
            key: value for key, value in told.items() if key in self._ledger and value and not standing.values.get(key)
        }
        if blanks:
            self._after[home.id] = standing.with_values(blanks)

    def name_heads(self, people: Iterable[Record]) -> None:
        """A household whose head is not known yet is headed by the member who is 户主."""
        for person in people:
            home = self._after.get(str(person.values.get("household_id")))
            if home and person.values.get("relation_code") == HEAD and not home.values.get("head_person_id"):
                self._after[home.id] = home.with_values({"head_person_id": person.id})

    def touched(self) -> Iterator[tuple[Record | None, Record]]:
        """Households to write: new ones, and known ones that learned something."""
        for record_id, after in self._after.items():
            before = self._before[record_id]
            if before is None or before.values != after.values:
                yield before, after

    def _known(self, values: Mapping[str, Value], place: tuple[str, ...]) -> list[str]:
        number = str(values.get("household_no") or "")
        if number and number in self._by_number:
            return [self._by_number[number]]
        return self._by_place.get(place, []) if any(place) else []


def _keys(place: Iterable[object]) -> list[tuple[str, ...]]:
    """An address is known with its compound, and without where the sheet leaves it out."""
    full = tuple(str(part or "") for part in place)
    return [full, ("", *full[1:])] if full[0] else [full]
