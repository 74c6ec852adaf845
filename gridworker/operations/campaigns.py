"""What the campaigns of a day ask for, and the buildings in which nobody knocked for too long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from gridworker.ledger.dates import local_date
from gridworker.ledgers.household import household_title
from gridworker.operations.seen_rows import seen_homes
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.planning.visit_extras import ForgottenBuilding, buildings_not_walked, campaign_dues
from gridworker.planning.visit_rules import CARE_ORDER, ORDINARY, Campaign, rules_in_force
from gridworker.store.due_days import dwelling_of
from gridworker.store.store import ReadTx

_FACTS = (
    "SELECT home.id, coalesce(home.walk, ''), home.tenure_code, home.recorded_at, home.last_visited_at,"
    " (SELECT group_concat(care_level) FROM person WHERE household_id=home.id AND care_level IS NOT NULL AND deleted=0)"
    " FROM household AS home WHERE home.deleted=0 AND "
)
_IN_CARE = (
    f"{_FACTS}home.id IN (SELECT household_id FROM person"  # noqa: S608 - constant text
    " WHERE care_level IN (SELECT value FROM json_each(?)) AND deleted=0)"
)
_NOT_MET_SINCE = f"{_FACTS}coalesce(home.last_visited_at, '') < ?"
_LAST_IN_BUILDINGS = (
    "SELECT coalesce(compound_name, ''), building_no, max(last_visited_at)",
    " GROUP BY coalesce(compound_name, ''), building_no",
)


def campaign_keys(tx: ReadTx, today: date) -> Iterator[tuple[str, str, Campaign, date]]:
    """The homes that a campaign running today still asks for, with their place on the way, and by when."""
    for campaign in rules_in_force().campaigns:
        if campaign.runs_on(today) and campaign.start is not None:
            for home, walk, tenure, recorded, last_met, levels in _asked(tx, campaign, campaign.start):
                dwelling = dwelling_of(str(home), tenure, recorded, last_met, str(levels or "").split(","))
                for extra in campaign_dues(dwelling, today, campaigns=(campaign,)):
                    yield str(home), str(walk), campaign, extra.due_on


def forgotten_buildings(session: Session, on: date | None = None) -> list[ForgottenBuilding]:
    """The buildings without a visit for longer than the rules allow; reads every household."""
    with session.store.read() as tx:
        rows = tx.sql(*seen_homes(Eyes(session, tx), *_LAST_IN_BUILDINGS))
    several = len({row[0] for row in rows}) > 1
    last = {
        household_title({"compound_name": compound if several else "", "building_no": building}): (
            local_date(str(stamp)) if stamp else None
        )
        for compound, building, stamp in rows
    }
    return buildings_not_walked(last, on or session.today())


def _asked(tx: ReadTx, campaign: Campaign, start: date) -> list[tuple[object, ...]]:
    levels = [level for level in CARE_ORDER if level in campaign.care_levels]
    if ORDINARY in campaign.care_levels:
        return tx.sql(_NOT_MET_SINCE, (start.isoformat(),))
    return tx.sql(_IN_CARE, (json.dumps(levels),))
