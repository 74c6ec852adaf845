"""What the visit plan knows beyond the interval: campaigns, grave events, forgotten buildings, and waiting.

Each is a pure function of what was recorded; what they say is added to the plan of the day, never written into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gridworker.errors import KnownError
from gridworker.planning.visit_plan import Dwelling
from gridworker.planning.visit_rules import ORDINARY, Campaign, rules_in_force


@dataclass(frozen=True)
class ExtraDue:
    """A visit that a campaign asks for beside the ordinary ones."""

    household_id: str
    campaign: Campaign
    due_on: date


@dataclass(frozen=True)
class ForgottenBuilding:
    """A building in which nobody knocked for too long; `last` is None where nobody ever did."""

    building: str
    last: date | None
    days: int | None


class SnoozeRefused(KnownError):
    """A wish to wait that was not granted."""


def campaign_dues(dwelling: Dwelling, today: date, *, campaigns: Iterable[Campaign] | None = None) -> list[ExtraDue]:
    """The visits that the campaigns of today ask for and that nobody has made since each began."""
    if dwelling.vacant:
        return []
    level = dwelling.care_level or ORDINARY
    return [
        ExtraDue(dwelling.household_id, campaign, campaign.end)
        for campaign in (rules_in_force().campaigns if campaigns is None else campaigns)
        if campaign.start is not None
        and campaign.end is not None
        and campaign.runs_on(today)
        and level in campaign.care_levels
        and (dwelling.last_met is None or dwelling.last_met < campaign.start)
    ]


def grave_due(happened_at: datetime, last_met_at: datetime | None) -> datetime | None:
    """By when somebody must be met after a grave event; None once somebody was."""
    if last_met_at is not None and last_met_at >= happened_at:
        return None
    return happened_at + timedelta(hours=rules_in_force().grave_hours)


def buildings_not_walked(
    last_visits: Mapping[str, date | None], today: date, *, days: int | None = None
) -> list[ForgottenBuilding]:
    """The buildings without a visit, met or not, for longer than the rules allow; the never visited first."""
    allowed = rules_in_force().building_days if days is None else days
    forgotten = [
        ForgottenBuilding(building, last, (today - last).days if last is not None else None)
        for building, last in last_visits.items()
        if last is None or (today - last).days > allowed
    ]
    return sorted(forgotten, key=lambda one: (one.last or date.min, one.building))


def raise_if_not_to_be_put_off(today: date, until: date, reason: str) -> None:
    """Putting something off needs a reason, and a day that is neither past nor too far."""
    longest = today + timedelta(days=rules_in_force().snooze_days)
    if not reason.strip():
        raise SnoozeRefused("请写一句为什么推迟。", action="例如：住户出差，下周三回来。")
    if until <= today:
        raise SnoozeRefused("推迟到的日子要在今天以后。", action="请改一个日期。")
    if until > longest:
        raise SnoozeRefused(
            f"最多推迟到 {longest.isoformat()}（{rules_in_force().snooze_days} 天）。", action="请改一个日期。"
        )
