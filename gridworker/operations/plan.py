"""今日工作: who is due a visit, what is late and what waits, most urgent first, then in walking order."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from gridworker.operations.campaigns import campaign_homes
from gridworker.operations.due_records import DueRecord, due_records
from gridworker.operations.dwellings import Home, has_several_compounds, homes_due, homes_named
from gridworker.operations.session import Session
from gridworker.planning import urgency
from gridworker.planning.visit_plan import due_date, group_of
from gridworker.store.snoozes import Snooze, snoozes_on
from gridworker.store.store import ReadTx
from gridworker.store.walking import natural_text

_CARE_REASON = {"high": "每周探访", "key": "每月探访", "general": "每季探访"}
_GROUPS = ("overdue", "today", "week", "month")
VISIT = "visit"
# Follow-ups a visit promised, where nobody was met in the home since.
_FOLLOW_UPS = (
    "SELECT own.id, own.household_id, own.follow_up_on FROM visit AS own CROSS JOIN household AS home"
    " ON home.id = own.household_id WHERE own.deleted=0 AND home.deleted=0 AND own.follow_up_on <= ?"
    " AND coalesce(home.last_visited_at, '') < own.follow_up_on"
)
_ATTEMPTS = (
    "SELECT own.household_id, count(*) FROM visit AS own JOIN household AS home ON home.id = own.household_id"
    " WHERE own.household_id IN (SELECT value FROM json_each(?)) AND own.met=0 AND own.deleted=0"
    " AND own.visited_at > coalesce(home.last_visited_at, '') GROUP BY own.household_id"
)


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
    key: str = ""
    """The plan's own name of the thing, by which it is put off."""
    flag: str = ""
    """yellow, red or overdue where the date is one that people answer for."""
    note: str = ""
    """What must be said beside the date, e.g. that a year's holidays are not known."""
    attempts: int = 0
    """How often nobody was met since the last time somebody was."""


@dataclass(frozen=True)
class PutOff:
    """A due thing that waits for another day, and why."""

    item: DueItem
    until: str
    reason: str


_Placed = tuple[str, DueItem]
"""A due thing with the key it is sorted by among those of its day."""


def due(session: Session, on: date | None = None) -> list[DueItem]:
    """What is due by the end of the month and not put off, most urgent first, then in walking order."""
    return _read(session, on or session.today())[0]


def put_off_items(session: Session, on: date | None = None) -> list[PutOff]:
    """What is due and was put off beyond the day."""
    return _read(session, on or session.today())[1]


def due_and_put_off(session: Session, on: date | None = None) -> tuple[list[DueItem], list[PutOff]]:
    """What is due, and what of it waits for another day, in one reading."""
    return _read(session, on or session.today())


def _read(session: Session, today: date) -> tuple[list[DueItem], list[PutOff]]:
    with session.store.read() as tx:
        snoozed = snoozes_on(tx, today.isoformat())
        visits = list(_visits(tx, today))
        asked = {item.household_id: item.due_on for _, item in visits}
        placed = [*visits, *_records(tx, today, asked), *_follow_ups(tx, today), *_campaigns(tx, today)]
    placed.sort(key=_urgency)
    waiting = [item for _, item in placed if item.key not in snoozed]
    return waiting, [_put_off(item, snoozed[item.key]) for _, item in placed if item.key in snoozed]


def _urgency(placed: _Placed) -> tuple[int, date, str]:
    walk, item = placed
    return _GROUPS.index(item.group), item.due_on if item.group == "overdue" else date.min, walk


def _put_off(item: DueItem, snooze: Snooze) -> PutOff:
    return PutOff(item, snooze.until, snooze.reason)


def _visits(tx: ReadTx, today: date) -> Iterator[_Placed]:
    homes = homes_due(tx, _last_day_looked_at(today).isoformat())
    attempts = _attempts(tx, [home.dwelling.household_id for home in homes])
    named = has_several_compounds(tx)
    for home in homes:
        due_on = due_date(home.dwelling, today)
        group = group_of(due_on, today) if due_on else None
        if due_on is None or group is None:
            continue
        home_id, level = home.dwelling.household_id, home.dwelling.care_level or ""
        reason = _reason(home)
        yield home.walk, DueItem(
            home_id, f"走访 {_who(home)}", home.place(named=named), due_on, _late(due_on, today), group, reason, level,
            home.in_care.id if home.in_care else None, VISIT, home_id, f"{VISIT}:{home_id}",
            attempts=attempts.get(home_id, 0),
        )  # fmt: skip


def _reason(home: Home) -> str:
    if home.dwelling.grave_due is not None:
        return home.grave_event or "重大变故"
    if home.dwelling.last_met is None:
        return "还没有走访过"
    return _CARE_REASON.get(home.dwelling.care_level or "", "每年走访")


def _records(tx: ReadTx, today: date, asked: Mapping[str, date]) -> Iterator[_Placed]:
    """What is owed of records; `asked` are the homes somebody goes to anyway, and by when."""
    found = [one for one in due_records(tx, _last_day_looked_at(today)) if not _goes_along(one, asked)]
    homes = _homes(tx, {one.household_id for one in found})
    for one in found:
        group = group_of(one.due_on, today)
        if group is not None:
            yield _walk(homes, one.household_id, one.says), _record_item(one, today, group)


def _goes_along(one: DueRecord, asked: Mapping[str, date]) -> bool:
    return one.by_visit and one.household_id in asked and asked[one.household_id] <= one.due_on


def _record_item(one: DueRecord, today: date, group: str) -> DueItem:
    return DueItem(
        one.household_id, one.title, one.says, one.due_on, _late(one.due_on, today), group, one.reason, "", None,
        one.ledger, one.record_id, f"{one.ledger}:{one.record_id}:{one.field}",
        flag=urgency.flag_of(one.due_on, today) or "", note=one.note,
    )  # fmt: skip


def _follow_ups(tx: ReadTx, today: date) -> Iterator[_Placed]:
    found = tx.sql(_FOLLOW_UPS, (_last_day_looked_at(today).isoformat(),))
    homes, named = _homes(tx, {str(row[1]) for row in found}), has_several_compounds(tx)
    for visit_id, home_id, day in found:
        home, due_on = homes.get(str(home_id)), date.fromisoformat(str(day))
        group = group_of(due_on, today)
        if home is None or group is None:
            continue
        yield home.walk, DueItem(
            str(home_id), f"回访 {_who(home)}", home.place(named=named), due_on, _late(due_on, today), group,
            "走访时约定", home.dwelling.care_level or "", home.in_care.id if home.in_care else None, VISIT,
            str(home_id), f"{VISIT}:{visit_id}:follow_up_on",
        )  # fmt: skip


def _campaigns(tx: ReadTx, today: date) -> Iterator[_Placed]:
    asked = list(campaign_homes(tx, today))
    named = has_several_compounds(tx) if asked else False
    for home, campaign, due_on in asked:
        group = group_of(due_on, today)
        if group is not None:
            yield home.walk, DueItem(
                home.dwelling.household_id, f"走访 {_who(home)}", home.place(named=named), due_on, _late(due_on, today),
                group, campaign.label, home.dwelling.care_level or "", home.in_care.id if home.in_care else None, VISIT,
                home.dwelling.household_id, f"{VISIT}:{home.dwelling.household_id}:{campaign.key}",
            )  # fmt: skip


def _who(home: Home) -> str:
    return home.in_care.name if home.in_care else f"{home.head}一家" if home.head else "住户"


def _homes(tx: ReadTx, ids: Collection[str]) -> dict[str, Home]:
    return {home.dwelling.household_id: home for home in homes_named(tx, sorted(filter(None, ids)))}


def _walk(homes: dict[str, Home], home_id: str, says: str) -> str:
    return homes[home_id].walk if home_id in homes else natural_text(says)


def _attempts(tx: ReadTx, homes: list[str]) -> dict[str, int]:
    return {str(home): int(count) for home, count in tx.sql(_ATTEMPTS, (json.dumps(homes),))}


def _late(due_on: date, today: date) -> int:
    return max(0, (today - due_on).days)


def _last_day_looked_at(today: date) -> date:
    """The end of the month or of the next seven days, whichever is later: beyond it nothing has a group."""
    end = today.replace(day=monthrange(today.year, today.month)[1])
    return max(end, today + timedelta(days=7))
