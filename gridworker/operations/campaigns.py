"""What the campaigns of a day ask for, and the buildings in which nobody knocked for too long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from gridworker.ledger.dates import local_date
from gridworker.ledgers.household import household_title
from gridworker.operations.dwellings import Home, homes_named
from gridworker.operations.session import Session
from gridworker.planning.visit_extras import ForgottenBuilding, buildings_not_walked, campaign_dues
from gridworker.planning.visit_rules import CARE_ORDER, ORDINARY, Campaign, rules_in_force
from gridworker.store.store import ReadTx

_IN_CARE = "SELECT DISTINCT household_id FROM person WHERE care_level IN (SELECT value FROM json_each(?)) AND deleted=0"
_NOT_MET_SINCE = "SELECT id FROM household WHERE deleted=0 AND coalesce(last_visited_at, '') < ?"
_LAST_IN_BUILDINGS = (
    "SELECT coalesce(compound_name, ''), building_no, max(last_visited_at) FROM household WHERE deleted=0"
    " GROUP BY coalesce(compound_name, ''), building_no"
)


def campaign_homes(tx: ReadTx, today: date) -> Iterator[tuple[Home, Campaign, date]]:
    """The homes that a campaign running today still asks for, and by when."""
    for campaign in rules_in_force().campaigns:
        if campaign.runs_on(today) and campaign.start is not None:
            for home in homes_named(tx, _asked(tx, campaign, campaign.start)):
                for extra in campaign_dues(home.dwelling, today, campaigns=(campaign,)):
                    yield home, campaign, extra.due_on


def forgotten_buildings(session: Session, on: date | None = None) -> list[ForgottenBuilding]:
    """The buildings without a visit for longer than the rules allow; reads every household."""
    with session.store.read() as tx:
        rows = tx.sql(_LAST_IN_BUILDINGS)
    several = len({row[0] for row in rows}) > 1
    last = {
        household_title({"compound_name": compound if several else "", "building_no": building}): (
            local_date(str(stamp)) if stamp else None
        )
        for compound, building, stamp in rows
    }
    return buildings_not_walked(last, on or session.today())


def _asked(tx: ReadTx, campaign: Campaign, start: date) -> list[str]:
    levels = [level for level in CARE_ORDER if level in campaign.care_levels]
    if ORDINARY in campaign.care_levels:
        return [str(row[0]) for row in tx.sql(_NOT_MET_SINCE, (start.isoformat(),))]
    return [str(row[0]) for row in tx.sql(_IN_CARE, (json.dumps(levels),))]
