"""另一条登记: what is registered already, read beside the form in which it is being typed again."""

from __future__ import annotations

from PySide6.QtCore import Signal

from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import browse
from gridworker.operations.shown import own_title
from ui.desk import Desk
from ui.residents.facts import Facts
from ui.widgets.buttons import ICON, PLAIN, button
from ui.widgets.card import Card, scrolled
from ui.widgets.states import Banner
from ui.widgets.texts import Elided

_TELLS_NOTHING = frozenset({"recorded_by", "source_channel"})


class OtherCard(Card):
    """Shows a registration and changes nothing."""

    closed = Signal()

    def __init__(self, desk: Desk) -> None:
        self.close_button = button("关闭", kind=ICON, icon="x", key="Esc")
        super().__init__("已有的登记", self.close_button)
        self._desk = desk
        self._record: Record | None = None
        self.close_button.clicked.connect(lambda _checked=False: self.closed.emit())
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.facts = Facts()
        self.body.addWidget(scrolled(self.facts), 1)
        foot = self.add_foot()
        foot.addWidget(Elided("正在填写的内容会留作草稿。", "second"), 1)
        self.go = button("打开这一条", self._open, kind=PLAIN, tip="不再新建，改这一条")
        foot.addWidget(self.go)

    def show_id(self, record_id: str) -> None:
        """Read a registration."""
        self.banner.hide()
        self._desk.call(browse.record, record_id, done=self._show, owner=self, failed=self.banner.tell)

    def begin(self) -> None:
        """Put the keys here."""
        self.go.setFocus()

    def _show(self, record: Record) -> None:
        self._record = record
        ledger = find_ledger(record.ledger)
        self.title.setText(f"已有的登记：{own_title(self._desk.session, record)}")

        def heard(shown: dict[str, str]) -> None:
            if self._record is record:
                self.facts.show_one(ledger, {key: text for key, text in shown.items() if key not in _TELLS_NOTHING})

        self._desk.call(browse.shown, record, done=heard, owner=self)

    def _open(self) -> None:
        if self._record:
            self._desk.open_record(self._record.ledger, self._record.id)
            self.closed.emit()
