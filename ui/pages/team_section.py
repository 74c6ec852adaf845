"""The grid's team (队伍) as offices count it, 1+1+N+X: who is in each part, and which seats are empty."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.area.team import VACANT, Group, Member, Team
from gridworker.operations import team as teams
from ui.desk import Desk
from ui.widgets.card import rule
from ui.widgets.stacking import column_in, line_in
from ui.widgets.states import Banner
from ui.widgets.texts import label

_GIVEN = "岗位由社区或上级管理员在服务器上安排，同步后在这里更新；单独使用的电脑上，自己就是网格员和社区。"


class TeamSection(QWidget):
    """Reads the team anew whenever it is shown."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        column = column_in(self, 12)
        self.formula = label("", "card-title")
        column.addWidget(self.formula)
        column.addWidget(label("1 名网格长、1 名专职网格员、专业和兼职网格员、楼长和志愿力量。", "second", wrap=True))
        self.banner = Banner()
        column.addWidget(self.banner)
        self._groups = QWidget()
        column.addWidget(self._groups)
        column.addWidget(rule())
        column.addWidget(label(_GIVEN, "second", wrap=True))
        column.addStretch(1)
        self._column = column

    def read(self) -> None:
        """Read who is in the team today."""
        self._desk.call(teams.team, done=self._show, owner=self, failed=self.banner.tell)

    def _show(self, team: Team) -> None:
        self.formula.setText(f"队伍 {team.formula}，" + (f"空缺 {team.vacancies} 人" if team.vacancies else "没有空缺"))
        fresh = QWidget()
        column = column_in(fresh, 8)
        for group in team.groups:
            column.addWidget(label(group.label, "group"))
            for member in group.members:
                column.addWidget(_member(member))
            for _ in range(group.vacancies):
                column.addWidget(_vacant(group))
            if not group.members and not group.vacancies:
                column.addWidget(label("无", "second"))
        self._column.replaceWidget(self._groups, fresh)
        self._groups.hide()
        self._groups.deleteLater()
        self._groups = fresh


def _member(member: Member) -> QWidget:
    post = member.post
    known = [member.role_label, post.unit, _building(post.building)]
    known += [f"到 {post.until}"] if post.until else []
    duties = "、".join(teams.duty_labels(post.duties))
    return _line(member.name, "　".join(filter(None, [*known, duties and f"职责：{duties}"])))


def _vacant(group: Group) -> QWidget:
    made = _line("", f"还没有安排{group.label}")
    sign = label(VACANT, "tag", tone="warn")
    layout = made.layout()
    if isinstance(layout, QHBoxLayout):
        layout.insertWidget(0, sign, 0, Qt.AlignmentFlag.AlignTop)
    return made


def _line(name: str, known: str) -> QWidget:
    held = QWidget()
    line = line_in(held, 12)
    if name:
        line.addWidget(label(name, selectable=True), 0, Qt.AlignmentFlag.AlignTop)
    line.addWidget(label(known, "second", wrap=True), 1)
    return held


def _building(key: str) -> str:
    """`海棠苑/1` as people say it."""
    compound, _, number = key.partition("/")
    return f"{compound} {number}号楼" if number else compound
