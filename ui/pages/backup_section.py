"""Part of 口令与数据: the newest backup, one more now, and a second place for copies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledger.dates import CHINA
from gridworker.operations import backups
from gridworker.operations.backups import BackupReport, Line
from gridworker.operations.session import Session
from ui import dialogs
from ui.backing_up import LANE
from ui.desk import Desk
from ui.widgets.buttons import LINK, button, enable
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner
from ui.widgets.texts import label

_WORDS = (
    "用的时候程序会自己备份，照片也在内，和台账一样加密。电脑坏了或丢了，只有放在别处的一份能救回来。"
    f"本机的照片备份最多占 {backups.PHOTO_GIGABYTES} GB；第二个位置存全部照片。"
)
_MEGA = 1_000_000


class BackupChoices(QWidget):
    """What there is, read anew after every change."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        column = column_in(self, 12)
        column.addWidget(label("备份", "card-title"))
        column.addWidget(label(_WORDS, "second", wrap=True))
        self.banner = Banner()
        column.addWidget(self.banner)
        self.newest = label("正在读取…", wrap=True, selectable=True)
        column.addWidget(self.newest)
        self.go = button("立即备份", self._make, icon="shield-check")
        column.addWidget(self.go, 0, Qt.AlignmentFlag.AlignLeft)
        self.place = label("", wrap=True, selectable=True)
        column.addWidget(self.place)
        line = QHBoxLayout()
        self.choose = button("选第二个位置", self._choose, icon="folder-open", tip="选 U 盘或单位共享上的一个文件夹")
        self.none = button("不用第二个位置", lambda: self._set(None), kind=LINK)
        self.none.hide()
        line.addWidget(self.choose)
        line.addWidget(self.none)
        line.addStretch(1)
        column.addLayout(line)
        self.read()

    def read(self) -> None:
        """Ask which backups there are and where copies go."""
        self._desk.call(_state, done=self._show, owner=self)

    def _show(self, state: tuple[Sequence[Line], Path | None, str]) -> None:
        lines, place, full = state
        self.newest.setText(_newest(lines))
        self.place.setText(
            f"第二个位置：{place}。{full}" if place else "第二个位置：没有设。可以选 U 盘或单位共享上的一个文件夹。"
        )
        text = "换一个位置" if place else "选第二个位置"
        self.choose.setText(f"\u2009{text}")
        self.choose.setAccessibleName(text)
        self.none.setVisible(place is not None)

    def _make(self) -> None:
        if not self.go.isEnabled():
            return
        self.banner.hide()
        enable(self.go, on=False, why_not="正在备份…")
        self.newest.setText("正在备份…")
        session = self._desk.session
        self._desk.jobs.run(
            lambda progress, cancelled: backups.make(session, progress=progress, cancelled=cancelled),
            self._made, owner=self, failed=self._failed, progress=self._tell, cancelled=self._rest, lane=LANE,
        )  # fmt: skip

    def _tell(self, done: int, total: int, _text: str) -> None:
        self.newest.setText(f"正在备份… {done * 100 // total}%" if total else "正在备份…")

    def _made(self, report: BackupReport) -> None:
        self._rest()
        self.banner.say(report.text, tone="warn" if report.second is False else "ok")

    def _failed(self, error: AppError) -> None:
        self._rest()
        self.banner.tell(error)

    def _rest(self) -> None:
        enable(self.go, on=True)
        self.read()

    def _choose(self) -> None:
        if chosen := dialogs.open_folder(self, "选第二个备份位置"):
            self._set(Path(chosen))

    def _set(self, place: Path | None) -> None:
        self.banner.hide()
        self._desk.call(
            backups.set_second_place, place, done=lambda _nothing: self._placed(place), owner=self,
            failed=self._failed,
        )  # fmt: skip

    def _placed(self, place: Path | None) -> None:
        self.read()
        said = "以后每次备份都会在那里再存一份，不在时接上后会补存。现在就要存，请按“立即备份”。" if place else ""
        self.banner.say(said or "不再往第二个位置存。已经存在那里的备份没有动。", tone="ok")


def _state(session: Session) -> tuple[Sequence[Line], Path | None, str]:
    return backups.listing(session), backups.second_place(session), backups.second_state(session).words


def _newest(lines: Sequence[Line]) -> str:
    if not lines:
        return "还没有备份。"
    one = lines[0]
    when = f"{one.made_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
    return f"最新一份：{when}（{one.reason}，{one.size / _MEGA:.1f} MB），一共 {len(lines)} 份。"
