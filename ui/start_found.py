"""First step of a restore: the backups on what is plugged in, and a folder of the person's choice, told in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from gridworker.errors import AppError
from gridworker.operations import found_ledgers
from gridworker.operations.found_ledgers import FoundLedger
from ui import dialogs
from ui.jobs import Job, Jobs
from ui.theme import theme
from ui.widgets.buttons import LINK, PRIMARY, button, enable
from ui.widgets.stacking import column_in
from ui.widgets.texts import label, restyle

_LANE = "media"
_LINE, _LINES = 32, 4
_WHY = "选存着备份的 U 盘、共享或文件夹。备份是加密的，下一步才要口令；这里看到的都不涉及居民。"
_NONE = "插着的 U 盘和连着的共享上没有找到备份。插好后按“再找一次”，或按“选文件夹”。"
_WHY_NOT = "先选一份备份。"


class FoundStep(QWidget):
    """Looks at what is plugged in as soon as it is shown."""

    chosen = Signal(object)
    """FoundLedger."""
    left = Signal()

    def __init__(self, home: Path, jobs: Jobs) -> None:
        super().__init__()
        self._home, self._jobs = home, jobs
        self._job: Job[list[FoundLedger]] | None = None
        self._found: list[FoundLedger] = []
        column = column_in(self, 10)
        column.addWidget(label("从备份恢复", "card-title"))
        column.addWidget(label(_WHY, "second", wrap=True))
        self.said = label("正在查看插着的 U 盘和共享…", "second", wrap=True)
        column.addWidget(self.said)
        self.list = QListWidget()
        self.list.setProperty("frame", "true")
        self.list.setSpacing(3)
        self.list.setAccessibleName("找到的备份，新的在前")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.currentRowChanged.connect(self._tell)
        self.list.itemActivated.connect(lambda _item: self._go_on())
        column.addWidget(self.list)
        self.words = label("", wrap=True, selectable=True)
        column.addWidget(self.words)
        line = QHBoxLayout()
        self.choose = button("选文件夹", self._choose, kind=LINK, icon="folder-open", tip="选放着备份的文件夹")
        self.again = button("再找一次", self.look, kind=LINK, icon="refresh-cw", key="F5")
        self.again.setShortcut("F5")
        for one in (self.choose, self.again):
            line.addWidget(one)
        line.addStretch(1)
        column.addLayout(line)
        foot = QHBoxLayout()
        self.leave = button("返回", self._leave, key="Esc")
        self.go = button("下一步", self._go_on, kind=PRIMARY)
        foot.addWidget(self.leave)
        foot.addStretch(1)
        foot.addWidget(self.go)
        column.addLayout(foot)
        self._show([])
        self.setFocusProxy(self.choose)

    def look(self) -> None:
        """Look at what is plugged in now; a medium that does not answer holds nothing else up."""
        self.stop()
        self._say("正在查看插着的 U 盘和共享…")
        home = self._home
        self._job = self._jobs.run(
            lambda progress, cancelled: found_ledgers.on_media(home, progress=progress, cancelled=cancelled),
            self._looked, owner=self, failed=self._failed, lane=_LANE,
        )  # fmt: skip

    def stop(self) -> None:
        """Look no further."""
        if self._job is not None:
            self._job.stop()
        self._job = None

    def step_back(self) -> None:
        """What Esc means here."""
        self._leave()

    def _leave(self) -> None:
        self.stop()
        self.left.emit()

    def _choose(self) -> None:
        if folder := dialogs.open_folder(self, "选放着备份的文件夹或 U 盘"):
            self.stop()
            self._say("正在查看…")
            self._jobs.call(
                found_ledgers.look, Path(folder), done=self._add, owner=self, failed=self._failed, lane=_LANE
            )

    def _looked(self, found: list[FoundLedger]) -> None:
        self._job = None
        # What was chosen by hand stays in the list.
        known = {one.copies[0].path for one in found}
        self._show([*found, *(one for one in self._found if one.copies[0].path not in known)])
        self._say("" if self._found else _NONE)
        if self._found and self.choose.hasFocus():
            # Enter then goes on with the newest.
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self, found: list[FoundLedger]) -> None:
        known = {one.copies[0].path for one in found}
        self._show([*found, *(one for one in self._found if one.copies[0].path not in known)])
        several = "这里放着几份不同台账的备份，请选自己的那一份。" if len(found) > 1 else ""
        self._say(several, wrong=bool(several))
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _failed(self, error: AppError) -> None:
        self._job = None
        self._say(error.sentence(), wrong=True)

    def _show(self, found: Sequence[FoundLedger]) -> None:
        before = self.list.currentRow()
        chosen = self._found[before].copies[0].path if 0 <= before < len(self._found) else None
        self._found = list(found)
        self.list.clear()
        for one in found:
            item = QListWidgetItem(self._name(one))
            item.setToolTip(str(one.folder))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{self._name(one)}。{one.words}")
            self.list.addItem(item)
        self.list.setVisible(bool(found))
        self.list.setFixedHeight(theme.px(_LINE) * min(_LINES, max(1, len(found))) + 4)
        rows = [row for row, one in enumerate(found) if one.copies[0].path == chosen]
        self.list.setCurrentRow(rows[0] if rows else 0 if found else -1)
        self._tell(self.list.currentRow())

    def _name(self, one: FoundLedger) -> str:
        several = sum(other.folder == one.folder for other in self._found) > 1
        return f"{one.folder}　台账 {one.ledger or '不明'}" if several else str(one.folder)

    def _tell(self, row: int) -> None:
        known = 0 <= row < len(self._found)
        self.words.setText(self._found[row].words if known else "")
        self.words.setVisible(known)
        enable(self.go, on=known, why_not=_WHY_NOT)

    def _go_on(self) -> None:
        row = self.list.currentRow()
        if self.go.isEnabled() and 0 <= row < len(self._found):
            self.stop()
            self.chosen.emit(self._found[row])

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))
        restyle(self.said, role="warning" if wrong else "second")
        self.list.setAccessibleDescription(text)
