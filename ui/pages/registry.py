"""The places of the navigation, in their order, and where their pages lie.

A ledger without a place of its own is opened from 更多台账: whoever adds one adds nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gridworker.ledgers.registry import all_ledgers

RECORDS = "ui.records.page:RecordsPage"
MORE = "more"
_OTHER_ICONS = {
    "rental_house": "key-round", "movement": "log-in", "care_visit": "heart-handshake", "opinion": "inbox",
    "dispute": "users", "deliberation": "clipboard-check", "admission": "shield-check", "activity": "calendar",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A place: its key, its name, its icon, and where its page lies as `module:Class`."""

    key: str
    label: str
    icon: str
    page: str
    ledgers: tuple[str, ...] = ()
    foot: bool = False
    under: str = ""
    """The place in the navigation it is reached from, where it is not there itself."""


PLACES = (
    Place("today", "今日工作", "list-checks", "ui.pages.today:TodayPage"),
    Place("homes", "楼栋房屋", "building-2", RECORDS, ("household",)),
    Place("people", "居民台账", "users", RECORDS, ("person",)),
    Place("visits", "走访记录", "clipboard-list", RECORDS, ("visit",)),
    Place("cases", "网格事件", "flag", RECORDS, ("case",)),
    Place("hazards", "隐患整改", "triangle-alert", RECORDS, ("hazard",)),
    Place("wishes", "微心愿", "heart-handshake", RECORDS, ("wish",)),
    Place("figures", "本月数据", "chart-column", "ui.pages.figures:FiguresPage"),
    Place(MORE, "更多台账", "folder-open", "ui.pages.more:MorePage"),
    Place("exchange", "导入与打印", "printer", "ui.pages.exchange:ExchangePage"),
    Place("settings", "设置", "settings", "ui.pages.settings:SettingsPage", foot=True),
    Place("help", "帮助", "circle-question-mark", "ui.pages.help:HelpPage", foot=True),
)


@cache
def more_places() -> tuple[Place, ...]:
    """The places of all other ledgers, in the ledgers' own order."""
    shown = {ledger for place in PLACES for ledger in place.ledgers}
    return tuple(
        Place(ledger.key, ledger.label, _OTHER_ICONS.get(ledger.key, "file-text"), RECORDS, (ledger.key,), under=MORE)
        for ledger in all_ledgers().values()
        if ledger.key not in shown
    )


def find_place(key: str) -> Place:
    """The place of a key; of an unknown one the first."""
    return next((place for place in (*PLACES, *more_places()) if place.key == key), PLACES[0])


def place_of_ledger(ledger: str) -> str:
    """The place that shows the records of a ledger."""
    return next((place.key for place in (*PLACES, *more_places()) if ledger in place.ledgers), "today")


def icon_of_ledger(ledger: str) -> str:
    """The icon a ledger is known by."""
    return find_place(place_of_ledger(ledger)).icon
