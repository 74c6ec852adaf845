"""Parts of 口令与数据: when the program locks itself, what opens it again, a new recovery code, the office's spare."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gridworker.errors import AppError
from gridworker.operations import escrow
from gridworker.operations import session as sessions
from gridworker.operations.escrow import Escrow
from gridworker.settings import LOCK_MINUTES
from ui.desk import Desk
from ui.jobs import KEYRING
from ui.start_recovery import RecoveryPage
from ui.widgets.buttons import button, enable
from ui.widgets.inputs import Tick
from ui.widgets.labelled import Labelled
from ui.widgets.secret import Secret
from ui.widgets.segmented import Segmented
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner
from ui.widgets.texts import label


class LockChoices(QWidget):
    """After how long alone it locks, and whether the system's keyring opens it at the next start."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        column = column_in(self, 12)
        column.addWidget(label("自动锁定", "card-title"))
        column.addWidget(
            label("这么久没有人用，就收起屏幕、忘掉钥匙；电脑睡眠时也会。没填完的都存着草稿。", "second", wrap=True)
        )
        self.minutes = Segmented([(str(one), f"{one} 分钟") for one in LOCK_MINUTES], name="自动锁定")
        self.minutes.setMaximumWidth(420)
        self.minutes.set_value(str(desk.settings.lock_minutes))
        self.minutes.changed.connect(lambda text: desk.change_settings(lock_minutes=int(text)))
        column.addWidget(self.minutes)
        self.by_itself = Tick("下次自动打开，不问口令")
        self.by_itself.hide()
        self._words = label(
            "钥匙由这台电脑的系统密钥环保管：能登录您系统账号的人，就能打开台账。锁定以后仍要输入口令。",
            "second",
            wrap=True,
        )
        self._words.hide()
        column.addWidget(self.by_itself, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._words)
        self.banner = Banner()
        column.addWidget(self.banner)
        # Looking for a keyring loads every kind there is, which takes a moment.
        desk.jobs.run(lambda _progress, _cancelled: _keyring_state(desk), self._offer, owner=self, lane=KEYRING)

    def _offer(self, found: bool | None) -> None:  # noqa: FBT001 - the answer of a job
        self.by_itself.setVisible(found is not None)
        self._words.setVisible(found is not None)
        self.by_itself.setChecked(bool(found))
        self.by_itself.clicked.connect(self._turn)

    def _turn(self, checked: bool) -> None:  # noqa: FBT001 - the signature of Qt's signal
        self.banner.hide()
        self._desk.call(sessions.open_by_itself, on=checked, owner=self, failed=self._refused, lane=KEYRING)

    def _refused(self, error: AppError) -> None:
        self.by_itself.setChecked(not self.by_itself.isChecked())
        self.banner.tell(error)


def _keyring_state(desk: Desk) -> bool | None:
    """Whether the keyring opens this home; None where there is no keyring."""
    return sessions.opens_by_itself(desk.session.home) if sessions.offers_keyring() else None


class RecoveryRenewal(QWidget):
    """A fresh recovery code for the present passphrase; the old sheet of paper is worth nothing afterwards."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._page: RecoveryPage | None = None
        column = column_in(self, 12)
        column.addWidget(label("换恢复码", "card-title"))
        words = "恢复码丢了，或可能被别人看到过，就换一个。旧的马上失效，口令不变。"
        column.addWidget(label(words, "second", wrap=True))
        self.banner = Banner()
        column.addWidget(self.banner)
        self.secret = Secret("现在的口令")
        self.secret.setMaximumWidth(360)
        self._field = Labelled("现在的口令", self.secret)
        column.addWidget(self._field)
        self.go = button("换恢复码", self._renew, icon="key-round")
        column.addWidget(self.go, 0, Qt.AlignmentFlag.AlignLeft)
        self.secret.returnPressed.connect(self._renew)

    def _renew(self) -> None:
        if not self.go.isEnabled():
            return
        self.banner.hide()
        self._field.show_problem("" if self.secret.text() else "请输入现在的口令。")
        if not self.secret.text():
            self.secret.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        enable(self.go, on=False, why_not="正在换…")
        self._desk.call(
            sessions.renew_recovery_code, self.secret.text(), done=self._show, owner=self, failed=self._refused
        )

    def _show(self, code: str) -> None:
        self.secret.clear()
        self._set_asking(on=False)
        self._page = RecoveryPage(code)
        self._page.kept.connect(self._kept)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self._page)

    def _kept(self) -> None:
        page, self._page = self._page, None
        if page is not None:
            page.hide()
            page.deleteLater()
        self._set_asking(on=True)
        self.banner.say("恢复码已换。旧的恢复码请撕掉。", tone="ok")

    def _set_asking(self, *, on: bool) -> None:
        self._field.setVisible(on)
        self.go.setVisible(on)
        enable(self.go, on=on)

    def _refused(self, error: AppError) -> None:
        enable(self.go, on=True)
        self._field.show_problem(error.sentence())
        self.secret.selectAll()
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)


class EscrowNote(QWidget):
    """What the office holds for the day when passphrase and paper are both gone, said openly."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        column = column_in(self, 12)
        column.addWidget(label("社区托管", "card-title"))
        self.words = label("", "second", wrap=True, selectable=True)
        column.addWidget(self.words)
        self.banner = Banner()
        column.addWidget(self.banner)
        self.accept = button("核对过，改用新公钥", self._accept, icon="shield-check")
        self.accept.hide()
        column.addWidget(self.accept, 0, Qt.AlignmentFlag.AlignLeft)
        self._offered = ""
        self.read()
        desk.sync_state_changed.connect(self.read)

    def read(self) -> None:
        """Ask what the office holds."""
        self._desk.call(escrow.state, done=self._show, owner=self)

    def _show(self, held: Escrow) -> None:
        self._offered = held.offered
        self.words.setText(_words(held, joined=self._desk.session.place.joined, device=held.device))
        self.accept.setVisible(bool(held.offered))
        if held.offered:
            self.banner.say(
                f"服务器现在的托管公钥和原来的不同，指纹 {held.offered}。请打电话问社区办公室，指纹一样才能改用。",
                tone="warn",
            )

    def _accept(self) -> None:
        enable(self.accept, on=False, why_not="正在托管…")
        self._desk.call(escrow.leave_code, accept=self._offered, done=self._accepted, owner=self, failed=self._refused)

    def _accepted(self, held: Escrow) -> None:
        enable(self.accept, on=True)
        self.banner.hide()
        self._show(held)

    def _refused(self, error: AppError) -> None:
        enable(self.accept, on=True)
        self.banner.tell(error)


def _words(held: Escrow, *, joined: bool, device: str) -> str:
    if not joined:
        return "加入服务器以后，社区办公室可以替您托管一份恢复码。"
    if not held.slot:
        return "社区办公室还没有托管恢复码，请收好自己的那一份。"
    return (
        f"社区办公室托管着一份恢复码，服务器自己打不开。口令和恢复码都没有了，请社区负责人放行一次，放行会留下记录。\n"
        f"设备编号 {device}　公钥指纹 {held.fingerprint}"
    )
