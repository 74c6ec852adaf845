"""Passphrase and data: a new passphrase, where the data lies, and how it is kept."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.operations import session as sessions
from ui.desk import Desk
from ui.pages.backup_section import BackupChoices
from ui.pages.left_section import LeftBehind
from ui.pages.lock_section import EscrowNote, LockChoices, RecoveryRenewal
from ui.widgets.buttons import button, enable
from ui.widgets.card import rule
from ui.widgets.inputs import Line
from ui.widgets.labelled import Labelled
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner
from ui.widgets.texts import label

_ENOUGH = 2


class SafetySection(QWidget):
    """Changing the passphrase wraps the key anew; the data itself is not touched."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        column = column_in(self, 12)
        self.lock = LockChoices(desk)
        column.addWidget(self.lock)
        column.addWidget(rule())
        column.addWidget(label("修改口令", "card-title"))
        self.banner = Banner()
        column.addWidget(self.banner)
        words = "换口令不动数据，马上生效。恢复码仍然有效；谁也看不到您的口令，忘了只能用恢复码。"
        column.addWidget(label(words, "second", wrap=True))
        self.old = self._secret(column, "现在的口令")
        self.new = self._secret(column, "新口令")
        self.again = self._secret(column, "再输一次新口令")
        self.new[1].textChanged.connect(self._weigh)
        self._strength = label("", "second", wrap=True)
        column.addWidget(self._strength)
        self.change = button("修改口令", self._change, icon="key-round")
        column.addWidget(self.change, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(rule())
        self.recovery = RecoveryRenewal(desk)
        column.addWidget(self.recovery)
        column.addWidget(rule())
        self.escrow = EscrowNote(desk)
        column.addWidget(self.escrow)
        column.addWidget(rule())
        self.backups = BackupChoices(desk)
        column.addWidget(self.backups)
        self.left = LeftBehind(desk)
        column.addWidget(self.left)
        column.addWidget(rule())
        column.addWidget(label("数据在哪里", "card-title"))
        column.addWidget(label(str(desk.session.home), selectable=True, wrap=True))
        kept = "台账、草稿和附件都加密存放在这个文件夹里，没有口令或恢复码打不开。请不要单独移动里面的文件。"
        column.addWidget(label(kept, "second", wrap=True))
        self.folder = button("打开这个文件夹", self._open_folder, icon="folder-open")
        column.addWidget(self.folder, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def _secret(self, column: QVBoxLayout, name: str) -> tuple[Labelled, Line]:
        line = Line()
        line.setEchoMode(QLineEdit.EchoMode.Password)
        line.setAccessibleName(name)
        line.setMaximumWidth(360)
        line.returnPressed.connect(self._change)
        field = Labelled(name, line)
        column.addWidget(field)
        return field, line

    def _weigh(self, text: str) -> None:
        self._strength.setText(sessions.strength(text).words if text else "")

    def _change(self) -> None:
        if not self.change.isEnabled():
            return
        old, new, again = self.old[1].text(), self.new[1].text(), self.again[1].text()
        wrong = (
            "" if old else "请输入现在的口令。",
            "" if new else "请输入新口令。",
            "" if new == again else "两次输入的新口令不一样。",
        )
        told = list(zip((self.old, self.new, self.again), wrong, strict=True))
        for (field, _line), message in told:
            field.show_problem(message)
        first = next((line for (_field, line), message in told if message), None)
        if first is not None:
            first.setFocus()
            return
        if sessions.strength(new).score < _ENOUGH:
            self.new[0].show_problem(sessions.strength(new).words)
            self.new[1].setFocus()
            return
        enable(self.change, on=False, why_not="正在修改…")
        self._desk.call(
            sessions.change_passphrase, old, new, done=lambda _nothing: self._changed(), failed=self._refused,
            owner=self,
        )  # fmt: skip

    def _changed(self) -> None:
        enable(self.change, on=True)
        for _field, line in (self.old, self.new, self.again):
            line.clear()
        self.banner.say("口令已修改。下次打开程序用新口令。", tone="ok")

    def _refused(self, error: AppError) -> None:
        enable(self.change, on=True)
        self.old[0].show_problem(error.sentence())
        self.old[1].selectAll()
        self.old[1].setFocus()

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._desk.session.home)))
