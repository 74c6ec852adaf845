"""The households an imported sheet speaks of: found by number or address, made where people move into new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from gridworker.ledger.facts import Problem, Value, Values
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.store.store import ReadTx

_HEAD = "02"
_PLACE = ("compound_name", "building_no", "unit_no", "room_no")


class Homes:
    """Households by address; new ones are kept back until a row that needs them stands."""

    def __init__(self, tx: ReadTx, new: Callable[[Values], Record]) -> None:
        self._tx, self._new = tx, new
        self._ledger = find_ledger("household")
        self._by_number: dict[str, str] = {}
        self._by_place: dict[tuple[str, ...], list[str]] = {}
        for record_id, number, *place in tx.sql(
            "SELECT id, household_no, compound_name, building_no, unit_no, room_no FROM household WHERE deleted = 0"
        ):
            self._by_number[str(number or "")] = str(record_id)
            for key in _keys(place):
                self._by_place.setdefault(key, []).append(str(record_id))
        self._made: dict[tuple[str, ...], Record] = {}
        self._before: dict[str, Record | None] = {}
        self._after: dict[str, Record] = {}

    def find(self, raw: Mapping[str, object], *, may_create: bool) -> tuple[Record | None, list[Problem]]:
        """The household of a row, or why there is none."""
        values, problems = self._ledger.parse({key: text for key, text in raw.items() if key in self._ledger})
        if problems:
            return None, problems
        values |= dict(self._ledger.derive(values, None))  # type: ignore[arg-type]  # needs no day
        known = self._known(values)
        if known is not None:
            return known, []
        missing = [key for key in ("building_no", "room_no") if not values.get(key)]
        if missing:
            return None, [Problem(missing[0], f"没有{self._ledger[missing[0]].label}，归不到住户。请补上住址。")]
        place = tuple(str(values.get(key) or "") for key in _PLACE)
        candidates = self._by_place.get(place) or self._by_place.get(("", *place[1:])) if not place[0] else None
        if candidates and len(candidates) > 1:
            return None, [Problem("compound_name", "几个小区都有这个房号，请写明小区。")]
        if not may_create:
            return None, [Problem("room_no", "本机没有这一户，请先登记或导入住户。")]
        if place not in self._made:
            self._made[place] = self._new({key: value for key, value in values.items() if value is not None})
        return self._made[place], []

    def keep(self, home: Record, raw: Mapping[str, object]) -> None:
        """A row that stands needs this household; what the row knows of it and it lacks is added."""
        if home.id in self._after:
            return
        is_new = any(made.id == home.id for made in (self._made.get(_place_of(home)),) if made)
        self._before[home.id] = None if is_new else home
        values, _ = self._ledger.parse({key: text for key, text in raw.items() if key in self._ledger})
        blanks: dict[str, Value] = {key: value for key, value in values.items() if value and not home.values.get(key)}
        self._after[home.id] = home.with_values(blanks) if blanks else home

    def name_heads(self, people: Iterable[Record]) -> None:
        """A household whose head is not known yet is headed by the member who is 户主."""
        for person in people:
            home = self._after.get(str(person.values.get("household_id")))
            if home and person.values.get("relation_code") == _HEAD and not home.values.get("head_person_id"):
                self._after[home.id] = home.with_values({"head_person_id": person.id})

    def touched(self) -> Iterator[tuple[Record | None, Record]]:
        """Households to write: new ones, and known ones that learned something."""
        for record_id, after in self._after.items():
            before = self._before[record_id]
            if before is None or before.values != after.values:
                yield before, after

    def _known(self, values: Values) -> Record | None:
        number = str(values.get("household_no") or "")
        found = [self._by_number[number]] if number in self._by_number and number else None
        found = found or self._by_place.get(tuple(str(values.get(key) or "") for key in _PLACE))
        return self._tx.get("household", found[0]) if found and len(found) == 1 else None


def _keys(place: Iterable[object]) -> list[tuple[str, ...]]:
    """An address is known with its compound, and without where the sheet leaves it out."""
    full = tuple(str(part or "") for part in place)
    return [full, ("", *full[1:])] if full[0] else [full]


def _place_of(home: Record) -> tuple[str, ...]:
    return tuple(str(home.values.get(key) or "") for key in _PLACE)
