"""今日工作: who is due, what is late, and a building as its rooms."""

from __future__ import annotations

import json
from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from gridworker.ledgers.household import household_title
from gridworker.operations.session import Session
from gridworker.planning.rooms import floor_of, natural_key
from gridworker.planning.visit_plan import Dwelling, due_date, group_of
from gridworker.store.due_days import VACANT, dwelling_of
from gridworker.store.store import ReadTx
from gridworker.store.walking import natural_text

_HAZARD_OPEN = ("registered", "notified", "rectifying", "rectified", "fixed_on_site")
_CARE_REASON = {"high": "每周探访", "key": "每月探访", "general": "每季探访"}
_GROUPS = ("overdue", "today", "week", "month")
# GB/T 4761: 户主.
_HEAD = "02"


@dataclass(frozen=True)
class DueItem:
    """One thing to do: what, where, by when, and why."""

    household_id: str
    title: str
    place: str
    due_on: date
    days_late: int
    group: str
    reason: str
    care_level: str
    person_id: str | None
    kind: str
    record_id: str


@dataclass(frozen=True)
class RoomCell:
    """One room of a building: who lives there and how its visit stands."""

    household_id: str
    unit_no: str
    floor: int | None
    room_no: str
    family: str
    state: str
    star: bool


@dataclass(frozen=True)
class RoomPlan:
    """A building as units across and floors down; `counts` by state, `starred` in care."""

    label: str
    units: tuple[str, ...]
    floors: tuple[int | None, ...]
    cells: tuple[RoomCell, ...]
    counts: dict[str, int]
    starred: int


@dataclass(frozen=True)
class _Resident:
    """A person as the plan needs to know her."""

    id: str
    name: str
    relation: str
    care_level: str


@dataclass(frozen=True)
class _Home:
    """A household with its people and its last contact, as the plan needs them."""

    dwelling: Dwelling
    walk: str
    """Sorts in the order in which rooms are walked."""
    compound: str
    building: str
    unit: str
    room: str
    head: str
    in_care: _Resident | None
    people: int

    def place(self, *, named: bool) -> str:
        """The address; the compound is named where the grid has several."""
        parts = {"building_no": self.building, "unit_no": self.unit, "room_no": self.room}
        return household_title(parts | ({"compound_name": self.compound} if named else {}))


def due(session: Session, on: date | None = None) -> list[DueItem]:
    """What is due by the end of the month, most urgent first, then in walking order."""
    today = on or session.today()
    with session.store.read() as tx:
        items = [*_visits(tx, today), *_hazards(tx, today), *_wishes(tx, today)]
    return [
        item
        for _, item in sorted(
            items,
            key=lambda pair: (
                _GROUPS.index(pair[1].group),
                pair[1].due_on if pair[1].group == "overdue" else date.min,
                pair[0],
            ),
        )
    ]


def room_plan(session: Session, compound_name: str, building_no: str, on: date | None = None) -> RoomPlan:
    """One building, each room with the state of its visit."""
    today = on or session.today()
    with session.store.read() as tx:
        homes = _homes_of_building(tx, compound_name, building_no)
    cells = tuple(_cell(home, today) for home in sorted(homes, key=lambda home: home.walk))
    units = sorted({cell.unit_no for cell in cells}, key=natural_key)
    floors = sorted({cell.floor for cell in cells}, key=lambda floor: -(floor if floor is not None else -1))
    counts = Counter(cell.state for cell in cells)
    label = household_title({"building_no": building_no})
    return RoomPlan(label, tuple(units), tuple(floors), cells, dict(counts), sum(cell.star for cell in cells))


def _cell(home: _Home, today: date) -> RoomCell:
    family = f"{home.head[:1]} {home.people}人" if home.people else "未登记"
    due_on = due_date(home.dwelling, today)
    last = home.dwelling.last_met
    if home.dwelling.vacant:
        state, family = "vacant", VACANT
    elif due_on is not None and due_on < today:
        state = "late"
    else:
        state = "done" if last and (last.year, last.month) == (today.year, today.month) else "todo"
    star = home.dwelling.care_level is not None
    return RoomCell(home.dwelling.household_id, home.unit, floor_of(home.room), home.room, family, state, star)


def _visits(tx: ReadTx, today: date) -> list[tuple[str, DueItem]]:
    items: list[tuple[str, DueItem]] = []
    named = _has_several_compounds(tx)
    for home in _homes_due(tx, today):
        due_on = due_date(home.dwelling, today)
        group = group_of(due_on, today) if due_on else None
        if due_on is None or group is None:
            continue
        level = home.dwelling.care_level or ""
        person_id = home.in_care.id if home.in_care else None
        who = home.in_care.name if home.in_care else f"{home.head}一家" if home.head else "住户"
        late = max(0, (today - due_on).days)
        items.append((home.walk, DueItem(
            home.dwelling.household_id, f"走访 {who}", home.place(named=named), due_on, late, group,
            _CARE_REASON.get(level, "每年走访"), level, person_id, "visit", home.dwelling.household_id,
        )))  # fmt: skip
    return items


def _hazards(tx: ReadTx, today: date) -> list[tuple[str, DueItem]]:
    found = tx.sql(
        "SELECT id, household_id, hazard_type, place, due_on, status FROM hazard "
        "WHERE deleted=0 AND due_on <= ? AND status IN (SELECT value FROM json_each(?))",
        (_last_day_looked_at(today).isoformat(), json.dumps(_HAZARD_OPEN)),
    )
    return _dated(found, today, kind="hazard", label="隐患整改", reason="整改时限")


def _wishes(tx: ReadTx, today: date) -> list[tuple[str, DueItem]]:
    found = tx.sql(
        "SELECT wish.id, person.household_id, '', wish.content, wish.promise_due_on, wish.status FROM wish "
        "LEFT JOIN person ON person.id = wish.wisher_person_id "
        "WHERE wish.deleted=0 AND wish.promise_due_on <= ? AND wish.status IN ('claimed', 'contacted')",
        (_last_day_looked_at(today).isoformat(),),
    )
    return _dated(found, today, kind="wish", label="微心愿", reason="承诺完成")


def _dated(
    found: list[tuple[object, ...]], today: date, *, kind: str, label: str, reason: str
) -> list[tuple[str, DueItem]]:
    items: list[tuple[str, DueItem]] = []
    for record_id, home_id, sort, text, due_text, _status in found:
        due_on = date.fromisoformat(str(due_text))
        group = group_of(due_on, today)
        if group is None:
            continue
        title = f"{label}：{sort}" if sort else label
        items.append((natural_text(str(text or "")), DueItem(
            str(home_id or ""), title, str(text or ""), due_on, max(0, (today - due_on).days), group, reason,
            "", None, kind, str(record_id),
        )))  # fmt: skip
    return items


_HOME = (
    "SELECT id, building_no, unit_no, room_no, tenure_code, last_visited_at, recorded_at, head_person_id,"
    " coalesce(walk, ''), compound_name FROM household"
)
# Of a grid of any size only the households that are due are read, by the day the store keeps for each.
_DUE_HOMES = f"{_HOME} WHERE deleted=0 AND visit_due_on IS NOT NULL AND visit_due_on <= ?"
_BUILDING = f"{_HOME} WHERE deleted=0 AND compound_name = ? AND building_no = ?"
_NO_COMPOUND = f"{_HOME} WHERE deleted=0 AND coalesce(compound_name, '') = ? AND building_no = ?"
_COMPOUND = "SELECT coalesce(compound_name, '') FROM household WHERE deleted=0 ORDER BY compound_name "
_PEOPLE = (
    "SELECT id, household_id, name, relation_code, care_level FROM person"
    " WHERE household_id IN (SELECT value FROM json_each(?)) AND deleted=0"
)


def _last_day_looked_at(today: date) -> date:
    """The end of the month or of the next seven days, whichever is later: beyond it nothing has a group."""
    end = today.replace(day=monthrange(today.year, today.month)[1])
    return max(end, today + timedelta(days=7))


def _has_several_compounds(tx: ReadTx) -> bool:
    ends = [tx.one(_COMPOUND + direction) for direction in ("ASC LIMIT 1", "DESC LIMIT 1")]
    return ends[0] != ends[1]


def _homes_due(tx: ReadTx, today: date) -> list[_Home]:
    return _with_people(tx, tx.sql(_DUE_HOMES, (_last_day_looked_at(today).isoformat(),)))


def _homes_of_building(tx: ReadTx, compound: str, building: str) -> list[_Home]:
    return _with_people(tx, tx.sql(_BUILDING if compound else _NO_COMPOUND, (compound, building)))


def _with_people(tx: ReadTx, homes: list[tuple[object, ...]]) -> list[_Home]:
    people: dict[str, list[_Resident]] = {}
    for person_id, home_id, name, relation, level in tx.sql(_PEOPLE, (json.dumps([str(home[0]) for home in homes]),)):
        resident = _Resident(str(person_id), str(name or ""), str(relation or ""), str(level or ""))
        people.setdefault(str(home_id), []).append(resident)
    return [_home(home, people.get(str(home[0]), [])) for home in homes]


def _home(home: tuple[object, ...], people: list[_Resident]) -> _Home:
    home_id, building, unit, room, tenure, last, recorded, head_id, walk, compound = home
    dwelling = dwelling_of(str(home_id), tenure, recorded, last, [one.care_level for one in people])
    level = dwelling.care_level
    in_care = next((one for one in people if level and one.care_level == level), None)
    head = next((one for one in people if one.id == head_id or one.relation == _HEAD), people[0] if people else None)
    place = (str(compound or ""), str(building or ""), str(unit or ""), str(room or ""))
    return _Home(dwelling, str(walk), *place, head.name if head else "", in_care, len(people))
