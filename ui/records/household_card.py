"""What a person at the door needs to know of a household: where, who lives there, when it was last visited."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gridworker.ledgers.registry import find_ledger
from gridworker.operations.browse import HouseholdCard, MemberLine
from gridworker.operations.moved import FormerMember
from ui import icons
from ui.widgets.buttons import LINK, button
from ui.widgets.stacking import column_in, line_in
from ui.widgets.texts import label


class HouseholdCardView(QWidget):
    """The members of a household, each opened by a press, and what to do there."""

    def __init__(self, open_member: Callable[[str], object], new_member: Callable[[], object],
                 new_visit: Callable[[], object]) -> None:  # fmt: skip
        super().__init__()
        self._open_member = open_member
        column = column_in(self, 8)
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
        self.former = button("", self._fold, kind=LINK, icon="chevron-right", tip="住过这里、现在不在的人")
        self.former.setCheckable(True)
        column.addWidget(self.former, 0, Qt.AlignmentFlag.AlignLeft)
        self._gone = QWidget()
        self._gone_lines = QVBoxLayout(self._gone)
        self._gone_lines.setContentsMargins(16, 0, 0, 0)
        self._gone_lines.setSpacing(2)
        column.addWidget(self._gone)
        self.former.hide()
        self._gone.hide()
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(button("登记居民", new_member, icon="plus"))
        acts.addWidget(button("走访这一户", new_visit, icon="door-open"))
        acts.addStretch(1)
        column.addLayout(acts)

    def show_card(self, card: HouseholdCard) -> None:
        """Show another household."""
        _empty(self._members)
        self._title.setText(f"成员 {len(card.members)} 人" if card.members else "成员")
        self._visit.setText(card.last_visit_text)
        for member in card.members:
            self._members.addWidget(self._member(member))
        if not card.members:
            self._members.addWidget(label("还没有登记居民，可能是空置房。", "hint"))

    def show_former(self, found: Sequence[FormerMember]) -> None:
        """Those who lived here and no more do, apart from the members and folded."""
        _empty(self._gone_lines)
        for one in found:
            self._gone_lines.addWidget(self._former_line(one))
        words = "/".join(dict.fromkeys(one.how for one in found))
        text = f"{words} {len(found)} 人"
        self.former.setText(f"\u2009{text}")
        self.former.setAccessibleName(text)
        self.former.setVisible(bool(found))
        if not found:
            self.former.setChecked(False)
        self._fold()

    def _fold(self) -> None:
        unfolded = self.former.isChecked()
        icons.wear(self.former, "chevron-down" if unfolded else "chevron-right", "primary", 18)
        self._gone.setVisible(unfolded)

    def _former_line(self, one: FormerMember) -> QWidget:
        holder = QWidget()
        line = line_in(holder, 8)
        name = button(one.name or "未登记姓名", lambda: self._open_member(one.id), kind=LINK)
        name.setAccessibleName(f"打开居民 {one.name}，{one.how}")
        line.addWidget(name)
        line.addWidget(label(" ".join(part for part in (one.how, one.day) if part), "second"))
        line.addStretch(1)
        return holder

    def _member(self, member: MemberLine) -> QWidget:
        holder = QWidget()
        line = line_in(holder, 8)
        name: QPushButton = button(member.name or "未登记姓名", lambda: self._open_member(member.id), kind=LINK)
        name.setAccessibleName(f"打开居民 {member.name}")
        line.addWidget(name)
        line.addWidget(label(" · ".join(part for part in (member.relation, member.age) if part), "second"))
        level = care_label(member.care_level)
        if level:
            line.addWidget(label(level, "tag", tone="star"))
        line.addStretch(1)
        line.addWidget(label(member.contact, "second", selectable=True))
        return holder


def _empty(lines: QVBoxLayout) -> None:
    while (item := lines.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def care_label(level: str) -> str:
    """How closely a person is looked after, as read."""
    return find_ledger("person")["care_level"].format(level or None)
