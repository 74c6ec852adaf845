"""Rows of every ledger that figures look at, with dates on all sides of a period and in several grids."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from gridworker.planning.figures_frame import Row
from gridworker.planning.figures_reads import READS

GRIDS = ("370211005001001", "370211005001002", "370211005002001")
PERIOD_START = date(2026, 3, 1)
_STATES = {
    "case": ("draft", "reported", "accepted", "disposing", "suspended", "disposed", "closed", "archived", "declined"),
    "hazard": ("found", "rectifying", "closed"),
    "dispute": ("registered", "accepted", "failed", "archived"),
    "wish": ("collected", "approved", "claimed", "fulfilled", "published", "returned"),
    "opinion": ("registered", "answered", "closed"),
}
_CHOICES: dict[str, tuple[Any, ...]] = {
    "tenure_code": ("自住", "出租", "空置", None), "care_level": ("high", "key", "general", None, None),
    "living_state": (None, "在住", "迁出", "死亡"), "met": (True, True, False, None),
    "resolved": ("成功", "未成功", None), "satisfaction": ("5", "4", "3", "2", "1", "0", None),
    "service_satisfaction": ("5", "2", "0", None), "suspended_days": (None, None, 2), "escalation_level": (0, 0, 1, 3),
    "extension_no": (None, 0, 1), "return_count": (None, 1), "rework_count": (0, 1, 2), "lead_unit_id": (None, "城管"),
}  # fmt: skip
_DAYS = (-800, -400, -370, -366, -365, -40, -2, -1, 0, 1, 9, 29, 30, 31, 32, 60)


def make_rows(dice: random.Random, each: int = 12) -> list[Row]:
    """So many rows of every ledger."""
    return [_row(dice, ledger, number, each) for ledger in READS for number in range(each)]


def _row(dice: random.Random, ledger: str, number: int, each: int) -> Row:
    values = {key: _value(dice, ledger, key, number, each) for key in READS[ledger].fields}
    kept = {key: value for key, value in values.items() if value is not None}
    return Row(f"{ledger}-{number}", ledger, dice.choice(GRIDS), dice.choice(_STATES.get(ledger, ("",))), kept)


def _value(dice: random.Random, ledger: str, key: str, number: int, each: int) -> Any:
    if key == "case_code":
        return f"C{number}"
    if key == "parent_case_code":
        return dice.choice((None, None, f"C{dice.randrange(each)}"))
    if key == "resolved" and ledger == "case":
        return dice.choice((True, False, None))
    links = {"household_id": "household", "interviewee_id": "person", "person_id": "person"}
    if key in links:
        return dice.choice((None, *(f"{links[key]}-{one}" for one in range(each // 2))))
    return dice.choice(_CHOICES[key]) if key in _CHOICES else _day(dice, key)


def _day(dice: random.Random, key: str) -> str | None:
    day = (PERIOD_START + timedelta(days=dice.choice(_DAYS))).isoformat()
    if key.endswith("_on"):
        return dice.choice((day, day, None))
    return dice.choice((f"{day}T00:30+08:00", f"{day}T23:59:59+08:00", f"{day}T20:00+00:00", None))
