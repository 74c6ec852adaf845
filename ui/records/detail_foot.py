"""The foot of a record's card: away with it, what is typed and not saved, and 保存 or 恢复."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout

from ui.form import LedgerForm
from ui.widgets.buttons import ICON, PRIMARY, button
from ui.widgets.texts import Elided, restyle


class DetailFoot:
    """Fills the line of buttons under a card."""

    def __init__(
        self, line: QHBoxLayout, form: LedgerForm, save: Callable[[], object], delete: Callable[[], object]
    ) -> None:
        self._form = form
        self.delete = button("移到回收站", delete, kind=ICON, icon="trash-2", key="Delete")
        self.draft = Elided("", "second")
        self.discard = button("放弃修改", form.discard, tip="回到已保存的内容")
        self.save = button("保存", save, kind=PRIMARY, key="Ctrl+S")
        self.restore = button("恢复", save, kind=PRIMARY, icon="undo-2", key="Ctrl+S", tip="放回原来的列表")
        line.addWidget(self.delete)
        line.addWidget(self.draft, 1)
        for one in (self.discard, self.save, self.restore):
            line.addWidget(one)
        self.discard.hide()
        self.restore.hide()
        form.draft_kept.connect(self.draft.say)
        form.edited.connect(self._suit)
        form.loaded.connect(self._suit)
        form.draft_kept.connect(lambda _text: self._suit())

    def show_deleted(self, *, deleted: bool) -> None:
        """In the recycle bin a record is restored; elsewhere it is saved or put there."""
        self.delete.setVisible(not deleted)
        self.save.setVisible(not deleted)
        self.restore.setVisible(deleted)

    def calm(self, on: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        """Let another button be the primary one."""
        restyle(self.save, kind="plain" if on else "primary")

    def _suit(self) -> None:
        self.discard.setVisible(bool(self._form.changed()) and self._form.isEnabled())
