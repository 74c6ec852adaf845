"""A building as its rooms, each with the state of its visit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from gridworker.ledgers.household import household_title
from gridworker.operations.dwellings import Home, homes_of_building
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.planning.rooms import floor_of, natural_key
from gridworker.planning.visit_plan import due_date
from gridworker.store.due_days import VACANT


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


def room_plan(session: Session, compound_name: str, building_no: str, on: date | None = None) -> RoomPlan:
    """One building, each room with the state of its visit."""
    today = on or session.today()
    with session.store.read() as tx:
        homes = homes_of_building(Eyes(session, tx), compound_name, building_no)
    cells = tuple(_cell(home, today) for home in sorted(homes, key=lambda home: home.walk))
    units = sorted({cell.unit_no for cell in cells}, key=natural_key)
    floors = sorted({cell.floor for cell in cells}, key=lambda floor: -(floor if floor is not None else -1))
    counts = Counter(cell.state for cell in cells)
    label = household_title({"building_no": building_no})
    return RoomPlan(label, tuple(units), tuple(floors), cells, dict(counts), sum(cell.star for cell in cells))


def _cell(home: Home, today: date) -> RoomCell:
    # Where members may be kept from her, no word is better than a wrong one.
    family = f"{home.head[:1]} {home.people}人" if home.people else "未登记" if home.is_open else ""
    due_on = due_date(home.dwelling, today)
    last = home.dwelling.last_met
    if home.dwelling.vacant:
        state, family = "vacant", VACANT
    elif due_on is not None and due_on < today:
        state = "late"
    else:
        state = "done" if last and (last.year, last.month) == (today.year, today.month) else "todo"
    star = home.is_open and home.dwelling.care_level is not None
    return RoomCell(home.dwelling.household_id, home.unit, floor_of(home.room), home.room, family, state, star)
