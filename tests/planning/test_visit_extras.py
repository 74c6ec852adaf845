"""Campaigns, grave events, forgotten buildings and putting off, as pure functions."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from gridworker.ledger.dates import CHINA
from gridworker.planning.visit_extras import (
    ForgottenBuilding,
    SnoozeRefused,
    buildings_not_walked,
    campaign_dues,
    grave_due,
    raise_if_not_to_be_put_off,
)
from gridworker.planning.visit_plan import Dwelling
from gridworker.planning.visit_rules import Campaign, parse, visit_rules_in_force

TODAY = date(2026, 10, 12)
LONG_AGO = date(2024, 1, 1)
CHONGYANG = Campaign("c", "重阳走访", date(2026, 10, 11), date(2026, 10, 18), ("high", "ordinary"))
DORMANT = Campaign("w", "极端天气走访", None, None, ("high",))


def dwelling(level: str | None, last_met: date | None, *, vacant: bool = False) -> Dwelling:
    """A household registered long ago."""
    return Dwelling("h", level, last_met, LONG_AGO, vacant)


def test_a_campaign_adds_a_due_for_its_care_levels() -> None:
    """Whoever was not met since it began is due by its last day, though the ordinary plan asks for nothing."""
    (extra,) = campaign_dues(dwelling("high", date(2026, 10, 10)), TODAY, campaigns=[CHONGYANG, DORMANT])
    assert (extra.household_id, extra.campaign, extra.due_on) == ("h", CHONGYANG, date(2026, 10, 18))
    assert [one.due_on for one in campaign_dues(dwelling(None, None), TODAY, campaigns=[CHONGYANG])] == [extra.due_on]


@pytest.mark.parametrize(
    ("home", "today"),
    [
        (dwelling("high", date(2026, 10, 11)), TODAY),
        (dwelling("key", None), TODAY),
        (dwelling("high", None, vacant=True), TODAY),
        (dwelling("high", None), date(2026, 10, 10)),
        (dwelling("high", None), date(2026, 10, 19)),
    ],
    ids=["met since", "other level", "vacant", "not begun", "over"],
)
def test_a_campaign_asks_for_nobody_else(home: Dwelling, today: date) -> None:
    """Met since it began, of another level, living nowhere, before it and after it."""
    assert campaign_dues(home, today, campaigns=[CHONGYANG, DORMANT]) == []


def test_the_campaigns_in_force_are_those_of_the_data() -> None:
    """重阳 comes with the program; extreme weather is due for nobody until its days are declared."""
    assert [extra.campaign.label for extra in campaign_dues(dwelling("high", None), TODAY)] == ["重阳走访"]
    declared = '{"campaigns": [{"key": "weather", "label": "暴雨", "from": "2026-10-12", "to": "2026-10-13"}]}'
    with visit_rules_in_force(parse(declared)):
        assert [extra.campaign.label for extra in campaign_dues(dwelling(None, None), TODAY)] == ["暴雨"]


def test_a_grave_event_is_due_within_a_day() -> None:
    """24 hours after it happened, and settled by the first meeting after it."""
    happened = datetime(2026, 10, 12, 9, 30, tzinfo=CHINA)
    assert grave_due(happened, None) == datetime(2026, 10, 13, 9, 30, tzinfo=CHINA)
    assert grave_due(happened, happened - timedelta(minutes=1)) == datetime(2026, 10, 13, 9, 30, tzinfo=CHINA)
    assert grave_due(happened, happened + timedelta(hours=2)) is None
    with visit_rules_in_force(parse('{"grave_event": {"every": "hours", "count": 12}}')):
        assert grave_due(happened, None) == datetime(2026, 10, 12, 21, 30, tzinfo=CHINA)


def test_buildings_nobody_walked_are_told_the_longest_first() -> None:
    """Never walked, then by age; thirty days are still allowed."""
    last = {
        "1号楼": date(2026, 9, 12),
        "2号楼": date(2026, 9, 11),
        "3号楼": None,
        "4号楼": date(2026, 1, 1),
        "5号楼": TODAY,
    }
    assert buildings_not_walked(last, TODAY) == [
        ForgottenBuilding("3号楼", None, None),
        ForgottenBuilding("4号楼", date(2026, 1, 1), 284),
        ForgottenBuilding("2号楼", date(2026, 9, 11), 31),
    ]
    assert [one.building for one in buildings_not_walked(last, TODAY, days=300)] == ["3号楼"]


@pytest.mark.parametrize(
    ("until", "reason", "said"),
    [
        (date(2026, 10, 20), "  ", "请写一句为什么推迟。"),
        (TODAY, "出差", "推迟到的日子要在今天以后。"),
        (date(2026, 10, 1), "出差", "推迟到的日子要在今天以后。"),
        (date(2026, 11, 12), "出差", "最多推迟到 2026-11-11（30 天）。"),
    ],
)
def test_putting_off_is_refused_in_words(until: date, reason: str, said: str) -> None:
    """Without a reason, into the past, or too far."""
    with pytest.raises(SnoozeRefused) as caught:
        raise_if_not_to_be_put_off(TODAY, until, reason)
    assert caught.value.title == said
