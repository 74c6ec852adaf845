"""The copies a recovery may use, as a list on its page, and a folder more to look into, as a stick or a share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from gridworker.errors import AppError
from gridworker.operations import copies
from gridworker.operations.copies import Copy
from ui import dialogs
from ui.jobs import Job, Jobs
from ui.theme import theme
from ui.widgets.buttons import LINK, button
from ui.widgets.stacking import column_in
from ui.widgets.texts import label, restyle

_LANE = "copies"
_LINE, _LINES = 30, 4
_NONE = "本机没有备份。存在 U 盘或单位共享上的，请插好以后按“到别处找备份”。"
_NONE_THERE = "选的文件夹里没有备份。请选 U 盘本身，或里面名字以 gridworker-backups 开头的文件夹。"


class CopiesList(QWidget):
    """What there is, read at once and checked page by page behind it."""

    choosing = Signal(bool)
    """Whether the system's dialog stands open."""

    def __init__(self, home: Path, secret: str, jobs: Jobs) -> None:
        super().__init__()
        self._home, self._secret, self._jobs = home, secret, jobs
        self._job: Job[list[Copy]] | None = None
        self.extra: Path | None = None
        column = column_in(self, 6)
        column.addWidget(label("找到的备份", "group"))
        self.said = label("正在查找…", "second", wrap=True)
        column.addWidget(self.said)
        self.list = QListWidget()
        self.list.setProperty("frame", "true")
        self.list.setSpacing(3)
        self.list.setAccessibleName("找到的备份，新的在前")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(self.list)
        self.list.hide()
        self.choose = button(
            "到别处找备份", self._choose, kind=LINK, icon="folder-open", tip="选 U 盘或单位共享上的一个文件夹"
        )
        column.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)

    def read(self) -> None:
        """Look for copies, and check what is found."""
        self.stop()
        home, extra = self._home, self.extra
        self._jobs.run(
            lambda _progress, _cancelled: copies.listing(home, extra), self._found, owner=self, failed=self._failed,
            lane=_LANE,
        )  # fmt: skip

    def stop(self) -> None:
        """Check no further."""
        if self._job is not None:
            self._job.stop()
        self._job = None

    def forget(self) -> None:
        """Let go of the secret."""
        self._secret = ""

    def _choose(self) -> None:
        self.choosing.emit(True)
        chosen = dialogs.open_folder(self, "选放着备份的文件夹或 U 盘")
        self.choosing.emit(False)
        if chosen:
            self.extra = Path(chosen)
            self.read()

    def _found(self, found: list[Copy]) -> None:
        self._show(found)
        if found and self._secret:
            home, secret = self._home, self._secret
            self._job = self._jobs.run(
                lambda progress, cancelled: copies.verified(
                    home, secret, found, progress=progress, cancelled=cancelled
                ),
                self._show, owner=self, failed=self._failed, progress=self._tell, lane=_LANE,
            )  # fmt: skip

    def _show(self, found: Sequence[Copy]) -> None:
        self._job = None
        row = max(0, self.list.currentRow())
        self.list.clear()
        for one in found:
            item = QListWidgetItem(one.words)
            item.setToolTip(str(one.path))
            self.list.addItem(item)
        self.list.setCurrentRow(min(row, len(found) - 1))
        self.list.setVisible(bool(found))
        self.list.setFixedHeight(theme.px(_LINE) * min(_LINES, max(1, len(found))) + 2)
        self._say(_summary(found, self.extra), wrong=self.extra is not None and not any(one.elsewhere for one in found))

    def _tell(self, _done: int, _total: int, text: str) -> None:
        self._say(text)

    def _failed(self, error: AppError) -> None:
        self._say(error.sentence(), wrong=True)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self.said.setText(text)
        restyle(self.said, role="warning" if wrong else "second")
        self.list.setAccessibleDescription(text)


def _summary(found: Sequence[Copy], extra: Path | None) -> str:
    if extra is not None and not any(one.elsewhere for one in found):
        return _NONE_THERE
    if not found:
        return _NONE
    checked = [one for one in found if one.verdict != copies.UNKNOWN]
    if not checked:
        return f"共 {len(found)} 份，新的在前。"
    good = sum(one.verdict == copies.GOOD for one in checked)
    if not good:
        return f"共 {len(found)} 份，没有一份完好的。存在别处的，请按“到别处找备份”。"
    return f"共 {len(found)} 份，{good} 份完好；恢复时会自动用其中最新的一份。"
