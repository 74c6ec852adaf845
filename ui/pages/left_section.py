"""What grids that are no longer hers left on this machine, in the settings: told, and removed on a second word."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.operations import giving_up
from gridworker.operations.giving_up import Kept
from ui.backing_up import LANE
from ui.desk import Desk
from ui.widgets.buttons import DANGER, button, enable
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner
from ui.widgets.texts import label


class LeftBehind(QWidget):
    """Hidden while there is nothing of the kind, which is nearly always."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        column = column_in(self, 12)
        column.addWidget(label("不再负责的网格", "card-title"))
        self.banner = Banner()
        column.addWidget(self.banner)
        self.told = label("", wrap=True, selectable=True)
        column.addWidget(self.told)
        line = QHBoxLayout()
        self.go = button("清除…", self._ask, icon="trash-2")
        self.leave = button("先留着", self._rest)
        self.confirm = button("确认清除", self._clear, kind=DANGER)
        for one in (self.go, self.leave, self.confirm):
            line.addWidget(one)
        line.addStretch(1)
        column.addLayout(line)
        self.hide()
        self._rest()
        self.read()

    def read(self) -> None:
        """Ask what there is."""
        self._desk.call(giving_up.kept, done=self._show, owner=self, failed=self._failed)

    def _show(self, kept: Kept) -> None:
        self.told.setText(kept.words if kept else "")
        self.go.setVisible(bool(kept))
        if kept:
            self.show()

    def _ask(self) -> None:
        self.banner.say("清除以后找不回来，备份里的也会清除。里面的照片要不要交给接手的人，请先问清楚。", tone="warn")
        self._offer(confirming=True)
        self.leave.setFocus()

    def _rest(self) -> None:
        self.banner.hide()
        self._offer(confirming=False)

    def _offer(self, *, confirming: bool) -> None:
        self.go.setVisible(not confirming)
        self.leave.setVisible(confirming)
        self.confirm.setVisible(confirming)

    def _clear(self) -> None:
        if not self.confirm.isEnabled():
            return
        enable(self.confirm, on=False, why_not="正在清除…")
        session = self._desk.session
        self._desk.jobs.run(
            lambda progress, cancelled: giving_up.give_up(session, progress=progress, cancelled=cancelled),
            self._cleared, owner=self, failed=self._failed, cancelled=self.read, lane=LANE,
        )  # fmt: skip

    def _cleared(self, told: str) -> None:
        enable(self.confirm, on=True)
        self._rest()
        self.banner.say(told, tone="ok")
        self.read()

    def _failed(self, error: AppError) -> None:
        enable(self.confirm, on=True)
        self._rest()
        self.banner.tell(error)
