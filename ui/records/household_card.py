"""What a person at the door needs to know of a household: where, who lives there, when it was last visited."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gridworker.ledger.facts import Purpose
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.browse import HouseholdCard, MemberLine
from ui.widgets.buttons import LINK, button
from ui.widgets.texts import label


class HouseholdCardView(QWidget):
    """The members of a household, each opened by a press, and what to do there."""

    def __init__(self, open_member: Callable[[str], object], new_member: Callable[[], object],
                 new_visit: Callable[[], object]) -> None:  # fmt: skip
        super().__init__()
        self._open_member = open_member
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        self._title = label("成员", "group")
        self._visit = label("", "second")
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._visit)
        column.addLayout(head)
        self._members = QVBoxLayout()
        self._members.setSpacing(4)
        column.addLayout(self._members)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(button("登记居民", new_member, icon="plus"))
        acts.addWidget(button("走访这一户", new_visit, icon="door-open"))
        acts.addStretch(1)
        column.addLayout(acts)

    def show_card(self, card: HouseholdCard) -> None:
        """Show another household."""
        while (item := self._members.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._title.setText(f"成员 {len(card.members)} 人" if card.members else "成员")
        self._visit.setText(card.last_visit_text)
        for member in card.members:
            self._members.addWidget(self._member(member))
        if not card.members:
            self._members.addWidget(label("还没有登记居民，可能是空置房。", "hint"))

    def _member(self, member: MemberLine) -> QWidget:
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        name: QPushButton = button(member.name or "未登记姓名", lambda: self._open_member(member.id), kind=LINK)
        name.setAccessibleName(f"打开居民 {member.name}")
        line.addWidget(name)
        line.addWidget(label(" · ".join(part for part in (member.relation, member.age) if part), "second"))
        level = care_label(member.care_level)
        if level:
            line.addWidget(label(level, "tag", tone="star"))
        line.addStretch(1)
        contact = find_ledger("person")["contact"].show(member.contact or None, Purpose.WORK)
        line.addWidget(label(contact, "second", selectable=True))
        return holder


def care_label(level: str) -> str:
    """How closely a person is looked after, as read."""
    return find_ledger("person")["care_level"].format(level or None)
