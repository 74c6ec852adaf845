"""The places of the navigation, in their order; pages are imported when they are first shown."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.pages.page import Page


@dataclass(frozen=True)
class Place:
    """A place: its key, its name, its icon, and where its page lies as `module:Class`."""

    key: str
    label: str
    icon: str
    page: str
    ledgers: tuple[str, ...] = ()
    foot: bool = False

    def make(self, desk: Desk) -> Page:
        """The page of this place."""
        module, _, name = self.page.partition(":")
        page: Page = getattr(importlib.import_module(module), name)(desk)
        return page


PLACES = (
    Place("today", "今日工作", "list-checks", "ui.pages.today:TodayPage"),
    Place("homes", "楼栋房屋", "building-2", "ui.pages.homes:HomesPage", ("household",)),
    Place("people", "居民台账", "users", "ui.pages.people:PeoplePage", ("person",)),
    Place("visits", "走访记录", "clipboard-list", "ui.pages.visits:VisitsPage", ("visit",)),
    Place("hazards", "隐患整改", "flag", "ui.pages.hazards:HazardsPage", ("hazard",)),
    Place("wishes", "微心愿", "heart-handshake", "ui.pages.wishes:WishesPage", ("wish",)),
    Place("exchange", "导入与打印", "printer", "ui.pages.exchange:ExchangePage"),
    Place("settings", "设置", "settings", "ui.pages.settings:SettingsPage", foot=True),
    Place("help", "帮助", "circle-question-mark", "ui.pages.help:HelpPage", foot=True),
)


def place_of_ledger(ledger: str) -> str:
    """The place that shows the records of a ledger."""
    return next((place.key for place in PLACES if ledger in place.ledgers), "today")
