"""今日工作: who is due, what is late, and a building as its rooms."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date

from gridworker.ledger.dates import local_date
from gridworker.ledgers.household import household_title
from gridworker.operations.session import Session
from gridworker.planning.rooms import floor_of, natural_key
from gridworker.planning.visit_plan import Dwelling, due_date, group_of, strictest
from gridworker.store.store import ReadTx

_HAZARD_OPEN = ("registered", "notified", "rectifying", "rectified", "fixed_on_site")
_CARE_REASON = {"high": "每周探访", "key": "每月探访", "general": "每季探访"}
_GROUPS = ("overdue", "today", "week", "month")
VACANT = "空置"
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

    @property
    def walk(self) -> tuple[object, ...]:
        """Sorts in the order in which rooms are walked."""
        return tuple(natural_key(part) for part in (self.compound, self.building, self.unit, self.room))


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
        homes = _homes(tx, compound=compound_name, building=building_no)
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


def _visits(tx: ReadTx, today: date) -> list[tuple[tuple[object, ...], DueItem]]:
    items: list[tuple[tuple[object, ...], DueItem]] = []
    homes = _homes(tx)
    named = len({home.compound for home in homes}) > 1
    for home in homes:
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


def _hazards(tx: ReadTx, today: date) -> list[tuple[tuple[object, ...], DueItem]]:
    found = tx.sql(
        "SELECT id, household_id, hazard_type, place, due_on, status FROM hazard "
        "WHERE deleted = 0 AND due_on IS NOT NULL AND status IN (SELECT value FROM json_each(?))",
        (json.dumps(_HAZARD_OPEN),),
    )
    return _dated(found, today, kind="hazard", label="隐患整改", reason="整改时限")


def _wishes(tx: ReadTx, today: date) -> list[tuple[tuple[object, ...], DueItem]]:
    found = tx.sql(
        "SELECT wish.id, person.household_id, '', wish.content, wish.promise_due_on, wish.status FROM wish "
        "LEFT JOIN person ON person.id = wish.wisher_person_id "
        "WHERE wish.deleted = 0 AND wish.promise_due_on IS NOT NULL AND wish.status IN ('claimed', 'contacted')"
    )
    return _dated(found, today, kind="wish", label="微心愿", reason="承诺完成")


def _dated(
    found: list[tuple[object, ...]], today: date, *, kind: str, label: str, reason: str
) -> list[tuple[tuple[object, ...], DueItem]]:
    items: list[tuple[tuple[object, ...], DueItem]] = []
    for record_id, home_id, sort, text, due_text, _status in found:
        due_on = date.fromisoformat(str(due_text))
        group = group_of(due_on, today)
        if group is None:
            continue
        title = f"{label}：{sort}" if sort else label
        items.append(((natural_key(str(text or "")),), DueItem(
            str(home_id or ""), title, str(text or ""), due_on, max(0, (today - due_on).days), group, reason,
            "", None, kind, str(record_id),
        )))  # fmt: skip
    return items


# Either one building or, with NULL, the whole grid. All of it is fixed text; values are bound.
_IN_BUILDING = "(?1 IS NULL OR (coalesce(compound_name, '') = ?2 AND building_no = ?1))"
_HOMES = (
    "SELECT id, compound_name, building_no, unit_no, room_no, tenure_code, last_visited_at, recorded_at, "  # noqa: S608
    f"head_person_id FROM household WHERE deleted = 0 AND {_IN_BUILDING}"
)
_PEOPLE = (
    "SELECT id, household_id, name, relation_code, care_level FROM person WHERE deleted = 0 AND household_id IN "  # noqa: S608
    f"(SELECT id FROM household WHERE deleted = 0 AND {_IN_BUILDING})"
)


def _homes(tx: ReadTx, *, compound: str = "", building: str | None = None) -> list[_Home]:
    people: dict[str, list[_Resident]] = {}
    for person_id, home_id, name, relation, level in tx.sql(_PEOPLE, (building, compound)):
        resident = _Resident(str(person_id), str(name or ""), str(relation or ""), str(level or ""))
        people.setdefault(str(home_id), []).append(resident)
    return [_home(home, people.get(str(home[0]), [])) for home in tx.sql(_HOMES, (building, compound))]


def _home(home: tuple[object, ...], people: list[_Resident]) -> _Home:
    home_id, compound, building, unit, room, tenure, last, recorded, head_id = home
    level = strictest([one.care_level for one in people])
    in_care = next((one for one in people if level and one.care_level == level), None)
    head = next((one for one in people if one.id == head_id or one.relation == _HEAD), people[0] if people else None)
    dwelling = Dwelling(
        str(home_id),
        level,
        local_date(str(last)) if last else None,
        local_date(str(recorded)) if recorded else date.min,
        vacant=tenure == VACANT,
    )
    return _Home(
        dwelling, str(compound or ""), str(building or ""), str(unit or ""), str(room or ""),
        head.name if head else "", in_care, len(people),
    )  # fmt: skip
