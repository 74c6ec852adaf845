"""Whose door it is: the address, who lives there, how often she is to be seen, and the last visit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gridworker.ledger.dates import local_date
from gridworker.operations.browse import HouseholdCard, MemberLine
from ui.widgets.buttons import button
from ui.widgets.texts import Elided, label

CARE_WORDS = {"high": "每周探访", "key": "每月探访", "general": "每季探访"}


class VisitHead(QWidget):
    """Two lines above the form of a visit."""

    def __init__(self, go_back: Callable[[], object], open_household: Callable[[], object]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 10, 10)
        column.setSpacing(2)
        line = QHBoxLayout()
        line.setSpacing(8)
        self.back = button("返回房间图", go_back, kind="icon", icon="arrow-left", key="Esc")
        self.back.hide()
        self._address = Elided("", "card-title", from_the_left=True)
        self._care = label("", "tag", tone="star")
        line.addWidget(self.back)
        line.addWidget(self._address, 1)
        line.addWidget(self._care)
        column.addLayout(line)
        self._people = Elided("", "second")
        below = QHBoxLayout()
        below.addWidget(self._people, 1)
        below.addWidget(button("打开住户档案", open_household, kind="icon", icon="house"))
        column.addLayout(below)

    def show_card(self, card: HouseholdCard, person_id: str | None, today: date) -> MemberLine | None:
        """Show a household; gives back who is visited there: who was asked for, or its head."""
        self._address.say(card.address)
        who = next((one for one in card.members if one.id == person_id), None) or (
            card.members[0] if card.members else None
        )
        parts = [who.name, who.age] if who else ["未登记居民"]
        if len(card.members) > 1:
            parts.append(f"一家 {len(card.members)} 口")
        self._people.say(" · ".join(part for part in parts if part) + f" ｜ {_last_visit(card, today)}")
        self._care.setVisible(bool(card.care_level))
        self._care.setText(CARE_WORDS.get(card.care_level, "重点关注"))
        return who


def _last_visit(card: HouseholdCard, today: date) -> str:
    """Short enough for one line beside a name; the year only where it is another one."""
    stamp = card.record.values.get("last_visited_at")
    if not stamp:
        return card.last_visit_text
    day = local_date(str(stamp))
    if (today - day).days in (0, 1):
        return f"{'今天' if day == today else '昨天'}走访过"
    year = "" if day.year == today.year else f"{day.year}年"
    return f"上次走访 {year}{day.month}月{day.day}日"
